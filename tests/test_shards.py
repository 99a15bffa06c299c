"""Shards: any process makes the same of one, and how much work a change makes does not depend on the machine."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest
from site_builder import digest, record, run, snapshot, write

from benchmarks.generate import generate
from broadsheet.building.report import Cost, Report
from broadsheet.building.shards import (
    Job,
    PageShard,
    RecordShard,
    dearest,
    forget_jobs,
    layout_of,
    parse_shard,
    render_shard,
)
from broadsheet.files import disk
from broadsheet.files.cache import Cache, CacheLostError
from broadsheet.records.articles import Rules


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Leave no layout to other tests."""
    yield
    forget_jobs()


def job_of(site: Path, out: Path) -> Job:
    work = site / ".broadsheet" / "public"
    return Job(work / "cache", disk.program_fingerprint(), out, out.parent / "work")


def test_a_process_that_inherits_nothing_renders_the_same(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 30)
    run(site)
    job = job_of(site, tmp_path / "out")
    numbers = tuple(range(len(layout_of(job).pages)))
    shards = [PageShard(job, numbers[::2]), PageShard(job, numbers[1::2])]

    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        files = [staged for shard in pool.map(render_shard, shards) for staged in shard.files]

    published = snapshot(site / "public")
    staged = snapshot(tmp_path / "work" / "next")
    assert staged == {name: published[name] for name in staged}
    assert sorted(staged) == sorted(file.path for file in files)
    assert len(staged) == len(numbers)


def test_a_process_that_inherits_nothing_parses_the_same(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    content = disk.find_content(site / "content")
    files = tuple((found, b"") for found in content.articles)
    shard = RecordShard(str(site / "content"), Rules(base_path="/digest/"), b"start", files)

    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        there = pool.submit(parse_shard, shard).result()

    assert there.rows == parse_shard(shard).rows
    assert len(there.rows) == 9


def test_a_known_record_is_read_and_not_parsed(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    content = disk.find_content(site / "content")
    rules = Rules(base_path="/")
    first = parse_shard(RecordShard(str(site / "content"), rules, b"", tuple((f, b"") for f in content.articles)))
    files = tuple((found, row.digest) for found, row in zip(content.articles, first.rows, strict=True))

    again = parse_shard(RecordShard(str(site / "content"), rules, b"", files))
    other = parse_shard(RecordShard(str(site / "content"), rules, b"other rules", files))

    assert again.rows == ()
    assert again.known == tuple((found.name, found.stamp) for found in content.articles)
    assert len(other.rows) == 3


def test_a_cache_without_its_inputs_gives_no_layout(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    run(site)
    job = job_of(site, tmp_path / "out")
    cache = Cache(job.cache, job.program)
    cache.save((), ["news/1.md"], ())
    cache.close()

    with pytest.raises(CacheLostError, match="it has lost 1 records"):
        layout_of(job)
    job.cache.unlink()
    with pytest.raises(CacheLostError, match="it has lost the inputs"):
        layout_of(job)


def test_a_build_does_without_what_its_cache_has_lost(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    before = snapshot(site / "public")
    cache = Cache(site / ".broadsheet/public/cache", disk.program_fingerprint())
    connection = cache._connection  # noqa: SLF001 - to lose something behind its back
    assert connection is not None
    connection.execute("DELETE FROM details")
    cache.close()
    write(site, {"content/news/3.md": record(3, title="Edited", body="Comment *3*")})

    report = run(site)

    assert report.outcome is not None
    write(site, {"content/news/3.md": record(3, body="Comment *3*")})
    run(site)
    assert snapshot(site / "public") == before


def test_the_dearest_come_first() -> None:
    costs = [Cost("a", 1, 0.1), Cost("b", 1, 0.3), Cost("c", 1, 0.3)]

    assert [cost.name for cost in dearest(costs, 2)] == ["b", "c"]


# Counts instead of seconds: these do not depend on the machine.

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RECORDS = 1_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A digest of 1,000 records, built."""
    site = tmp_path_factory.mktemp("large")
    generate(site, RECORDS)
    for path in site.rglob("*"):
        if path.is_file():
            os.utime(path, (1_600_000_000, 1_600_000_000))
    run(site, now=NOW, jobs=2)
    return site


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were started."""
    if not hasattr(os, "fork"):
        pytest.skip("processes are not forked here")
    found: list[int] = []
    fork = os.fork

    def counted() -> int:
        process = fork()
        found.append(process)
        return process

    monkeypatch.setattr(os, "fork", counted)
    return found


def some_record(site: Path, text: str = "") -> Path:
    """Return a published record of the middle year that has a comment."""
    paths = sorted((site / "content" / "2023").glob("*.md"))
    return next(path for path in paths if "published: true" in path.read_text() and path.read_text().count(text) > 0)


def edit_comment(site: Path) -> None:
    path = some_record(site)
    path.write_text(f"{path.read_text()}\nOne more paragraph.\n")


def edit_excerpt(site: Path) -> None:
    path = some_record(site)
    path.write_text(path.read_text().replace("\nexcerpt: ", "\nexcerpt: Edited ", 1))


def unpublish(site: Path) -> None:
    path = some_record(site)
    path.write_text(path.read_text().replace("published: true", "published: false"))


def add(site: Path) -> None:
    write(site, {"content/2026/new.md": record(7, title="Zzyzx quuxbar", day="2026-05-31")})


def change_template(site: Path) -> None:
    text = (disk.default_theme() / "templates" / "article.html").read_text()
    write(site, {"templates/article.html": text.replace("Read at", "Go to")})


@pytest.mark.parametrize(
    ("change", "parsed", "rendered", "written", "removed", "processes"),
    [
        (lambda _: None, 0, 0, 0, 0, 0),
        (edit_comment, 1, 19, 19, 0, 0),
        (edit_excerpt, 1, 25, 25, 0, 0),
        (add, 1, 21, 21, 0, 0),
        (unpublish, 1, 878, 164, 1, 2),
        (change_template, 0, 1538, 683, 0, 2),
        (lambda site: (site / "public" / "index.html").unlink(), 0, 1, 1, 0, 0),
    ],
    ids=["nothing", "a comment", "an excerpt", "a new article", "an article withdrawn", "a template", "a lost page"],
)
def test_a_change_costs_what_it_changes(  # noqa: PLR0917 - a table
    large: Path,
    tmp_path: Path,
    forks: list[int],
    change: Callable[[Path], object],
    parsed: int,
    rendered: int,
    written: int,
    removed: int,
    processes: int,
) -> None:
    site = tmp_path / "site"
    shutil.copytree(large, site, symlinks=True)
    run(site, now=NOW, jobs=2)
    forks.clear()
    change(site)

    report: Report = run(site, now=NOW, jobs=2)

    assert report.outcome is not None
    assert report.parsed == parsed
    assert report.rendered == rendered
    # How many files of the search index change is up to Pagefind; tests/test_search.py looks at them.
    assert len([path for path in report.outcome.written if not path.startswith("pagefind/")]) == written
    assert len([path for path in report.outcome.removed if not path.startswith("pagefind/")]) == removed
    assert len(forks) == processes
    run(site, tmp_path / "cold", now=NOW, jobs=2)
    assert snapshot(site / "public") == snapshot(tmp_path / "cold")
