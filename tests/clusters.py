"""Dask schedulers and workers for tests, each a process of its own on loopback, with logs in a folder."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_SECONDS = 60


class Cluster:
    """A scheduler and its workers, which end with the block that they were started in."""

    def __init__(self, folder: Path, address: str, scheduler: "subprocess.Popen[bytes]", stack: ExitStack) -> None:
        self.address = address
        self.scheduler = scheduler
        self.workers: list[subprocess.Popen[bytes]] = []
        self._folder = folder
        self._stack = stack

    def add_worker(
        self,
        *options: str,
        python: str = sys.executable,
        before: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[bytes]":
        """Start a worker and wait until the scheduler knows it.

        `before` is what its command begins with. It finds this checkout's Broadsheet unless `env` says otherwise.
        """
        number = len(self.workers)
        place = self._folder / f"worker-{number}"
        place.mkdir()
        command = [*before, python, "-m", "distributed.cli.dask_worker", self.address, "--no-dashboard", "--no-nanny"]
        command += ["--nthreads", "1", "--local-directory", str(place), *options]
        process = self._stack.enter_context(running(command, place, {"PYTHONPATH": str(ROOT), **(env or {})}))
        wait_until(lambda: b"Registered to:" in (place / "log").read_bytes(), place / "log", process)
        self.workers.append(process)
        return process

    def worker_address(self, number: int) -> str:
        """Return where a worker listens."""
        return self.log(number).split("Listening to:")[1].split()[0]

    def log(self, number: int) -> str:
        """Return what a worker wrote."""
        return (self._folder / f"worker-{number}" / "log").read_text()


@contextmanager
def cluster(
    folder: Path,
    *,
    workers: int = 2,
    options: Sequence[str] = (),
    before: Sequence[str] = (),
    host: str = "127.0.0.1",
    env: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """Start a scheduler and some workers; `before` is what the scheduler's command begins with."""
    file = folder / "scheduler.json"
    with ExitStack() as stack:
        command = [*before, sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host", host]
        command += ["--port", "0", "--scheduler-file", str(file), *options]
        process = stack.enter_context(running(command, folder, env or {}))
        wait_until(file.exists, folder / "log", process)
        started = Cluster(folder, json.loads(file.read_text())["address"], process, stack)
        for _ in range(workers):
            started.add_worker()
        yield started


def wait_until(is_so: Callable[[], bool], log: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait for something that a process brings about; fail with its log where it ends, or takes too long."""
    end = time.monotonic() + _SECONDS
    while not is_so():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(log.read_text())
        time.sleep(0.05)


@contextmanager
def running(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process without the environment's settings for Dask or Python; kill it in the end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DASK_", "PYTHON"))}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={**kept, **env}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
