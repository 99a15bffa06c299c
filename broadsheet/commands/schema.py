"""`broadsheet schema`."""

import sys
from pathlib import Path

import click

_NAMES = ("record", "topic", "page", "config", "edition")


@click.command(short_help="Print the JSON Schemas that editors check files by.")
@click.argument("name", required=False, type=click.Choice(_NAMES))
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Write NAME.json there.")
def schema(name: str | None, out: Path | None) -> None:
    """Print the JSON Schema of what a curator writes, for editors that complete and check by it.

    NAME is record, topic, page, config or edition; with --out all of them are written unless one is named.
    docs/editors.md says how an editor is told.

    \b
    Examples:
      broadsheet schema topic
      broadsheet schema --out .schemas
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    from broadsheet.feeds.entries import formatted
    from broadsheet.records.schemas import schema_of

    if out is None:
        if name is None:
            raise click.UsageError(f"Name one of {', '.join(_NAMES)}, or give --out.")
        click.echo(formatted(schema_of(name)))
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for one in (name,) if name else _NAMES:
            (out / f"{one}.json").write_bytes(formatted(schema_of(one)) + b"\n")
    except OSError as error:
        click.echo(f"broadsheet: error: {out}: {error.strerror}", err=True)
        sys.exit(1)
