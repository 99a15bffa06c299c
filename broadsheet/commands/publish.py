"""`broadsheet publish` and `broadsheet unpublish`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from broadsheet.commands.asked import moment, print_problems

_FILES = click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path, readable=False)
)


@click.command(short_help="Set 'published: true' in records.")
@_FILES
def publish(files: Sequence[Path]) -> None:
    """Set 'published: true' in records, and change nothing else in them.

    What stands around the flag stays as it is, to the byte: comments, order, quotes, line ends. A file is changed
    whole or not at all; one that is in error is named and left as it is. Exit status: 0, or 1 if a file is not
    as it should be.

    \b
    Examples:
      broadsheet publish content/news/2023-06-08-a-story.md
      broadsheet publish content/news/2023-06-*.md
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    _set_all(files, published=True)


@click.command(short_help="Set 'published: false' in records.")
@_FILES
def unpublish(files: Sequence[Path]) -> None:
    """Set 'published: false' in records, and change nothing else in them.

    The next build takes their pages away. Exit status: 0, or 1 if a file is not as it should be.

    \b
    Examples:
      broadsheet unpublish content/news/2023-06-08-a-story.md
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    _set_all(files, published=False)


def _set_all(files: Sequence[Path], *, published: bool) -> None:
    results = [_set(path, published=published) for path in files]
    sys.exit(0 if all(results) else 1)


def _set(path: Path, *, published: bool) -> bool:
    """Set the flag of one record; say what became of it, and return whether it is as it should be."""
    from broadsheet.core.diagnostics import ContentError
    from broadsheet.core.escapes import printable
    from broadsheet.curating.filing import read_record
    from broadsheet.files.disk import shown_path
    from broadsheet.files.saving import replace_file
    from broadsheet.records.flags import set_flag

    shown = printable(shown_path(path))
    try:
        filed, data = set_flag(*read_record(path), published=published)
        if data is not None:
            replace_file(path, data)
    except ContentError as error:
        print_problems(error.problems, "text")
        return False
    except OSError as error:
        click.echo(f"broadsheet: error: cannot write {shown}: {error.strerror}", err=True)
        return False
    done = "published" if published else "unpublished"
    click.echo(f"{done} {shown}" if data is not None else f"{shown} is {done} already")
    if published and filed.article.published > moment(None):
        click.echo(f"  it is dated {filed.article.published:%Y-%m-%d %H:%M} UTC, and held back until then")
    return True
