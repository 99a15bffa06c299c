"""`broadsheet build`."""

import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.commands.asked import (
    Format,
    base_url_of,
    missing_extra,
    moment,
    places_of,
    plural,
    print_problems,
    tally,
)
from broadsheet.commands.progress import Progress

if TYPE_CHECKING:
    from broadsheet.building.remote import ClusterWorkers
    from broadsheet.building.report import Report
    from broadsheet.files.publication import Outcome


_ARTICLES = "articles"
_KINDS = {
    _ARTICLES: r"\d{4}/\d\d/\d\d/[^/]+/index\.html",
    "other pages": r".*\.html",
    "feeds": r"(.*/)?(feed|atom)\.(xml|json)",
    "other files": r".*",
}
"""What a site is made of, by the paths of its files."""
_NAMED = 5
_SHORT = 0.005
"""What takes fewer seconds is not worth a word."""


@click.command(short_help="Build the site of a digest.")
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The site; SITE/public otherwise.")
@click.option(
    "--all",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Build every digest below a folder; --out and --base-url get their names.",
)
@click.option("--base-url", metavar="URL", help="Where the site will be: https://user.github.io/digest/")
@click.option(
    "--now",
    metavar="TIME",
    help="What is dated later is held back; SOURCE_DATE_EPOCH or the clock otherwise.",
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), help="How many processes; one per processor otherwise."
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="A Dask cluster that shares in the work: tcp://10.0.0.5:8786 or tls://…"
)
@click.option("--clean", is_flag=True, help="Reuse nothing of earlier builds.")
@click.option("--keep-going", is_flag=True, help="Leave out what is broken and publish the rest.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--profile", is_flag=True, help="Also print where time and memory went.")
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
@click.option("--verbose", "-v", is_flag=True, help="Also print each changed file, and every stage.")
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
    folder: Path | None,
    base_url: str | None,
    now: str | None,
    jobs: int | None,
    scheduler: str | None,
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
      broadsheet build --all digests --out /srv/www --base-url https://example.org/
      broadsheet build --scheduler tcp://10.0.0.5:8786
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.building.builder import build as run
    from broadsheet.building.report import Options
    from broadsheet.files.publication import OutputError

    if folder is not None and (site or content or profile or scheduler):
        raise click.UsageError("--all goes with neither SITE nor --content nor --profile nor --scheduler.")
    asked_out = out
    site, content, out = places_of(folder or site, content, out)
    if folder is None and not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    options = Options(
        site=site,
        content=content,
        out=out,
        now=moment(now),
        base_url=base_url_of(base_url),
        jobs=jobs or 0,
        is_clean=clean,
        keep_going=keep_going,
        is_strict=strict,
    )
    if folder is not None:
        from broadsheet.commands.build_all import build_all

        build_all(folder, asked_out, options, form, is_quiet=quiet, is_verbose=verbose)
        return
    try:
        with _cluster_at(scheduler, jobs) as cluster, Progress(is_wanted=not quiet) as progress:
            report = run(options, progress, cluster)
    except OutputError as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    print_problems(report.problems, form)
    if report.outcome is None:
        if form == "text":
            click.echo(tally(report.problems) + "; the published site is as it was", err=True)
        sys.exit(1)
    if cluster is not None and not cluster.was_asked and not quiet:
        click.echo("note: there was too little to do for a cluster, so this machine did it")
    if profile:
        _print_profile(report)
    if not quiet:
        _print_summary(report, out, is_verbose=verbose)


def _cluster_at(scheduler: str | None, jobs: int | None) -> "AbstractContextManager[ClusterWorkers | None]":
    """Give the cluster behind a scheduler, if one is asked for. Raises UsageError for an address that is none."""
    if scheduler is None:
        return nullcontext()
    if jobs is not None:
        raise click.UsageError("--jobs is about processes of this machine, and --scheduler has others; give one.")
    try:
        from broadsheet.building.remote import ClusterWorkers
        from broadsheet.network.cluster import is_address
    except ImportError as error:
        raise missing_extra("cluster") from error
    if not is_address(scheduler):
        raise click.BadParameter(
            f"'{scheduler}' is no address of a scheduler, such as tcp://10.0.0.5:8786", param_hint="--scheduler"
        )
    return ClusterWorkers(scheduler)


def _changes(outcome: "Outcome") -> Iterator[str]:
    """Say what changed, by kinds of files; the articles that came or went by their addresses, where they are few."""
    is_first = len(outcome.added) == len(outcome.written) and not outcome.kept
    added = set(outcome.added)
    parts = [("new", outcome.added), ("changed", [path for path in outcome.written if path not in added])]
    parts += [("removed", outcome.removed)]
    for kind in _KINDS:
        said = []
        for verb, paths in parts:
            found = [path for path in paths if _kind_of(path) == kind]
            names = ", ".join(f"/{path.removesuffix('index.html')}" for path in found)
            is_named = kind == _ARTICLES and verb != "changed" and not is_first and len(found) <= _NAMED
            said += [f"{len(found):,} {verb}" + (f" ({names})" if is_named else "")] if found else []
        if said:
            yield f"{kind}: {', '.join(said)}"


def _kind_of(path: str) -> str:
    return next(kind for kind, pattern in _KINDS.items() if re.fullmatch(pattern, path))


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
        click.echo(f"records parsed: {report.parsed:,}, pages rendered: {report.rendered:,}")
    for note in report.notes:
        click.echo(f"note: {note}")
    held = f", {report.withheld:,} not published" if report.withheld else ""
    click.echo(
        f"{plural(report.articles, 'article')}{held}, {plural(report.topics, 'topic')}, "
        f"{plural(report.providers, 'provider')}."
    )
    total = sum(stage.seconds for stage in report.stages)
    click.echo(
        f"{out}: {len(outcome.written):,} written, {len(outcome.removed):,} removed, "
        f"{outcome.kept:,} unchanged, in {total:.2f} s."
    )
    for line in _changes(outcome):
        click.echo(f"  {line}")
    long = [stage for stage in report.stages if stage.seconds >= _SHORT or is_verbose]
    if long:
        click.echo("  time: " + ", ".join(f"{stage.name} {stage.seconds:.2f} s" for stage in long))
    if report.problems:
        click.echo(f"{tally(report.problems)}, listed above.")
