"""Progress: one line on a terminal that says how far something is."""

import os
import shutil
import sys
from collections.abc import Callable
from time import perf_counter
from types import TracebackType
from typing import Self

import click

_FIRST, _STEP = 0.5, 0.1
"""After how many seconds the line shows up, and how many it stays as it is."""


class Progress:
    """Is told of a stage and of how much is done. Where standard error is no terminal, nothing is ever shown.

    The line is taken away at the end.
    """

    def __init__(self, *, is_wanted: bool = True, clock: Callable[[], float] = perf_counter) -> None:
        """`clock` gives seconds."""
        self._is_shown = is_wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._clock = clock
        self._due = clock() + _FIRST
        self._stage = ""
        self._width = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            click.echo("\r", nl=False, err=True)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is; `total` is 0 where nothing is counted."""
        if not self._is_shown:
            return
        now = self._clock()
        if now < self._due and (stage == self._stage or not self._width):
            return
        self._due = now + _STEP
        self._stage = stage
        self._write(f"{stage}: {done:,} of {total:,}" if total else f"{stage} …")

    def _write(self, text: str) -> None:
        """Write a line over the last one."""
        from broadsheet.core.columns import pad, shorten, width

        text = shorten(text, shutil.get_terminal_size().columns - 1)
        click.echo(f"\r{pad(text, max(self._width, width(text)))}", nl=False, err=True)
        self._width = width(text)
