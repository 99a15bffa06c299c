"""Runs a command and measures it with all the processes it starts. Linux only."""

import ctypes
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

PERIOD = 0.02
"""Seconds between two samples of the resident memory."""
SHARE = 0.05
"""The share of the time that sampling the proportional memory may take: the kernel walks all pages for it."""
_PAGE = os.sysconf("SC_PAGESIZE")
_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")


class CommandError(Exception):
    """A command that failed, or complained."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command used: seconds, and bytes at the peak.

    `memory` is the sum of the proportional set sizes of all its processes (memory that n processes share counts for
    each with its nth part), `resident` the sum of their resident set sizes, `largest` the greatest resident set size
    of one process.
    """

    wall: float
    cpu: float
    memory: int
    resident: int
    largest: int


def adopt_orphans() -> None:
    """Become the parent of processes whose parent ended before them, so that their time is counted."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot adopt orphaned processes")


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str], *, is_silent: bool) -> Usage:
    """Run a command to its end. Raises CommandError if it fails; where `is_silent`, also if it writes to stderr."""
    log = folder / "errors.log"
    sampler = _Sampler()
    with log.open("wb") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, **environment},
        )
        sampler.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime + sum(_orphans())
    sampler.end.set()
    sampler.join()
    said = log.read_text("utf-8", "replace")
    if process.returncode or (is_silent and said):
        raise CommandError(f"{' '.join(command)}: exit status {process.returncode}\n{said[:2000]}")
    return Usage(wall, cpu, max(sampler.memory, 0), sampler.resident, sampler.largest)


def _orphans() -> Iterator[float]:
    """Wait for adopted processes; yield the seconds of CPU of each."""
    while True:
        try:
            _, _, used = os.wait4(-1, 0)
        except ChildProcessError:
            return
        yield used.ru_utime + used.ru_stime


class _Sampler(Thread):
    """Looks at the memory of all descendants until its end is set."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.end = Event()
        self.memory = self.resident = self.largest = 0

    def run(self) -> None:
        due = 0.0
        while not self.end.wait(PERIOD):
            processes = list(_descendants(os.getpid()))
            sizes = [_resident(process) for process in processes]
            self.resident = max(self.resident, sum(sizes))
            self.largest = max(self.largest, *sizes, 0)
            start = time.perf_counter()
            if start >= due:
                self.memory = max(self.memory, sum(_proportional(process) for process in processes))
                now = time.perf_counter()
                due = now + (now - start) / SHARE


def _descendants(process: int) -> Iterator[int]:
    try:
        threads = list((_PROC / str(process) / "task").iterdir())
        children = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _resident(process: int) -> int:
    try:
        return int((_PROC / str(process) / "statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(process: int) -> int:
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
