"""`broadsheet new`: from a page to a record, and what is refused."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answering import Server, gone, html, redirect, serving
from click.testing import CliRunner, Result
from conftest import ROOT
from site_builder import digest, record, run, snapshot, write

from broadsheet.cli import broadsheet
from broadsheet.curating.filing import read_filing
from broadsheet.records.articles import Filed

STORY = """<!doctype html><title>Town library opens its map archive - Example News</title>
<meta property="og:site_name" content="Example News">
<meta name="description" content="Four thousand maps of libraries &amp;amp; harbors.">
<meta property="article:published_time" content="2024-05-02T23:30:00-05:00">
<meta property="og:image" content="/map.png"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
<link rel="amphtml" href="/amp/story">
"""
TOPICS = {
    "content/topics/maps.yaml": "name: Maps\nkeywords: [map archive]\n",
    "content/topics/libraries.yaml": "name: Libraries\n",
    "content/topics/clocks.yaml": "name: Clocks\n",
}


@pytest.fixture
def server() -> Iterator[Server]:
    answers = {
        "/story": html(STORY.encode()),
        "/short": redirect(302, "/story?utm_source=short"),
        "/canonical": html(b'<link rel="canonical" href="/story">' + STORY.encode()),
        "/dateless": html(b"<title>A story</title>"),
        "/nothing": html(b""),
        "/data": html(b"%PDF", kind="application/pdf"),
    }
    with serving(answers) as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A digest in the current folder."""
    digest(tmp_path)
    write(tmp_path, TOPICS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*arguments: str) -> Result:
    return CliRunner().invoke(broadsheet, ["new", *arguments])


def only_new(site: Path) -> Filed:
    """Return the one record that is not published."""
    filing = read_filing(site, site / "content")
    assert filing.problems == ()
    (filed,) = [filed for filed in filing.records if not filed.is_published]
    return filed


def test_a_page_becomes_a_record_that_is_not_published(site: Path, server: Server) -> None:
    result = new(f"{server.url}/story?utm_source=mail#top", "--allow-private")

    assert result.exit_code == 0, result.output
    path = site / "content/news/2024-05-03-town-library-opens-its-map-archive.md"
    assert (
        path.read_text(encoding="utf-8")
        == f"""\
---
category: news
title: "Town library opens its map archive"
excerpt: "Four thousand maps of libraries &amp;amp; harbors."
publishedDateTime: 2024-05-02T23:30:00-05:00
webUrl: "{server.url}/story"
ampWebUrl: "{server.url}/amp/story"
type: article
published: false

provider:
  name: "Example News"
  domain: "127.0.0.1"

topics:
  - "Maps"
  - "Libraries"

images:
  - url: "{server.url}/map.png"
    width: 1200
    height: 630
---
"""
    )
    assert only_new(site).article.excerpt == "Four thousand maps of libraries &amp; harbors."


def test_it_says_what_it_wrote_and_what_comes_next(site: Path, server: Server) -> None:
    write(site, {"content/news/maps.md": record(9, title="Old map archive of the harbor").replace("Topic 0", "Maps")})

    result = new(f"{server.url}/story", "--allow-private")

    path = "content/news/2024-05-03-town-library-opens-its-map-archive.md"
    assert result.stdout.splitlines() == [
        f"wrote {path}",
        "  title:    Town library opens its map archive",
        "  date:     2024-05-02T23:30:00-05:00",
        "  provider: Example News (127.0.0.1)",
        "  topics:   Maps, Libraries",
        "related stories, which its sidebar finds by itself:",
        "  content/news/maps.md: Old map archive of the harbor (Maps \u00b7 same week)",
        f"next: read it, then broadsheet publish {path}",
    ]


def test_there_is_nothing_to_mend_in_a_new_record(site: Path, server: Server) -> None:
    assert new(f"{server.url}/story", "--allow-private").exit_code == 0

    result = CliRunner().invoke(broadsheet, ["check", "--now", "2026-01-01", "--format", "json"])

    found = [json.loads(line) for line in result.stdout.splitlines()]
    new_path = "content/news/2024-05-03-town-library-opens-its-map-archive.md"
    assert [problem["code"] for problem in found if problem["path"] == new_path] == ["insecure-image"]
    assert (site / new_path).is_file()


def test_the_site_with_a_new_record_is_built_without_it(site: Path, server: Server) -> None:
    before = run(site)
    old = snapshot(site / "public")
    assert new(f"{server.url}/story", "--allow-private").exit_code == 0

    after = run(site)

    assert (before.problems, after.problems) == ((), ())
    assert snapshot(site / "public") == old


def test_what_is_given_wins_over_what_the_page_says(site: Path, server: Server) -> None:
    given = ["--title", "Mine  \x07", "--excerpt", "My words", "--source", "Me", "--topic", "Clocks", "--topic", " "]

    result = new(f"{server.url}/story", "--allow-private", *given)

    article = only_new(site).article
    assert (article.title, article.excerpt, article.provider.name) == ("Mine", "My words", "Me")
    assert [topic.name for topic in article.topics] == ["Clocks"]
    assert "  perhaps:  " not in result.stdout


@pytest.mark.usefixtures("site")
def test_topics_that_were_not_chosen_are_named(server: Server) -> None:
    result = new(f"{server.url}/story", "--allow-private", "--topic", "Maps")

    assert "  topics:   Maps\n  perhaps:  Libraries\n" in result.stdout


def test_with_title_and_date_nothing_is_fetched(site: Path, server: Server) -> None:
    result = new(f"{server.url}/nowhere?fbclid=1", "--title", "A map archive", "--date", "2023-06-08T21:51+02:00")

    assert result.exit_code == 0, result.output
    assert server.asked == []
    assert only_new(site).article.url == f"{server.url}/nowhere"
    text = (site / "content/news/2023-06-08-a-map-archive.md").read_text(encoding="utf-8")
    assert "publishedDateTime: 2023-06-08T21:51:00+02:00\n" in text


@pytest.mark.parametrize(
    ("filed", "asked"),
    [
        *(
            (filed, asked)
            for filed in ("story", "amp/story", "story/?gclid=2")
            for asked in ("story", "short", "canonical")
        ),
        ("short", "short"),
        ("canonical", "canonical"),
    ],
)
@pytest.mark.parametrize("pub", ["true", "false"])
def test_a_story_that_is_there_already_is_refused_by_any_of_its_addresses(
    site: Path, server: Server, filed: str, asked: str, pub: str
) -> None:
    known = record(9, pub=pub).replace("https://p4.example/9", f"{server.url}/{filed}")
    write(site, {"content/known.md": known})
    before = snapshot(site)

    result = new(f"{server.url}/{asked}", "--allow-private")

    state = ", which is not published" if pub == "false" else ""
    assert result.exit_code == 1
    assert f"error: the digest has this story already: content/known.md:2:8{state}\n" in result.stderr
    assert snapshot(site) == before


def test_a_story_that_is_known_by_the_given_address_is_refused_without_asking(site: Path, server: Server) -> None:
    write(site, {"content/known.md": record(9).replace("https://p4.example/9", f"{server.url}/story")})

    assert new(f"{server.url}/story?utm_medium=x", "--allow-private").exit_code == 1
    assert server.asked == []


def test_force_writes_another_record_and_overwrites_nothing(site: Path, server: Server) -> None:
    assert new(f"{server.url}/story", "--allow-private").exit_code == 0
    first = snapshot(site)

    result = new(f"{server.url}/story", "--allow-private", "--force")

    assert result.exit_code == 0
    added = snapshot(site).items() - first.items()
    assert [name for name, _ in added] == ["content/news/2024-05-03-town-library-opens-its-map-archive-2.md"]
    assert first.items() <= snapshot(site).items()


def test_a_link_of_the_name_is_not_followed(site: Path, server: Server) -> None:
    link = site / "content/news/2024-05-03-town-library-opens-its-map-archive.md"
    try:
        link.symlink_to(site / "elsewhere")
    except OSError:
        return  # a system without links

    assert new(f"{server.url}/story", "--allow-private").exit_code == 0
    assert not (site / "elsewhere").exists()


def test_a_record_goes_where_most_others_lie(site: Path, server: Server) -> None:
    write(site, {f"content/{year}/{n}.md": record(n + 50) for year in (2023, 2024) for n in range(year - 2020)})
    for path in (site / "content/news").iterdir():
        path.unlink()

    assert new(f"{server.url}/story", "--allow-private").exit_code == 0
    assert (site / "content/2024/2024-05-03-town-library-opens-its-map-archive.md").is_file()


@pytest.mark.parametrize(
    ("path", "arguments", "said"),
    [
        ("/gone", (), "the server answered 404 (Not Found)\n    hint: with --title and --date"),
        ("/dateless", (), "the page names no date\n    hint: give --title or --date"),
        ("/nothing", (), "the page names no headline and no date"),
        ("/data", (), "note: 'application/pdf' is no page that can be read\nbroadsheet: error: "),
        ("/data", ("--date", "2023-01-01"), "the page names no headline\n"),
    ],
)
def test_what_makes_no_record_writes_nothing(
    site: Path, server: Server, path: str, arguments: tuple[str, ...], said: str
) -> None:
    before = snapshot(site)

    result = new(server.url + path, "--allow-private", *arguments)

    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""
    assert snapshot(site) == before


def test_private_addresses_are_refused_unless_allowed(site: Path, server: Server) -> None:
    result = new(f"{server.url}/story")

    assert result.exit_code == 1
    assert "'127.0.0.1' has the address 127.0.0.1, which is not public\n    hint: --allow-private" in result.stderr
    assert server.asked == []
    assert len(read_filing(site, site / "content").records) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["file:///etc/passwd"], "'file:' is not linked"),
        (["example.org"], "a relative address is not linked"),
        (["https://example.org/", "--date", "soon"], "'soon' is not a time"),
        (["https://example.org/", "--content", "nowhere"], "There is no content folder 'nowhere'"),
    ],
)
def test_wrong_usage_is_one_clear_line(site: Path, arguments: list[str], said: str) -> None:
    result = new(*arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert (site / "content").is_dir()


def test_files_that_cannot_be_read_are_said_to_be_unknown(site: Path, server: Server) -> None:
    write(site, {"content/broken.md": "no record"})

    result = new(f"{server.url}/story", "--allow-private")

    assert "note: 1 file cannot be read: whether the story is there is not known\n" in result.stdout


def test_the_editor_is_started_with_its_arguments_and_without_a_shell(
    site: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = site / "an editor.py"
    script.write_text("import sys; open('opened', 'w').write(repr(sys.argv[1:]))", encoding="utf-8")
    monkeypatch.setenv("EDITOR", "wrong")
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{script}" --wait "; touch owned"')

    result = new(f"{server.url}/story", "--allow-private", "--edit")

    assert result.exit_code == 0, result.output
    said = (site / "opened").read_text(encoding="utf-8")
    assert re.fullmatch(r"\['--wait', '; touch owned', 'content.+archive\.md'\]", said)
    assert not (site / "owned").exists()


@pytest.mark.parametrize(
    ("editor", "said"), [("", "there is no editor"), ("no-such-program", "cannot start"), ("'", "cannot start")]
)
def test_an_editor_that_does_not_start_leaves_the_record(
    site: Path, server: Server, monkeypatch: pytest.MonkeyPatch, editor: str, said: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)

    result = new(f"{server.url}/story", "--allow-private", "--edit")

    assert result.exit_code == 1
    assert said in result.stderr
    assert only_new(site).article.title == "Town library opens its map archive"


def test_without_the_library_it_says_what_to_install(site: Path) -> None:
    code = "import sys; sys.modules['httpx'] = None; from broadsheet.cli import main; main()"
    command = [sys.executable, "-c", code, "new", "https://example.org/"]

    result = subprocess.run(
        command, cwd=site, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert result.returncode == 2
    assert "Error: This needs more than is installed: pip install 'broadsheet[check]'\n" in result.stderr


@pytest.mark.usefixtures("site")
def test_what_a_page_says_is_printed_without_what_a_terminal_would_obey() -> None:
    page = b"<title>\x1b[31mred\x1b]0;owned\x07 &#x202e; \xe2\x81\xa6x</title><meta name=date content=2023-01-01>"
    with serving({"/x": html(page), "/y": gone}) as server:
        result = new(f"{server.url}/x", "--allow-private")

    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    assert "\x07" not in result.output
    assert "title:    [31mred]0;owned \\u2066x" in result.output


def test_a_host_that_may_stand_for_another_is_warned_of(site: Path) -> None:
    result = new("https://b\u0430nk.example/a", "--title", "A bank", "--date", "2023-01-01")

    assert result.exit_code == 0
    assert (
        "content/news/2023-01-01-a-bank.md:5:9: warning[odd-host]: 'webUrl': 'b\u0430nk' mixes scripts" in result.stderr
    )
    assert 'webUrl: "https://xn--bnk-6cd.example/a"' in (site / "content/news/2023-01-01-a-bank.md").read_text("utf-8")
