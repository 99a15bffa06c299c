"""The writer of the curator's own files: each is the whole old one or the whole new one, whatever happens."""

import errno
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Give a file other bytes, in one step; its mode stays, and a link goes on leading to it. Raises OSError."""
    path = path.resolve(strict=True)
    if not os.access(path, os.W_OK):  # a folder that can be written would let us replace it all the same
        raise PermissionError(errno.EACCES, "the file is read-only", str(path))
    handle, name = tempfile.mkstemp(prefix=".broadsheet-", suffix=".tmp", dir=path.parent)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a file that is open
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(stat.S_IMODE(path.stat().st_mode))
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def write_file(path: Path, data: bytes) -> None:
    """Write a file that may be there already, in one step. Raises OSError."""
    if path.exists():
        replace_file(path, data)
    else:
        path.write_bytes(data)


def create_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files that are not there yet, by their names below a folder, which is made if need be; all or none.

    Raises FileExistsError, whose `filename` is the name below the folder, where there is something of a name already,
    and OSError.
    """
    for name in files:
        if os.path.lexists(folder / name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
    written: list[Path] = []
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(data)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
