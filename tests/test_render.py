"""A theme renders what it is given: a site's own files win, errors name their line, content stays data."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import html5lib
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape
from site_builder import digest, record, run, snapshot, write

from broadsheet.building.report import Report
from broadsheet.rendering.render import escape_text

PAYLOAD = (
    "\"'><xss onerror=alert(1)></title></script></textarea><script>evil()</script><!-- {{ 7 * 191 }} ]]> &lt;b&gt;"
)
ARTICLE = "2024/05/01/0/index.html"


def quoted(text: str) -> str:
    """Quote a text for YAML."""
    return json.dumps(text)


def elements(path: Path) -> list[ET.Element]:
    """Return every element of a page, as browsers see it."""
    return list(html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False).iter())


def said(report: Report) -> list[str]:
    return [
        f"{problem.location.path.rpartition('templates/')[2]}:{problem.location.line}" for problem in report.problems
    ]


def test_a_record_can_name_a_template_of_the_site(tmp_path: Path) -> None:
    site = digest(tmp_path)
    text = '{% extends \'article.html\' %}{% block head %}<meta name="long" content="read">{% endblock %}'
    write(site, {"templates/longread.html": text, "content/news/0.md": record(0, "template: longread")})

    run(site)

    assert '<meta name="long" content="read">' in (site / "public" / ARTICLE).read_text()
    assert '<meta name="long"' not in (site / "public/2024/05/01/1/index.html").read_text()


def test_a_template_that_is_not_there_is_the_records_error(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/0.md": record(0, "template: longread")})

    report = run(site)

    assert report.outcome is None
    assert [(problem.code, problem.location.line) for problem in report.problems] == [("bad-template", 8)]
    assert report.problems[0].location.path.endswith("content/news/0.md")


def test_a_record_waits_for_its_template_and_finds_it(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/0.md": record(0, "template: longread")})
    run(site)
    write(site, {"templates/longread.html": "Long"})

    report = run(site)

    assert report.problems == ()
    assert (site / "public" / ARTICLE).read_text() == "Long"


def test_an_override_that_goes_gives_way_to_the_theme_again(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = snapshot(site / "public")
    write(site, {"templates/card.html": "MINE", "static/icon.svg": "mine", "static/new.txt": "new"})
    run(site)
    between = snapshot(site / "public")
    for name in ("templates/card.html", "static/icon.svg", "static/new.txt"):
        (site / name).unlink()

    run(site)

    assert (between["icon.svg"], between["new.txt"]) == (b"mine", b"new")
    assert b"MINE" in between["index.html"]
    assert snapshot(site / "public") == before


def test_the_address_of_a_hashed_file_changes_with_it(tmp_path: Path) -> None:
    site = digest(tmp_path)
    addresses = []
    for text in ("a{}", "b{}", "a{}"):
        write(site, {"static/hashed/broadsheet.css": text})
        run(site)
        [path] = (site / "public/hashed").glob("*.css")
        addresses.append(f"/hashed/{path.name}")
        assert path.read_text() == text
        assert addresses[-1] in (site / "public/index.html").read_text()

    assert addresses[0] == addresses[2] != addresses[1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n{{ nope }}", 2),
        ("\n\n{{ page.nope }}", 3),
        ("\n{{ 1 / 0 }}", 2),
        ("\n{{ 3 | link }}", 2),
        ("\n{{ 'x' | nofilter }}", 2),
        ("\n{{ site() }}", 2),
        ("\n{{ 'a' + 1 }}", 2),
        ("\n{% include 'nowhere.html' %}", 2),
        ("\n{% import 'nowhere.html' as x %}", 2),
        ("{% macro m() %}\n{{ nope }}\n{% endmacro %}\n{{ m() }}", 2),
        ("\n{% block a %}\n", 2),
        ("\n{{ 'open", 2),
        ("{% extends 'base.html' %}\n{% block content %}\n{{ nope }}{% endblock %}", 3),
    ],
)
def test_an_error_names_its_template_and_line(tmp_path: Path, text: str, line: int) -> None:
    site = digest(tmp_path)
    write(site, {"templates/404.html": text})

    report = run(site)

    assert report.outcome is None
    assert [problem.code for problem in report.problems] == ["template-error"]
    assert said(report) == [f"404.html:{line}"]


def test_an_error_in_an_included_template_names_that_one(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(
        site,
        {"templates/404.html": "\n{% include 'parts/inner.html' %}", "templates/parts/inner.html": "\n\n{{ nope }}"},
    )

    report = run(site)

    assert said(report) == ["parts/inner.html:3"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("base.html", "{% extends 'base.html' %}"),
        ("404.html", "{% include '404.html' %}"),
        ("404.html", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
    ],
    ids=["extends itself", "includes itself", "calls itself"],
)
def test_a_template_without_end_is_an_error_and_no_traceback(tmp_path: Path, name: str, text: str) -> None:
    digest(tmp_path)
    write(tmp_path, {f"templates/{name}": text})
    command = [sys.executable, str(ROOT / "build.py"), "--jobs", "1"]

    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "Traceback" not in result.stderr
    assert result.returncode == 1
    assert result.stderr.startswith(f"templates/{name}:1:1: error[template-error]")


def test_an_error_in_another_process_is_the_same_error(tmp_path: Path) -> None:
    site = digest(tmp_path, 150)
    write(site, {"templates/article.html": "\n{{ page.nope }}"})

    one, two = run(site, jobs=1), run(site, jobs=2)

    assert said(one) == ["article.html:2"]
    assert one.problems == two.problems
    assert not (site / "public").exists()


def test_a_template_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    site = digest(tmp_path)
    (site / "templates").mkdir()
    (site / "templates/404.html").write_bytes(b"caf\xe9")

    report = run(site)

    assert report.outcome is None
    assert [problem.code for problem in report.problems] == ["bad-encoding"]
    assert said(report) == ["404.html:1"]


def hostile(site: Path) -> None:
    """Write a digest that holds the payload wherever a text can stand."""
    text = quoted(PAYLOAD)
    settings = "".join(f"{key}: {text}\n" for key in ("title", "description", "author", "copyright"))
    story = f"{{title: {text}, excerpt: {text}, webUrl: 'https://e.example/x', provider: {{name: {text}}}}}"
    lines = (
        f"provider: {{name: {text}, domain: evil.example}}",
        f"images: [{{url: 'https://e.example/i.png', title: {text}, attribution: {text}}}]",
        f"related: [{story}]",
        f"category: {text}",
    )
    page = record(0, *lines, title="Gone", body=f"{PAYLOAD}\n\n# {PAYLOAD}\n\n`{PAYLOAD}`")
    page = page.replace('title: "Gone"', f"title: {text}").replace("excerpt: Excerpt number 0", f"excerpt: {text}")
    page = page.replace("topics: [Topic 0]", f"topics: [{text}]")
    write(
        site,
        {
            "site.yaml": settings,
            "content/news/0.md": page,
            "content/news/1.md": record(1),
            "content/topics/t.yaml": f"name: {text}\nshortname: {text}\ndescription: {text}\n",
            "content/pages/about.md": f"---\ntitle: {text}\ndescription: {text}\n---\n{PAYLOAD}\n",
        },
    )


def test_no_text_becomes_markup_in_any_page(tmp_path: Path) -> None:
    hostile(tmp_path)

    report = run(tmp_path)

    assert report.outcome is not None
    pages = sorted((tmp_path / "public").rglob("*.html"))
    assert len(pages) > 15
    for path in pages:
        found = elements(path)
        scripts = [element for element in found if element.tag == "script"]
        assert {script.get("type") for script in scripts} <= {"module", "application/ld+json"}, path
        assert {script.text for script in scripts if script.get("type") == "module"} <= {None}, path
        assert "xss" not in {element.tag for element in found}, path
        assert not [name for element in found for name in element.attrib if name.startswith("on")], path
        assert "1337" not in path.read_text(), path


def test_a_hostile_headline_is_shown_word_for_word(tmp_path: Path) -> None:
    hostile(tmp_path)
    shown = PAYLOAD.replace("&lt;b&gt;", "<b>")

    run(tmp_path)

    page = elements(tmp_path / "public" / ARTICLE)
    assert ["".join(element.itertext()) for element in page if element.tag == "h1"] == [shown]
    values = [json.loads(element.text or "") for element in page if element.get("type") == "application/ld+json"]
    assert [value["name"] for value in values] == [shown]


def test_hostile_texts_leave_feeds_and_machine_files_well_formed(tmp_path: Path) -> None:
    hostile(tmp_path)
    shown = PAYLOAD.replace("&lt;b&gt;", "<b>")

    run(tmp_path)

    out = tmp_path / "public"
    parsed = [ET.fromstring(path.read_bytes()) for path in sorted(out.rglob("*.xml"))]  # noqa: S314 - our own files
    assert len(parsed) > 5
    items = json.loads((out / "feed.json").read_text())["items"]
    assert shown in [item["title"] for item in items]
    assert shown in [item.findtext("title") for item in ET.parse(out / "feed.xml").iter("item")]  # noqa: S314
    assert json.loads((out / "manifest.webmanifest").read_text())["name"]
    for item in items:
        content = html5lib.parse(item["content_html"], namespaceHTMLElements=False)
        assert not {"script", "xss"} & {element.tag for element in content.iter()}


@pytest.mark.parametrize(
    "line",
    [
        "slug: ../../../escaped",
        "slug: /etc/passwd",
        "redirect_from: [/../../escaped]",
        "redirect_from: [//escaped.example/x]",
        "category: ../../escaped",
        "topics: [../../escaped, ..]",
        "provider: {name: X, domain: ../../escaped}",
        "template: ../../escaped",
    ],
)
def test_no_text_becomes_a_path_outside_the_output(tmp_path: Path, line: str) -> None:
    site = digest(tmp_path / "deep" / "er" / "site")
    text = record(9, line)
    if line.startswith("topics"):
        text = text.replace("topics: [Topic 0]\n", "")
    write(site, {"content/news/9.md": text})
    before = snapshot(tmp_path)

    run(site, keep_going=True)

    own = ("deep/er/site/public/", "deep/er/site/.broadsheet/")
    added = [name for name in snapshot(tmp_path) if name not in before]
    assert added
    assert [name for name in added if not name.startswith(own)] == []


def test_three_hundred_emoji_make_an_ordinary_page(tmp_path: Path) -> None:
    title = "\U0001f600" * 300
    write(tmp_path, {"content/2024-05-01.md": record(0, title=title)})

    report = run(tmp_path)

    assert report.problems == ()
    (page,) = (tmp_path / "public/2024/05/01").rglob("index.html")
    assert [element.text for element in elements(page) if element.tag == "h1"] == [title]
    assert len(page.parent.name) <= 255
    assert page.parent.name.isascii()


def test_an_empty_digest_has_valid_empty_feeds(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()

    run(tmp_path)

    out = tmp_path / "public"
    for name in ("feed.xml", "atom.xml"):
        feed = feedparser.parse((out / name).read_bytes())
        assert not feed.bozo, feed.get("bozo_exception")
        assert feed.feed.title
        assert feed.entries == []
    parsed = json.loads((out / "feed.json").read_text())
    assert (parsed["version"], parsed["items"]) == ("https://jsonfeed.org/version/1.1", [])
    assert "No articles have been published yet" in (out / "index.html").read_text()


def links(site: Path, base: str) -> list[tuple[str, str]]:
    """Return each internal link of each page that does not lead to a file of the site below its base URL."""
    out = site / "public"
    lost, count = [], 0
    for path in out.rglob("*.html"):
        address = base + path.relative_to(out).as_posix().removesuffix("index.html")
        for element in elements(path):
            for value in (element.get("href"), element.get("src")):
                url = urlsplit(urljoin(address, value or ""))
                if value is None or url.netloc != urlsplit(base).netloc:
                    continue
                count += 1
                inner = unquote(url.path.removeprefix(urlsplit(base).path))
                file = out / (f"{inner}index.html" if inner.endswith("/") or not inner else inner)
                if not url.path.startswith(urlsplit(base).path) or not file.is_file():
                    lost.append((address, value))
    assert count > 300
    return lost


@pytest.mark.parametrize("base", ["https://x.example/", "https://x.example/a/b-c/", "https://x.example/%C3%A9/"])
def test_a_site_that_moves_takes_every_link_along(tmp_path: Path, base: str) -> None:
    site, fresh = digest(tmp_path / "site", 9), digest(tmp_path / "fresh", 9)
    run(site)

    run(site, base_url=base)

    run(fresh, base_url=base)
    assert links(site, base) == []
    assert not [name for name, data in snapshot(site / "public").items() if b"user.github.io" in data]
    assert snapshot(site / "public") == snapshot(fresh / "public")


@given(st.text())
def test_text_is_escaped_as_markupsafe_does(text: str) -> None:
    assert escape_text(text) == escape(text)
    assert escape_text(Markup(text)) == text  # noqa: S704 - that is what is tested
    assert escape_text(None) == "None"


CATALOG = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Subscribe"
msgstr "<Abonnieren & mehr>"

msgid "Read at %(source)s"
msgstr "%(source)s: lesen"
"""


def test_a_sites_own_words(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"site.yaml": "language: en-GB\n", "locale/en.po": CATALOG})

    run(site)

    assert "&lt;Abonnieren &amp; mehr&gt;" in (site / "public/index.html").read_text()
    assert ": lesen</a>" in (site / "public" / ARTICLE).read_text()
    assert ": lesen</a>" in (site / "public/feed.json").read_text()


def test_a_catalog_that_is_none_is_named_and_nothing_is_published(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"site.yaml": "language: de\n", "locale/de.po": 'msgid "a"\nmsgstr "b"\nnonsense\n'})

    report = run(site)

    assert [problem.code for problem in report.problems] == ["bad-catalog"]
    assert "line 3" in report.problems[0].message
    assert not (site / "public").exists()


def test_a_language_without_words_says_so(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"site.yaml": "language: eo\n"})

    assert "the theme's words are English: there is no locale/eo.po" in run(site).notes


def test_sites_of_one_process_keep_their_links_apart(tmp_path: Path) -> None:
    alone = digest(tmp_path / "alone")
    run(alone)
    expected = snapshot(alone / "public")
    run(alone, tmp_path / "elsewhere", base_url="https://other.example/a/b/")

    run(alone, tmp_path / "again")

    assert snapshot(tmp_path / "again") == expected
    assert 'href="/a/b/topics/"' in (tmp_path / "elsewhere" / "index.html").read_text()
