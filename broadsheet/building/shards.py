"""Shards: pieces of a build that any process can work on, described by small values.

A shard of records is a list of files. A shard of pages is a job, which names the cache that holds
everything the site is made of, and a list of numbers. A process that inherits the layout of a job from
the one that started it uses that; another one works it out for itself.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Protocol, TypeVar

import msgspec

from broadsheet.building.layouts import Layout, encode_record, lay_out, load_inputs
from broadsheet.building.report import Cost
from broadsheet.checks.dossiers import Dossier, dossier_of
from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.core.model import Source
from broadsheet.core.seals import seal_of
from broadsheet.files.cache import Cache, DetailsReader, Row
from broadsheet.files.disk import Found, Stamp, read_found
from broadsheet.files.publication import FileStage, Staged
from broadsheet.records.articles import Filed, Parsed, Rules, gate, parse_filed
from broadsheet.rendering.render import render
from broadsheet.site.pages import file_path

LEAST, _MOST = 25, 500
"""How many records or pages make one piece of work for another process."""
MTIME_STEP = 2_000_000_000
"""The coarsest step, in nanoseconds, in which a file system keeps times."""
A = TypeVar("A")


class RecordShard(msgspec.Struct, frozen=True):
    """Files to parse, each with the hash of what was parsed of it before, if that is known."""

    folder: str
    rules: Rules
    start: bytes
    files: tuple[tuple[Found, bytes], ...]
    is_for_check: bool = False


class UnparsedRecord(msgspec.Struct, frozen=True, array_like=True):
    """A record that has been read: its file's stamp, and a hash of what is to be parsed."""

    source: Source
    stamp: Stamp
    digest: bytes


class ParsedShard(msgspec.Struct, frozen=True):
    """Parsed records; the stamps of those that turned out to be known; what could not be read; the slowest.

    `dossiers` are those of the records, where they are to be checked.
    """

    rows: tuple[Row, ...]
    known: tuple[tuple[str, Stamp], ...]
    problems: tuple[Diagnostic, ...]
    slowest: tuple[Cost, ...]
    dossiers: tuple[Dossier, ...] = ()


class Job(msgspec.Struct, frozen=True):
    """A build: the cache that holds its inputs, the program that may read it, and where the site goes."""

    cache: Path
    program: str
    out: Path
    work: Path


class PageShard(msgspec.Struct, frozen=True):
    """Pages to render and to stage, by their numbers in the layout of a job."""

    job: Job
    pages: tuple[int, ...]


class Stage(Protocol):
    """Takes the files that a shard makes."""

    def put(self, path: str, data: bytes) -> Staged:
        """Have a file with these bytes."""


class StagedShard(msgspec.Struct, frozen=True):
    """Staged files, what they name that is not published, what each template cost, and the slowest pages."""

    files: tuple[Staged, ...]
    leaks: tuple[Diagnostic, ...]
    templates: tuple[Cost, ...]
    slowest: tuple[Cost, ...]


def batches(items: Sequence[A], jobs: int) -> Iterator[Sequence[A]]:
    """Cut work into pieces: large ones, of which each process gets several."""
    size = min(max(len(items) // (jobs * 8), LEAST), _MOST)
    for start in range(0, len(items), size):
        yield items[start : start + size]


def wary(stamp: Stamp, began: int) -> Stamp:
    """Return a stamp that can be trusted: a file changed just now could be changed again and keep its mtime.

    `began` is when the files were looked at, in nanoseconds.
    """
    return stamp if stamp.mtime < began - MTIME_STEP else Stamp(stamp.size, -1)


def parse_shard(shard: RecordShard) -> ParsedShard:
    """Read and parse records."""
    known: list[tuple[str, Stamp]] = []
    problems: list[Diagnostic] = []
    parsed = parse_sources(read_shard(shard, known, problems), shard.rules, is_for_check=shard.is_for_check)
    return msgspec.structs.replace(parsed, known=tuple(known), problems=tuple(problems))


def read_shard(
    shard: RecordShard, known: list[tuple[str, Stamp]], problems: list[Diagnostic]
) -> Iterator[UnparsedRecord]:
    """Yield the records that are to be parsed; note the stamps of the others, and problems for what cannot be read."""
    for found, before in shard.files:
        try:
            source = read_found(shard.folder, found)
        except ContentError as error:
            problems += error.problems
            continue
        digest = hashlib.blake2b(b"%b%b\0%b" % (shard.start, found.name.encode(), source.data), digest_size=16).digest()
        if digest == before:
            known.append((found.name, found.stamp))
        else:
            yield UnparsedRecord(source, found.stamp, digest)


def parse_sources(records: Iterable[UnparsedRecord], rules: Rules, *, is_for_check: bool = False) -> ParsedShard:
    """Parse records that have been read."""
    rows: list[Row] = []
    costs: list[Cost] = []
    dossiers: list[Dossier] = []
    for record in records:
        start = perf_counter()
        source = record.source
        filed = parse_filed(source, rules)
        if is_for_check and filed.value is not None:
            dossiers.append(dossier_of(filed.value, source.data))
        parsed = encode_record(gate(filed, rules), _seal_of(filed))
        rows.append(Row(source.name, record.stamp, record.digest, *parsed))
        costs.append(Cost(source.path, 1, perf_counter() - start))
    return ParsedShard(tuple(rows), (), (), dearest(costs), tuple(dossiers))


@cache
def layout_of(job: Job) -> Layout:
    """Return the layout of a job, which a process works out once, or inherits; `layout_of.cache_clear` forgets it."""
    found = Cache(job.cache, job.program, is_ours=False)
    try:
        return lay_out(*load_inputs(found), _details_of(job).get)
    finally:
        found.close()


def render_shard(shard: PageShard) -> StagedShard:
    """Render pages and stage what they become. Raises ContentError where a template fails."""
    return stage_pages(layout_of(shard.job), shard.pages, stage_of(shard.job))


def stage_pages(layout: Layout, numbers: Sequence[int], stage: Stage) -> StagedShard:
    """Render pages of a layout and stage what they become. Raises ContentError where a template fails."""
    leaks: list[Diagnostic] = []
    pages = [layout.pages[number] for number in numbers]
    files: list[Staged] = []
    costs: list[Cost] = []
    templates: dict[str, list[float]] = {}
    start = perf_counter()
    for page, artifact in zip(pages, render(pages, layout.theme, layout.site), strict=True):
        leaks += layout.audit.leaks(artifact.data, page.location or Location(page.address))
        files.append(stage.put(file_path(artifact.address), artifact.data))
        end = perf_counter()
        costs.append(Cost(page.address, 1, end - start))
        templates.setdefault(page.template, []).append(end - start)
        start = end
    totals = tuple(Cost(name, len(seconds), sum(seconds)) for name, seconds in templates.items())
    return StagedShard(tuple(files), tuple(leaks), totals, dearest(costs))


def _seal_of(filed: Parsed[Filed]) -> bytes:
    return seal_of(filed.value.fields.ignored("secured")) if filed.value is not None else b""


def dearest(costs: Iterable[Cost], number: int = 10) -> tuple[Cost, ...]:
    """Return the costs of which most time went, dearest first."""
    return tuple(sorted(costs, key=lambda cost: (-cost.seconds, cost.name))[:number])


@cache
def _details_of(job: Job) -> DetailsReader:
    return DetailsReader(job.cache, job.program)


def close_details(job: Job) -> None:
    """Let go of the cache of a job, whose layout may be used again."""
    _details_of(job).close()


@cache
def stage_of(job: Job) -> FileStage:
    """Return what lays the files of a job beside the output folder."""
    return FileStage(job.out, job.work)


def forget_jobs() -> None:
    """Forget the layouts and stages of jobs that are done."""
    layout_of.cache_clear()
    _details_of.cache_clear()
    stage_of.cache_clear()
