"""Editions on the site: their pages, calendars and feeds, and when they come."""

import json
from datetime import UTC, datetime
from pathlib import Path

import html5lib
import pytest
from site_builder import digest, record, run, snapshot, write
from test_cli import broadsheet

from broadsheet.building.report import Report

BEFORE = datetime(2024, 6, 4, 12, tzinfo=UTC)
AFTER = datetime(2024, 6, 5, tzinfo=UTC)


def site(folder: Path, *days: str, settings: str = "") -> Path:
    """Write a digest with three articles on each of some days."""
    digest(folder, 0)
    for place, day in enumerate(days):
        files = {n: record(100 * place + n, title=f"Story {n} of {day}", day=day) for n in range(3)}
        write(folder, {f"content/{day}-{n}.md": text for n, text in files.items()})
    (folder / "site.yaml").write_text(f"title: Test\nbase_url: https://e.example/d/\n{settings}")
    return folder


def texts(out: Path, address: str, path: str) -> list[str]:
    tree = html5lib.parse((out / address / "index.html").read_text(), namespaceHTMLElements=False)
    return ["".join(node.itertext()).strip() for node in tree.iterfind(path)]


def test_the_demonstration_has_each_article_in_one_edition_of_a_kind_at_most(demo: tuple[Path, Report]) -> None:
    out, _ = demo
    found = sorted(path.parent.name for path in out.glob("editions/*-*/index.html"))
    assert found == ["2018-01-03", "2018-W01", "2024-08-13", "2024-W33", "2025-W47"]
    for names in ([name for name in found if "W" in name], [name for name in found if "W" not in name]):
        titles = [title for name in names for title in texts(out, f"editions/{name}", ".//main//section//h3/a")]
        titles += [title for name in names for title in texts(out, f"editions/{name}", ".//h2[@id='lead-title']/a")]
        assert len(titles) == len(set(titles)) >= 6


def test_a_pinned_edition_has_its_title_and_introduction(demo: tuple[Path, Report]) -> None:
    out, _ = demo

    assert texts(out, "editions/2018-W01", ".//h1") == ["The week the processors were caught guessing"]
    assert texts(out, "editions/2018-W01", ".//em") == ["taking back"]
    item = json.loads((out / "editions/weekly/feed.json").read_bytes())["items"][-1]
    assert item["title"] == "Weekly edition No. 1: The week the processors were caught guessing"
    assert "<em>taking back</em>" in item["content_html"]


def test_an_edition_comes_when_its_day_is_over_though_no_file_changed(tmp_path: Path) -> None:
    site(tmp_path, "2024-06-04")

    during = run(tmp_path, now=datetime(2024, 6, 4, 20, tzinfo=UTC))
    before = snapshot(tmp_path / "public")
    after = run(tmp_path, now=AFTER)
    cold = run(tmp_path, tmp_path / "cold", now=AFTER)

    assert not [path for path in before if path.startswith("editions/")]
    assert during.outcome is not None
    assert after.outcome is not None
    assert cold.outcome is not None
    assert "editions/2024-06-04/index.html" in after.outcome.written
    assert snapshot(tmp_path / "public") == snapshot(tmp_path / "cold")
    again = run(tmp_path, now=datetime(2024, 6, 4, 20, tzinfo=UTC))
    assert again.outcome
    assert snapshot(tmp_path / "public") == before


def test_a_new_edition_changes_few_files(tmp_path: Path) -> None:
    site(tmp_path, *(f"2024-05-{day:02}" for day in range(1, 31)), settings="editions: {weekly: false}\n")
    run(tmp_path, now=BEFORE)
    write(tmp_path, {f"content/new{n}.md": record(9_000 + n, title=f"New {n}", day="2024-06-03") for n in range(3)})

    report = run(tmp_path, now=BEFORE)

    assert report.outcome
    changed = sorted(path for path in report.outcome.written if path.startswith("editions/"))
    assert changed == [
        "editions/2024-05-30/index.html",
        "editions/2024-06-03/email.html",
        "editions/2024-06-03/email.txt",
        "editions/2024-06-03/index.html",
        "editions/2024/index.html",
        "editions/atom.xml",
        "editions/feed.json",
        "editions/feed.xml",
        "editions/index.html",
    ]


def test_the_neighbors_and_the_calendar_lead_to_each_other(tmp_path: Path) -> None:
    site(tmp_path, "2023-12-31", "2024-01-01", "2024-01-03", settings="language: en-GB\n")

    run(tmp_path, now=AFTER)
    page = (tmp_path / "public/editions/2024-01-01/index.html").read_text()
    year = (tmp_path / "public/editions/2024/index.html").read_text()
    front = (tmp_path / "public/index.html").read_text()

    assert 'rel="prev" href="/d/editions/2024-01-03/"' in page
    assert 'rel="next" class="pager-older" href="/d/editions/2023-12-31/"' in page
    assert (
        '<a href="/d/editions/2024-W01/">1<span class="visually-hidden">: Weekly edition No. 2, 1–7 Jan 2024</span></a>'
        in year
    )
    assert (
        '<a href="/d/editions/2024-01-03/">3<span class="visually-hidden">: Daily edition No. 3, Wednesday, 3 January 2024</span></a>'
        in year
    )
    assert (tmp_path / "public/editions/2023/index.html").exists()
    assert 'href="/d/editions/2024-01-03/"' in front
    assert 'href="/d/editions/2024-W01/"' in front


def test_items_are_whole_dated_by_their_periods_and_keep_their_ids(tmp_path: Path) -> None:
    site(tmp_path, "2024-05-30", settings="id: tag:e.example,2024:d\nauthor: Ada Example\n")
    run(tmp_path, now=AFTER)
    (item,) = json.loads((tmp_path / "public/editions/daily/feed.json").read_bytes())["items"]
    assert item["authors"] == [{"name": "Ada Example"}]
    write(tmp_path, {"site.yaml": "title: Other\nbase_url: https://new.example/\nid: tag:e.example,2024:d\n"})

    run(tmp_path, now=AFTER)
    (moved,) = json.loads((tmp_path / "public/editions/daily/feed.json").read_bytes())["items"]

    assert item["date_published"] == item["date_modified"] == "2024-05-31T00:00:00Z"
    assert item["url"] == "https://e.example/d/editions/2024-05-30/"
    assert "external_url" not in item
    assert item["content_html"].count("<h4>") == 3
    assert (moved["id"], moved["url"]) == (item["id"], "https://new.example/editions/2024-05-30/")


def test_archives_of_editions_stay(tmp_path: Path) -> None:
    days = [f"2024-05-{day:02}" for day in range(1, 24)]
    site(tmp_path, *days, settings="editions: {weekly: false}\n")
    run(tmp_path, now=AFTER)
    out = tmp_path / "public/editions"
    first = (out / "page/1/atom.xml").read_bytes()
    newest = json.loads((out / "feed.json").read_bytes())
    write(tmp_path, {f"content/n{n}.md": record(9_000 + n, title=f"N {n}", day="2024-05-29") for n in range(3)})

    run(tmp_path, now=AFTER)

    assert (out / "page/1/atom.xml").read_bytes() == first
    assert len(newest["items"]) == 10
    assert newest["next_url"] == "https://e.example/d/editions/page/2/feed.json"
    assert not (out / "daily").exists()


def test_without_an_edition_nothing_speaks_of_any(tmp_path: Path) -> None:
    site(tmp_path, "2024-05-30", settings="editions: {daily: false, weekly: false}\n")

    run(tmp_path, now=AFTER)

    assert not [
        path for path, data in snapshot(tmp_path / "public").items() if b"/editions/" in data or "edition" in path
    ]


def test_a_file_in_error_stops_the_build_and_one_that_names_a_draft_is_told(tmp_path: Path) -> None:
    site(tmp_path, "2024-05-30")
    write(tmp_path, {"content/draft.md": record(9, day="2024-05-30", pub="false")})
    write(tmp_path, {"content/editions/2024-05-30.yaml": "lead: https://p4.example/9\n"})
    draft = run(tmp_path, now=AFTER)
    write(tmp_path, {"content/editions/2024-05-30.yaml": "lead: [\n"})

    broken = run(tmp_path, now=AFTER)

    assert [problem.code for problem in draft.problems] == ["edition-story"]
    assert draft.outcome
    assert broken.outcome is None
    assert [str(problem.location) for problem in broken.problems] == [
        f"{tmp_path}/content/editions/2024-05-30.yaml:2:1"
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["edition"], 0, "2024-W22, No. 1: 3 of 3 stories"),
        (["edition", "latest-daily"], 0, "2024-05-30, No. 1: 3 of 3 stories"),
        (["edition", "2024-W22"], 0, "  Story 2 of 2024-05-30 (p2.example)"),
        (["edition", "2024-05-31"], 1, "there is no edition '2024-05-31'"),
        (["edition", "friday"], 2, "neither a day such as"),
        (["edition", "latest", "nowhere"], 2, "does not exist"),
    ],
)
def test_the_command_shows_an_edition(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    site(tmp_path, "2024-05-30")

    result = broadsheet(*arguments, cwd=tmp_path, SOURCE_DATE_EPOCH="1717545600")

    assert result.returncode == status
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_pinned_edition_is_what_was_computed(tmp_path: Path) -> None:
    site(tmp_path, "2024-05-30", "2024-05-31")
    run(tmp_path, now=AFTER)
    before = snapshot(tmp_path / "public")

    pinned = broadsheet("edition", "--pin-all", "--now", "2024-06-05", cwd=tmp_path)
    run(tmp_path, now=AFTER)
    again = broadsheet("edition", "2024-05-30", "--pin", "--now", "2024-06-05", cwd=tmp_path)

    assert sorted(pinned.stdout.splitlines()) == [
        f"wrote content/editions/{name}.yaml" for name in ("2024-05-30", "2024-05-31", "2024-W22")
    ]
    assert snapshot(tmp_path / "public") == before
    assert again.returncode == 1
    assert "content/editions/2024-05-30.yaml pins this edition already" in again.stderr


def test_what_a_headline_holds_stays_in_its_comment_of_a_pin(tmp_path: Path) -> None:
    site(tmp_path, "2024-05-30")
    hostile = '"a &#10; number: 7 &#x2028; # &#x85;title: x'
    write(tmp_path, {"content/x.md": record(7, day="2024-05-30").replace('"Story 7"', f"'{hostile}'")})
    run(tmp_path, now=AFTER)
    before = snapshot(tmp_path / "public")

    broadsheet("edition", "--pin-all", "--now", "2024-06-05", cwd=tmp_path)
    report = run(tmp_path, now=AFTER)

    assert report.problems == ()
    assert snapshot(tmp_path / "public") == before


def test_a_pinned_heading_follows_the_topics(tmp_path: Path) -> None:
    site(tmp_path, "2024-05-30")
    pin = "groups:\n  - title: Chips\n    stories: ['https://p0.example/0', 'https://p1.example/1']\n"
    write(tmp_path, {"content/editions/2024-05-30.yaml": pin})
    # As many as every page names: with another one, what is on every page stays.
    write(tmp_path, {f"content/topics/a{n}.yaml": f"name: A{n}\n" for n in range(6)})
    run(tmp_path, now=AFTER)

    for text in ("name: Chips\n", "name: Chips\n_id: silicon\n", "name: Silicon\nsynonyms: [Chips]\n"):
        write(tmp_path, {"content/topics/chips.yaml": text})
        run(tmp_path, now=AFTER)
        run(tmp_path, tmp_path / "cold", now=AFTER, is_clean=True)

        assert snapshot(tmp_path / "public") == snapshot(tmp_path / "cold")
    assert '/d/topics/silicon/">Chips</a>' in (tmp_path / "public/editions/2024-05-30/index.html").read_text()
