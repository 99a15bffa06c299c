"""Make docs/command-line.md and docs/template-values.md from the code: `python -m tests.reference`."""

import re
import sys
from pathlib import Path
from typing import get_args

import click
import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from broadsheet.cli import broadsheet  # noqa: E402 - the package stands beside this folder
from broadsheet.core import model  # noqa: E402
from broadsheet.feeds import entries  # noqa: E402
from broadsheet.site import charts, views  # noqa: E402

DOCS = ROOT / "docs"
_MADE = "<!-- Made from the code by `python -m tests.reference`. -->"


def command_line() -> str:
    """Say every command with its options, defaults and examples, as the code has them."""
    parts = [
        "# Command line",
        _MADE,
        "Each command says the same with `--help`. What they do is explained in [Configuration](configuration.md#the-command-line) and [Curating](curating.md).",
    ]
    for name, command in sorted(broadsheet.commands.items()):
        context = click.Context(command, info_name=f"broadsheet {name}")
        text, _, examples = re.sub(r"\n +", "\n", command.help or "").partition("\b\nExamples:\n")
        parts += [
            f"## `broadsheet {name}`",
            f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```",
            _text(text),
        ]
        rows = [_option(option) for option in command.params if isinstance(option, click.Option) and not option.hidden]
        if rows:
            parts.append("\n".join(["| option | default | meaning |", "|---|---|---|", *rows]))
        if examples:
            parts.append(f"Examples:\n\n```text\n{examples.strip()}\n```")
    return "\n\n".join(parts) + "\n"


def _text(text: str) -> str:
    return text.replace("\b", "").strip().replace("<", "\\<").replace("*", "\\*")


def _option(option: click.Option) -> str:
    kind = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else (option.metavar or "")
    value = "" if option.is_flag else f" {kind or option.type.name.upper()}"
    name = ", ".join(f"`{flag}{value}`".replace("|", "\\|") for flag in [*option.opts, *option.secondary_opts])
    is_shown = isinstance(option.default, str | int | float) and not isinstance(option.default, bool)
    default = f"`{option.default}`" if is_shown and not option.is_flag else ""
    meaning = _text(option.help or "").replace("|", "\\|")
    return f"| {name} | {default} | {meaning} |"


def template_values() -> str:
    """Say every value that templates get, with its fields and their types, as the code has them."""
    parts = [
        "# Template values",
        _MADE,
        "Every value that a template gets, with its fields. [Templates](templates.md) says what each field means, and which template gets which page. A `tuple[X, ...]` is a list of X.",
    ]
    for shape in sorted(_shapes(), key=lambda shape: shape.__name__):
        fields = [f"| `{name}` | `{_spell(kind)}` |" for name, kind in _types(shape).items()]
        parts += [f"## {shape.__name__}", (shape.__doc__ or "").strip()]
        if fields:
            parts.append("\n".join(["| name | type |", "|---|---|", *fields]))
    return "\n\n".join(parts) + "\n"


def _shapes() -> set[type]:
    found = {one for module in (views, charts) for one in vars(module).values() if _is_shape(one)}
    wanted = [*found, entries.Item]
    found = set()
    while wanted:
        shape = wanted.pop()
        if shape not in found:
            found.add(shape)
            wanted += [one for kind in _types(shape).values() for one in _inside(kind) if _is_shape(one)]
    return found


def _is_shape(one: object) -> bool:
    return (
        isinstance(one, type)
        and issubclass(one, msgspec.Struct)
        and one is not msgspec.Struct
        and one is not model.Story
    )


def _inside(kind: object) -> list[object]:
    return [kind, *(inner for part in get_args(kind) for inner in _inside(part))]


def _types(shape: type) -> dict[str, object]:
    fields = {field.name: field.type for field in msgspec.structs.fields(shape)}
    made = {
        name: value.fget.__annotations__.get("return")
        for name, value in vars(shape).items()
        if isinstance(value, property) and value.fget
    }
    return {**fields, **made}


def _spell(kind: object) -> str:
    text = kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text).replace("|", "\\|")


PAGES = {"command-line.md": command_line, "template-values.md": template_values}


def main() -> None:
    """Write the pages."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
