"""The command line."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from broadsheet import __version__

if TYPE_CHECKING:
    from broadsheet.report import Report

Format = Literal["text", "json", "github"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet", message="%(prog)s %(version)s")
def broadsheet() -> None:
    """Build a site from a curated tech-news digest."""


@broadsheet.command()
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The site; SITE/public otherwise.")
@click.option("--base-url", metavar="URL", help="Where the site will be: https://user.github.io/digest/")
@click.option(
    "--now",
    metavar="TIME",
    help="What is dated later is held back; SOURCE_DATE_EPOCH or the clock otherwise.",
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), help="How many processes; one per processor otherwise."
)
@click.option("--clean", is_flag=True, help="Reuse nothing of earlier builds.")
@click.option("--keep-going", is_flag=True, help="Leave out what is broken and publish the rest.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--profile", is_flag=True, help="Also print where time and memory went.")
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
@click.option("--verbose", "-v", is_flag=True, help="Also print each changed file and the time of each stage.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="How problems are printed.",
)
def build(  # noqa: PLR0913, PLR0917 - one parameter an option
    site: Path | None,
    content: Path | None,
    out: Path | None,
    base_url: str | None,
    now: str | None,
    jobs: int | None,
    clean: bool,
    keep_going: bool,
    strict: bool,
    profile: bool,
    quiet: bool,
    verbose: bool,
    form: Format,
) -> None:
    """Build the digest in SITE, which is the current folder unless it is given.

    Where only --content is given and lies elsewhere, that folder of records is the site: its own
    site.yaml, templates and static files count, or the defaults. Exit status: 0 built, 1 errors and
    the site as it was, 2 wrong usage.

    \b
    Examples:
      broadsheet build --base-url https://user.github.io/digest/
      broadsheet build my-digest --out /srv/www/digest --strict
      broadsheet build --content records --out site
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.builder import build as run
    from broadsheet.publication import OutputError
    from broadsheet.report import Options

    site, content, out = _places(site, content, out)
    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    options = Options(
        site=site,
        content=content,
        out=out,
        now=_now(now),
        base_url=_base_url(base_url),
        jobs=jobs or 0,
        is_clean=clean,
        keep_going=keep_going,
        is_strict=strict,
    )
    try:
        report = run(options)
    except OutputError as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    _print_problems(report, form)
    if report.outcome is None:
        if form == "text":
            click.echo(_tally(report) + "; the published site is as it was", err=True)
        sys.exit(1)
    if profile:
        _print_profile(report)
    if not quiet:
        _print_summary(report, out, is_verbose=verbose)


@broadsheet.command("feed-diff")
@click.argument("old", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("new", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--format", "form", type=click.Choice(["text", "github"]), default="text", help="How it is printed.")
def feed_diff(old: Path, new: Path | None, form: Literal["text", "github"]) -> None:
    """Say what subscribers will see of a change.

    OLD and NEW are output folders. With one folder, what it holds is compared with what it held before
    the last build that changed it. Exit status: 0, or 1 if a story would be announced again.

    \b
    Examples:
      broadsheet feed-diff public
      broadsheet feed-diff yesterday/public public --format github
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.diagnostics import ContentError, as_text
    from broadsheet.disk import read_feeds
    from broadsheet.feeddiff import as_github, as_lines, compare_feeds
    from broadsheet.publication import LAST, work_folder

    try:
        if new is None:
            changes = compare_feeds(read_feeds(old, work_folder(old.resolve()) / LAST), read_feeds(old))
        else:
            changes = compare_feeds(read_feeds(old), read_feeds(new))
    except ContentError as error:
        for problem in error.problems:
            click.echo(as_text(problem), err=True)
        sys.exit(2)
    for line in as_lines(changes) if form == "text" else as_github(changes):
        click.echo(line)
    sys.exit(1 if any(change.repeated for change in changes) else 0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; does not return.

    The process ends at once: taking a large digest apart, value by value, would take longer than most builds.
    """
    status: object = 1
    try:
        broadsheet.main(args=arguments, prog_name="broadsheet")
    except SystemExit as end:
        status = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0)


def _places(site: Path | None, content: Path | None, out: Path | None) -> tuple[Path, Path, Path]:
    """Return site, content and output folder, from what was given of them."""
    if site is None and content is not None and not content.resolve().is_relative_to(Path.cwd()):
        if out is None:
            raise click.UsageError("--out is needed where --content lies outside the current folder.")
        return content, content, out
    site = site or Path()
    return site, content or site / "content", out or site / "public"


def _now(value: str | None) -> datetime:
    from broadsheet.dates import parse_timestamp

    if value is not None:
        try:
            return parse_timestamp(value)[0]
        except ValueError as error:
            raise click.BadParameter(f"'{value}': {error}", param_hint="--now") from error
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        try:
            return datetime.fromtimestamp(int(epoch), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise click.UsageError(f"SOURCE_DATE_EPOCH is not a time in seconds: '{epoch}'") from error
    return datetime.now(UTC)


def _base_url(value: str | None) -> str | None:
    from broadsheet.urls import normal_base_url

    if value is None:
        return None
    try:
        return normal_base_url(value)
    except ValueError as error:
        raise click.BadParameter(f"'{value}': {error}", param_hint="--base-url") from error


def _print_problems(report: "Report", form: Format) -> None:
    from broadsheet import diagnostics

    write = {"text": diagnostics.as_text, "json": diagnostics.as_json, "github": diagnostics.as_github}[form]
    for problem in report.problems:
        click.echo(write(problem), err=True)


def _tally(report: "Report") -> str:
    errors = sum(1 for problem in report.problems if problem.severity == "error")
    warnings = len(report.problems) - errors
    parts = [_plural(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return ", ".join(parts)


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _print_profile(report: "Report") -> None:
    """Print the time of each stage and the memory by its end; then the templates, pages and records by their cost.

    The times of templates, pages and records are sums over all processes.
    """
    click.echo(f"{'stage':<12}{'seconds':>9}{'peak MB':>9}")
    for stage in report.stages:
        memory = f"{stage.memory / 1e6:.0f}" if stage.memory else "-"
        click.echo(f"{stage.name:<12}{stage.seconds:>9.3f}{memory:>9}")
    if report.profile.templates:
        click.echo(f"\n{'template':<24}{'pages':>9}{'seconds':>9}{'ms each':>9}")
    for cost in report.profile.templates:
        each = cost.seconds / cost.times * 1000
        click.echo(f"{cost.name:<24}{cost.times:>9,}{cost.seconds:>9.3f}{each:>9.2f}")
    for title, costs in (("slowest pages", report.profile.pages), ("slowest records", report.profile.records)):
        if costs:
            click.echo(f"\n{title:<24}{'ms':>9}")
        for cost in costs:
            click.echo(f"{cost.seconds * 1000:>9.2f}  {cost.name}")
    click.echo()


def _print_summary(report: "Report", out: Path, *, is_verbose: bool) -> None:
    outcome = report.outcome
    if outcome is None:
        return
    if is_verbose:
        for path in outcome.written:
            click.echo(f"wrote {path}")
        for path in outcome.removed:
            click.echo(f"removed {path}")
        for stage in report.stages:
            click.echo(f"{stage.name}: {stage.seconds:.2f} s")
        click.echo(f"records parsed: {report.parsed:,}, pages rendered: {report.rendered:,}")
    for note in report.notes:
        click.echo(f"note: {note}")
    held = f", {report.withheld:,} not published" if report.withheld else ""
    click.echo(
        f"{_plural(report.articles, 'article')}{held}, {_plural(report.topics, 'topic')}, "
        f"{_plural(report.providers, 'provider')}."
    )
    total = sum(stage.seconds for stage in report.stages)
    click.echo(
        f"{out}: {len(outcome.written):,} written, {len(outcome.removed):,} removed, "
        f"{outcome.kept:,} unchanged, in {total:.2f} s."
    )
    if tally := _tally(report):
        click.echo(f"{tally}, listed above.")
