"""Moving a Jekyll site in: what is read of it, what is written of that, and what answers at its old addresses.

Nothing that is in the digest already is written over: an import that is repeated adds what is new, and leaves the rest.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import msgspec

from broadsheet.building.builder import build
from broadsheet.building.report import Options, Tell, tell_nobody
from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.core.model import Source
from broadsheet.core.urls import normal_base_url, site_path
from broadsheet.files import disk
from broadsheet.files.publication import OutputError
from broadsheet.files.saving import create_files
from broadsheet.moving import jekyll
from broadsheet.moving.jekyll import Collection, Settings, Unknowable
from broadsheet.moving.lists import plugin_addresses
from broadsheet.records.articles import Rules, parse_filed
from broadsheet.records.fields import Problems, decode, plain_values, split_front_matter
from broadsheet.records.flags import set_flag
from broadsheet.records.redirecting import add_redirects
from broadsheet.records.starter import settings_text
from broadsheet.site.hosting import locate

CONFIG = "_config.yml"
_TOPICS = re.compile(r"_data/topics/(?:.+/)?([^/]+)\.(?:ya?ml|json)")
_LIQUID = re.compile(r"\{%|\{\{")
_KRAMDOWN = re.compile(r"\{:[^{}]*\}|\{::[^{}]*/?\}")
_RECORD_KEYS = ("publishedDateTime", "webUrl", "originalUrl")
_NEVER = {"_site", "node_modules", "vendor"}
_NO_STATIC = re.compile(
    r"Gemfile(\.lock)?|.*\.(gemspec|scss|sass|coffee)|(README|LICENSE|CHANGELOG|CONTRIBUTING)(\..*)?", re.IGNORECASE
)
_CUT = 1 << 24


class Left(msgspec.Struct, frozen=True):
    """Something of the old site that was not taken over, or that somebody should look at: where, and why."""

    path: str
    why: str
    line: int | None = None


class Old(msgspec.Struct, frozen=True):
    """An address of the old site, below its base, the file or plug-in that made it, and whether it is ours too.

    One that is not leads on to ours.
    """

    address: str
    path: str
    is_kept: bool = True


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, by the names of files below the digest.

    `old` are the old addresses of what came, and `silent` those of them at which nothing answers now. `lists` are those
    of what the old theme and its plug-ins made, and `gone` those of them at which nothing answers. `lost` could not be
    read, `left` need not be there, `odd` is to be looked at.
    """

    records: int
    drafts: int
    topics: int
    pages: int
    static: int
    written: tuple[str, ...]
    same: int
    edited: tuple[str, ...]
    published: tuple[str, ...]
    redirected: int
    lost: tuple[Diagnostic, ...]
    left: tuple[Left, ...]
    odd: tuple[Left, ...]
    old: tuple[Old, ...]
    silent: tuple[Old, ...]
    lists: tuple[Old, ...]
    gone: tuple[Old, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything came that should, and every old address answers."""
        return not self.lost and not self.silent


class _Move(msgspec.Struct):
    """An import: the old site's folder and settings, "now", and what was found so far, by the files it would write."""

    source: Path
    settings: Settings
    now: datetime
    rules: Rules = Rules()
    files: dict[str, bytes] = {}
    published: list[str] = []
    lost: list[Diagnostic] = []
    left: list[Left] = []
    odd: list[Left] = []
    old: list[Old] = []
    lists: list[Old] = []
    counts: dict[str, int] = {}
    redirected: int = 0

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def import_jekyll(
    source: Path, target: Path, now: datetime, *, is_dry: bool = False, tell: Tell = tell_nobody
) -> Moved:
    """Move a Jekyll site into a folder, and build it elsewhere to see which of the old addresses answer.

    Where it is dry nothing is written to the folder. Raises ContentError where the settings cannot be read, OutputError
    where it cannot be built, and OSError where the folder cannot be written.
    """
    found = _Move(source, _settings(source), now)
    paths = sorted(_walk(source, found.settings))
    for number, path in enumerate(paths, 1):
        _take(found, path)
        tell("read", number, len(paths))
    found.lists += [Old(*one) for one in plugin_addresses(found.settings.plugins, found.counts.get("posts", 0))]
    found.files["site.yaml"] = settings_text(_given(found.settings)).encode()
    known = {name: (target / name).read_bytes() for name in found.files if (target / name).is_file()}
    new = {name: data for name, data in sorted(found.files.items()) if name not in known}
    _stay_inside(target, new)
    edited = tuple(name for name, data in sorted(known.items()) if data != found.files[name])
    if not is_dry:
        create_files(target, new)
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
        site = target
        if is_dry:
            site = Path(folder) / "digest"
            create_files(site, {**found.files, **known})
        silent = frozenset(_silent(site, Path(folder) / "site", [*found.old, *found.lists], now, tell))
    return Moved(
        records=found.counts.get("records", 0),
        drafts=found.counts.get("drafts", 0),
        topics=found.counts.get("topics", 0),
        pages=found.counts.get("pages", 0),
        static=found.counts.get("static", 0),
        written=tuple(new),
        same=len(known) - len(edited),
        edited=edited,
        published=tuple(found.published),
        redirected=found.redirected,
        lost=tuple(found.lost),
        left=tuple(found.left),
        odd=tuple(found.odd),
        old=tuple(found.old),
        silent=tuple(one for one in found.old if one in silent),
        lists=tuple(found.lists),
        gone=tuple(one for one in found.lists if one in silent),
    )


def is_jekyll(folder: Path) -> bool:
    """Whether a folder looks like a Jekyll site of curated articles."""
    return any((folder / name).exists() for name in (CONFIG, "_config.yaml", "_news", "_posts", "_data/topics"))


def is_for_others(folder: Path) -> bool:
    """Whether a folder holds things, and is no digest; what is hidden, such as a repository's own, does not count."""
    if not folder.is_dir() or any((folder / name).exists() for name in ("site.yaml", "content")):
        return False
    return any(not entry.name.startswith(".") for entry in folder.iterdir())


def _stay_inside(folder: Path, names: Iterable[str]) -> None:
    """Raise OutputError where a link in a folder would have one of these files written elsewhere."""
    inside = folder.resolve()
    for parent in sorted({(folder / name).parent for name in names}):
        if not parent.resolve().is_relative_to(inside):
            raise OutputError(f"{parent} leads out of the digest; nothing was written")


def _settings(source: Path) -> Settings:
    for name in (CONFIG, "_config.yaml"):
        if (source / name).is_file():
            read = disk.read_source(source / name, name, disk.SIZE_LIMIT)
            values = plain_values(read.data.decode("utf-8-sig", "replace"), read.path)
            settings = jekyll.settings_of(values if isinstance(values, dict) else {})
            break
    else:
        settings = Settings(collections=(Collection("posts", is_output=True),))
    if not any(collection.name == "news" for collection in settings.collections) and (source / "_news").is_dir():
        # Files that no collection claims had no page each; the lists that showed them are made anew.
        collections = (*settings.collections, Collection("news", is_output=not (source / CONFIG).is_file()))
        settings = msgspec.structs.replace(settings, collections=collections)
    return settings


def _given(settings: Settings) -> dict[str, str]:
    """Return the settings of the digest."""
    given = {"title": settings.title or "Digest", "language": "en"}
    if settings.description:
        given["description"] = settings.description
    try:
        given["base_url"] = normal_base_url(f"{settings.url}{settings.base}/")
    except ValueError:
        given.pop("base_url", None)
    if found := re.fullmatch(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?", settings.language):
        given["language"] = f"{found[1].lower()}-{found[2].upper()}" if found[2] else found[1].lower()
    if settings.timezone:
        given["timezone"] = settings.timezone
    return given


def _walk(source: Path, settings: Settings) -> Iterator[str]:
    """Yield the paths of the files of a Jekyll site, below its folder; no link is followed."""
    for place, folders, names in os.walk(source):
        here = Path(place).relative_to(source)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NEVER
            and not name.startswith(".")
            and not (Path(place) / name).is_symlink()
            and not (Path(place) / name / "site.yaml").is_file()
            and not jekyll.is_excluded(settings, (here / name).as_posix())
        )
        for name in names:
            path = (here / name).as_posix()
            if not (Path(place) / name).is_symlink() and (name == "CNAME" or not jekyll.is_excluded(settings, path)):
                yield path


def _take(found: _Move, path: str) -> None:
    """Take one file of the old site over, or say why not."""
    topic = _TOPICS.fullmatch(path)
    source, collection = found.source, _collection_of(path, found.settings)
    try:
        if path.startswith(".") or path in {CONFIG, "_config.yaml"}:
            return
        if topic:
            found.files[f"content/topics/{topic[1]}.yaml"] = _read(source, path).data
            found.count("topics")
        elif collection is not None and jekyll.is_markdown(path):
            _take_document(found, path, collection)
        elif path.startswith("_drafts/") and jekyll.is_markdown(path):
            _take_document(found, path, Collection("drafts", is_output=False))
        elif path.startswith("_") or "/_" in path:
            found.left.append(Left(path, "part of the theme, or data that only the theme reads"))
        else:
            _take_page(found, path)
    except ContentError as error:
        found.lost += error.problems


def _read(source: Path, path: str) -> Source:
    return disk.read_source(source / path, path, disk.SIZE_LIMIT)


def _collection_of(path: str, settings: Settings) -> Collection | None:
    inner = path.removeprefix(f"{settings.collections_dir}/") if settings.collections_dir else path
    for collection in settings.collections:
        if inner.startswith(f"_{collection.name}/") or (collection.name == "posts" and "_posts/" in path):
            return collection
    return None


def _front(read: Source) -> tuple[dict[str, object], str, int] | None:
    """Return what a file's front matter says, its body, and the body's first line; None without front matter."""
    if not re.match(rb"(?:\xef\xbb\xbf)?---\s*\r?\n", read.data):
        return None
    problems = Problems(read.path)
    text = decode(read.data, problems)
    parts = split_front_matter(text, problems) if text is not None else None
    if parts is None:
        raise ContentError(problems.found)
    values = plain_values("\n" + parts[0], read.path)
    return {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}, parts[1], parts[2]


def _take_document(found: _Move, path: str, collection: Collection) -> None:
    settings, rules = found.settings, found.rules
    read = _read(found.source, path)
    front = _front(read)
    if front is None or not any(key in front[0] for key in _RECORD_KEYS):
        found.left.append(Left(path, "no record of an article: it has no webUrl and no publishedDateTime"))
        return
    inner = path.removeprefix(f"{settings.collections_dir}/") if settings.collections_dir else path
    values = jekyll.with_defaults(settings, inner, collection.name, front[0])
    is_early = _is_early(found, collection, inner, values)
    was_shown = collection.is_output and values.get("published") is not False and not is_early
    name = _name_of(path, collection)
    data = read.data
    if was_shown:
        data, was_set = _shown(Source(path=read.path, name=name, data=data), rules)
        if was_set:
            found.published.append(name)
        data = _redirected(found, Source(path=read.path, name=name, data=data), inner, collection, values)
    else:
        parsed = parse_filed(Source(path=read.path, name=name, data=data), rules)
        if parsed.value is None:
            raise ContentError(problem for problem in parsed.problems if problem.severity == "error")
        if parsed.value.is_published and (is_early or collection.name == "drafts"):
            data = set_flag(Source(path=read.path, name=name, data=data), rules, published=False)[1] or data
    if name in found.files:
        raise ContentError([_twice(read.path, name)])
    found.files[name] = data
    found.count("records")
    filed = parse_filed(Source(path=read.path, name=name, data=data), rules).value
    if filed is not None and not filed.is_published:
        found.count("drafts")
    _look_for_liquid(path, front[1], front[2], found)


def _shown(source: Source, rules: Rules) -> tuple[bytes, bool]:
    """Return a record that says it is published, as it was, and whether it had to be said. Raises ContentError."""
    data = set_flag(source, rules, published=True)[1]
    return (source.data, False) if data is None else (data, True)


def _redirected(found: _Move, source: Source, path: str, collection: Collection, values: Mapping[str, object]) -> bytes:
    """Return a record that answers at its old address too."""
    settings, rules = found.settings, found.rules
    filed = parse_filed(source, rules).value
    try:
        address = jekyll.document_address(settings, collection, path, values)
    except Unknowable as error:
        found.odd.append(Left(path, f"its old address is not known: {error}"))
        return source.data
    if filed is None:
        return source.data
    old = [address, *_texts(values.get("redirect_from"))]
    kept = {filed.article.address, f"{filed.article.address}index.html"}
    found.old += [Old(one, path, unquote(one) in kept) for one in dict.fromkeys(old)]
    if collection.name == "posts":
        found.count("posts")
    wanted = [one for one in map(unquote, old) if one not in kept]
    data = add_redirects(source, rules, [one for one in wanted if _is_path(one)])
    if data is None:
        found.odd.append(Left(path, f"redirect_from could not be written; add {', '.join(wanted)} by hand"))
        return source.data
    found.odd += [
        Left(path, f"{one} is no address that a site of ours can have") for one in wanted if not _is_path(one)
    ]
    found.redirected += data != source.data
    return data


def _is_early(found: _Move, collection: Collection, path: str, values: Mapping[str, object]) -> bool:
    """Whether Jekyll held a post back, since its date had not come."""
    if found.settings.has_future or collection.name != "posts":
        return False
    try:
        when = jekyll.date_of(found.settings, path, values)
    except Unknowable:
        return False
    if when is None or when <= found.now:
        return False
    found.odd.append(Left(path, "its date has not come: Jekyll did not show it, and it is a draft here"))
    return True


def _is_path(address: str) -> bool:
    try:
        site_path(address)
    except ValueError:
        return False
    return True


def _take_page(found: _Move, path: str) -> None:
    """Take a page of the site's own over, or a file that was copied as it is."""
    source, settings = found.source, found.settings
    if (source / path).stat().st_size > disk.SIZE_LIMIT or not _may_have_front(source / path):
        _take_static(found, path)
        return
    read = _read(source, path)
    front = _front(read)
    if front is None:
        _take_static(found, path)
        return
    values = jekyll.with_defaults(settings, path, "pages", front[0])
    title = values.get("title")
    if values.get("published") is False:
        found.left.append(Left(path, "a page that was not published"))
        return
    try:
        address = jekyll.page_address(settings, path, values)
    except Unknowable as error:
        found.odd.append(Left(path, f"its old address is not known: {error}"))
        return
    if not jekyll.is_markdown(path) or not isinstance(title, str) or _LIQUID.search(front[1]):
        found.left.append(Left(path, "a page that the theme makes: ours makes its own"))
        found.lists += [Old(one, path) for one in (address, *_texts(values.get("redirect_from")))]
        return
    if "redirect_to" in values:
        found.left.append(Left(path, "a page that leads elsewhere (redirect_to)"))
        found.lists.append(Old(address, path))
        return
    target = f"content/pages/{PurePosixPath(path).stem.lower()}.md"
    old = [unquote(one) for one in (address, *_texts(values.get("redirect_from")))]
    ours = f"/{PurePosixPath(path).stem.lower()}/"
    away = [one for one in old if one != ours and _is_path(one)]
    lines = ["---", f"title: {msgspec.json.encode(title).decode()}"]
    if isinstance(values.get("description"), str):
        lines.append(f"description: {msgspec.json.encode(values['description']).decode()}")
    lines += [f"redirect_from: {msgspec.json.encode(away).decode()}"] if away else []
    if target in found.files:
        raise ContentError([_twice(read.path, target)])
    found.files[target] = "\n".join([*lines, "---", front[1]]).encode()
    found.old += [Old(one, path, one == ours) for one in old]
    _look_for_liquid(path, front[1], front[2], found)
    found.redirected += bool(away)
    found.count("pages")


def _take_static(found: _Move, path: str) -> None:
    name = PurePosixPath(path).name
    if _NO_STATIC.fullmatch(name) or jekyll.is_markdown(path):
        found.left.append(Left(path, "no part of the site"))
        return
    data = (found.source / path).read_bytes()
    if len(data) > _CUT:
        found.odd.append(Left(path, "a file of more than 16 MB: copy it to static/ by hand"))
        return
    found.files[f"static/{path}"] = data
    if name != "CNAME":
        found.old.append(Old(f"/{path}", path))
    found.count("static")


def _may_have_front(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).removeprefix(b"\xef\xbb\xbf").startswith(b"---")


def _name_of(path: str, collection: Collection) -> str:
    """Return the name of a record's file in the digest."""
    if collection.name == "posts":
        above, _, name = path.rpartition("_posts/")
        return f"content/news/{above}{name}"
    inner = path.partition(f"_{collection.name}/")[2]
    # The names of our own folders of topics, pages and editions are not for records.
    folder = "news" if collection.name in {"topics", "pages", "editions"} else collection.name
    return f"content/{folder}/{inner.rpartition('.')[0]}.md"


def _look_for_liquid(path: str, body: str, first: int, found: _Move) -> None:
    for number, line in enumerate(body.split("\n")):
        if _LIQUID.search(line):
            found.odd.append(Left(path, "Liquid, which would be shown as text", first + number))
        elif _KRAMDOWN.search(line):
            found.odd.append(Left(path, "an attribute of kramdown, which would be shown as text", first + number))


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item.startswith("/")]


def _twice(path: str, name: str) -> Diagnostic:
    message = f"another file becomes {name} too"
    return Diagnostic(code="address-collision", message=message, location=Location(path), hint="rename one of the two")


def _silent(site: Path, out: Path, old: list[Old], now: datetime, tell: Tell) -> tuple[Old, ...]:
    """Build the digest, and return the old addresses at which GitHub Pages would answer nothing."""
    build(Options(site=site, content=site / "content", out=out, now=now, keep_going=True), tell)
    found = frozenset(disk.find_files(str(out))) if out.is_dir() else frozenset()

    def answers(address: str) -> bool:
        return locate(address, "/", lambda path: path in found).status != 404  # noqa: PLR2004 - not found

    return tuple(one for one in old if not answers(one.address))
