"""What tells that files changed: the only module that imports watchfiles."""

from collections.abc import Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread

from watchfiles import watch

_STEP = 15
"""Milliseconds without a change after which changes are told: editors write a file in several steps."""
_MOST = 250
"""Milliseconds after which changes are told even if there are more."""
_TURN = 500
"""Milliseconds after which a watcher that has just begun says so."""


class Watcher:
    """Tells when something changed below some folders, some of which may not be there yet, or right in one of them.

    `below` are watched with all that is in them. Of `beside`, which holds some of those, only `names` are: what is not
    there cannot be watched itself, and a file that an editor replaces is another one.
    """

    def __init__(self, below: Iterable[Path], beside: Path, names: Iterable[str]) -> None:
        self._below = tuple(below)
        self._beside = beside
        self._names = frozenset(names)
        self._told: SimpleQueue[set[Path] | Exception] = SimpleQueue()
        self._is_over = False
        self._turn, self._end = Event(), Event()
        self._threads = [Thread(target=self._watch_below, daemon=True), Thread(target=self._watch_beside, daemon=True)]

    def start(self) -> None:
        """Begin to watch. As soon as nothing can be missed any more, all folders count as changed."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._is_over = True
        self._end.set()
        self._turn.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def wait(self, seconds: float) -> set[Path]:
        """Wait for changes; return the paths that changed in that time. Raises OSError where nothing can be told."""
        try:
            told = [self._told.get(timeout=seconds)]
        except Empty:
            return set()
        while not self._told.empty():
            told.append(self._told.get())
        changed: set[Path] = set()
        for one in told:
            if isinstance(one, Exception):
                raise OSError(str(one)) from one
            changed |= one
        return changed

    def _watch_below(self) -> None:
        while not self._is_over:
            self._turn.clear()
            self._follow([path for path in self._below if path.is_dir()], self._turn)

    def _watch_beside(self) -> None:
        self._follow([self._beside], self._end, self._names)

    def _follow(self, paths: list[Path], end: Event, names: frozenset[str] | None = None) -> None:
        """Tell of changes until an end; with names only of those right in the folder, and then look for new folders."""
        is_new = True
        found = watch(
            *paths,
            watch_filter=None,
            debounce=_MOST,
            step=_STEP,
            stop_event=end,
            rust_timeout=_TURN,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=names is None,
        )
        try:
            for changes in found:
                changed = {Path(path) for _, path in changes}
                if is_new:
                    changed |= set(paths)
                if names is not None:
                    changed = {path for path in changed if path.name in names}
                is_new = False
                if not changed:
                    continue
                self._told.put(changed)
                if names is not None:
                    self._turn.set()
        except FileNotFoundError:  # A folder went away just now.
            end.wait(_TURN / 1000)
        except (OSError, RuntimeError) as error:
            self._told.put(error)
            self._end.wait()
