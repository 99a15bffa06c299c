"""What several commands share: the site and the moment that are asked for, and how problems are printed."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from broadsheet.core.diagnostics import Diagnostic

Format = Literal["text", "json", "github"]


def places_of(site: Path | None, content: Path | None, out: Path | None) -> tuple[Path, Path, Path]:
    """Return site, content and output folder, from what was given of them."""
    if site is None and content is not None and not content.resolve().is_relative_to(Path.cwd()):
        if out is None:
            raise click.UsageError("--out is needed where --content lies outside the current folder.")
        return content, content, out
    site = site or Path()
    return site, content or site / "content", out or site / "public"


def moment(value: str | None) -> datetime:
    """Return "now": what is given, else SOURCE_DATE_EPOCH, else the clock. Raises UsageError for what is no time."""
    from broadsheet.core.dates import parse_timestamp

    if value is not None:
        try:
            return parse_timestamp(value)[0]
        except ValueError as error:
            raise click.BadParameter(f"'{value}': {error}", param_hint="--now") from error
    from broadsheet.building.report import moment_of

    try:
        return moment_of(os.environ)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def base_url_of(value: str | None) -> str | None:
    """Return a base URL in its normal form, if one is given. Raises UsageError for what is none."""
    from broadsheet.core.urls import normal_base_url

    if value is None:
        return None
    try:
        return normal_base_url(value)
    except ValueError as error:
        raise click.BadParameter(f"'{value}': {error}", param_hint="--base-url") from error


def print_problems(problems: "Iterable[Diagnostic]", form: Format, *, err: bool = True) -> None:
    """Print problems to standard error (or output), a line each; hints beneath as the form has it."""
    from broadsheet.core import diagnostics

    write = {"text": _in_colours, "json": diagnostics.as_json, "github": diagnostics.as_github}[form]
    for problem in problems:
        line = write(problem)
        # What programs read is UTF-8, whatever the terminal's encoding is.
        click.echo(line if form == "text" else line.encode(), err=err)


def print_listing(problems: "Sequence[Diagnostic]") -> None:
    """Print problems by file, each with its line of the file and a mark beneath; then how many there are, by rule.

    Of very many warnings of one rule the first are shown, and the rest are counted.
    """
    from broadsheet.core.annotated import as_listing, by_rule, readable
    from broadsheet.files.disk import lines_of

    shown, rest = readable(problems)
    for line in as_listing(shown, lines_of, paint):
        click.echo(line)
    if rest:
        click.echo(f"not shown: {by_rule(rest)}; --format json has all")
    click.echo(f"{tally(problems)}: {by_rule(problems)}" if problems else "nothing to mend")


_COLOURS: dict[str, dict[str, Any]] = {
    "path": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "place": {"dim": True},
    "mark": {"fg": "cyan", "bold": True},
    "hint": {"fg": "cyan"},
}


def paint(text: str, kind: str) -> str:
    """Colour a text as what it is; click takes the colours out where no terminal reads them. NO_COLOR has none."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **_COLOURS[kind])


def _in_colours(problem: "Diagnostic") -> str:
    """Format a problem for a terminal, in the colours of its severity; they are dropped where there are none."""
    from broadsheet.core.diagnostics import as_text

    line, *hint = as_text(problem).split("\n")
    mark = f"{problem.severity}[{problem.code}]"
    place, found, message = line.partition(f": {mark}: ")
    color = {"error": "red", "warning": "yellow"}[problem.severity]
    line = f"{click.style(place, bold=True)}: {click.style(mark, fg=color, bold=True)}: {message}" if found else line
    return "\n".join((line, *(click.style(text, dim=True) for text in hint)))


def tally(problems: "Sequence[Diagnostic]") -> str:
    """Count problems: "1 error, 3 warnings"."""
    errors = sum(1 for problem in problems if problem.severity == "error")
    warnings = len(problems) - errors
    parts = [plural(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return ", ".join(parts)


def plural(number: int, noun: str) -> str:
    """Write a number and what it counts."""
    from broadsheet.core.text import counted

    return counted(number, noun)


def missing_extra(name: str) -> click.UsageError:
    """Return the error that a command raises where a library of an extra is not installed."""
    return click.UsageError(f"This needs more than is installed: pip install 'broadsheet[{name}]'")
