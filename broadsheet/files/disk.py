"""The reader of files: content and themes."""

import errno
import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.core.model import Source, Theme
from broadsheet.feeds.feeddiff import Entry, read_document

_ARCHIVE = re.compile(r"page/\d+/(?=feed\.json$)")
_LIBRARIES = tuple(
    """
    anyascii babel css_inline feedgen jinja2 lxml markdown_it markupsafe mdit_py mdurl msgspec pagefind_bin pyyaml
    tzdata
    """.split()
)
SIZE_LIMIT = 1 << 20
"""The most bytes that a record, a topic, a page, a template or the settings have."""
_TOPIC_ENDINGS = (".yaml", ".yml")
THEME_FOLDERS = ("templates", "static", "locale")
"""What a theme consists of: folders of the default theme, and of a site."""
HASHED = "hashed/"
"""The folder of static files whose addresses hold a hash of their content."""


class Stamp(msgspec.Struct, frozen=True, gc=False, order=True):
    """What tells cheaply that a file was not touched: its size in bytes and mtime in nanoseconds."""

    size: int
    mtime: int


class Found(msgspec.Struct, frozen=True, gc=False):
    """A file of the content folder: its name below it, its path as shown to people, and its stamp."""

    name: str
    path: str
    stamp: Stamp


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a content folder by what they are, each in the order of their names; and what went wrong.

    `prefix` stands before their names in the paths that people are shown.
    """

    articles: tuple[Found, ...]
    topics: tuple[Found, ...]
    leaves: tuple[Found, ...]
    editions: tuple[Found, ...]
    prefix: str
    problems: tuple[Diagnostic, ...]


class StaticFile(msgspec.Struct, frozen=True):
    """A static file: the address at which it is published, and where it lies."""

    address: str
    path: Path


def default_theme() -> Path:
    """Return the folder that holds the default `templates/` and `static/`: the wheel's, or the checkout's."""
    package = Path(__file__).parent.parent
    shipped = package / "theme"
    return shipped if shipped.is_dir() else package.parent


def read_starter() -> dict[str, bytes]:
    """Return the files that a new digest begins with, by their names; hidden ones are shipped as `dot-…`."""
    folder = default_theme() / "starter"
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {re.sub("(^|/)dot-", r"\1.", name): path.read_bytes() for name, path in paths.items()}


def shown_path(path: Path) -> str:
    """Return a path as people are shown it: relative to the current folder where it lies below it."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    with suppress(ValueError):
        path = absolute.relative_to(Path.cwd())
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def read_source(path: Path, name: str, limit: int | None = None) -> Source:
    """Read one file. Raises ContentError if it cannot be read, or has more bytes than the limit."""
    try:
        with path.open("rb") as file:
            data = file.read() if limit is None else file.read(limit + 1)
    except OSError as error:
        raise ContentError([_unreadable(path, error)]) from error
    if limit is not None and len(data) > limit:
        raise ContentError([_too_large(shown_path(path), limit)])
    return Source(path=shown_path(path), name=name, data=data)


def lines_of(path: str) -> list[str]:
    """Return the lines of a file that people are shown by a path; none where it cannot be read as text."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:  # noqa: PTH123 - as it is shown
            return file.read(SIZE_LIMIT).split("\n")
    except (OSError, ValueError):
        return []


def is_digest(folder: Path) -> bool:
    """Whether a folder is a digest: it has settings, or a folder of content."""
    return (folder / "site.yaml").is_file() or (folder / "content").is_dir()


def find_content(folder: Path) -> Content:
    """Find the files of a content folder: records anywhere below it, but for `topics/`, `pages/` and `editions/`."""
    problems: list[Diagnostic] = []
    found: dict[str, list[Found]] = {"article": [], "topic": [], "leaf": [], "edition": []}
    shown = shown_path(folder)
    shown = "" if shown == "." else f"{shown.rstrip('/')}/"
    for entry, name in _walk(folder, problems):
        kind = content_kind(name)
        if kind is None:
            continue
        try:
            status = entry.stat()
        except OSError as error:
            problems.append(_unreadable(Path(entry.path), error))
            continue
        found[kind].append(Found(name, f"{shown}{name}", Stamp(status.st_size, status.st_mtime_ns)))
    return Content(
        articles=tuple(found["article"]),
        topics=tuple(found["topic"]),
        leaves=tuple(found["leaf"]),
        editions=tuple(found["edition"]),
        prefix=shown,
        problems=tuple(problems),
    )


def look_again(folder: Path, content: Content, changed: Iterable[str]) -> Content | None:
    """Return what `find_content` would find after files of some names changed, for less; None where it has to look.

    Names are those below the folder, as of `content`, which it found before.
    """
    known = {found.name: found for found in (*content.articles, *content.topics, *content.leaves, *content.editions)}
    fresh: dict[str, Found] = {}
    for name in changed:
        if name.rpartition("/")[2].startswith(".") and name != "." and not name.endswith(".well-known"):
            continue
        found = stamp(folder / name)
        if name in known and found is not None:
            fresh[name] = Found(name, known[name].path, found)
        elif name in known or os.path.lexists(folder / name):
            return None
    if content.problems:
        return None
    kinds = ("articles", "topics", "leaves", "editions")
    same = {kind: tuple([fresh.get(found.name, found) for found in getattr(content, kind)]) for kind in kinds}
    return msgspec.structs.replace(content, **same)


def read_found(folder: str, found: Found) -> Source:
    """Read a file that was found below a folder. Raises ContentError if it cannot be read, or is too large."""
    if found.stamp.size > SIZE_LIMIT:
        raise ContentError([_too_large(found.path, SIZE_LIMIT)])
    try:
        with open(f"{folder}/{found.name}", "rb", buffering=0) as file:  # noqa: PTH123 - one of very many
            data = file.read()
    except OSError as error:
        raise ContentError([_unreadable(Path(folder) / found.name, error)]) from error
    if len(data) > SIZE_LIMIT:
        raise ContentError([_too_large(found.path, SIZE_LIMIT)])
    return Source(path=found.path, name=found.name, data=data)


def read_each(folder: Path, files: Iterable[Found], problems: list[Diagnostic]) -> Iterator[Source]:
    """Read files that were found below a folder; note a problem for each that cannot be read, or is too large."""
    for found in files:
        try:
            yield read_found(str(folder), found)
        except ContentError as error:
            problems += error.problems


def read_theme(folders: Iterable[Path], problems: list[Diagnostic]) -> Theme:
    """Read the templates of several folders, a later one's files winning over an earlier one's of the same name.

    What they win over can still be named, to be extended: as `default/NAME` the first folder's, and as `theme/NAME`
    what there would be without the last.
    """
    templates: dict[str, tuple[str, str, str]] = {}
    below: dict[str, tuple[str, str, str]] = {}
    for number, folder in enumerate(folders):
        if number == 1:
            below = {f"default/{name}": (f"default/{name}", shown, text) for name, shown, text in templates.values()}
        if number:
            below |= {f"theme/{name}": (f"theme/{name}", shown, text) for name, shown, text in templates.values()}
        for entry, name in _walk(folder, problems):
            path = Path(entry.path)
            if not name.endswith((".html", ".txt", ".xml")):
                continue
            try:
                source = read_source(path, name, SIZE_LIMIT)
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
    templates = below | templates
    return Theme(templates=tuple(templates[name] for name in sorted(templates)))


def read_catalog(folders: Sequence[Path], tags: Iterable[str]) -> Source | None:
    """Read the gettext catalog for the first of several language tags that has one, a later folder's file winning.

    None where there is none. Raises ContentError if it cannot be read.
    """
    for name in (f"{tag}.po" for tag in tags):
        for folder in reversed(folders):
            if (folder / name).is_file():
                return read_source(folder / name, name, SIZE_LIMIT)
    return None


def read_static(folders: Iterable[Path], problems: list[Diagnostic]) -> dict[str, StaticFile]:
    """Find the static files of several folders by name, a later folder's files winning.

    What lies in `hashed/` gets an address that holds a hash of its content, so that it may be cached for good.
    """
    paths: dict[str, Path] = {}
    for folder in folders:
        paths.update({name: Path(entry.path) for entry, name in _walk(folder, problems)})
    found: dict[str, StaticFile] = {}
    for name, path in sorted(paths.items()):
        try:
            address = f"/{hashed_name(name, path.read_bytes()) if name.startswith(HASHED) else name}"
        except OSError as error:
            problems.append(_unreadable(path, error))
            continue
        found[name] = StaticFile(address, path)
    return found


def hashed_name(name: str, data: bytes) -> str:
    """Return a file's name with a hash of what it holds: `hashed/a.css` is `hashed/a.5d41402abc.css`."""
    folder, slash, last = name.rpartition("/")
    stem, dot, ending = last.partition(".")
    return f"{folder}{slash}{stem}.{_name_hash(data)}{dot}{ending}"


def is_named_by(name: str, data: bytes) -> bool:
    """Whether a file's name holds the hash of some content, so that it never means another."""
    return name.startswith(HASHED) and f".{_name_hash(data)}" in name


def _name_hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=5).hexdigest()


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


class Program(msgspec.Struct, frozen=True):
    """What a site is made by: the version of Python, libraries with their versions, and a hash of our own code.

    It is the same on any machine that makes the same: no place of a file is in it.
    """

    python: str
    libraries: tuple[str, ...]
    code: str

    @property
    def fingerprint(self) -> str:
        """A hash of it all."""
        return hashlib.blake2b(msgspec.msgpack.encode(self), digest_size=16).hexdigest()


def this_program() -> Program:
    """Return what a site is made by here."""
    digest = hashlib.blake2b(digest_size=16)
    package = Path(__file__).parent.parent
    for path in sorted([*package.glob("*.py"), *package.glob("*/*.py")]):
        digest.update(b"%b\0%b\0" % (path.relative_to(package).as_posix().encode(), path.read_bytes()))
    return Program(".".join(map(str, sys.version_info[:2])), tuple(_libraries()), digest.hexdigest())


def program_fingerprint() -> str:
    """Return a hash of this program's code and of what it stands on, so that nothing made by other code is reused."""
    return this_program().fingerprint


def _libraries() -> list[str]:
    """Return the libraries beside the one that everybody here uses, with their versions: "jinja2 3.1.6"."""
    found = (name for name in os.listdir(Path(msgspec.__file__).parent.parent) if name.endswith(".dist-info"))  # noqa: PTH208 - names are enough
    names = (name.lower().removesuffix(".dist-info").replace("-", " ", 1) for name in found)
    return sorted(name for name in names if name.startswith(_LIBRARIES))


def stamp(path: str | Path) -> Stamp | None:
    """Return a regular file's stamp; None if there is no such file."""
    try:
        found = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - one of very many
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def find_files(folder: str) -> dict[str, Stamp]:
    """Return the stamps of all files and links below a folder, hidden ones too, by their `/`-separated paths.

    The path of a folder that holds nothing is there too, and ends in a slash.
    """
    found: dict[str, Stamp] = {}
    waiting = [(folder, "")]
    while waiting:
        here, prefix = waiting.pop()
        with suppress(FileNotFoundError), os.scandir(here) as entries:
            is_empty = True
            for entry in entries:
                is_empty = False
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{prefix}{entry.name}/"))
                else:
                    status = entry.stat(follow_symlinks=False)
                    found[prefix + entry.name] = Stamp(status.st_size, status.st_mtime_ns)
            if is_empty and prefix:
                found[prefix] = Stamp(0, 0)
    return found


def _walk(folder: Path, problems: list[Diagnostic], prefix: str = "") -> Iterator[tuple["os.DirEntry[str]", str]]:
    """Yield regular files below a folder with their `/`-separated names, sorted; skip what is hidden."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        problems.append(_unreadable(folder, error))
        return
    for entry in (entry for entry in entries if not entry.name.startswith(".") or entry.name == ".well-known"):
        name = f"{prefix}{entry.name}"
        reason: OSError | None = None
        if not entry.name.isprintable():  # nor is what is not UTF-8: it is decoded as surrogates
            reason = OSError(errno.EINVAL, "its name holds what cannot be printed")
        elif entry.is_symlink():
            reason = _refused_link(folder, prefix, entry)
        elif entry.is_dir():
            yield from _walk(Path(entry.path), problems, f"{name}/")
            continue
        elif name.endswith((".md", *_TOPIC_ENDINGS)) and not entry.is_file():
            reason = OSError(errno.EINVAL, "not a regular file")
        if reason is not None:
            problems.append(_unreadable(Path(entry.path), reason))
        elif entry.is_file():
            yield entry, name


def _refused_link(folder: Path, prefix: str, entry: "os.DirEntry[str]") -> OSError | None:
    """Say why a symbolic link is not followed; None where it leads to a file inside the outermost folder."""
    if not Path(entry.path).exists():
        return FileNotFoundError(errno.ENOENT, "the link leads nowhere")
    if entry.is_file() and _stays_inside(folder, prefix, entry):
        return None
    return OSError(errno.EPERM, "a link to a folder, or out of this one, is not followed")


def _stays_inside(folder: Path, prefix: str, entry: "os.DirEntry[str]") -> bool:
    root = folder.resolve()
    for _ in range(prefix.count("/")):
        root = root.parent
    return Path(entry.path).resolve().is_relative_to(root)


def content_kind(name: str) -> str | None:
    """Return what a file of the content folder is, by its name: an article, a topic, a leaf, or nothing of ours."""
    top, _, rest = name.partition("/")
    if rest and top == "topics":
        return "topic" if name.endswith(_TOPIC_ENDINGS) else None
    if rest and top == "pages":
        return "leaf" if name.endswith(".md") else None
    if rest and top == "editions":
        return "edition" if name.endswith(_TOPIC_ENDINGS) else None
    return "article" if name.endswith(".md") else None


def _too_large(path: str, limit: int) -> Diagnostic:
    return Diagnostic(
        code="too-large",
        message=f"more than {limit:,} bytes",
        location=Location(path),
        hint="a record is text: keep pictures and data elsewhere",
    )


def _unreadable(path: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {error.strerror or error}",
        location=Location(shown_path(path)),
        hint="check its permissions, or remove it",
    )
