"""What comes from a Jekyll site, file by file: records, topics, pages, and files that are copied as they are."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import msgspec

from broadsheet.core.diagnostics import ContentError, Diagnostic, Location
from broadsheet.core.model import Source
from broadsheet.core.text import slug
from broadsheet.core.urls import site_path
from broadsheet.files import disk
from broadsheet.moving import jekyll
from broadsheet.moving.jekyll import Collection, Settings, Unknowable
from broadsheet.records.articles import Filed, Rules, parse_filed
from broadsheet.records.fields import Problems, decode, plain_values, split_front_matter
from broadsheet.records.flags import set_flag
from broadsheet.records.redirecting import add_redirects

CONFIG = ("_config.yml", "_config.yaml")
"""What the settings of a Jekyll site are called."""
_TOPICS = re.compile(r"_data/topics/(?:.+/)?([^/]+)\.(?:ya?ml|json)")
_LIQUID = re.compile(r"\{%|\{\{")
_KRAMDOWN = re.compile(r"\{:[^{}]*\}|\{::[^{}]*/?\}")
_RECORD_KEYS = ("publishedDateTime", "webUrl", "originalUrl")
_NO_STATIC = re.compile(
    r"Gemfile(\.lock)?|.*\.(gemspec|scss|sass|coffee)|(README|LICENSE|CHANGELOG|CONTRIBUTING)(\..*)?", re.IGNORECASE
)
_CUT = 1 << 24
_RULES = Rules()
"""A record's text and places do not depend on the site's own rules."""


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


class Move(msgspec.Struct):
    """An import: the old site's folder and settings, "now", and what was found so far, by the files it would write."""

    source: Path
    settings: Settings
    now: datetime
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
        """Count one more of something."""
        self.counts[what] = self.counts.get(what, 0) + 1


def take(found: Move, path: str) -> None:
    """Take one file of the old site over, or say why not."""
    topic = _TOPICS.fullmatch(path)
    source, collection = found.source, _collection_of(path, found.settings)
    try:
        if path in CONFIG:
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


def _take_document(found: Move, path: str, collection: Collection) -> None:
    settings = found.settings
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
    source = Source(path=read.path, name=name, data=read.data)
    if was_shown:
        filed, changed = set_flag(source, _RULES, published=True)
        if changed is not None:
            found.published.append(name)
            source = msgspec.structs.replace(source, data=changed)
        data = _redirected(found, source, filed, inner, collection, values)
    else:
        data = _withheld(found, source, is_draft=is_early or collection.name == "drafts")
    if name in found.files:
        raise ContentError([_twice(read.path, name)])
    found.files[name] = data
    found.count("records")
    _look_for_liquid(path, front[1], front[2], found)


def _withheld(found: Move, source: Source, *, is_draft: bool) -> bytes:
    """Return a record that Jekyll did not show; a draft says that it is not published. Raises ContentError."""
    parsed = parse_filed(source, _RULES)
    if parsed.value is None:
        raise ContentError(problem for problem in parsed.problems if problem.severity == "error")
    data = None
    if parsed.value.is_published and is_draft:
        data = set_flag(source, _RULES, published=False)[1]
    if data is not None or not parsed.value.is_published:
        found.count("drafts")
    return source.data if data is None else data


def _redirected(  # noqa: PLR0913, PLR0917 - what a document stands in
    found: Move, source: Source, filed: Filed, path: str, collection: Collection, values: Mapping[str, object]
) -> bytes:
    """Return a record that answers at its old address too."""
    settings = found.settings
    try:
        address = jekyll.document_address(settings, collection, path, values)
    except Unknowable as error:
        found.odd.append(Left(path, f"its old address is not known: {error}"))
        return source.data
    old = [address, *_texts(values.get("redirect_from"))]
    kept = {filed.article.address, f"{filed.article.address}index.html"}
    found.old += [Old(one, path, unquote(one) in kept) for one in dict.fromkeys(old)]
    if collection.name == "posts":
        found.count("posts")
    wanted = [one for one in map(unquote, old) if one not in kept]
    data = add_redirects(source, _RULES, [one for one in wanted if _is_path(one)])
    if data is None:
        found.odd.append(Left(path, f"redirect_from could not be written; add {', '.join(wanted)} by hand"))
        return source.data
    found.odd += [
        Left(path, f"{one} is no address that a site of ours can have") for one in wanted if not _is_path(one)
    ]
    found.redirected += data != source.data
    return data


def _is_early(found: Move, collection: Collection, path: str, values: Mapping[str, object]) -> bool:
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


def _take_page(found: Move, path: str) -> None:
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
    ours = f"/{slug(PurePosixPath(path).stem)}/"
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


def _take_static(found: Move, path: str) -> None:
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


def _look_for_liquid(path: str, body: str, first: int, found: Move) -> None:
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
