"""The writer of files: the published folder.

Publishing is all or nothing: the new site is laid out beside the old one, unchanged files as hard
links, and the two folders change places in one step; docs/publishing.md explains it.
"""

import ctypes
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import msgspec
from filelock import FileLock, Timeout

from broadsheet.disk import shown_path, stamp

MANIFEST = ".broadsheet-manifest"
LAST = "last"
"""The folder, below the work folder, that holds the feeds which the last change changed, as they were."""
REMEMBERED = "feed.json"
_NEXT = "next"
_OLD = "old"
_MANIFEST_HEAD = "# Files written by Broadsheet, which removes those that a later build no longer has. Checksum: "


class OutputError(Exception):
    """The site cannot be written where it should be; the message says why and what to do."""


def work_folder(out: Path) -> Path:
    """Return where a build keeps what it needs for an output folder: beside it, on the same file system."""
    return out.parent / ".broadsheet" / out.name


def recover(out: Path, work: Path) -> None:
    """Clear what a stopped build left, and put back a site that it had moved aside."""
    if (work / _OLD).exists() and not out.exists():
        (work / _OLD).rename(out)
    for left in (work / _NEXT, work / _OLD):
        if left.exists():
            shutil.rmtree(left)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a publication did to the output folder, as sorted paths, and notes on how."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int
    notes: tuple[str, ...] = ()


class Publication:
    """One change of the output folder. Nothing is seen there before `finish`; without it, nothing ever is."""

    def __init__(self, out: Path, work: Path, formerly: Iterable[str]) -> None:
        """`work` is a folder on the same file system; `formerly` are paths that earlier builds wrote.

        `recover` has been called since the last change of either.
        """
        self.out = out
        self._next = work / _NEXT
        self._old = work / _OLD
        self._last = work / LAST
        self.notes: list[str] = []
        self._is_damaged = False
        self._formerly = self._read_manifest() | set(formerly)
        self._wanted: set[str] = set()
        self._staged: list[str] = []

    def keep(self, path: str) -> None:
        """Leave a file as it is."""
        self._wanted.add(path)

    def put(self, path: str, data: bytes) -> None:
        """Have a file with these bytes; one that has them already is left as it is."""
        self._wanted.add(path)
        here = self.out / path
        found = stamp(here)
        if found is not None and found.size == len(data) and here.read_bytes() == data:
            return
        staged = self._next / path
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(data)
        self._staged.append(path)

    def finish(self) -> Outcome:
        """Make the output folder hold what was kept and put, and every file that no build ever wrote.

        Raises OutputError, and changes nothing, where one of those stands where a page goes.
        """
        kept = len(self._wanted)
        self.put(MANIFEST, _manifest(self._wanted))
        removed = sorted(path for path in self._formerly - self._wanted if os.path.lexists(self.out / path))
        written = sorted(path for path in self._staged if path != MANIFEST)
        self._spare_strangers(written)
        if self._staged or removed:
            self._replace(set(removed))
        kept -= len(written)
        return Outcome(written=tuple(written), removed=tuple(removed), kept=kept, notes=tuple(self.notes))

    def _spare_strangers(self, written: Iterable[str]) -> None:
        """Refuse to replace a file that no build wrote, unless a damaged manifest leaves that unknown."""
        if self._is_damaged:
            return
        strangers = [path for path in written if path not in self._formerly and os.path.lexists(self.out / path)]
        folders = {str(folder) for path in written for folder in PurePosixPath(path).parents} - {"."}
        strangers += [path for path in sorted(folders - self._formerly) if _is_no_folder(self.out / path)]
        if strangers:
            raise OutputError(
                f"{shown_path(self.out / strangers[0])} stands where a page goes, and no build of Broadsheet wrote it"
                f" ({len(strangers)} such in all); move it into static/ or out of the way"
            )

    def _read_manifest(self) -> set[str]:
        try:
            text = (self.out / MANIFEST).read_bytes().decode()
        except FileNotFoundError:
            return set()
        except (OSError, UnicodeDecodeError):
            text = ""
        head, _, body = text.partition("\n")
        paths = set(body.split("\n")) - {""}
        if head != _MANIFEST_HEAD + _checksum(body) or not all(_is_inside(path) for path in paths):
            self._is_damaged = True
            self.notes.append(f"{MANIFEST} in the output folder is damaged; files of earlier builds may remain there")
            return set()
        return paths | {MANIFEST}

    def _replace(self, removed: set[str]) -> None:
        self._next.mkdir(parents=True, exist_ok=True)
        self._remember([path for path in (*self._staged, *removed) if path.endswith(REMEMBERED)])
        if not self.out.exists():
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self._next.rename(self.out)
            return
        if _is_mount(self.out):
            self._move_in_place(removed)
            return
        self._link_rest(removed | set(self._staged))
        shutil.copymode(self.out, self._next)
        try:
            _exchange(self._next, self.out, self._old)
        except OSError as error:
            if error.errno not in {errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES}:
                raise
            self._move_in_place(removed)
            return
        for left in (self._next, self._old):
            if left.exists():
                shutil.rmtree(left)

    def _remember(self, paths: Iterable[str]) -> None:
        """Keep the feeds that are about to change as they were; one that is new is remembered as an empty file."""
        if self._last.exists():
            shutil.rmtree(self._last)
        for path in paths:
            target = self._last / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if (self.out / path).is_file():
                _link(self.out / path, target)
            else:
                target.touch()

    def _link_rest(self, without: set[str]) -> None:
        """Lay the output folder's other files beside the staged ones, as hard links where the disk has them."""
        for folder, names, files in os.walk(self.out):
            relative = PurePosixPath(Path(folder).relative_to(self.out).as_posix())
            target = self._next / relative
            links = [name for name in names if (Path(folder) / name).is_symlink()]
            for name in [*files, *links]:
                if str(relative / name) in without:
                    continue
                target.mkdir(parents=True, exist_ok=True)
                _link(Path(folder) / name, target / name)
            if not names and not files:
                target.mkdir(parents=True, exist_ok=True)

    def _move_in_place(self, removed: set[str]) -> None:
        """Change the output folder file by file, pages after what they need and removals last."""
        self.notes.append(f"{self.out} is a mount point, so its files were replaced one by one")
        for path in sorted(self._staged, key=lambda path: (path.endswith((".html", ".xml", ".json")), path)):
            target = self.out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{target.name}.broadsheet")
            shutil.copy2(self._next / path, temporary)
            temporary.replace(target)
        for path in removed:
            (self.out / path).unlink()
            for folder in (self.out / path).parents:
                if folder == self.out or any(folder.iterdir()):
                    break
                folder.rmdir()
        shutil.rmtree(self._next)


@contextmanager
def locked(work: Path) -> Iterator[None]:
    """Hold the lock on a work folder. Raises OutputError if another build holds it."""
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {shown_path(work)}: {error.strerror}") from error
    owner = work / "owner"
    lock = FileLock(work / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        with suppress(OSError):
            raise OutputError(
                f"another build (process {owner.read_text()}) is writing to this output folder; wait for it"
            ) from error
        raise OutputError("another build is writing to this output folder; wait for it") from error
    except OSError as error:
        raise OutputError(f"cannot write {shown_path(work)}: {error.strerror}") from error
    try:
        owner.write_text(str(os.getpid()))
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


@contextmanager
def output_errors(out: Path) -> Iterator[None]:
    """Turn errors of the file system into an OutputError about the output folder."""
    try:
        yield
    except OSError as error:
        about = f" ({error.filename})" if error.filename else ""
        raise OutputError(
            f"cannot write {shown_path(out)}: {error.strerror or error}{about}; the published site is as it was"
        ) from error


def _manifest(paths: Iterable[str]) -> bytes:
    body = "".join(f"{path}\n" for path in sorted(paths))
    return f"{_MANIFEST_HEAD}{_checksum(body)}\n{body}".encode()


def _checksum(body: str) -> str:
    return hashlib.blake2b(body.encode(), digest_size=16).hexdigest()


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not PurePosixPath(path).is_absolute() and ".." not in parts


def _is_no_folder(path: Path) -> bool:
    """Whether something stands at a path that is not a folder (a link to one is none)."""
    return os.path.lexists(path) and (path.is_symlink() or not path.is_dir())


def _is_mount(path: Path) -> bool:
    return path.is_mount() or path.stat().st_dev != path.parent.stat().st_dev


def _link(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _exchange(new: Path, old: Path, aside: Path) -> None:
    """Let two folders change places in one step; where the system cannot, in two that `recover` completes."""
    libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    source, target = os.fsencode(new), os.fsencode(old)
    swap: Mapping[str, tuple[str, tuple[object, ...]]] = {
        "linux": ("renameat2", (-100, source, -100, target, 2)),  # AT_FDCWD, RENAME_EXCHANGE
        "darwin": ("renamex_np", (source, target, 2)),  # RENAME_SWAP
    }
    name, arguments = swap.get(sys.platform, ("", ()))
    function = getattr(libc, name, None) if name else None
    if function is not None:
        if function(*arguments) == 0:
            return
        code = ctypes.get_errno()
        if code not in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}:
            raise OSError(code, os.strerror(code), str(old))
    old.rename(aside)
    new.rename(old)
