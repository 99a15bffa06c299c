"""Shards on a cluster: what travels to its workers, what they do, and what becomes of what comes back.

A worker sees no file of the machine that builds. Records travel as their bytes. What pages are laid out from travels
as the cache that holds it, once to each worker, which lays the site out for itself. Files come back as
their bytes, and are staged here.
"""

import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

import msgspec

from broadsheet.building.indexing import StagedVolume, VolumeShard, index_shard, stage_volume
from broadsheet.building.processes import FEW, R, S, uncollected
from broadsheet.building.shards import (
    Job,
    PageShard,
    ParsedShard,
    RecordShard,
    StagedShard,
    UnparsedRecord,
    close_details,
    forget_jobs,
    layout_of,
    parse_shard,
    parse_sources,
    read_shard,
    render_shard,
    stage_of,
    stage_pages,
)
from broadsheet.core.diagnostics import ContentError, Diagnostic
from broadsheet.files import disk
from broadsheet.files.cache import CacheLostError
from broadsheet.files.disk import Program, Stamp
from broadsheet.files.publication import OutputError, Staged
from broadsheet.network.cluster import Cluster, ClusterError, connected, scratch
from broadsheet.records.articles import Rules

A = TypeVar("A")

PROGRAM = disk.this_program()
"""What a site is made by in this process: what was loaded, and not what may be installed by the time of a build."""
_AS_IT_WAS = "the published site is as it was"
_TURN = Lock()
"""A worker may have several threads, and what a layout keeps at hand is for one at a time."""


class Order(msgspec.Struct, frozen=True, array_like=True):
    """A piece of work for a worker that has the same program; `site` names the cache that it is about, if any."""

    program: str
    work: bytes
    site: str = ""


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of a piece of work: bytes, or one of the errors that a shard may raise.

    `program` is the worker's, where that is another one, and `bug` a traceback.
    """

    done: bytes | None = None
    problems: tuple[Diagnostic, ...] = ()
    failure: str = ""
    lost: str = ""
    bug: str = ""
    program: Program | None = None


class _Records(msgspec.Struct, frozen=True, array_like=True):
    rules: Rules
    records: list[UnparsedRecord]


class _Pages(msgspec.Struct, frozen=True, array_like=True):
    shard: StagedShard
    data: list[bytes]


class _Volume(msgspec.Struct, frozen=True, array_like=True):
    shard: StagedVolume
    data: list[bytes]


# On the machine that builds.


class ClusterWorkers:
    """The workers of a Dask cluster, which is asked when there is enough to do for one; `was_asked` says whether."""

    jobs = 16
    """Shards are cut alike for a cluster of any size; this is as small as for so many processes."""
    most = 500
    """The bytes of so many pages are in memory several times over."""

    def __init__(self, address: str, connect: Callable[[str], AbstractContextManager[Cluster]] = connected) -> None:
        """`address` is that of a scheduler."""
        self._address = address
        self._connect = connect
        self._open = ExitStack()
        self._pool: _ClusterPool | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Leave the cluster, which stops what it still has to do."""
        self._open.close()

    @property
    def was_asked(self) -> bool:
        """Whether the cluster had anything to do."""
        return self._pool is not None

    @contextmanager
    def pool(self, shards: int, items: int) -> "Iterator[_ClusterPool | None]":
        """Give the cluster where there is enough to do for one.

        Raises OutputError where it cannot be reached, is lost, or has workers that would make another site.
        """
        if not shards or items <= FEW:
            yield None
            return
        try:
            if self._pool is None:
                cluster = self._open.enter_context(self._connect(self._address))
                _compare_programs(cluster)
                self._pool = _ClusterPool(cluster)
            yield self._pool
        except ClusterError as error:
            raise OutputError(f"{error}; {_AS_IT_WAS}") from error


class _Parcel(NamedTuple, Generic[R]):
    """A shard to be sent: the work in bytes, and what makes the result of those that come back."""

    work: bytes
    unpack: Callable[[bytes], R]


class _ClusterPool:
    """Runs shards on a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def map(self, function: Callable[[S], R], shards: Iterable[S], /) -> Iterator[R]:
        """Yield what a function makes of each shard, in the order of the shards."""
        pack, there = _WAYS[function]
        sent: deque[Callable[[bytes], R]] = deque()

        def orders() -> Iterator[bytes]:
            for shard in shards:
                parcel = pack(shard)
                sent.append(parcel.unpack)
                yield _encode(Order(PROGRAM.fingerprint, parcel.work, site))

        shards = list(shards)
        job: Job | None = getattr(shards[0], "job", None) if shards else None
        site = self._cluster.send(job.cache) if job is not None else ""
        for data in self._cluster.map(_name(there), orders()):
            yield sent.popleft()(opened(data))


def _compare_programs(cluster: Cluster) -> None:
    """See that every worker makes what is made here. Raises OutputError, which names one that does not."""
    for worker, answer in cluster.ask(_name(introduce), b"").items():
        if isinstance(answer, ImportError):
            said = f"it cannot load Broadsheet: {answer}"
        elif isinstance(answer, Exception):
            said = f"it cannot say what it is: {answer!r}"
        else:
            said = difference(answer)
        if said:
            raise OutputError(f"the worker {worker} would make another site: {said}; {_AS_IT_WAS}")


def difference(answer: bytes) -> str:
    """Say how the program of a worker differs from this one; "" where it does not."""
    try:
        there = msgspec.msgpack.decode(answer, type=Program)
    except msgspec.DecodeError:
        return "it has another version of Broadsheet"
    if there.python != PROGRAM.python:
        return f"it has Python {there.python}, and this machine {PROGRAM.python}"
    only_there = sorted(set(there.libraries) - set(PROGRAM.libraries))
    only_here = sorted(set(PROGRAM.libraries) - set(there.libraries))
    if only_there or only_here:
        return f"it has {', '.join(only_there) or 'nothing'}, and this machine {', '.join(only_here) or 'nothing'}"
    return "it has another version of Broadsheet" if there.code != PROGRAM.code else ""


def opened(data: bytes) -> bytes:
    """Return what came of a piece of work. Raises the error that it raised there."""
    answer = msgspec.msgpack.decode(data, type=_Answer)
    if answer.problems:
        raise ContentError(answer.problems)
    if answer.failure:
        raise OutputError(answer.failure)
    if answer.lost:
        raise CacheLostError(answer.lost)
    if answer.program is not None:
        said = difference(_encode(answer.program))
        raise OutputError(f"a worker that came later would make another site: {said}; {_AS_IT_WAS}")
    if answer.done is None:
        raise RuntimeError(f"a worker has failed:\n{answer.bug}")
    return answer.done


def _pack_records(shard: RecordShard) -> _Parcel[ParsedShard]:
    known: list[tuple[str, Stamp]] = []
    problems: list[Diagnostic] = []
    records = list(read_shard(shard, known, problems))

    def unpack(data: bytes) -> ParsedShard:
        parsed = msgspec.msgpack.decode(data, type=ParsedShard)
        return msgspec.structs.replace(parsed, known=tuple(known), problems=tuple(problems))

    return _Parcel(_encode(_Records(shard.rules, records)), unpack)


def _pack_pages(shard: PageShard) -> _Parcel[StagedShard]:
    def unpack(data: bytes) -> StagedShard:
        made = msgspec.msgpack.decode(data, type=_Pages)
        return msgspec.structs.replace(made.shard, files=_stage(shard.job, made.shard.files, made.data))

    return _Parcel(_encode(shard.pages), unpack)


def _pack_volume(shard: VolumeShard) -> _Parcel[StagedVolume]:
    def unpack(data: bytes) -> StagedVolume:
        made = msgspec.msgpack.decode(data, type=_Volume)
        return msgspec.structs.replace(made.shard, files=_stage(shard.job, made.shard.files, made.data))

    return _Parcel(_encode(shard.number), unpack)


def _stage(job: Job, files: Sequence[Staged], data: Sequence[bytes]) -> tuple[Staged, ...]:
    stage = stage_of(job)
    return tuple(stage.put(file.path, part) for file, part in zip(files, data, strict=True))


# On a worker.


def introduce(_: bytes) -> bytes:
    """Say what this worker makes a site by."""
    return _encode(PROGRAM)


def parse_there(order: bytes) -> bytes:
    """Parse records that travelled here."""

    def work(data: bytes, _: str) -> ParsedShard:
        found = msgspec.msgpack.decode(data, type=_Records)
        return parse_sources(found.records, found.rules)

    return _answer(order, work)


def render_there(order: bytes) -> bytes:
    """Render pages of a site whose cache travelled here."""

    def work(data: bytes, site: str) -> _Pages:
        layout = layout_of(_job_of(site))
        stage = _Collected()
        return _Pages(stage_pages(layout, msgspec.msgpack.decode(data, type=tuple[int, ...]), stage), stage.data)

    return _answer(order, work)


def index_there(order: bytes) -> bytes:
    """Make the index of a volume of a site whose cache travelled here."""

    def work(data: bytes, site: str) -> _Volume:
        layout = layout_of(_job_of(site))
        stage = _Collected()
        return _Volume(stage_volume(layout, msgspec.msgpack.decode(data, type=int), stage), stage.data)

    return _answer(order, work)


class _Collected:
    """Keeps files that are to travel, in their order."""

    def __init__(self) -> None:
        self.data: list[bytes] = []

    def put(self, path: str, data: bytes) -> Staged:
        """Keep a file; whether it differs from what is published is seen elsewhere."""
        self.data.append(data)
        return Staged(path, Stamp(len(data), 0), is_new=True)


def _answer(order: bytes, work: Callable[[bytes, str], object]) -> bytes:
    """Do a piece of work if it is meant for this program. Errors are answers too: nothing that is raised travels."""
    with _TURN, uncollected():
        return _encode(_try(order, work))


def _try(data: bytes, work: Callable[[bytes, str], object]) -> _Answer:
    try:
        order = msgspec.msgpack.decode(data, type=Order)
        if order.program != PROGRAM.fingerprint:
            return _Answer(program=PROGRAM)
        return _Answer(done=_encode(work(order.work, order.site)))
    except ContentError as error:
        return _Answer(problems=tuple(error.problems))
    except OutputError as error:
        return _Answer(failure=str(error))
    except CacheLostError as error:
        return _Answer(lost=str(error))
    except Exception:  # noqa: BLE001 - it is raised again where the build runs
        return _Answer(bug=traceback.format_exc())


_HERE: dict[str, Job] = {}
"""The site that this worker has laid out, by the name of its cache: one at a time."""


def _job_of(site: str) -> Job:
    """Return the job of a site by the name of its cache here; the last one's makes room for it."""
    if site not in _HERE:
        for job in _HERE.values():
            close_details(job)
            job.cache.unlink(missing_ok=True)
        _HERE.clear()
        forget_jobs()
        folder = scratch()
        _HERE[site] = Job(folder / site, PROGRAM.fingerprint, folder, folder)
    return _HERE[site]


def _name(function: Callable[..., bytes]) -> str:
    return f"{function.__module__}:{function.__qualname__}"


def _encode(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


_WAYS: Mapping[Callable[..., Any], tuple[Callable[[Any], _Parcel[Any]], Callable[[bytes], bytes]]] = {
    parse_shard: (_pack_records, parse_there),
    render_shard: (_pack_pages, render_there),
    index_shard: (_pack_volume, index_there),
}
"""How a shard is sent, and what does there what a function does here."""
