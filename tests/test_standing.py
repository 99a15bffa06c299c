"""A build that finds nothing changed does nothing; whatever changed, it finds."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import ROOT
from site_builder import NOW, digest, record, run, snapshot, tree, write

LONG_AGO = 1_600_000_000


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A digest whose files are old enough that their times are trusted, built twice."""
    found = digest(tmp_path / "site", 9)
    write(
        found,
        {
            "content/topics/topic-1.yaml": "name: Topic 1\n",
            "content/pages/about.md": "---\ntitle: About\n---\nWords.\n",
            "templates/404.html": "Not here.\n",
            "static/mark.txt": "one\n",
            "content/news/later.md": record(70, day="2027-01-01"),
        },
    )
    age(found)
    run(found)
    return found


def age(folder: Path) -> None:
    """Make files look as if nobody had touched them for long."""
    for path in folder.rglob("*"):
        if path.is_file() and ".broadsheet" not in path.parts and "public" not in path.parts:
            os.utime(path, (LONG_AGO, LONG_AGO))


def did_nothing(site: Path, **options: object) -> bool:
    """Build, and say whether the build saw at once that nothing changed."""
    report = run(site, **options)  # type: ignore[arg-type]
    assert report.outcome is not None
    return [stage.name for stage in report.stages] == ["look"]


def test_where_nothing_changed_nothing_is_done_and_the_report_is_the_same(site: Path) -> None:
    write(site, {"content/news/odd.md": record(8, "flavour: salty")})
    age(site)
    first = run(site, keep_going=True)
    before = tree(site / "public")

    again = run(site, keep_going=True)

    assert [stage.name for stage in again.stages] == ["look"]
    assert (again.parsed, again.rendered) == (0, 0)
    assert again.outcome is not None
    assert first.outcome is not None
    assert (again.outcome.written, again.outcome.removed) == ((), ())
    assert again.outcome.kept == first.outcome.kept + len(first.outcome.written)
    assert (again.problems, again.articles, again.withheld, again.topics, again.providers) == (
        (first.problems, first.articles, first.withheld, first.topics, first.providers)
    )
    assert again.problems
    assert tree(site / "public") == before


CHANGES: dict[str, Callable[[Path], object]] = {
    "a record": lambda site: write(site, {"content/news/3.md": record(3, title="Edited")}),
    "a new record": lambda site: write(site, {"content/news/new.md": record(50)}),
    "a record that is gone": lambda site: (site / "content/news/3.md").unlink(),
    "a record's name": lambda site: (site / "content/news/3.md").rename(site / "content/news/other.md"),
    "a topic": lambda site: write(site, {"content/topics/topic-1.yaml": "name: Topic 1\ndescription: Much.\n"}),
    "a page": lambda site: write(site, {"content/pages/about.md": "---\ntitle: About\n---\nOther words.\n"}),
    "a template": lambda site: write(site, {"templates/404.html": "Nowhere.\n"}),
    "a new template": lambda site: write(site, {"templates/redirect.html": "Elsewhere.\n"}),
    "a static file": lambda site: write(site, {"static/mark.txt": "two!\n"}),
    "a new static file": lambda site: write(site, {"static/new.txt": "new\n"}),
    "a setting": lambda site: write(site, {"site.yaml": "title: Other\npage_size: 2\n"}),
    "no settings": lambda site: (site / "site.yaml").unlink(),
    "a published file": lambda site: write(site, {"public/index.html": "By hand."}),
    "a published file that is gone": lambda site: (site / "public/feed.xml").unlink(),
    "a foreign file": lambda site: write(site, {"public/CNAME": "example.org"}),
    "the site is gone": lambda site: shutil.rmtree(site / "public"),
    "the cache is gone": lambda site: (site / ".broadsheet/public/cache").unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_noticed(site: Path, tmp_path: Path, change: str) -> None:
    assert did_nothing(site)
    CHANGES[change](site)

    if change == "a published file":  # A file of ours, changed by somebody, is made again.
        run(site)
    else:
        assert not did_nothing(site)

    cold = tmp_path / "cold"
    run(site, cold)
    foreign = {"CNAME"}
    found = {name: data for name, data in snapshot(site / "public").items() if name not in foreign}
    assert found == snapshot(cold)


@pytest.mark.parametrize(
    "options", [{"base_url": "https://example.org/"}, {"is_strict": True}, {"keep_going": True}, {"is_clean": True}]
)
def test_another_question_gets_another_answer(site: Path, options: dict[str, object]) -> None:
    assert did_nothing(site)

    assert not did_nothing(site, **options)


@pytest.mark.parametrize(
    ("now", "is_same"),
    [
        (NOW.replace(year=2025), True),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), True),
        (datetime(2028, 1, 1, tzinfo=UTC), False),
        (datetime(2024, 4, 1, tzinfo=UTC), False),
    ],
)
def test_nothing_changed_as_long_as_nothing_else_is_due(
    site: Path, tmp_path: Path, now: datetime, is_same: bool
) -> None:
    assert did_nothing(site, now=now) is is_same
    run(site, tmp_path / "cold", now=now)

    assert snapshot(site / "public") == snapshot(tmp_path / "cold")


def test_a_file_that_was_just_written_is_read_again(site: Path) -> None:
    path = site / "content/news/3.md"
    path.write_text(record(3, title="Edited A"))
    run(site)
    stamp = path.stat()
    path.write_text(record(3, title="Edited B"))
    os.utime(path, ns=(stamp.st_mtime_ns, stamp.st_mtime_ns))

    run(site)

    assert "Edited B" in (site / "public/2024/05/01/3/index.html").read_text()


def test_times_that_changed_alone_make_nothing_new(site: Path) -> None:
    for path in (site / "content").rglob("*.md"):
        os.utime(path, (LONG_AGO + 1, LONG_AGO + 1))

    report = run(site)

    assert report.outcome is not None
    assert (report.parsed, report.rendered, report.outcome.written) == (0, 0, ())
    assert did_nothing(site)


def test_nothing_that_parses_or_renders_is_loaded_for_nothing(site: Path) -> None:
    program = (
        "import sys; from broadsheet.cli import broadsheet\n"
        f"broadsheet(['build', {str(site)!r}, '--now', '2026-01-01', '--base-url', 'https://user.github.io/digest/'],"
        " standalone_mode=False)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'jinja2', 'yaml', 'feedgen', 'lxml', 'markdown_it', 'multiprocessing', 'pagefind_bin'}))"
    )
    command = [sys.executable, "-c", program]

    said = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
        for _ in range(2)
    ]

    assert said[0] != "[]"
    assert said[1] == "[]"
