"""The reader of files: content and themes."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from broadsheet.diagnostics import ContentError, Diagnostic, Location
from broadsheet.feeddiff import Entry, read_document
from broadsheet.model import Source
from broadsheet.render import Theme

_ARCHIVE = re.compile(r"page/\d+/(?=feed\.json$)")
_TOPIC_ENDINGS = (".yaml", ".yml")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a content folder by what they are, each in the order of their paths; and what went wrong."""

    articles: tuple[Source, ...]
    topics: tuple[Source, ...]
    leaves: tuple[Source, ...]
    problems: tuple[Diagnostic, ...]


class Stamp(msgspec.Struct, frozen=True):
    """What tells cheaply that a file was not touched: its size in bytes and mtime in nanoseconds."""

    size: int
    mtime: int


def shown_path(path: Path) -> str:
    """Return a path as people are shown it: relative to the current folder where it lies below it."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    with suppress(ValueError):
        path = absolute.relative_to(Path.cwd())
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def read_source(path: Path, name: str) -> Source:
    """Read one file. Raises ContentError if it cannot be read."""
    try:
        return Source(path=shown_path(path), name=name, data=path.read_bytes())
    except OSError as error:
        raise ContentError([_unreadable(path, error)]) from error


def read_content(folder: Path) -> Content:
    """Read a content folder: records anywhere below it, but for `topics/`, `pages/` and `editions/`."""
    problems: list[Diagnostic] = []
    found: dict[str, list[Source]] = {"article": [], "topic": [], "leaf": []}
    for path, name in _walk(folder, problems):
        kind = _content_kind(name)
        if kind is None:
            continue
        try:
            found[kind].append(read_source(path, name))
        except ContentError as error:
            problems.extend(error.problems)
    return Content(
        articles=tuple(found["article"]),
        topics=tuple(found["topic"]),
        leaves=tuple(found["leaf"]),
        problems=tuple(problems),
    )


def read_theme(folders: Iterable[Path], problems: list[Diagnostic]) -> Theme:
    """Read the templates of several folders, a later one's files winning over an earlier one's of the same name."""
    templates: dict[str, tuple[str, str, str]] = {}
    for folder in folders:
        for path, name in _walk(folder, problems):
            if not name.endswith((".html", ".txt", ".xml")):
                continue
            try:
                source = read_source(path, name)
                templates[name] = (name, source.path, source.data.decode("utf-8-sig").replace("\r\n", "\n"))
            except ContentError as error:
                problems.extend(error.problems)
            except UnicodeDecodeError as error:
                problems.append(
                    Diagnostic(
                        code="bad-encoding",
                        message=f"not UTF-8: {error.reason}",
                        location=Location(source.path),
                    )
                )
    return Theme(templates=tuple(templates[name] for name in sorted(templates)))


def read_static(folders: Iterable[Path], problems: list[Diagnostic]) -> dict[str, Path]:
    """Find the static files of several folders by address, a later folder's files winning."""
    found: dict[str, Path] = {}
    for folder in folders:
        found.update({f"/{name}": path for path, name in _walk(folder, problems)})
    return dict(sorted(found.items()))


def read_feeds(folder: Path, last: Path | None = None) -> dict[str, list[Entry]]:
    """Read every JSON Feed of a published folder with its archive, by address.

    `last` may be a folder of feeds as they were before the last change; they win, and an empty one
    was not there. Raises ContentError if a feed cannot be read.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("feed.json")}
    if last is not None:
        paths.update({path.relative_to(last).as_posix(): path for path in last.rglob("feed.json")})
    found: dict[str, dict[str, Entry]] = {}
    for name in sorted(paths, key=lambda name: (name.count("/"), name)):
        data = read_source(paths[name], name).data
        if not data:
            continue
        try:
            document = read_document(data)
        except ValueError as error:
            problem = Diagnostic(code="unreadable", message=str(error), location=Location(shown_path(paths[name])))
            raise ContentError([problem]) from error
        feed = found.setdefault("/" + _ARCHIVE.sub("", name).removesuffix("feed.json"), {})
        for entry in document.items:
            feed.setdefault(entry.id, entry)
    return {feed: list(entries.values()) for feed, entries in found.items()}


def program_fingerprint() -> str:
    """Return a hash of this program's own code, so that nothing made by other code is reused."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp(path: Path) -> Stamp | None:
    """Return a regular file's stamp; None if there is no such file."""
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _walk(folder: Path, problems: list[Diagnostic], prefix: str = "") -> Iterator[tuple[Path, str]]:
    """Yield regular files below a folder with their `/`-separated names, sorted; skip what is hidden."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        problems.append(_unreadable(folder, error))
        return
    for entry in (entry for entry in entries if not entry.name.startswith(".") or entry.name == ".well-known"):
        path, name = Path(entry.path), f"{prefix}{entry.name}"
        if not entry.name.isprintable():  # nor is what is not UTF-8: it is decoded as surrogates
            problems.append(_unreadable(path, OSError(errno.EINVAL, "its name holds what cannot be printed")))
            continue
        if entry.is_symlink() and not path.exists():
            problems.append(_unreadable(path, FileNotFoundError(errno.ENOENT, "the link leads nowhere")))
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(path, problems, f"{name}/")
        elif entry.is_file() and _stays_inside(folder, prefix, entry):
            yield path, name
        elif entry.is_symlink():
            problems.append(
                _unreadable(path, OSError(errno.EPERM, "a link to a folder, or out of this one, is not followed"))
            )
        elif name.endswith((".md", *_TOPIC_ENDINGS)):
            problems.append(_unreadable(path, OSError(errno.EINVAL, "not a regular file")))


def _stays_inside(folder: Path, prefix: str, entry: "os.DirEntry[str]") -> bool:
    if not entry.is_symlink():
        return True
    root = folder.resolve()
    for _ in range(prefix.count("/")):
        root = root.parent
    return Path(entry.path).resolve().is_relative_to(root)


def _content_kind(name: str) -> str | None:
    top, _, rest = name.partition("/")
    if rest and top == "topics":
        return "topic" if name.endswith(_TOPIC_ENDINGS) else None
    if rest and top == "pages":
        return "leaf" if name.endswith(".md") else None
    if rest and top == "editions":
        return None
    return "article" if name.endswith(".md") else None


def _unreadable(path: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {error.strerror or error}",
        location=Location(shown_path(path)),
        hint="check its permissions, or remove it",
    )
