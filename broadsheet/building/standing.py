"""What stands: whether anything that a site is made of, or the site, changed since the last build.

To see that, no file is read but the cache: sizes and times tell. Where they do not tell, the stages of a
build look closer.
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from time import perf_counter

import msgspec

from broadsheet.building.report import Options, Report, Stage
from broadsheet.building.themes import named_theme
from broadsheet.files import disk
from broadsheet.files.disk import Content, Stamp
from broadsheet.files.publication import Outcome

STANDING = "standing"
"""The key under which the cache holds what stands."""
_ENCODER = msgspec.msgpack.Encoder()


class Survey(msgspec.Struct, frozen=True):
    """The files that a site is made of: those of the content, a hash of all, and the newest mtime, in nanoseconds."""

    content: Content
    key: bytes
    newest: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A site as the last build left it: from what, until when, and what there was to report."""

    sources: bytes
    files: bytes
    since: datetime | None
    until: datetime | None
    report: Report

    @property
    def pages(self) -> int:
        """How many files of the output folder are ours."""
        return _pages(self.report)


def look(options: Options) -> Survey:
    """Look at everything that a site is made of, without reading it."""
    content = disk.find_content(options.content)
    theme = [
        _listed(disk.find_files(str(folder / name)))
        for folder in (disk.default_theme(), *named_theme(options.site), options.site)
        for name in disk.THEME_FOLDERS
    ]
    config = disk.stamp(options.site / "site.yaml")
    asked = (str(options.base_url), options.keep_going, options.is_strict, content.prefix)
    key = _hash((asked, content, theme, config))
    stamps = [found.stamp for found in (*content.articles, *content.topics, *content.leaves, *content.editions)]
    stamps += [stamp for files in theme for _, stamp in files]
    stamps += [config] if config is not None else []
    return Survey(content, key, max((stamp.mtime for stamp in stamps), default=0))


def stand(
    survey: Survey, files: Mapping[str, Stamp], since: datetime | None, until: datetime | None, report: Report
) -> Standing:
    """Return what stands after a build: what it was made of, every file of the output folder, and its report."""
    kept = Outcome(written=(), removed=(), kept=_pages(report))
    report = msgspec.structs.replace(report, outcome=kept, parsed=0, rendered=0)
    return Standing(sources=survey.key, files=_hash(_listed(files)), since=since, until=until, report=report)


def stands(standing: Standing, now: datetime, survey: Survey, files: Callable[[], Mapping[str, Stamp]]) -> bool:
    """Whether a site stands as the last build left it; `files` are those of the output folder."""
    is_same = _is_time(standing, now) and survey.key == standing.sources
    return is_same and _hash(_listed(files())) == standing.files


def again(standing: Standing, started: float) -> Report:
    """Return the report on a site that stands."""
    return msgspec.structs.replace(standing.report, stages=(Stage("look", perf_counter() - started),))


def _is_time(standing: Standing, now: datetime) -> bool:
    """Whether the same articles are due as at the last build."""
    return (standing.since is None or standing.since <= now) and (standing.until is None or now < standing.until)


def _pages(report: Report) -> int:
    return report.outcome.kept + len(report.outcome.written) if report.outcome else 0


def _listed(files: Mapping[str, Stamp]) -> list[tuple[bytes, Stamp]]:
    """Return files in the order of their paths, which need not be UTF-8."""
    return sorted((os.fsencode(path), stamp) for path, stamp in files.items())


def _hash(value: object) -> bytes:
    return blake2b(_ENCODER.encode(value), digest_size=16).digest()
