"""Processes: how many there may be, the pool that a build shares its work with, and the memory they take."""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from broadsheet.files.disk import Stamp, find_files
from broadsheet.files.publication import OutputError

if TYPE_CHECKING:
    from concurrent.futures import Executor

S = TypeVar("S")
R = TypeVar("R")

FEW = 100
"""How many records or pages are sooner done here than handed to another process."""
_MANY_FILES = 5_000
"""How many files are sooner found by another process, while this one does something else."""
_MOST = 61 if sys.platform == "win32" else sys.maxsize
"""How many processes a pool may have: Windows waits for no more at a time."""
_PR_SET_PDEATHSIG = 1
START = "fork" if sys.platform == "linux" else "spawn"
"""How processes start: a forked one inherits the layout, one that is spawned works it out for itself."""


class Pool(Protocol):
    """Other processes, which do what is asked of them."""

    def map(self, function: Callable[[S], R], shards: Iterable[S], /) -> Iterator[R]:
        """Yield what a function makes of each shard, in the order of the shards, whichever is done first."""


class Workers(Protocol):
    """Who shares in the work of a build: processes of this machine, or a cluster."""

    @property
    def jobs(self) -> int:
        """For how many at a time work is cut into shards."""

    @property
    def most(self) -> int:
        """The most pages that make one shard."""

    def pool(self, shards: int, items: int) -> AbstractContextManager[Pool | None]:
        """Give a pool for some shards with some items in all; None where they are sooner done here.

        Raises OutputError where what it consists of is lost.
        """


class Processes:
    """Processes of this machine: as many as are asked for, or one for each processor."""

    most = sys.maxsize
    """Pages do not travel, and what is made for one is at hand for the next."""

    def __init__(self, jobs: int = 0) -> None:
        """0 means as many as there are processors."""
        self.jobs = jobs or processors()

    def pool(self, shards: int, items: int) -> "AbstractContextManager[Executor | None]":
        """Give a pool where there is enough to do for one."""
        return pool_of(self.jobs, shards, items)


@contextmanager
def pool_of(jobs: int, shards: int, items: int) -> "Iterator[Executor | None]":
    """Give a pool where there is enough to do for one.

    Raises OutputError where one of its processes is ended from outside.
    """
    jobs = min(jobs, shards, _MOST)
    if jobs <= 1 or items <= FEW:
        yield None
        return
    # What a small change does not need, it does not wait for.
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    context = get_context(START)
    # A process that a fork server started is that one's child, and the fork server ends with this process.
    parent = None if START == "forkserver" else os.getpid()
    try:
        with ProcessPoolExecutor(jobs, context, initializer=_serve, initargs=(parent,)) as pool:
            with _uninterrupted():
                pool.submit(os.getpid)  # The first piece of work starts the processes.
            yield pool
    except BrokenExecutor as error:
        raise OutputError("one of its processes was ended from outside; the published site is as it was") from error


@contextmanager
def finding(folder: Path, expected: int) -> Iterator[Callable[[], dict[str, Stamp]]]:
    """Give what `disk.find_files` gives; where many files are expected, another process begins to find them at once."""
    finder = _Finder(str(folder)) if expected > _MANY_FILES and sys.platform == "linux" else None

    @cache
    def files() -> dict[str, Stamp]:
        found = finder.files() if finder is not None else None
        return find_files(str(folder)) if found is None else found

    try:
        yield files
    finally:
        if finder is not None:
            finder.end()


class _Finder:
    """A forked process that finds files."""

    def __init__(self, folder: str) -> None:
        parent = os.getpid()
        source, target = os.pipe()
        with _uninterrupted():
            self._process = os.fork()
        if self._process == 0:
            status = 1
            try:
                _serve(parent)
                found = [(os.fsencode(path), stamp) for path, stamp in find_files(folder).items()]
                with open(target, "wb") as file:  # noqa: PTH123 - a pipe
                    file.write(msgspec.msgpack.encode(found))
                status = 0
            finally:
                os._exit(status)
        os.close(target)
        self._results = open(source, "rb")  # noqa: PTH123, SIM115 - a pipe, closed at the end
        self._is_over = False

    def files(self) -> dict[str, Stamp] | None:
        """Return what it found; None where it failed."""
        data = self._results.read()
        _, status = os.waitpid(self._process, 0)
        self._is_over = True
        if status:
            return None
        found = msgspec.msgpack.decode(data, type=list[tuple[bytes, Stamp]])
        return {os.fsdecode(path): stamp for path, stamp in found}

    def end(self) -> None:
        """End it, whether or not somebody asked for what it found."""
        self._results.close()
        if not self._is_over:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back, here and in processes forked meanwhile: it must not hit them before they ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(parent: int | None) -> None:
    """Make a process of the pool end with the build, however that ends, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if parent is not None and os.getppid() != parent:  # the build ended before the line above
            os._exit(1)


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the collector of cyclic garbage off: a build makes millions of values and next to no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> int:
    """Return the most memory that this process, or one that it started and that ended, had at a time, in bytes.

    It is 0 where the system does not tell.
    """
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 - Windows has none

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
