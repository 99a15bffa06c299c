"""`broadsheet check`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.commands.asked import Format, moment, places_of, print_listing, print_problems
from broadsheet.commands.links import CONCURRENCY, MAX_AGE, TIMEOUT, ask_links
from broadsheet.commands.progress import Progress

_INTERRUPTED = 130
"""The exit status that shells know for Ctrl-C."""

if TYPE_CHECKING:
    from broadsheet.building.report import Options
    from broadsheet.checks.rules import Material
    from broadsheet.curating.examination import Examination


@click.command(short_help="Find what is wrong with a digest, and what is odd.")
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--now", metavar="TIME", help="What is dated later is not due; SOURCE_DATE_EPOCH or the clock otherwise.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely: see below.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--links", is_flag=True, help="Also ask the sources, over the network, whether they are still there.")
@click.option(
    "--concurrency", metavar="N", type=click.IntRange(1, 64), help=f"How many sources at once; {CONCURRENCY} otherwise."
)
@click.option(
    "--max-age", metavar="DAYS", type=click.FloatRange(0), help=f"How long an answer counts; {MAX_AGE:g} otherwise."
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 600),
    help=f"How long one may take; {TIMEOUT:g} otherwise.",
)
@click.option("--allow-private", is_flag=True, help="Also ask this machine and private networks.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="How it is printed."
)
def check(  # noqa: PLR0913, PLR0917 - one parameter an option
    site: Path | None,
    content: Path | None,
    now: str | None,
    fix: bool,
    strict: bool,
    links: bool,
    concurrency: int | None,
    max_age: float | None,
    timeout: float | None,
    allow_private: bool,
    form: Format,
) -> None:
    """Check the digest in SITE, which is the current folder unless it is given. Nothing is built.

    It finds whatever would keep a build from its end or make it warn, and what a curator would want to
    know besides: stories filed twice, topics written in two ways, dates that have not come, and so on.
    docs/checks.md lists the rules; site.yaml can change how serious each is.
    --fix mends spellings of topics, white space and the order of fields in the records' own text; all else
    in a file stays as it is, and what was done is printed.
    With --links the sources of what is published are asked too, gently; Ctrl-C ends that with what was
    found so far, and the next run goes on from there.
    Exit status: 0 nothing, or warnings only; 1 errors; 2 wrong usage; 130 interrupted.

    \b
    Examples:
      broadsheet check
      broadsheet check --fix
      broadsheet check my-digest --strict
      broadsheet check --content records --format json
      broadsheet check --links --max-age 30
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.building.report import Options
    from broadsheet.core.diagnostics import RULES, by_location, has_errors
    from broadsheet.files.publication import OutputError

    site, content, out = places_of(site, content, Path("public"))
    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    options = Options(site=site, content=content, out=out, now=moment(now))
    if not links and (allow_private or {concurrency, max_age, timeout} != {None}):
        raise click.UsageError("--concurrency, --max-age, --timeout and --allow-private are for --links.")
    try:
        found = _examine(options)
        if fix and _mend(found.material, is_quiet=form != "text"):
            found = _examine(options)
    except OutputError as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    problems, is_interrupted = found.problems, False
    if links:
        report = ask_links(
            found.material.records,
            {**RULES, **dict(found.material.config.checks)},
            site,
            concurrency=concurrency or CONCURRENCY,
            max_age=MAX_AGE if max_age is None else max_age,
            timeout=timeout or TIMEOUT,
            allow_private=allow_private,
        )
        problems = tuple(sorted((*problems, *report.problems), key=by_location))
        is_interrupted = report.is_interrupted
    if strict:
        problems = tuple(problem.as_error() for problem in problems)
    if form == "text":
        print_listing(problems)
    else:
        print_problems(problems, form, err=False)
    sys.exit(_INTERRUPTED if is_interrupted else 1 if has_errors(problems) else 0)


def _examine(options: "Options") -> "Examination":
    from broadsheet.curating.examination import examine

    with Progress() as progress:
        return examine(options, progress)


def _mend(material: "Material", *, is_quiet: bool) -> int:
    """Mend what can be mended, and return how many records were; say what was done, on standard error if quiet."""
    from broadsheet.core.escapes import printable
    from broadsheet.curating.mending import mend

    number = 0
    try:
        for mended in mend(material):
            number += 1
            for change in mended.changes:
                click.echo(printable(f"fixed {mended.path}:{change.line}: {change.said}"), err=is_quiet)
    except OSError as error:
        click.echo(f"broadsheet: error: {printable(str(error.filename))}: {error.strerror}", err=True)
        sys.exit(1)
    return number
