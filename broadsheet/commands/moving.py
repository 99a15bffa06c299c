"""`broadsheet import`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.commands.asked import moment, plural, print_problems
from broadsheet.commands.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broadsheet.curating.arrivals import Left
    from broadsheet.curating.importing import Moved

_SHOWN = 10


@click.command("import", short_help="Move a Jekyll site in.")
@click.argument("source", metavar="JEKYLL_SITE", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option("--now", metavar="TIME", help="What is dated later is held back when old addresses are tried.")
@click.option("--verbose", "-v", is_flag=True, help="Name every file that was left or is to be looked at.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How the report is printed."
)
def import_site(  # noqa: PLR0913, PLR0917 - one parameter an option
    source: Path, folder: Path, dry_run: bool, now: str | None, verbose: bool, form: str
) -> None:
    """Move the Jekyll site of a digest into DIR, and see whether every old address answers.

    Records come from _news, _posts and other collections, topics from _data/topics, settings from _config.yml, pages
    and files from everywhere else. Records keep their bytes, but for 'published: true' where Jekyll showed one that
    does not say so, and 'redirect_from' for its old address. Then the digest is built in a temporary folder, and
    each old address is asked for. Nothing in DIR is written over: a second import adds what is new.
    Exit status: 0; 1 where something could not be moved or an old address does not answer; 2 wrong usage.

    \b
    Examples:
      broadsheet import ../old-site my-digest --dry-run
      broadsheet import ../old-site my-digest
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    import json

    import msgspec

    from broadsheet.core.diagnostics import ContentError
    from broadsheet.core.escapes import printable
    from broadsheet.curating.importing import import_jekyll, is_for_others, is_jekyll
    from broadsheet.files.publication import OutputError

    if not is_jekyll(source):
        raise click.UsageError(
            f"'{source}' is no Jekyll site: it has neither _config.yml nor _news, _posts or _data/topics."
        )
    inside, outside = folder.resolve(), source.resolve()
    if inside == outside or outside.is_relative_to(inside):
        raise click.UsageError("DIR is the old site, or holds it; choose another folder.")
    if is_for_others(folder):
        raise click.UsageError(
            f"'{folder}' holds other things, and no digest. Choose another folder, or make it one: "
            "'broadsheet init' does, and so does an empty folder 'content' in it."
        )
    try:
        with Progress(is_wanted=form == "text") as progress:
            moved = import_jekyll(source, folder, moment(now), is_dry=dry_run, tell=progress)
    except ContentError as error:
        print_problems(error.problems, "text")
        sys.exit(1)
    except OutputError as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(
            f"broadsheet: error: {printable(str(error.filename))}: {error.strerror}; nothing was written", err=True
        )
        sys.exit(1)
    if form == "json":
        # UTF-8, whatever the terminal's encoding is.
        click.echo(json.dumps(msgspec.to_builtins(moved), indent=2, ensure_ascii=False).encode())
    else:
        _print(moved, is_dry=dry_run, is_verbose=verbose)
    sys.exit(0 if moved.is_whole else 1)


def _print(moved: "Moved", *, is_dry: bool, is_verbose: bool) -> None:
    from broadsheet.core.escapes import printable

    drafts = f", {plural(moved.drafts, 'draft')} among them" if moved.drafts else ""
    others = f"{plural(moved.topics, 'topic')}, {plural(moved.pages, 'page')}, {plural(moved.static, 'other file')}"
    click.echo(f"read: {plural(moved.records, 'record')}{drafts}, {others}")
    would = "would be " if is_dry else ""
    click.echo(f"{would}written: {plural(len(moved.written), 'file')}; there already: {moved.same:,}")
    if moved.published and moved.written:
        click.echo(
            f"'published: true' {would}added to {plural(len(moved.published), 'record')} that the old site showed"
        )
    if moved.redirected and moved.written:
        click.echo(f"'redirect_from' {would}added to {plural(moved.redirected, 'file')}")
    for name in moved.edited:
        click.echo(printable(f"left as it is, since it was edited here: {name}"))
    _list("to be looked at", moved.odd, is_verbose=is_verbose)
    _list("left", moved.left, is_verbose=is_verbose)
    print_problems(moved.lost, "text")
    if moved.lost:
        click.echo(f"{plural(len(moved.lost), 'problem')} above: what is in error was left out", err=True)
    answering = len(moved.old) - len(moved.silent)
    kept = sum(one.is_kept for one in moved.old) - sum(one.is_kept for one in moved.silent)
    how = f" ({kept:,} as they were, {answering - kept:,} lead on)" if answering else ""
    click.echo(f"old addresses that answer: {answering:,} of {len(moved.old):,}{how}")
    for one in moved.silent:
        click.echo(printable(f"  nothing answers at {one.address} ({one.path})"))
    if moved.lists:
        left = len(moved.lists) - len(moved.gone)
        click.echo(f"of what the old theme and its plug-ins made, {left:,} of {len(moved.lists):,} addresses answer")
    for one in moved.gone if is_verbose else moved.gone[:_SHOWN]:
        click.echo(printable(f"  nothing answers at {one.address} ({one.path})"))
    if not is_verbose and len(moved.gone) > _SHOWN:
        click.echo(f"  and {len(moved.gone) - _SHOWN:,} more (--verbose)")


def _list(heading: str, found: "Sequence[Left]", *, is_verbose: bool) -> None:
    """Print what was left, by the reason."""
    from broadsheet.core.escapes import printable

    if not found:
        return
    click.echo(f"{heading}:")
    by_reason: dict[str, list[str]] = {}
    for item in found:
        by_reason.setdefault(item.why, []).append(f"{item.path}:{item.line}" if item.line else item.path)
    for why, places in by_reason.items():
        click.echo(printable(f"  {why} ({len(places):,})"))
        for place in places if is_verbose else places[:_SHOWN]:
            click.echo(printable(f"    {place}"))
        if not is_verbose and len(places) > _SHOWN:
            click.echo(f"    and {len(places) - _SHOWN:,} more (--verbose)")
