"""A Dask cluster, as who asks it sees it: bytes go to functions of its workers, and bytes come back.

Functions go by their names, "module:name", and nothing but bytes goes with them: no value of ours is pickled, and a
scheduler need not have our code. This is the only module that imports dask and distributed.
"""

import logging
import re
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from hashlib import blake2b
from operator import call
from pathlib import Path
from pkgutil import resolve_name
from time import monotonic, sleep
from uuid import uuid4

import dask
from distributed import Client, Future, KilledWorker, get_worker, wait
from distributed.client import ClosedClientError
from distributed.diagnostics.plugin import UploadFile
from distributed.versions import VersionMismatchWarning

PATIENCE = 30.0
"""How many seconds a scheduler, or a cluster without workers, is waited for."""
_ADDRESS = re.compile(r"(tcp|tls)://[^\s/@]+:\d{1,5}")
_STEP, _LOOK = 1.0, 5.0
"""How many seconds a result is waited for at a time, and after how many the scheduler is looked at."""
_GATHER = 10.0
"""How many seconds the bytes of a result are waited for at first; if they do not come, twice as many."""
_GATHER_LAST = 1000.0
"""How many seconds are too many."""
_AHEAD = 4
"""How many pieces of work each worker has, or has done, before the first of all is fetched."""
_LOST = (OSError, CancelledError, ClosedClientError, RuntimeError, AttributeError)
"""What Dask raises where the scheduler is gone; a client that has closed has no scheduler, hence the last."""
_SETTINGS = {
    "distributed.comm.timeouts.connect": "10s",
    # A piece of work travels with what it is about, which is then there again where a worker is lost.
    "distributed.admin.large-graph-warning-threshold": "1TiB",
}


class ClusterError(Exception):
    """The cluster cannot do what it is asked to do; the message is one line that says why."""


def is_address(text: str) -> bool:
    """Whether a text is the address of a scheduler."""
    return _ADDRESS.fullmatch(text) is not None


def scratch() -> Path:
    """Return the folder in which a worker, which calls this, may keep files for as long as it runs."""
    return Path(get_worker().local_directory)


@contextmanager
def connected(address: str, patience: float = PATIENCE) -> Iterator["Cluster"]:
    """Give the cluster behind a scheduler. Raises ClusterError where it cannot be reached, or has no workers.

    `patience` is how many seconds either is waited for. What is not done by the end is not done any more.
    """
    with dask.config.set(_SETTINGS), _silent(), warnings.catch_warnings():
        # Other versions of Dask may do; whether the workers make what this program makes, somebody else asks them.
        warnings.simplefilter("ignore", VersionMismatchWarning)
        try:
            # What workers send is read as bytes, and never unpickled.
            client: Client = Client(  # type: ignore[no-untyped-call]
                address,
                timeout=min(patience, 10),
                set_as_default=False,
                deserializers=["dask", "msgpack", "error"],
            )
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ClusterError(f"the scheduler {address} cannot be reached ({_line(error)})") from error
        cluster = Cluster(client, address, patience)
        try:
            yield cluster
        finally:
            cluster.forget()
            client.close(timeout=2)  # type: ignore[no-untyped-call]


class Cluster:
    """The workers of a scheduler that somebody is connected to."""

    def __init__(self, client: Client, address: str, patience: float) -> None:
        self._client = client
        self._address = address
        self._patience = patience
        self._threads: Mapping[str, int] = {}
        self._sent: list[str] = []
        self._looked = monotonic()
        self._alone_since: float | None = None

    def workers(self) -> Sequence[str]:
        """Return the addresses of the workers, of which there is one at least."""
        self._look()
        while not self._threads:
            sleep(_STEP)
            self._look()
        return sorted(self._threads)

    def ask(self, function: str, data: bytes) -> dict[str, bytes | Exception]:
        """Have each worker run a function, and return by their addresses what it gave, or the error that it raised."""
        asked = {}
        for worker in self.workers():
            asked[worker] = self._submit(function, data, workers=[worker])
        started = monotonic()
        answers: dict[str, bytes | Exception] = {}
        for worker, future in asked.items():
            while not self._is_done(future) and worker in self._threads:
                if monotonic() - started > self._patience:
                    raise ClusterError(f"the worker {worker} has not answered within {self._patience:.0f} s")
            if self._is_done(future):
                try:
                    answers[worker] = self._fetch(future, self._patience)
                except (ClusterError, OSError) as error:
                    raise self._lost() from error
                except Exception as error:  # noqa: BLE001 - whatever the function raised there
                    answers[worker] = error
        return answers

    def send(self, path: Path) -> str:
        """Have a file in the scratch folder of each worker, and of any that comes later; return its name there.

        It is named after its content, and sent once.
        """
        file = UploadFile(str(path), load=False)
        file.filename = f"broadsheet-{blake2b(file.data, digest_size=16).hexdigest()}"
        if file.filename not in self._sent:
            self._sent.append(file.filename)
            try:
                self._client.register_plugin(file, name=file.filename)
            except _LOST as error:
                raise self._lost() from error
        return file.filename

    def forget(self) -> None:
        """Let the scheduler forget the files that were sent."""
        for name in self._sent:
            with suppress(*_LOST, ValueError):
                self._client.sync(self._client.scheduler.unregister_worker_plugin, name=name, callback_timeout=2)  # type: ignore[no-untyped-call, union-attr]

    def map(self, function: str, items: Iterable[bytes]) -> Iterator[bytes]:
        """Have workers run a function on each item; yield the results in the order of the items.

        Only some items are under way at a time, and none is taken before its turn. An item whose worker is lost is
        given to another one. Raises ClusterError where that does not help.
        """
        under_way: deque[Future[bytes]] = deque()
        for item in items:
            under_way.append(self._submit(function, item))
            while len(under_way) >= _AHEAD * max(len(self._threads), 1):
                yield self._result(under_way.popleft())
        while under_way:
            yield self._result(under_way.popleft())

    def _submit(self, function: str, data: bytes, workers: Sequence[str] | None = None) -> "Future[bytes]":
        # A worker finds the function by its name and calls it, in one task, which depends on nothing: so any may do it.
        key = f"broadsheet-{uuid4().hex}"
        task = (call, (resolve_name, function), data)
        try:
            future: Future[bytes] = self._client.get({key: task}, key, workers=workers, sync=False)  # type: ignore[no-untyped-call]
        except _LOST as error:
            raise self._lost() from error
        return future

    def _result(self, future: "Future[bytes]") -> bytes:
        seconds = _GATHER
        while True:
            while not self._is_done(future):
                pass
            try:
                return self._fetch(future, seconds)
            except OSError as error:  # It takes longer, or its worker was lost, and it is done again.
                self._look()
                seconds *= 2
                if seconds > _GATHER_LAST:
                    raise self._lost() from error

    def _is_done(self, future: "Future[bytes]") -> bool:
        """Wait for a result for a little while. Raises ClusterError where there is nobody left to wait for."""
        if monotonic() - self._looked > _LOOK:
            self._look()
        try:
            with self._client.as_current():
                wait(future, timeout=_STEP)  # type: ignore[no-untyped-call]
        except TimeoutError:
            return False
        except _LOST as error:
            raise self._lost() from error
        return True

    def _fetch(self, future: "Future[bytes]", seconds: float) -> bytes:
        """Return a result that is done. Raises what the function raised, and OSError where its bytes do not come."""
        try:
            data = future.result(timeout=seconds)
        except CancelledError as error:
            raise self._lost() from error
        except KilledWorker as error:
            raise ClusterError(
                f"workers were ended again and again by the same piece of work ({_line(error)})"
            ) from error
        if not isinstance(data, bytes):
            raise ClusterError(f"the scheduler {self._address} has given something else than was asked for")
        return data

    def _look(self) -> None:
        """See who works for the scheduler. Raises ClusterError where nobody has for too long, or it does not answer."""
        self._looked = monotonic()
        try:
            self._threads = self._client.nthreads(callback_timeout=10)  # type: ignore[no-untyped-call]
        except _LOST as error:
            raise self._lost() from error
        if self._threads:
            self._alone_since = None
            return
        self._alone_since = self._alone_since or self._looked
        if self._looked - self._alone_since > self._patience:
            raise ClusterError(f"the scheduler {self._address} has no workers")

    def _lost(self) -> ClusterError:
        return ClusterError(f"the scheduler {self._address} was lost")


@contextmanager
def _silent() -> Iterator[None]:
    """Keep Dask from writing to the terminal what we say ourselves, in one line."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _line(error: BaseException) -> str:
    """Return what an error says first."""
    return (str(error).strip() or type(error).__name__).split("\n", maxsplit=1)[0]
