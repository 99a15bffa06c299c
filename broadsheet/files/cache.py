"""What earlier builds left to reuse: parsed records, and what is known of published files.

One SQLite database beside the output folder, written in one transaction. Nothing in it is executed: values
are MessagePack, read into the types below, and carry checksums. A cache that is damaged, foreign or of other
code counts as empty, never as an error; a damaged part of one counts as absent.
"""

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any, TypeVar
from urllib.parse import quote
from zlib import crc32

import msgspec

from broadsheet.files.disk import Stamp

T = TypeVar("T")

_SCHEMA = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE records (name TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, digest BLOB, parsed BLOB, sum INTEGER);
    CREATE TABLE details (name TEXT PRIMARY KEY, data BLOB, sum INTEGER);
"""
_SUM = 4
CACHE = "cache"
"""The name of the cache in the folder beside the output folder."""


class Made(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file as it was published: its identity, and its stamp."""

    identity: bytes
    stamp: Stamp


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A parsed record: its file's name and stamp, a hash of what it was parsed from, the result, its details."""

    name: str
    stamp: Stamp
    digest: bytes
    parsed: bytes
    details: bytes = b""


class CacheLostError(Exception):
    """The cache does not hold what was in it when the build began, or cannot be written."""


class Cache:
    """A cache on disk, or in memory. Reading never raises; `note` says what was wrong with what was found."""

    def __init__(self, path: Path | None, program: str, *, is_ours: bool = True) -> None:
        """Open a cache that the same program wrote; an empty one where there is none, or none that holds.

        Without a path it is in memory. Where it is not ours to change, it is left there whatever it holds.
        """
        self.path = path
        self.note = ""
        self.program = program
        self._is_ours = is_ours
        self._connection: sqlite3.Connection | None = None
        if path is None or not path.exists():
            return
        try:
            # Who only reads does so while nobody writes, in any thread, and need not lock the file at each step.
            address = f"{_uri(path.absolute())}{'' if is_ours else '?immutable=1'}"
            self._connection = sqlite3.connect(address, isolation_level=None, uri=True, check_same_thread=is_ours)
            if self.get("program", str) != program and not self.note:
                self._drop("of another version")
        except sqlite3.Error:
            self._drop("damaged")

    @property
    def is_shared(self) -> bool:
        """Whether other processes can read it."""
        return self.path is not None

    def get(self, key: str, kind: type[T]) -> T | None:
        """Return a value that was saved under a key; None where there is none that holds."""
        for (value,) in self._read("SELECT value FROM meta WHERE key = ?", (key,)):
            if isinstance(value, bytes) and value[:_SUM] == _sum(key.encode(), value[_SUM:]):
                with suppress(msgspec.DecodeError):
                    return msgspec.msgpack.decode(value[_SUM:], type=kind)
        return None

    def stamps(self) -> Iterator[tuple[str, tuple[Stamp, bytes]]]:
        """Yield the records' names with their stamps, and the hashes of what they were parsed from."""
        for name, size, mtime, digest in self._read("SELECT name, size, mtime, digest FROM records"):
            if isinstance(name, str) and isinstance(digest, bytes):
                yield name, (Stamp(size, mtime), digest)

    def rows(self) -> Iterator[tuple[str, bytes]]:
        """Yield the names and the results of the records that hold."""
        for name, digest, parsed, total in self._read("SELECT name, digest, parsed, sum FROM records"):
            if isinstance(digest, bytes) and isinstance(parsed, bytes) and total == _row_sum(name, digest, parsed):
                yield name, parsed

    def details(self, name: str) -> bytes:
        """Return a record's details. Raises CacheLostError where there are none that hold."""
        for data, total in self._read("SELECT data, sum FROM details WHERE name = ?", (name,)):
            if isinstance(data, bytes) and total == crc32(data, crc32(name.encode())):
                return data
        raise CacheLostError(f"it has lost the details of {name}")

    def save(
        self,
        rows: Iterable[Row],
        gone: Iterable[str],
        values: Iterable[tuple[str, object]],
        stamps: Iterable[tuple[str, Stamp]] = (),
    ) -> None:
        """Put rows, values and stamps in place of those of the same names, and forget rows. Raises OSError.

        All rows are taken one after the other; then what is gone, the stamps and the values, which may depend on them.
        """
        try:
            connection = self._connection or self._create()
            connection.execute("BEGIN IMMEDIATE")
            for row in rows:
                total = _row_sum(row.name, row.digest, row.parsed)
                line = (row.name, row.stamp.size, row.stamp.mtime, row.digest, row.parsed, total)
                connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)", line)
                rest = (row.name, row.details, crc32(row.details, crc32(row.name.encode())))
                connection.execute("INSERT OR REPLACE INTO details VALUES (?, ?, ?)", rest)
            names = [(name,) for name in gone]
            connection.executemany("DELETE FROM records WHERE name = ?", names)
            connection.executemany("DELETE FROM details WHERE name = ?", names)
            connection.executemany(
                "UPDATE records SET size = ?, mtime = ? WHERE name = ?",
                [(stamp.size, stamp.mtime, name) for name, stamp in stamps],
            )
            for key, value in values:
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", _line(key, value))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._drop("")
            raise OSError(errno.EIO, str(error)) from error

    def forget(self) -> None:
        """Forget everything."""
        self._drop("")

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _create(self) -> sqlite3.Connection:
        connection = self._connection = sqlite3.connect(self.path or ":memory:", isolation_level=None)
        # A build that is stopped leaves the database as it was; a machine that is, one that counts as damaged.
        connection.executescript(f"PRAGMA synchronous = OFF; {_SCHEMA}")
        connection.execute("INSERT INTO meta VALUES (?, ?)", _line("program", self.program))
        return connection

    def _read(self, query: str, values: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if self._connection is None:
            return
        try:
            yield from self._connection.execute(query, values)
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):
            self._drop("damaged")

    def _drop(self, why: str) -> None:
        self.close()
        self.note = f"the cache was {why}, so nothing of it was used" if why else ""
        if self._is_ours and self.path is not None:
            with suppress(OSError):
                self.path.unlink()


class DetailsReader:
    """Finds the details of records in a cache; each process that asks opens it for itself."""

    def __init__(self, path: Path, program: str) -> None:
        self._path = path
        self._program = program
        self._cache: Cache | None = None
        self._process = 0

    def get(self, name: str) -> bytes:
        """Return a record's details. Raises CacheLostError where there are none that hold."""
        if self._cache is None or self._process != os.getpid():
            self._cache, self._process = Cache(self._path, self._program, is_ours=False), os.getpid()
        return self._cache.details(name)

    def close(self) -> None:
        """Let go of the cache until somebody asks again."""
        if self._cache is not None and self._process == os.getpid():
            self._cache.close()
        self._cache = None


def _uri(path: PurePath) -> str:
    """Return an absolute path as SQLite's URI: one that names no host, even where a share of Windows has one."""
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else f"file://{quote(path.as_posix())}"


def _line(key: str, value: object) -> tuple[str, bytes]:
    data = msgspec.msgpack.encode(value)
    return key, _sum(key.encode(), data) + data


def _row_sum(name: object, digest: bytes, parsed: bytes) -> int:
    return crc32(parsed, crc32(b"%b %b" % (f"{name}".encode(), digest)))


def _sum(key: bytes, data: bytes) -> bytes:
    return crc32(data, crc32(key)).to_bytes(_SUM, "big")
