"""What earlier builds left to reuse. A cache that is damaged, foreign or of other code is empty, never an error.

Nothing in it is executed: it is MessagePack, read into the types below.
"""

import hashlib
from pathlib import Path

import msgspec

from broadsheet.disk import Stamp

_MAGIC = b"broadsheet-cache-1\n"
_SUM = 16


class Made(msgspec.Struct, frozen=True, array_like=True):
    """A page as it was published: its identity, and the stamp of its file."""

    identity: bytes
    stamp: Stamp


class Cache(msgspec.Struct, kw_only=True):
    """Parsed records by the hash of what they were parsed from, and published pages by address."""

    parsed: dict[bytes, bytes] = {}
    made: dict[str, Made] = {}


def load(path: Path, program: str) -> Cache:
    """Read a cache written by the same program; an empty one if there is none, or none that holds."""
    try:
        data = path.read_bytes()
    except OSError:
        return Cache()
    head = _MAGIC + program.encode()
    body = data[len(head) + _SUM :]
    if not data.startswith(head) or data[len(head) : len(head) + _SUM] != _checksum(body):
        return Cache()
    try:
        return msgspec.msgpack.decode(body, type=Cache)
    except msgspec.DecodeError:
        return Cache()


def save(cache: Cache, path: Path, program: str) -> None:
    """Write a cache in one step."""
    body = msgspec.msgpack.encode(cache)
    temporary = path.with_suffix(".new")
    temporary.write_bytes(_MAGIC + program.encode() + _checksum(body) + body)
    temporary.replace(path)


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SUM).digest()
