"""The command line."""

import os
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper

import click

from broadsheet import __version__
from broadsheet.commands.build import build
from broadsheet.commands.check import check
from broadsheet.commands.edition import edition
from broadsheet.commands.feed_diff import feed_diff
from broadsheet.commands.init import init
from broadsheet.commands.listing import list_records
from broadsheet.commands.moving import import_site
from broadsheet.commands.new import new
from broadsheet.commands.publish import publish, unpublish
from broadsheet.commands.schema import schema
from broadsheet.commands.serve import serve
from broadsheet.commands.size import size


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet", message="%(prog)s %(version)s")
@click.pass_context
def broadsheet(context: click.Context) -> None:
    """Build a site from a curated tech-news digest.

    \b
    Examples:
      broadsheet init my-digest          begin a digest
      broadsheet build my-digest         make its site, in my-digest/public
      broadsheet build --help            what a command does, with examples
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    context.color = _is_coloured(os.environ)


def _is_coloured(environment: Mapping[str, str]) -> bool | None:
    """Whether there are colours, by what the environment asks for; None leaves it to where the output goes."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    if environment.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    return None


for _command in (
    build,
    check,
    edition,
    feed_diff,
    import_site,
    init,
    list_records,
    new,
    publish,
    schema,
    serve,
    size,
    unpublish,
):
    broadsheet.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; does not return.

    The process ends at once: taking a large digest apart, value by value, would take longer than most builds.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")  # not every terminal has every character
    status: object = 1
    try:
        broadsheet.main(args=arguments, prog_name="broadsheet")
    except SystemExit as end:
        status = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0)
