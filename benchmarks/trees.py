"""What a folder holds, and what has changed in it."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it is: which, when, how long, and the hash of its bytes."""

    inode: int
    time: int
    size: int
    sum: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """How many files have other bytes than before, are new or are gone; and how many were written, changed or not."""

    changed: int
    written: int


Tree = Mapping[str, Stamp]


def look(folder: Path, before: Tree | None = None) -> Tree:
    """Return every file of a folder. One whose inode, time and size are as before is not read again."""
    known = before or {}
    return dict(_look(folder, len(str(folder)) + 1, known))


def compare(before: Tree, after: Tree) -> Change:
    """Return what has changed from one look to the next."""
    gone = len(before.keys() - after.keys())
    pairs = [(before.get(path), stamp) for path, stamp in after.items()]
    return Change(
        changed=gone + sum(1 for old, new in pairs if old is None or old.sum != new.sum),
        written=sum(1 for old, new in pairs if old is None or (old.inode, old.time) != (new.inode, new.time)),
    )


def differences(one: Tree, other: Tree) -> list[str]:
    """Return the paths that are not in both folders with the same bytes."""
    return sorted(
        path
        for path in one.keys() | other.keys()
        if path not in one or path not in other or one[path].sum != other[path].sum
    )


def _look(folder: Path, cut: int, known: Tree) -> Iterator[tuple[str, Stamp]]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118 - a hundred thousand Path objects take seconds
            found = os.stat(path)  # noqa: PTH116 - the same
            stamp = known.get(path[cut:])
            identity = (found.st_ino, found.st_mtime_ns, found.st_size)
            if stamp is None or (stamp.inode, stamp.time, stamp.size) != identity:
                with open(path, "rb") as file:  # noqa: PTH123 - the same
                    stamp = Stamp(*identity, hashlib.file_digest(file, "blake2b").digest()[:16])
            yield path[cut:], stamp
