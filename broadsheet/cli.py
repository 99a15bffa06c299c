"""The command line."""

import os
import sys
from collections.abc import Sequence

import click

from broadsheet import __version__
from broadsheet.commands.build import build
from broadsheet.commands.edition import edition
from broadsheet.commands.feed_diff import feed_diff
from broadsheet.commands.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet", message="%(prog)s %(version)s")
def broadsheet() -> None:
    """Build a site from a curated tech-news digest."""


for _command in (build, edition, feed_diff, serve):
    broadsheet.add_command(_command)


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
