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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from broadsheet.files.disk import Stamp, shown_path, stamp

MANIFEST = ".broadsheet-manifest"
LAST = "last"
"""The folder, below the work folder, that holds the feeds which the last change changed, as they were."""
REMEMBERED = "feed.json"
_NEXT = "next"
_OLD = "old"
_SPARE = "spare"
_SPARE_NOTE = "spare-files"
_HASH = 16
_LINKS_LINKS = os.link in os.supports_follow_symlinks  # not so on Windows
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
    # Without a site, a spare copy has nothing to follow, and a new one is laid with the new site.
    if not out.exists():
        (work / _SPARE_NOTE).unlink(missing_ok=True)
    for left in (work / _NEXT, work / _OLD, *([] if out.exists() else [work / _SPARE])):
        if left.exists():
            shutil.rmtree(left)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a publication did to the output folder, as sorted paths; notes on how; and every file there.

    `added` are those of the written ones that were not there before.
    """

    written: tuple[str, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...]
    kept: int
    notes: tuple[str, ...] = ()
    files: Mapping[str, Stamp] = {}


class Staged(msgspec.Struct, frozen=True, array_like=True):
    """A file that was made: its path below the output folder, its stamp, and whether it differs from what is there."""

    path: str
    stamp: Stamp
    is_new: bool


class FileStage:
    """Lays files beside the output folder; any process of a build may, each file once.

    A file whose bytes are those of the published one is left as it is. Where there is no site yet, each
    file is laid twice, as hard links: the second becomes the spare copy that the next change starts from.
    """

    def __init__(self, out: Path, work: Path) -> None:
        """`work` is a folder on the same file system."""
        self._is_first = not out.exists()
        self._out = str(out)
        self._next = str(work / _NEXT)
        self._spare = str(work / _SPARE)
        self._folders: set[str] = set()

    def put(self, path: str, data: bytes) -> Staged:
        """Have a file with these bytes."""
        if not self._is_first:
            here = f"{self._out}/{path}"
            found = stamp(here)
            if found is not None and found.size == len(data) and Path(here).read_bytes() == data:
                return Staged(path, found, is_new=False)
        staged = f"{self._next}/{path}"
        _make_parents(staged, self._folders)
        written = _write_new(staged, data)
        if self._is_first:
            _make_parents(f"{self._spare}/{path}", self._folders)
            _link(staged, f"{self._spare}/{path}")
        return Staged(path, written, is_new=True)


class Publication:
    """One change of the output folder. Nothing is seen there before `finish`; without it, nothing ever is."""

    def __init__(self, out: Path, work: Path, there: Mapping[str, Stamp], formerly: Mapping[str, Stamp]) -> None:
        """`work` is a folder on the same file system.

        `there` are the files of the output folder, as `disk.find_files` finds them, and `formerly` those that
        earlier builds left there. `recover` has been called since the last change of either.
        """
        self.out = out
        self.stage = FileStage(out, work)
        self.there = there
        self.notes: list[str] = []
        self._work = work
        self._next = work / _NEXT
        self._is_fresh = not out.exists()
        self._is_damaged = False
        # What stands there was written by a build only where it is still as that build left it.
        ours = {path for path, found in formerly.items() if self.there.get(path) == found}
        self._formerly = self._read_manifest() | ours
        self._wanted: dict[str, Stamp] = {}
        self._staged: list[str] = []

    def keep(self, path: str) -> None:
        """Leave a file as it is."""
        self._wanted[path] = self.there[path]

    def put(self, path: str, data: bytes) -> None:
        """Have a file with these bytes; one that has them already is left as it is."""
        self.add(self.stage.put(path, data))

    def add(self, staged: Staged) -> None:
        """Have a file that was staged."""
        self._wanted[staged.path] = staged.stamp
        if staged.is_new:
            self._staged.append(staged.path)

    def finish(self) -> Outcome:
        """Make the output folder hold what was kept and put, and every file that no build ever wrote.

        Raises OutputError, and changes nothing, where one of those stands where a page goes.
        """
        kept = len(self._wanted)
        self.put(MANIFEST, _manifest(self._wanted))
        removed = sorted(path for path in self._formerly - self._wanted.keys() if path in self.there)
        written = sorted(path for path in self._staged if path != MANIFEST)
        self._spare_strangers(written, set(removed))
        if self._staged or removed:
            self._replace(set(removed))
        kept -= len(written)
        files = {**self.there, **self._wanted}
        for path in removed:
            del files[path]
        return Outcome(
            written=tuple(written),
            added=tuple(path for path in written if path not in self.there),
            removed=tuple(removed),
            kept=kept,
            notes=tuple(self.notes),
            files=files,
        )

    def _spare_strangers(self, written: Iterable[str], removed: set[str]) -> None:
        """Refuse to replace a file that no build wrote, unless a damaged manifest leaves that unknown."""
        new = [path for path in written if path not in self._formerly]
        if self._is_damaged or not new or not self.there:
            return
        strangers = [path for path in new if path in self.there]
        needed = {folder for path in new for folder in _folders_of(path)}
        strangers += sorted(path for path in needed & self.there.keys() if path not in self._formerly)
        used = {folder for path in self.there.keys() - removed for folder in _folders_of(path)}
        strangers += [path for path in new if path in used]
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
        spare = _Spare(self._work)
        if self._is_fresh:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self._next.rename(self.out)
            spare.save(self._wanted)
            return
        if _is_mount(self.out):
            self._move_in_place(removed)
            return
        spare.follow(self.out, self.there, self._next, self._staged, removed)
        shutil.copymode(self.out, spare.folder)
        try:
            _exchange(spare.folder, self.out, self._work / _OLD)
        except OSError as error:
            if error.errno not in {errno.EBUSY, errno.EXDEV, errno.EPERM, errno.EACCES}:
                raise
            for path in self._staged:
                (self._next / path).parent.mkdir(parents=True, exist_ok=True)
                (spare.folder / path).rename(self._next / path)
            self._move_in_place(removed)
            return
        spare.save(self.there)
        shutil.rmtree(self._next)

    def _remember(self, paths: Iterable[str]) -> None:
        """Keep the feeds that are about to change as they were; one that is new is remembered as an empty file."""
        last = self._work / LAST
        if last.exists():
            shutil.rmtree(last)
        for path in paths:
            target = last / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path in self.there:
                _link(str(self.out / path), str(target))
            else:
                target.touch()

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
            _prune(str(self.out), path)
        shutil.rmtree(self._next)


class _Spare:
    """A copy of the site, as hard links, that the next change is made to; then it and the site change places.

    It lags behind by one change, so making a change costs what this one and the last one changed, and
    not what the site holds. What it holds is written down whenever it is whole, and struck out before it
    is touched: where that note is missing, the copy is made anew.
    """

    def __init__(self, work: Path) -> None:
        self.folder = work / _SPARE
        self._note = work / _SPARE_NOTE

    def follow(
        self, out: Path, there: Mapping[str, Stamp], staged: Path, written: Sequence[str], removed: set[str]
    ) -> None:
        """Make the copy hold what the site will: what is there, with staged files and without removed ones."""
        held = self._load()
        self._note.unlink(missing_ok=True)
        stays = {path for path in there if path not in removed}.difference(written)
        try:
            self._bring_up(str(out), there, stays, {} if held is None else held, is_known=held is not None)
        except FileNotFoundError:  # Somebody changed the copy.
            self._bring_up(str(out), there, stays, {}, is_known=False)
        folders: set[str] = set()
        for path in written:
            _make_parents(f"{self.folder}/{path}", folders)
            os.replace(staged / path, f"{self.folder}/{path}")  # noqa: PTH105 - one of very many

    def _bring_up(
        self, source: str, there: Mapping[str, Stamp], stays: set[str], held: Mapping[str, Stamp], *, is_known: bool
    ) -> None:
        """Make the copy hold what stays of a site, and nothing else; start from nothing where it is not known."""
        if not is_known and self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(exist_ok=True)
        target = str(self.folder)
        for path in held.keys() - stays:
            if not path.endswith("/"):
                os.unlink(f"{target}/{path}")  # noqa: PTH108 - one of very many
            _prune(target, path)
        folders: set[str] = set()
        for path in stays:
            if held.get(path) != there[path]:
                if path in held:
                    os.unlink(f"{target}/{path}")  # noqa: PTH108 - one of very many
                _make_parents(f"{target}/{path}", folders)
                if not path.endswith("/"):
                    _link(f"{source}/{path}", f"{target}/{path}")

    def save(self, files: Mapping[str, Stamp]) -> None:
        """Write down what the copy holds."""
        data = msgspec.msgpack.encode([(os.fsencode(path), found) for path, found in files.items()])
        self._note.write_bytes(_hash(data) + data)

    def _load(self) -> dict[str, Stamp] | None:
        """Return what the copy holds; None where that is not known."""
        try:
            data = self._note.read_bytes()
            if data[:_HASH] != _hash(data[_HASH:]) or not self.folder.is_dir():
                return None
            held = msgspec.msgpack.decode(data[_HASH:], type=list[tuple[bytes, Stamp]])
            return {os.fsdecode(path): found for path, found in held}
        except (OSError, msgspec.DecodeError):
            return None


@contextmanager
def locked(work: Path) -> Iterator[None]:
    """Hold the lock on a work folder. Raises OutputError if another build holds it, or if it cannot be written."""
    owner = work / "owner"
    lock = FileLock(work / "lock", timeout=0)
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        owner.write_text(str(os.getpid()), encoding="ascii")
    except Timeout as error:
        with suppress(OSError):
            raise OutputError(
                f"another build (process {owner.read_text('ascii')}) is writing to this output folder; wait for it"
            ) from error
        raise OutputError("another build is writing to this output folder; wait for it") from error
    except OSError as error:
        lock.release()
        raise OutputError(f"cannot write {shown_path(work)}: {error.strerror}") from error
    try:
        yield
    finally:
        with suppress(OSError):  # The lock counts, not this note on who holds it.
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
    return _hash(body.encode()).hex()


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_HASH).digest()


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def _folders_of(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in, the innermost first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _write_new(path: str, data: bytes) -> Stamp:
    """Write a file that is not there yet."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        status = os.fstat(file)
    finally:
        os.close(file)
    return Stamp(status.st_size, status.st_mtime_ns)


def _make_parents(path: str, known: set[str]) -> None:
    folder = path.rpartition("/")[0]
    if folder not in known:
        try:
            os.mkdir(folder)  # noqa: PTH102 - one of very many, and nearly always the last part alone is missing
        except OSError:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - the same
        known.add(folder)


def _prune(root: str, path: str) -> None:
    """Remove the folders that a removed file leaves empty."""
    for folder in _folders_of(path):
        try:
            os.rmdir(f"{root}/{folder}")  # noqa: PTH106 - one of very many
        except OSError:
            break


def _is_mount(path: Path) -> bool:
    # Not Path.is_mount, which Windows has from Python 3.12 on.
    return os.path.ismount(path) or path.stat().st_dev != path.parent.stat().st_dev


def _link(source: str, target: str) -> None:
    """Have the same file at another path: a hard link where the disk has them, else a copy."""
    try:
        if _LINKS_LINKS:
            os.link(source, target, follow_symlinks=False)
        else:
            os.link(source, target)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(new: Path, old: Path, aside: Path) -> None:
    """Let two folders change places in one step; where the system cannot, in three that `recover` completes."""
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
    try:
        new.rename(old)
    except OSError:  # On Windows somebody may have a file open in it.
        aside.rename(old)
        raise
    with suppress(OSError):  # The site is there; `recover` clears what is left of the old one.
        aside.rename(new)
