"""`broadsheet build --all`: every digest below a folder, and a table of what became of each."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from broadsheet.commands.asked import Format, plural, print_problems, tally
from broadsheet.commands.progress import Progress

if TYPE_CHECKING:
    from broadsheet.building.digests import Built
    from broadsheet.building.report import Options

_NAME, _TEXT = 40, 100
_HEAD = ("digest", "articles", "written", "removed", "unchanged", "seconds", "")


def build_all(  # noqa: PLR0913 - what the command is asked
    folder: Path, out: Path | None, asked: "Options", form: Format, *, is_quiet: bool, is_verbose: bool
) -> None:
    """Build every digest below a folder as it is asked for one; exit with 1 where one could not be built.

    The site of each goes to its own `public`, or to the folder of its name below `out`; its name is added to the base
    URL, where one is asked for.
    """
    from msgspec.structs import replace

    from broadsheet.building.digests import Built, find_digests
    from broadsheet.building.digests import build_all as run
    from broadsheet.core.escapes import printable
    from broadsheet.files.publication import OutputError

    places = {place.as_posix(): folder / place for place in find_digests(folder)}
    if not places:
        raise click.UsageError(f"There is no digest below '{folder}': no folder with a site.yaml or content.")
    each = {
        name: replace(
            asked,
            site=place,
            content=place / "content",
            out=out / name if out is not None else place / "public",
            base_url=f"{asked.base_url}{quote(name)}/" if asked.base_url else None,
        )
        for name, place in places.items()
    }
    done: dict[str, Built] = {}
    ended = ""
    try:
        with Progress(is_wanted=not is_quiet) as progress:
            for built in run(each, asked.jobs, progress):
                done[built.name] = built
    except OutputError as error:
        ended = str(error)
    results = [done.get(name) or Built(name=name, report=None, error=ended) for name in each]
    for built in results:
        print_problems(built.report.problems if built.report else (), form)
        if is_verbose and built.report and built.report.outcome:
            for path in built.report.outcome.written:
                click.echo(f"wrote {printable(built.name)}/{path}")
    if not is_quiet:
        _print_table(results)
    bad = [built for built in results if built.report is None or built.report.outcome is None]
    if bad:
        names = ", ".join(printable(built.name) for built in bad)
        click.echo(f"{len(bad)} of {plural(len(results), 'digest')} not built; as it was: {names}", err=True)
        sys.exit(1)


def _print_table(results: "Sequence[Built]") -> None:
    from broadsheet.core.columns import pad, shorten, width

    lines = [_HEAD, *(_cells(built) for built in results)]
    name = min(_NAME, max(width(line[0]) for line in lines))
    widths = [max(len(line[column]) for line in lines) for column in range(1, len(_HEAD) - 1)]
    for first, *numbers, last in lines:
        cells = "  ".join(number.rjust(size) for number, size in zip(numbers, widths, strict=True))
        click.echo(f"{pad(shorten(first, name), name)}  {cells}  {last}".rstrip())


def _cells(built: "Built") -> tuple[str, ...]:
    from broadsheet.core.columns import shorten
    from broadsheet.core.escapes import printable

    name = printable(built.name)
    seconds = f"{built.seconds:.2f}"
    report = built.report
    if report is None:
        return (name, "-", "-", "-", "-", seconds, f"not built: {shorten(built.error, _TEXT)}")
    outcome = report.outcome
    if outcome is None:
        return (name, "-", "-", "-", "-", seconds, f"not built: {tally(report.problems)}")
    counts = (report.articles, len(outcome.written), len(outcome.removed), outcome.kept)
    return (name, *(f"{count:,}" for count in counts), seconds, tally(report.problems))
