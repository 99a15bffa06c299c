"""The Python API: what a program can ask of Broadsheet, as `broadsheet.NAME`.

What these functions take and give is kept from one minor version to the next. Every other module may change with any
version.
"""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from broadsheet.building import builder
from broadsheet.building.report import Options, Report, Stage, moment_of
from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.urls import normal_base_url
from broadsheet.files.publication import Outcome, OutputError

__all__ = ["Diagnostic", "Location", "Outcome", "OutputError", "Report", "Stage", "build", "check"]

Folder = str | os.PathLike[str]


def build(  # noqa: PLR0913 - what the command's options are
    site: Folder = ".",
    *,
    content: Folder | None = None,
    out: Folder | None = None,
    base_url: str | None = None,
    now: datetime | None = None,
    jobs: int = 0,
    clean: bool = False,
    keep_going: bool = False,
    strict: bool = False,
) -> Report:
    """Build the digest in a folder, as `broadsheet build` does, and return what was done.

    `content` is `SITE/content` unless it is given, and `out` is `SITE/public`. `base_url` overrides the one in
    `site.yaml`. What is dated later than `now` is held back; without it the environment's SOURCE_DATE_EPOCH counts, or
    the clock. `jobs` is the number of processes; 0 means one per processor.

    Where records or templates are in error, nothing is published: the report's `outcome` is None, and its `problems`
    say why. Raises OutputError, with the site as it was, where it cannot be written, and ValueError for a `base_url`
    that is none or a `now` without a time zone. One process can build one site at a time.
    """
    return builder.build(
        msgspec.structs.replace(
            _options(site, content, out, now),
            base_url=None if base_url is None else normal_base_url(base_url),
            jobs=jobs,
            is_clean=clean,
            keep_going=keep_going,
            is_strict=strict,
        )
    )


def check(
    site: Folder = ".", *, content: Folder | None = None, now: datetime | None = None, strict: bool = False
) -> tuple[Diagnostic, ...]:
    """Return all that `broadsheet check` finds in the digest in a folder, by file, line and column; nothing is written.

    With `strict` warnings count as errors. Raises OutputError where there is no content, and ValueError for a `now`
    without a time zone.
    """
    from broadsheet.curating.examination import examine  # noqa: PLC0415 - a build does without the rules

    options = _options(site, content, None, now)
    if not options.content.is_dir():
        raise OutputError(f"there is no content folder {options.content}")
    problems = examine(options).problems
    return tuple(problem.as_error() for problem in problems) if strict else problems


def _options(site: Folder, content: Folder | None, out: Folder | None, now: datetime | None) -> Options:
    if now is not None and now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}")
    folder = Path(site)
    return Options(
        site=folder,
        content=folder / "content" if content is None else Path(content),
        out=folder / "public" if out is None else Path(out),
        now=now or moment_of(os.environ),
    )
