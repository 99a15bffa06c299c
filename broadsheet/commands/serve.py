"""`broadsheet serve`."""

import errno
import gc
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broadsheet.commands.asked import base_url_of, moment, places_of, plural, print_problems, tally

if TYPE_CHECKING:
    from broadsheet.core.diagnostics import Diagnostic
    from broadsheet.serving.preview import Preview
    from broadsheet.serving.server import Board, Server

_PORT = 8000
_TRIED = 20
_IDLE = 1.0
"""Seconds without a change after which there is time to tidy up."""
_LOOKS = 8
"""How many layouts may lie about before there must be time."""


@click.command()
@click.argument("site", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--content", metavar="DIR", type=click.Path(path_type=Path), help="The records; SITE/content otherwise.")
@click.option("--base-url", metavar="URL", help="Where the site will be; its path is where it is served.")
@click.option("--port", metavar="N", type=click.IntRange(1, 65535), help=f"{_PORT} otherwise, or one that is free.")
@click.option("--host", metavar="ADDR", default="127.0.0.1", help="Let other machines see the site: 0.0.0.0 for all.")
@click.option("--drafts", is_flag=True, help="Show drafts and what is not due yet, each with a mark.")
@click.option("--now", metavar="TIME", help="What is dated later is held back; the clock otherwise.")
@click.option("--open", "opens", is_flag=True, help="Open the site in a browser.")
def serve(  # noqa: PLR0913, PLR0917 - one parameter an option
    site: Path | None,
    content: Path | None,
    base_url: str | None,
    port: int | None,
    host: str,
    drafts: bool,
    now: str | None,
    opens: bool,
) -> None:
    """Show the digest in SITE in a browser and follow its files.

    A saved change is seen at once. What is wrong stands here and over the page, which stays as it
    last was. Nothing is written: the site is kept in memory. Ctrl-C stops it.

    \b
    Examples:
      broadsheet serve
      broadsheet serve my-digest --drafts --open
      broadsheet serve --content records --port 8080
    """  # noqa: D301 - click's mark against rewrapping, not a stray backslash
    site, content, _ = places_of(site, content, Path())
    if not content.is_dir():
        raise click.UsageError(f"There is no content folder '{content}'.")
    moment(now)
    try:
        _follow(site, content, base_url_of(base_url), (host, port), drafts=drafts, now=now, opens=opens)
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _follow(  # noqa: PLR0913 - what is asked
    site: Path,
    content: Path,
    base_url: str | None,
    place: tuple[str, int | None],
    *,
    drafts: bool,
    now: str | None,
    opens: bool,
) -> None:
    """Serve a site, and follow its files until somebody ends it."""
    try:
        from broadsheet.serving.watching import Watcher
    except ModuleNotFoundError as error:
        if error.name != "watchfiles":
            raise
        raise click.UsageError("`serve` needs watchfiles: pip install 'broadsheet[serve]'") from error
    from broadsheet.files.disk import THEME_FOLDERS
    from broadsheet.files.publication import OutputError
    from broadsheet.serving.preview import Asked, Preview
    from broadsheet.serving.server import Board

    server = _bind(*place)
    asked = Asked(site=site, content=content, origin=server.origin, base_url=base_url, has_drafts=drafts)
    preview = Preview(asked)
    beside = [content.name] if content.absolute().parent == site.absolute() else []
    folders = [folder.absolute() for folder in (content, *preview.theme_folders)]
    watcher = Watcher(folders, site.absolute(), [*THEME_FOLDERS, "site.yaml", *beside])
    desk = _Desk(preview, Board(f"{time.time():.3f}"), now)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it so gets a clean end too
    gc.disable()  # a layout is millions of values: cycles among them are looked for when there is time
    try:
        desk.look()
        server.start(preview, desk.board, desk.complain)
        address = f"{server.origin}{preview.shown.base if preview.shown else '/'}"
        click.echo(f"Serving {content} at {address} (Ctrl-C stops it)")
        if not server.is_loopback:
            click.echo(f"warning: whoever reaches this machine's port {server.server_port} can read the site", err=True)
        watcher.start()
        if opens:
            click.launch(address)
        while True:
            desk.turn(watcher.wait(_IDLE))
    except (OSError, OutputError) as error:
        click.echo(f"broadsheet: error: {error}", err=True)
        sys.exit(1)
    finally:
        watcher.stop()
        server.stop()


class _Desk:
    """What is seen, who is told of it, and what is said of it here."""

    def __init__(self, preview: "Preview", board: "Board", now: str | None) -> None:
        self.preview = preview
        self.board = board
        self._now = now
        self._problems: tuple[Diagnostic, ...] = ()
        self._looks = 0

    def turn(self, changed: set[Path]) -> None:
        """Look at the files that changed, or at all if an article became due; tidy up when there is time."""
        if changed:
            self.look(changed)
        elif self._looks or self.preview.is_over(moment(self._now)):
            self.look()  # at all of them: no system promises to tell of each change
        if self._looks and (not changed or self._looks > _LOOKS):
            gc.collect()
            self._looks = 0

    def look(self, changed: set[Path] | None = None) -> None:
        """Look at the files, or at those that changed, and tell of what they say."""
        start = time.perf_counter()
        change = self.preview.refresh(moment(self._now), self.board.pages(), changed)
        if change.kind == "none":
            return
        self._looks += 1
        if change.kind == "errors":
            self.complain(change.problems)
            return
        self.board.turn(is_style=change.kind == "style")
        if change.problems != self._problems:
            print_problems(change.problems, "text")
        self._problems = change.problems
        what = "style sheets" if change.kind == "style" else plural(change.parsed, "record")
        click.echo(f"{time.strftime('%H:%M:%S')} {what} read, {time.perf_counter() - start:.2f} s")

    def complain(self, problems: "Iterable[Diagnostic]") -> None:
        """Tell of problems that keep a site, or a page, from being shown."""
        self._problems = tuple(problems)
        self.board.tell(self._problems)
        print_problems(self._problems, "text")
        click.echo(f"{tally(self._problems)}; the pages stay as they were", err=True)


def _bind(host: str, port: int | None) -> "Server":
    """Take the port that is asked for, or the usual one, or one that is free."""
    from broadsheet.serving.server import Server

    for tried in [port] if port else [*range(_PORT, _PORT + _TRIED), 0]:
        try:
            server = Server(host, tried)
        except OSError as error:
            if port or error.errno != errno.EADDRINUSE:
                raise click.ClickException(f"{host}, port {tried}: {error.strerror or error}") from error
        else:
            if not port and tried != _PORT:
                click.echo(f"Port {_PORT} is taken; using {server.server_port}.")
            return server
    raise click.ClickException(f"{host}: no port is free")
