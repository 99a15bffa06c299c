"""`broadsheet check`."""

import sys
from pathlib import Path

import click

from broadsheet.commands.asked import Format, moment, places_of, print_listing, print_problems


@click.command()
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--now", metavar="TIME", help="What is dated later is not due; SOURCE_DATE_EPOCH or the clock otherwise.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="How it is printed."
)
def check(site: Path | None, content: Path | None, now: str | None, strict: bool, form: Format) -> None:
    """Check the digest in SITE, which is the current folder unless it is given. Nothing is built.

    It finds whatever would keep a build from its end or make it warn, and what a curator would want to
    know besides: stories filed twice, topics written in two ways, dates that have not come, and so on.
    docs/checks.md lists the rules; site.yaml can change how serious each is.
    Exit status: 0 nothing, or warnings only; 1 errors; 2 wrong usage.

    \b
    Examples:
      broadsheet check
      broadsheet check my-digest --strict
      broadsheet check --content records --format json
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.diagnostics import has_errors
    from broadsheet.examination import examine
    from broadsheet.report import Options

    site, content, out = places_of(site, content, Path("public"))
    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    options = Options(site=site, content=content, out=out, now=moment(now))
    problems = examine(options).problems
    if strict:
        problems = tuple(problem.as_error() for problem in problems)
    if form == "text":
        print_listing(problems)
    else:
        print_problems(problems, form, err=False)
    sys.exit(1 if has_errors(problems) else 0)
