"""The command line in this process: quicker than a process of its own, for what does not end or fork one."""

import os
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from broadsheet.cli import broadsheet as group


class Said(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def broadsheet(*arguments: str, cwd: Path, color: bool = False, **settings: str | None) -> Said:
    """Run a command in a folder, with settings of the environment."""
    before = Path.cwd()
    os.chdir(cwd)
    try:
        result = CliRunner().invoke(group, arguments, prog_name="broadsheet", env=settings, color=color)
    finally:
        os.chdir(before)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, result.stderr)
