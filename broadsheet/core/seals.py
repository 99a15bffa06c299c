"""Seals: what tells sealed text from any other, without holding it."""

import re
from hashlib import blake2b

_RUN = re.compile(rb"[A-Za-z0-9]{20,}")


def seal_of(text: str) -> bytes:
    """Return the hash of the longest run of 20 or more letters and digits (ASCII) in what is sealed, or b""."""
    runs = _RUN.findall(text.encode(errors="replace"))
    return _hashed(max(runs, key=len)) if runs else b""


def runs_of(data: bytes) -> tuple[bytes, ...]:
    """Return the hashes of all such runs in a text; where one is a seal, the text holds what is sealed."""
    return tuple(_hashed(run) for run in _RUN.findall(data))


def _hashed(run: bytes) -> bytes:
    return blake2b(run, digest_size=8).digest()
