"""Digests: many of them in one run, each of which is built whether or not the others can be."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter

import msgspec

from broadsheet.building.builder import build
from broadsheet.building.processes import pool_of, processors
from broadsheet.building.report import Options, Report, Tell, tell_nobody
from broadsheet.files.disk import is_digest
from broadsheet.files.publication import OutputError

_LARGE = 2_000
"""With how many records a digest is built by all processes, one after the other; smaller ones go whole to one each."""


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a digest: the report of its build, or the error that kept its site from being written.

    `seconds` is how long it took; the report lists no unchanged file.
    """

    name: str
    report: Report | None
    error: str = ""
    seconds: float = 0.0


def find_digests(folder: Path) -> list[Path]:
    """Return the folders below one that are digests, sorted, relative to it; none lies in another, or is hidden."""
    found: list[Path] = []
    for place, folders, _ in os.walk(folder):
        path = Path(place)
        if path != folder and is_digest(path):
            found.append(path.relative_to(folder))
            folders.clear()
        folders[:] = [name for name in folders if not name.startswith(".")]
    return sorted(found)


def build_all(asked: Mapping[str, Options], jobs: int = 0, tell: Tell = tell_nobody) -> Iterator[Built]:
    """Build digests by their names, in the order in which they are done, large ones first; nothing stops the others.

    `jobs` is the number of processes; 0 means as many as there are processors. What a process compiled of a theme it
    uses for all its digests. Raises OutputError where a process is ended from outside.
    """
    jobs = jobs or processors()
    sizes = {name: _records(options.content) for name, options in asked.items()}
    order = sorted(asked, key=lambda name: (-sizes[name], name))
    large = [name for name in order if sizes[name] >= _LARGE or len(order) < jobs]
    # What is sorted by size has the large ones first.
    small = [(name, msgspec.structs.replace(asked[name], jobs=1)) for name in order[len(large) :]]
    done = 0
    for name in large:
        yield _build_one((name, msgspec.structs.replace(asked[name], jobs=jobs)))
        done += 1
        tell("digests", done, len(order))
    with pool_of(jobs, len(small), sum(sizes[name] for name, _ in small)) as pool:
        for built in map(_build_one, small) if pool is None else pool.map(_build_one, small):
            yield built
            done += 1
            tell("digests", done, len(order))


def _build_one(asked: tuple[str, Options]) -> Built:
    name, options = asked
    started = perf_counter()
    try:
        report = build(options)
    except OutputError as error:
        return Built(name=name, report=None, error=str(error), seconds=perf_counter() - started)
    if report.outcome is not None:
        report = msgspec.structs.replace(report, outcome=msgspec.structs.replace(report.outcome, files={}))
    return Built(name=name, report=report, seconds=perf_counter() - started)


def _records(content: Path) -> int:
    """Count what may be records, to tell a large digest from a small one."""
    return sum(name.endswith(".md") for _, _, names in os.walk(content) for name in names)
