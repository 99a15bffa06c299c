"""Write the reference of the command line from the program's own help: `python -m tests.reference`."""

from pathlib import Path
from typing import Any

import click

from broadsheet.cli import broadsheet

PAGE = Path(__file__).resolve().parent.parent / "docs" / "command-line.md"
_WIDE: dict[str, Any] = {"terminal_width": 100, "max_content_width": 100, "help_option_names": ["-h", "--help"]}
_HEAD = """# Command line

What `--help` says of each command, word for word. [Configuration](configuration.md#the-command-line) says more of `build`, [Curating](curating.md) of the others.
"""


def page() -> str:
    """Return the page: the program's help, and that of each command, in the order of their names."""
    context = click.Context(broadsheet, info_name="broadsheet", **_WIDE)
    parts = [_HEAD, _block(broadsheet.get_help(context))]
    for name, command in sorted(broadsheet.commands.items()):
        inner = click.Context(command, info_name=name, parent=context, **_WIDE)
        parts += [f"\n## `broadsheet {name}`\n", _block(command.get_help(inner))]
    return "\n".join(parts)


def _block(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"```text\n{lines}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
