"""`broadsheet feed-diff`."""

import sys
from pathlib import Path
from typing import Literal

import click


@click.command("feed-diff")
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
    from broadsheet.core.diagnostics import ContentError, as_text
    from broadsheet.feeds.feeddiff import as_github, as_lines, compare_feeds
    from broadsheet.files.disk import read_feeds
    from broadsheet.files.publication import LAST, work_folder

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
