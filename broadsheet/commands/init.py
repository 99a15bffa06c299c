"""`broadsheet init`."""

import sys
from pathlib import Path
from shlex import quote

import click

from broadsheet.commands.asked import base_url_of

_REQUIREMENT = b'"broadsheet[search,mail]"'
"""What the workflow installs, as it is shipped; a new digest gets what this program was installed from."""
_NEXT = """
Next:
{enter}  broadsheet new URL            writes a record of a page, as a draft
  broadsheet list               lists the drafts
  broadsheet check              says what is wrong, and what is odd
  broadsheet publish FILE       lets a draft out
  broadsheet build              makes the site, in public/
site.yaml explains every setting. Records and topics are in content/: look at the example, and replace it.

To publish with GitHub Pages, push this folder to the branch main of a repository, and choose "GitHub Actions" as the
source under Settings > Pages."""


@click.command(short_help="Begin a new digest in DIR.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--title", metavar="TEXT", help="The digest's name; made from the folder's name otherwise.")
@click.option("--base-url", metavar="URL", help="Where the site will be: https://user.github.io/digest/")
def init(folder: Path, title: str | None, base_url: str | None) -> None:
    """Begin a new digest in DIR, which is made if it is not there.

    It gets settings that explain themselves, one example record, topics, a page, a workflow for GitHub Pages and
    a .gitignore. A folder may hold other things, such as a repository; where one of these files is there already,
    nothing is written. Exit status: 0, or 1 where nothing was written.

    \b
    Examples:
      broadsheet init my-digest
      broadsheet init . --title "The Example Digest" --base-url https://user.github.io/digest/
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet import __version__
    from broadsheet.core.escapes import printable
    from broadsheet.files.disk import read_starter, shown_path
    from broadsheet.files.saving import create_files
    from broadsheet.records.starter import requirement, settings_text

    given = {"title": title or _title(folder), "description": "News, chosen by hand.", "language": "en"}
    if (address := base_url_of(base_url)) is not None:
        given["base_url"] = address
    files = {"site.yaml": settings_text(given).encode(), **read_starter()}
    wanted = f'"{requirement(__version__, _origin())}"'.encode()
    files = {name: data.replace(_REQUIREMENT, wanted) for name, data in files.items()}
    shown = printable(shown_path(folder))
    try:
        create_files(folder, files)
    except FileExistsError as error:
        click.echo(f"broadsheet: error: {shown} holds {error.filename} already; nothing was written", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"broadsheet: error: cannot write to {shown}: {error.strerror}; nothing was written", err=True)
        sys.exit(1)
    click.echo(f"{shown} holds a new digest:")
    for name in sorted(files):
        click.echo(f"  {name}")
    enter = "" if folder.resolve() == Path.cwd() else f"  cd {quote(shown)}\n"
    click.echo(_NEXT.format(enter=enter))


def _title(folder: Path) -> str:
    """Make a title of a folder's name: "my-digest" is "My digest"."""
    words = folder.resolve().name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or "Digest"


def _origin() -> str | None:
    """Return what the installer noted on where this program came from."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution("broadsheet").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
