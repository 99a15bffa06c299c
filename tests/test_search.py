"""The search index: what is in it, when it is made, and what happens where it cannot be."""

import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from builders import said
from conftest import ROOT
from newsroom import desk, draft, story, topic, whole
from site_builder import digest, record, run, snapshot, stamps, tree, write

from broadsheet.building import indexing
from broadsheet.core.model import Article, Config, Source
from broadsheet.editing.digest import Digest
from broadsheet.files import indexer
from broadsheet.files.indexer import make_index
from broadsheet.files.publication import OutputError
from broadsheet.records.config import parse_config
from broadsheet.site import search
from broadsheet.site.search import Volume, plain_text, volumes_of

PROGRAM = "pagefind 1"
TREE = [topic("AI"), topic("Vision", parent="AI"), topic("Web")]


def volumes(digest: Digest, program: str = PROGRAM) -> tuple[Volume, ...]:
    return volumes_of(digest, program, whole)


def newsroom(*articles: Article, **settings: object) -> Digest:
    found, problems = desk(*articles, topics=TREE, config=Config(**settings))  # type: ignore[arg-type]
    assert problems == []
    return found


def commented(title: str, comment: str) -> Article:
    return msgspec.structs.replace(story(title, topics=["Vision"]), comment=comment)


def years(monkeypatch: pytest.MonkeyPatch, folder: Path, count: int = 120) -> Path:
    """Write a digest of three years, each of which is a volume."""
    monkeypatch.setattr(search, "_ENOUGH", 1)
    site = digest(folder, 0)
    files = {f"content/{n}.md": record(n, day=f"202{n % 3}-05-01", body=f"Comment {n}") for n in range(count)}
    write(site, files)
    return site


def test_successive_years_are_joined_until_there_is_enough_for_a_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_ENOUGH", 3)
    days = ["2019-05-01", "2020-01-01", "2020-02-01", "2020-03-01", "2021-01-01", "2023-01-01"]

    found = volumes(newsroom(*(story(f"S{n}", day) for n, day in enumerate(days))))

    assert [(v.name, [a.title for a in v.articles]) for v in found] == [
        ("2021", ["S5", "S4"]),
        ("2019", ["S3", "S2", "S1", "S0"]),
    ]


def test_without_a_program_or_articles_there_is_no_volume() -> None:
    assert volumes(newsroom(story("A")), "") == ()
    assert volumes(newsroom()) == ()


def test_the_year_is_that_of_the_sites_time_zone() -> None:
    found = volumes(newsroom(story("A", "2024-12-31T23:30"), timezone="Europe/Berlin"))

    assert [volume.name for volume in found] == ["2025"]


def test_what_a_record_holds() -> None:
    found = newsroom(commented("A & B", "<p>One <em>un</em>usual\nword &lt;b&gt;.</p>\n<p>Two</p>"))

    (volume,) = volumes(found)
    (entry,) = volume.records()

    assert entry.url == "/2025/06/01/a-and-b/"
    assert entry.content == "One unusual word <b>. Two"
    assert entry.meta == {"title": "A & B", "provider": "example.org", "topics": "Vision, AI"}


@pytest.mark.parametrize(("title", "content"), [("Alone", "Alone"), ("!!!", "x3894b0d5")])
def test_a_record_without_words_in_excerpt_and_comment_has_other_content(title: str, content: str) -> None:
    (volume,) = volumes(newsroom(msgspec.structs.replace(story(title), comment="<p>—</p>")))

    assert [entry.content for entry in volume.records()] == [content]


@pytest.mark.parametrize("title", ["!!!", "\U0001f468\u200d\U0001f469", "\u0301", "<b>", "的", "a" * 20_000])
def test_an_index_holds_every_record_whatever_its_text(title: str) -> None:
    (volume,) = volumes(newsroom(story(title), story("Other", provider=title or "x")))
    records = volume.records()

    index = make_index(records, volume.language)

    assert len(set(index.fragments)) == 2
    assert {f"fragment/{name}.pf_fragment" for name in index.fragments} <= index.files.keys()


def test_facets_name_topics_with_those_above_them_once() -> None:
    articles = [story("A", "2025-06-02", topics=["Vision"]), story("B", topics=["Web", "Vision"], provider="b.example")]
    (volume,) = volumes(newsroom(*articles))

    facets = json.loads(volume.facets(volume.records(), ["en_1", "en_2"]))

    names = [name for name, _, _ in facets["topics"]]
    assert {name: [names[place] for place in above] for name, _, above in facets["topics"]} == {
        "Vision": ["AI"],
        "AI": [],
        "Web": [],
    }
    assert facets["providers"] == [["example.org", "/providers/example.org/"], ["b.example", "/providers/b.example/"]]
    assert [(*entry[:4], [names[place] for place in entry[4]]) for entry in facets["stories"]] == [
        ("en_1", "2025-06-02", "article", 0, ["Vision"]),
        ("en_2", "2025-06-01", "article", 1, ["Web", "Vision"]),
    ]


KEYS = {
    "another comment": lambda: volumes(newsroom(commented("A", "<p>Other</p>"))),
    "another topic above": lambda: volumes(
        desk(commented("A", ""), topics=[topic("Vision", parent="Web"), topic("Web")])[0]
    ),
    "another topic of its name": lambda: volumes(
        desk(commented("A", ""), topics=[topic("AI"), topic("Web", synonyms=["Vision"])])[0]
    ),
    "another article": lambda: volumes(newsroom(commented("A", ""), story("B"))),
    "another time zone": lambda: volumes(newsroom(commented("A", ""), timezone="Asia/Tokyo")),
    "another language": lambda: volumes(newsroom(commented("A", ""), language="de")),
    "another program": lambda: volumes(newsroom(commented("A", "")), "pagefind 2"),
}


@pytest.mark.parametrize("change", KEYS)
def test_the_key_of_a_volume_changes_with_what_it_is_made_of(change: str) -> None:
    (before,) = volumes(newsroom(commented("A", "")))
    (again,) = volumes(newsroom(commented("A", "")))
    (after,) = KEYS[change]()

    assert before.key == again.key
    assert before.key != after.key


def test_the_key_of_a_volume_does_not_change_with_a_draft_or_the_sites_title() -> None:
    (before,) = volumes(newsroom(story("A")))
    (after,) = volumes(newsroom(story("A"), draft(story("B")), title="Other"))  # type: ignore[arg-type]

    assert before.key == after.key


@pytest.mark.parametrize(
    ("source", "text"),
    [("<p>a<br>\nb</p>", "a b"), ("<code>x &lt; y</code> &amp;amp;", "x < y &amp;"), ("", "")],
)
def test_plain_text(source: str, text: str) -> None:
    assert plain_text(source) == text


def index_of(out: Path) -> str:
    """Return everything that the files of an index say."""
    parts = []
    for path, data in snapshot(out / "pagefind").items():
        is_packed = data.startswith(b"\x1f\x8b")
        parts.append(
            ""
            if "wasm" in path or path.endswith(".js")
            else (gzip.decompress(data) if is_packed else data).decode("latin-1")
        )
    return "\n".join(parts)


def test_an_index_holds_published_articles_and_nothing_else(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    write(
        site,
        {
            "content/news/draft.md": record(7, title="Withheld zzdraft", pub="false"),
            "content/news/later.md": record(8, title="Future zzlater", day="2030-01-01"),
            "content/pages/about.md": "---\ntitle: About\n---\nLeaf zzleaf.\n",
        },
    )

    run(site)

    said = index_of(site / "public")
    assert "Excerpt number 2 Comment 2" in said
    assert "zz" not in said


def test_only_what_our_own_page_needs_is_published(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)

    run(site)

    names = {path.partition("/")[2].partition("/")[0] for path in snapshot(site / "public" / "pagefind")}
    kinds = {name.partition(".")[0] + name[name.rfind(".") :] if "." in name else name for name in names}
    assert kinds == {
        "facets.json", "fragment", "index", "pagefind-entry.json", "pagefind.js", "pagefind.pf_meta", "wasm.pagefind"
    }  # fmt: skip


def test_the_same_records_give_the_same_bytes_in_any_number_of_processes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = years(monkeypatch, tmp_path / "site")

    for name, jobs in (("a", 1), ("b", 1), ("c", 2)):
        run(site, tmp_path / name, jobs=jobs)

    assert sorted(path.name for path in (tmp_path / "a/pagefind").iterdir()) == ["2020", "2021", "2022"]
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b") == snapshot(tmp_path / "c")


def test_an_edit_makes_the_volume_of_its_year_anew_and_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = years(monkeypatch, tmp_path / "site", 9)
    run(site)
    before = stamps(site / "public/pagefind")
    write(site, {"content/4.md": record(4, day="2021-05-01", body="Another comment")})

    run(site)

    after = stamps(site / "public/pagefind")
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path.partition("/")[0] for path in changed} == {"2021"}
    assert "2021/pagefind.js" not in changed
    run(site, tmp_path / "cold")
    assert snapshot(site / "public") == snapshot(tmp_path / "cold")


def test_where_no_article_changed_no_index_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    run(site)
    write(site, {"templates/404.html": "Gone"})

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(indexing, "make_index", fail)
    report = run(site)

    assert report.outcome is not None
    assert "404.html" in report.outcome.written
    assert not [path for path in report.outcome.written if path.startswith("pagefind/")]


def test_a_lost_file_of_an_index_is_made_again(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    run(site)
    before = snapshot(site / "public")
    next((site / "public/pagefind").rglob("*.pf_fragment")).unlink()

    run(site)

    assert snapshot(site / "public") == before


def test_an_index_that_is_wanted_no_more_is_removed(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    run(site)
    write(site, {"site.yaml": "search: false\n"})

    report = run(site)

    assert not (site / "public/pagefind").exists()
    assert not [note for note in report.notes if "Pagefind" in note]
    page = (site / "public/search/index.html").read_text()
    assert "search.js" not in page
    assert "duckduckgo.com" in page


def test_without_the_extra_a_note_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pagefind_bin", None)
    site = digest(tmp_path, 3)

    report = run(site)

    assert report.problems == ()
    assert [note for note in report.notes if "pip install 'broadsheet[search]'" in note]
    assert not (site / "public/pagefind").exists()
    assert "data-search" not in (site / "public/search/index.html").read_text()


@pytest.mark.parametrize("keep_going", [False, True])
def test_without_the_extra_an_index_that_must_be_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keep_going: bool
) -> None:
    monkeypatch.setitem(sys.modules, "pagefind_bin", None)
    site = digest(tmp_path, 3)
    write(site, {"site.yaml": "search: true\n"})

    report = run(site, keep_going=keep_going)

    assert said(report.problems) == ["1:1 error missing-extra"]
    assert "pip install 'broadsheet[search]'" in (report.problems[0].hint or "")
    assert not (site / "public").exists()


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("false", False), ("", None), ("~", None)])
def test_the_setting(text: str, expected: bool | None) -> None:
    config, problems = parse_config(Source(path="site.yaml", name="site.yaml", data=f"search: {text}\n".encode()))

    assert problems == []
    assert config is not None
    assert config.search is expected


def test_another_value_of_the_setting_is_an_error() -> None:
    config, problems = parse_config(Source(path="site.yaml", name="site.yaml", data=b"search: maybe\n"))

    assert config is None
    assert said(problems) == ["1:9 error bad-config"]


@pytest.mark.parametrize("name", ["pagefind/pagefind.js", "pagefind/mine.txt", "Pagefind/2024/x", "pagefind"])
def test_a_static_file_where_the_index_lies_is_an_error(tmp_path: Path, name: str) -> None:
    site = digest(tmp_path, 3)
    write(site, {f"static/{name}": "x"})

    report = run(site)

    assert [problem.code for problem in report.problems] == ["address-collision"]
    write(site, {"site.yaml": "search: false\n"})
    assert run(site).problems == ()


def test_the_search_page_offers_topics_years_and_another_engine(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    write(site, {"content/news/old.md": record(9, day="2019-01-01")})

    run(site)

    page = (site / "public/search/index.html").read_text()
    assert 'href="/digest/topics/topic-0/"' in page
    assert 'href="/digest/archive/2019/"' in page
    assert '<input type="hidden" name="sites" value="user.github.io/digest">' in page
    assert 'data-volumes="2019"' in page
    assert "<loc>https://user.github.io/digest/search/</loc>" in (site / "public/sitemap.xml").read_text()


def script(folder: Path, text: str) -> Path:
    if sys.platform == "win32":
        pytest.skip("the program that stands for Pagefind is a shell's")
    path = folder / "fake"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


FAILURES = {
    "exit 3": "Pagefind has failed",
    "echo 'no memory' >&2; exit 1": "Pagefind has failed: no memory",
    "echo nonsense,": "Pagefind has failed",
    "printf eyJwYXlsb2FkIjp7InR5cGUiOiJFcnJvciIsIm1lc3NhZ2UiOiJubyByb29tIn19,; cat > /dev/null": "Pagefind has failed: no room",
    # To every request the same answer, which holds no file.
    "while true; do printf eyJwYXlsb2FkIjp7InR5cGUiOiJHZXRGaWxlcyJ9fQ==, || exit; sleep 0.01; done": "not as they were known",
}


@pytest.mark.parametrize("text", FAILURES)
def test_where_pagefind_fails_one_line_says_so_and_the_site_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    site = digest(tmp_path, 1)
    run(site)
    before = tree(site / "public")
    write(site, {"content/news/0.md": record(0, title="Edited")})
    monkeypatch.setattr(indexer, "_program", lambda: script(tmp_path, text))

    with pytest.raises(OutputError, match=FAILURES[text]) as error:
        run(site)

    assert "\n" not in str(error.value)
    assert "search: false" in str(error.value)
    assert tree(site / "public") == before


def test_a_program_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(indexer, "_program", lambda: tmp_path / "nowhere")

    with pytest.raises(OutputError, match="Pagefind cannot be started: No such file"):
        run(digest(tmp_path / "site", 1))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("name", "jobs", "lasts"),
    [
        ("SIGKILL", 1, "cat > /dev/null"),
        ("SIGKILL", 2, "cat > /dev/null"),
        ("SIGINT", 1, "cat > /dev/null"),
        ("SIGINT", 2, "sleep 1"),  # As with pages, what a process of the pool has begun is waited for.
    ],
)
def test_a_build_that_is_stopped_leaves_no_process(tmp_path: Path, name: str, jobs: int, lasts: str) -> None:
    site = digest(tmp_path / "site", 0)
    write(site, {f"content/{n}.md": record(n, day=f"202{n % 2}-05-01") for n in range(120)})
    started = tmp_path / "started"
    fake = script(tmp_path, f"echo $$ >> {started}; trap '' INT; {lasts}")
    program = (
        "from pathlib import Path; from broadsheet.files import indexer; from broadsheet.site import search; from broadsheet.cli import main\n"
        f"search._ENOUGH = 1; indexer._program = lambda: Path({str(fake)!r})\n"
        f"main(['build', {str(site)!r}, '--jobs', '{jobs}'])"
    )
    build = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)
    wait_for(lambda: started.exists() and len(started.read_text().split()) == jobs)
    running = [int(process) for process in started.read_text().split()]

    build.send_signal(signal.Signals[name])
    _, said = build.communicate(timeout=30)

    assert build.returncode != 0
    assert b"Traceback" not in said
    wait_for(lambda: not any(is_running(process) for process in running))
    assert not (site / "public").exists()


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)
