"""The links of `broadsheet check --links`: asked with progress on a terminal, and what there was to ask."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.commands.asked import missing_extra, plural

if TYPE_CHECKING:
    from broadsheet.checks.dossiers import Dossier
    from broadsheet.core.diagnostics import Level
    from broadsheet.curating.links import LinkReport

CONCURRENCY, MAX_AGE, TIMEOUT = 8, 7.0, 20.0
"""How many sources are asked at once, how many days an answer counts, and how many seconds one may take."""
_DAY = 86_400.0


def ask_links(  # noqa: PLR0913 - what the options say
    records: "Iterable[Dossier]",
    levels: "Mapping[str, Level]",
    site: Path,
    *,
    concurrency: int = CONCURRENCY,
    max_age: float = MAX_AGE,
    timeout: float = TIMEOUT,
    allow_private: bool = False,
) -> "LinkReport":
    """Ask the sources of published records, and say on standard error how many; what is off is left out.

    What they said is kept beside the build's cache. Raises UsageError where httpx is not installed.
    """
    from msgspec.structs import replace

    from broadsheet.files.publication import work_folder

    try:
        from broadsheet.curating.links import Manners, check_links
        from broadsheet.network.fetching import FetchError, Limits
    except ImportError as error:
        raise missing_extra("check") from error
    from broadsheet.network.linkstore import FILE

    try:
        report = check_links(
            records,
            work_folder((site / "public").resolve()) / FILE,
            Limits(seconds=timeout, allows_private=allow_private),
            Manners(concurrency=concurrency, max_age=max_age * _DAY),
            progress=_show if sys.stderr.isatty() else lambda _done, _total: None,
        )
    except FetchError as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    click.echo(_summary(report), err=True)
    problems = ((problem, levels[problem.code]) for problem in report.problems)
    return replace(
        report, problems=tuple(replace(problem, severity=level) for problem, level in problems if level != "off")
    )


def _show(done: int, total: int) -> None:
    """Show how far it is, on a line that the next one takes the place of; at the end it is gone."""
    text = f"links: {done:,} of {total:,}"
    click.echo("\r" + (text if done < total else " " * len(text) + "\r"), err=True, nl=False)


def _summary(report: "LinkReport") -> str:
    parts = [f"{report.asked:,} asked"]
    if report.remembered:
        parts.append(f"{report.remembered:,} known from the last days")
    if report.unasked:
        parts.append(f"{report.unasked:,} left alone, as their sites ask")
    text = f"links: {', '.join(parts)}"
    if report.is_interrupted:
        text = f"\n{text}; interrupted with {plural(report.left, 'link')} to go: the next run goes on from there"
    return text
