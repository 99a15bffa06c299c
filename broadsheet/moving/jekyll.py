"""Jekyll's addresses: what `_config.yml` says of them, and where Jekyll put a document or a page.

It follows Jekyll 4.3 (`Jekyll::URL`, `Jekyll::Document`, `Jekyll::Page`, `Jekyll::FrontmatterDefaults`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from fnmatch import fnmatchcase
from unicodedata import category
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

Values = Mapping[str, object]

STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
"""Jekyll's named permalinks."""
_PLAIN_STYLES = {"date", "ordinal", "none", "weekdate"}
_DATED = re.compile(r"(?:.+/)?(\d{2,4}-\d{1,2}-\d{1,2})-([^/]*)\.[^./]+")
_PRETTY = frozenset("._~!$&'()+,;=@")
_SAFE_PATH = re.compile(r"[a-zA-Z0-9./-]+")
_KEY = re.compile(r":([a-z_]+)")
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MARKDOWN = (".md", ".markdown", ".mkd", ".mkdn", ".mkdown")


class Default(msgspec.Struct, frozen=True):
    """Values that hold for what lies below a path, of a type; "" where for any."""

    path: str
    kind: str
    values: Values


class Collection(msgspec.Struct, frozen=True):
    """A collection: its name, whether its documents had pages, and their permalink, "" where it says none."""

    name: str
    is_output: bool
    permalink: str = ""


class Plugins(msgspec.Struct, frozen=True, kw_only=True):
    """The plug-ins of a site, and what is said to those that make pages. `paginate` is 0 where no list was cut."""

    names: tuple[str, ...] = ()
    feed: Values = {}
    paginate: int = 0
    paginate_path: str = "/page:num"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `_config.yml` says, as far as who moves in needs it. `base` is the site's path, with no slash at its end."""

    title: str = ""
    description: str = ""
    url: str = ""
    base: str = ""
    language: str = ""
    timezone: str = ""
    permalink: str = "date"
    collections: tuple[Collection, ...] = ()
    collections_dir: str = ""
    defaults: tuple[Default, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    has_future: bool = False
    plugins: Plugins = Plugins()


class Unknowable(Exception):  # noqa: N818 - it is an answer, not a failure
    """Nobody can tell the address that something had; why not."""


def settings_of(values: Values) -> Settings:
    """Read what `_config.yml` holds. What is of another kind than it should be counts as absent, as for Jekyll."""
    named = values.get("collections")
    entries = named.items() if isinstance(named, dict) else [(name, None) for name in _list(named)]
    collections = [_collection(str(name), entry) for name, entry in entries]
    if not any(collection.name == "posts" for collection in collections):
        collections.append(Collection("posts", is_output=True))
    return Settings(
        title=_text(values, "title"),
        description=" ".join(_text(values, "description").split()),
        url=_text(values, "url").rstrip("/"),
        base=f"/{_text(values, 'baseurl').strip('/')}".rstrip("/"),
        language=_text(values, "lang") or _text(values, "locale") or _text(values, "language"),
        timezone=_zone(_text(values, "timezone")),
        permalink=_text(values, "permalink") or "date",
        collections=tuple(collections),
        collections_dir=_text(values, "collections_dir").strip("/"),
        defaults=tuple(_defaults(values.get("defaults"))),
        exclude=tuple(str(item) for item in _list(values.get("exclude"))),
        include=tuple(str(item) for item in _list(values.get("include"))),
        has_future=values.get("future") is True,
        plugins=_plugins(values),
    )


def with_defaults(settings: Settings, path: str, kind: str, values: Values) -> dict[str, object]:
    """Return the values of a file's front matter on top of the defaults for its path and type."""
    found: dict[str, object] = {}
    before: Default | None = None
    for default in settings.defaults:
        if default.kind and default.kind != kind:
            continue
        if not _is_below(path, _without(settings.collections_dir, default.path)):
            continue
        if before is None or _wins(before, default):
            found, before = {**found, **default.values}, default
        else:
            found = {**default.values, **found}
    return {**found, **values}


def document_address(settings: Settings, collection: Collection, path: str, values: Values) -> str:
    """Return the address of a document, below the site's base: what Jekyll made, with `.html` where it had that.

    `path` is the one below the source folder (and `collections_dir`), such as `_news/ai/2023-06-08-a-story.md`, and
    `values` its front matter with defaults. Raises Unknowable.
    """
    stem, ending = _parted(path)
    dated = _DATED.fullmatch(path)
    own = _text(values, "permalink")
    template = own or collection.permalink
    if not template and collection.name == "posts":
        template = STYLES.get(settings.permalink, settings.permalink)
    if not template:
        template = _with_suffix("/:collection/:path", settings.permalink)
    name = stem.rpartition("/")[2]
    slug = _text(values, "slug") or (dated[2] if dated else name)
    inner = stem.removeprefix(f"_{collection.name}") if collection.name != "posts" else stem.replace("_posts/", "", 1)
    told = {
        "collection": collection.name,
        "output_ext": _output_ending(own, ending),
        "path": re.sub(r"\.*\Z", "", inner),
        "name": slugify(name),
        "title": slugify(slug, is_pretty=True) or slugify(name, is_pretty=True),
        "slug": slugify(slug) or slugify(name),
        "categories": "/".join(dict.fromkeys(item.lower() for item in _categories(path, values))),
        "slugified_categories": "/".join(dict.fromkeys(slugify(item) for item in _categories(path, values))),
    }
    return _destined(_filled(template, told, lambda: date_of(settings, path, values)), told["output_ext"])


def page_address(settings: Settings, path: str, values: Values) -> str:
    """Return the address of a page, which is no document, below the site's base. Raises Unknowable."""
    stem, ending = _parted(path)
    folder, _, name = stem.rpartition("/")
    own = _text(values, "permalink")
    is_html = _output_ending("", ending) == ".html"
    template = own
    if not template and not is_html:
        template = "/:path/:basename:output_ext"
    elif not template and name == "index":
        template = "/:path/"
    elif not template:
        template = _with_suffix("/:path/:basename", settings.permalink)
    told = {"path": folder, "basename": name, "output_ext": _output_ending(own, ending)}
    return _destined(_filled(template, told, lambda: None), told["output_ext"])


def date_of(settings: Settings, path: str, values: Values) -> datetime | None:
    """Return the date of a document; None where neither its front matter nor its name has one. Raises Unknowable."""
    dated = _DATED.fullmatch(path)
    return _moment(settings, dated[1] if dated else "", values)


def slugify(text: str, *, is_pretty: bool = False) -> str:
    """Make a slug as Jekyll does: in its mode "pretty" more signs stay, and so do capitals."""
    kept = "".join(
        sign if category(sign)[0] in "ML" or category(sign) == "Nd" or (is_pretty and sign in _PRETTY) else "\0"
        for sign in text
    )
    slug = re.sub("\0+", "-", kept)
    slug = re.sub(r"^-|-$", "", slug)
    return slug if is_pretty else slug.lower()


def is_markdown(path: str) -> bool:
    """Whether Jekyll makes HTML of a file's Markdown."""
    return path.lower().endswith(_MARKDOWN)


def is_read(settings: Settings, name: str) -> bool:
    """Whether Jekyll reads a file or folder of a name: what is hidden, or a copy of an editor, only if it is asked to.

    Names with an underscore before them are left to those who know what they mean.
    """
    is_plain = name[0] not in ".#~" and not name.endswith("~")
    return is_plain or any(fnmatchcase(name, pattern.strip("/")) for pattern in settings.include)


def is_excluded(settings: Settings, path: str) -> bool:
    """Whether `_config.yml` leaves a file or folder out."""
    parts = path.split("/")
    tails = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    return any(fnmatchcase(tail, pattern.strip("/")) for pattern in settings.exclude for tail in tails)


def _collection(name: str, entry: object) -> Collection:
    values = entry if isinstance(entry, dict) else {}
    return Collection(name, values.get("output") is True or name == "posts", _text(values, "permalink"))


def _zone(name: str) -> str:
    """Return a time zone's name; "" for one that nobody knows, for which systems take UTC."""
    try:
        return ZoneInfo(name).key if name else ""
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ""


def _plugins(values: Values) -> Plugins:
    names, feed, size = values.get("plugins") or values.get("gems"), values.get("feed"), values.get("paginate")
    return Plugins(
        names=tuple(str(name) for name in _list([names] if isinstance(names, str) else names)),
        feed=feed if isinstance(feed, dict) else {},
        paginate=size if isinstance(size, int) and size > 0 else 0,
        paginate_path=_text(values, "paginate_path") or "/page:num",
    )


def _defaults(entries: object) -> Iterator[Default]:
    for entry in _list(entries):
        scope = entry.get("scope") if isinstance(entry, dict) else None
        values = entry.get("values") if isinstance(entry, dict) else None
        if isinstance(scope, dict) and isinstance(values, dict):
            yield Default(_text(scope, "path").strip("/"), _text(scope, "type"), values)


def _wins(old: Default, new: Default) -> bool:
    """Whether later values go before earlier ones: those for a longer path do, then those for a type."""
    if len(old.path) != len(new.path):
        return len(new.path) > len(old.path)
    return bool(new.kind) or not old.kind


def _is_below(path: str, scope: str) -> bool:
    if "*" not in scope:
        return path.startswith(scope)
    parts = path.split("/")
    return any(
        fnmatchcase("/".join(parts[:end]), scope) for end in range(1, len(parts) + 1) if scope.count("/") == end - 1
    )


def _without(folder: str, path: str) -> str:
    return path.removeprefix(f"{folder}/") if folder else path


def _with_suffix(template: str, style: str) -> str:
    if style == "pretty" or style.endswith("/"):
        return f"{template}/"
    return f"{template}:output_ext" if style in _PLAIN_STYLES or style.endswith(":output_ext") else template


def _parted(path: str) -> tuple[str, str]:
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    return (f"{folder}{slash}{stem}", f"{dot}{ending}") if stem else (path, "")


def _output_ending(permalink: str, ending: str) -> str:
    """Return the ending of what was made: a permalink's own, if it has one."""
    own = _parted(permalink)[1] if permalink and not permalink.endswith("/") else ""
    return own or (".html" if ending.lower() in {*_MARKDOWN, ".html"} else ending)


def _filled(template: str, told: Mapping[str, str], moment: Callable[[], datetime | None]) -> str:
    """Fill a permalink in, and make one path of it."""

    def value(found: re.Match[str]) -> str:
        words = found[1].split("_")
        for end in range(len(words), 0, -1):
            key = "_".join(words[:end])
            rest = "_" + "_".join(words[end:]) if end < len(words) else ""
            if key in told:
                return _escaped(told[key]) + rest
            if key in _TIMES:
                when = moment()
                if when is None:
                    raise Unknowable("its address had the day on which the site was built")
                return _TIMES[key](when) + rest
        raise Unknowable(f"Jekyll knows no ':{found[1]}'")

    filled = re.sub("/+", "/", _KEY.sub(value, template))
    return re.sub("/+", "/", f"/{filled}".replace("..", "/"))


def _escaped(text: str) -> str:
    return text if not text or _SAFE_PATH.fullmatch(text) else quote(text, safe="/!$&'()*+,;=:@~").replace("#", "%23")


def _destined(address: str, ending: str) -> str:
    """Return the address of the file that an address leads to, but for a folder's index."""
    return address if address.endswith(("/", ending)) else f"{address}{ending}"


def _moment(settings: Settings, dated: str, values: Values) -> datetime | None:
    """Return a document's date in the site's time zone: the one in its front matter, else the one in its name."""
    zone: tzinfo = ZoneInfo(settings.timezone) if settings.timezone else UTC
    given = values.get("date")
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip())
        except ValueError:
            raise Unknowable(f"its date is none: {given}") from None
    if isinstance(given, datetime):
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(zone)
    if isinstance(given, date):
        return datetime(given.year, given.month, given.day, tzinfo=zone)
    if not dated:
        return None
    year, month, day = map(int, dated.split("-"))
    try:
        return datetime(year if year > 99 else 2000 + year, month, day, tzinfo=zone)  # noqa: PLR2004 - two digits
    except ValueError:
        raise Unknowable(f"{dated} is no day") from None


_TIMES: dict[str, Callable[[datetime], str]] = {
    "year": lambda at: f"{at.year:04}",
    "month": lambda at: f"{at.month:02}",
    "day": lambda at: f"{at.day:02}",
    "hour": lambda at: f"{at.hour:02}",
    "minute": lambda at: f"{at.minute:02}",
    "second": lambda at: f"{at.second:02}",
    "i_day": lambda at: str(at.day),
    "i_month": lambda at: str(at.month),
    "short_month": lambda at: _MONTHS[at.month - 1][:3],
    "long_month": lambda at: _MONTHS[at.month - 1],
    "short_year": lambda at: f"{at.year % 100:02}",
    "y_day": lambda at: f"{at.timetuple().tm_yday:03}",
    "week": lambda at: f"{at.isocalendar().week:02}",
    "w_year": lambda at: str(at.isocalendar().year),
    "w_day": lambda at: str(at.isoweekday()),
    "short_day": lambda at: _DAYS[at.weekday()][:3],
    "long_day": lambda at: _DAYS[at.weekday()],
}


def _categories(path: str, values: Values) -> list[str]:
    above = [part for part in path.partition("_posts/")[0].split("/") if part] if "_posts/" in path else []
    given: list[str] = []
    several, one = values.get("categories"), values.get("category")
    if isinstance(several, str):
        given += several.split()
    else:
        given += [str(item) for item in _list(several)]
    if one is not None:
        given += [str(one)] if not isinstance(one, list) else [str(item) for item in one]
    return list(dict.fromkeys([*above, *given]))


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
