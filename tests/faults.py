"""A disk that fails: the calls that change it, of which one raises an error."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from broadsheet.files import publication

CALLS = ("link", "mkdir", "open", "rename", "replace", "rmdir", "unlink", "write")
CODES = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EMFILE)


class Disk:
    """Counts the calls that change something, and lets the one with a number fail."""

    def __init__(self, fails: int, code: int) -> None:
        self.fails = fails
        self.code = code
        self.calls = 0

    @property
    def has_failed(self) -> bool:
        return self.calls > self.fails

    def guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guard(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any call of the system
            self.calls += 1
            if self.calls == self.fails + 1:
                raise OSError(self.code, os.strerror(self.code), str(arguments[0]))
            return call(*arguments, **options)

        return guard


@contextmanager
def failing_disk(fails: int, code: int) -> Iterator[Disk]:
    """Let the call of that number fail, of those that change the disk."""
    disk = Disk(fails, code)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, disk.guarded(getattr(os, name)))
        patch.setattr(publication, "_exchange", disk.guarded(publication._exchange))  # noqa: SLF001 - a call of the system too
        yield disk
