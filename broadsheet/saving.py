"""The writer of the curator's own files: each is the whole old one or the whole new one, whatever happens."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Give a file other bytes, in one step; its mode stays, and a link goes on leading to it. Raises OSError."""
    path = path.resolve(strict=True)
    if not os.access(path, os.W_OK):  # a folder that can be written would let us replace it all the same
        raise PermissionError(13, "the file is read-only", str(path))
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
