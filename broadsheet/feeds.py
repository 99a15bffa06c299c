"""Feeds: RSS 2.0 and Atom 1.0 (RFC 4287) by feedgen, and JSON Feed 1.1; archived feeds by RFC 5005.

An article stands in several documents of a format: subscriptions and archives of the site, its section and
its topics. So its entry is serialised once, to the bytes that it has in each of them, and a document is its
head, serialised without entries, with the entries' bytes put in. They are the bytes that serialising the
document whole would give:

- An XML entry is serialised inside the elements that surround it in a document, with the namespaces that
  they declare; so it has its indentation and their prefixes, and declares nothing. The lines of the
  surrounding tags, the first and the last, are then cut off. Entries go before the lines that end the
  head: `</feed>`, or `</channel>` and `</rss>`. No text can be taken for these, since nothing follows them.
- A JSON entry is formatted inside two lists, as deep as it lies in a document. `items` is the last member
  of the head and empty there, so the head ends with the bracket, a line break and the brace that close it.

This is the only module that imports feedgen. Its faults are met here: it stamps the clock on what
has no date, it puts new entries first, its RSS link is the last link given, it has no place for the
links of RFC 5005, and it writes the links of Atom entries without their `rel`, so only an entry's
main link (`alternate`, the default) goes through it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from html import escape
from types import SimpleNamespace
from typing import Any

import msgspec
from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.ext.media import MediaEntryExtension, MediaExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem, xml_fromstring

from broadsheet import __version__
from broadsheet.dates import iso
from broadsheet.model import Embed, FeedConfig, Image
from broadsheet.views import Link

GENERATOR = "Broadsheet"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_ICON_SIZE = 144
_KEPT_ENTRIES = 2_048  # for each format; some 10 MB of each


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An article in a feed; links are absolute, times in UTC."""

    id: str
    title: str
    page: str
    url: str
    source: str
    domain: str
    published: datetime
    updated: datetime
    excerpt: str
    comment: str
    image: Image | None
    embed: Embed | None
    topics: tuple[str, ...]
    related: tuple[Link, ...]


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A feed document in one format: what it is called, where it and its page are, its items, newest first.

    `current` is the address of the subscription document where this one is an archive, else "".
    `previous` is the address of the archive document before this one, or "".
    """

    title: str
    description: str
    page: str
    address: str
    language: str
    author: str
    copyright: str
    icon: str
    settings: FeedConfig
    items: tuple[Item, ...]
    current: str = ""
    previous: str = ""

    @property
    def updated(self) -> datetime:
        """When an item of the feed last changed; the epoch for an empty feed, never the clock."""
        return max((item.updated for item in self.items), default=_NEVER)


class _History(BaseExtension):  # type: ignore[misc]
    """Adds to a feed the links and the mark of RFC 5005, and the link to a WebSub hub."""

    def __init__(self) -> None:
        self.links: dict[str, str] = {}

    def extend_ns(self) -> dict[str, str]:
        return {"fh": _HISTORY}

    def extend_rss(self, feed: Any) -> Any:  # noqa: ANN401 - an lxml element
        return self._extend(feed[0], f"{{{_ATOM}}}link", feed)

    def extend_atom(self, feed: Any) -> Any:  # noqa: ANN401 - an lxml element
        return self._extend(feed, "link", feed)

    def _extend(self, parent: Any, tag: str, feed: Any) -> Any:  # noqa: ANN401 - lxml elements
        if "current" in self.links:
            xml_elem(f"{{{_HISTORY}}}archive", parent)
        for rel, address in self.links.items():
            xml_elem(tag, parent, rel=rel, href=address)
        return feed


class _SecondLink(BaseEntryExtension):  # type: ignore[misc]
    """Adds to an Atom entry the link to its other address (RFC 4287, section 4.2.7.2, `related`)."""

    def __init__(self) -> None:
        self.address = ""

    def extend_atom(self, entry: Any) -> Any:  # noqa: ANN401 - an lxml element
        return xml_elem("link", entry, rel="related", type="text/html", href=self.address)


@lru_cache(maxsize=_KEPT_ENTRIES)
def rss_entry(item: Item, content: str, settings: FeedConfig) -> bytes:
    """Serialise an item for `write_rss`; `content` is its full text as HTML.

    The latest entries are kept, and found by the values of all arguments, so an entry is never another
    item's. Hashing the values takes under a microsecond, since strings remember their hashes.
    """
    return _serialised(_entry(item, content, settings, is_rss=True).rss_entry(), ("rss", "channel"), _namespaces()[0])


@lru_cache(maxsize=_KEPT_ENTRIES)
def atom_entry(item: Item, content: str, settings: FeedConfig) -> bytes:
    """Serialise an item for `write_atom`; otherwise like `rss_entry`."""
    return _serialised(_entry(item, content, settings, is_rss=False).atom_entry(), ("feed",), _namespaces()[1])


@lru_cache(maxsize=_KEPT_ENTRIES)
def json_entry(item: Item, content: str, settings: FeedConfig) -> bytes:
    """Serialise an item for `write_json`; otherwise like `rss_entry`."""
    link, other = _links(item, settings)
    entry: dict[str, Any] = {
        "id": item.id,
        "url": link,
        "external_url": other,
        "title": item.title,
        "content_html": content if settings.is_full else "",
        "content_text": "" if settings.is_full else item.excerpt or item.title,
        "summary": item.excerpt,
        "image": item.image.url if item.image else "",
        "date_published": iso(item.published),
        "date_modified": iso(item.updated),
        "authors": [{"name": item.source, "url": f"https://{item.domain}/"}],
        "tags": list(item.topics),
    }
    kept = {key: value for key, value in entry.items() if value}
    return _formatted([[kept]]).removeprefix(b"[\n [\n  ").removesuffix(b"\n ]\n]")


def write_rss(channel: Channel, entries: Sequence[bytes]) -> bytes:
    """Write RSS 2.0; `entries` are those that `rss_entry` makes of the items, in their order."""
    return _joined(_feed(channel, "application/rss+xml").rss_str(pretty=True), entries, b"  </channel>\n</rss>\n")


def write_atom(channel: Channel, entries: Sequence[bytes]) -> bytes:
    """Write Atom 1.0; `entries` are those that `atom_entry` makes of the items, in their order."""
    return _joined(_feed(channel, "application/atom+xml").atom_str(pretty=True), entries, b"</feed>\n")


def write_json(channel: Channel, entries: Sequence[bytes]) -> bytes:
    """Write JSON Feed 1.1; `entries` are those that `json_entry` makes of the items, in their order."""
    hub = channel.settings.hub
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.page,
        "feed_url": channel.address,
        "description": channel.description,
        "next_url": channel.previous,
        "icon": channel.icon,
        "authors": [{"name": channel.author}] if channel.author else [],
        "language": channel.language,
        "hubs": [{"type": "WebSub", "url": hub}] if hub and not channel.current else [],
    }
    kept = {key: value for key, value in feed.items() if value}
    head = _formatted({**kept, "items": []}) + b"\n"
    return _joined(head, [b"\n  " + b",\n  ".join(entries) + b"\n "] if entries else [], b"]\n}\n")


def _joined(head: bytes, entries: Sequence[bytes], end: bytes) -> bytes:
    """Put entries before the end of a document."""
    if not head.endswith(end):
        raise ValueError(f"a feed ends otherwise than expected: {head[-40:]!r}")
    return b"".join((head[: -len(end)], *entries, end))


def _serialised(entry: Any, surroundings: Sequence[str], namespaces: Mapping[str, str]) -> bytes:  # noqa: ANN401 - an lxml element
    """Serialise an element as it would be inside elements of these tags, which declare these namespaces."""
    root = parent = xml_elem(surroundings[0], nsmap=namespaces)
    for tag in surroundings[1:]:
        parent = xml_elem(tag, parent)
    parent.append(entry)
    written: list[bytes] = []
    memory = SimpleNamespace(write=written.append)
    root.getroottree().write(memory, encoding="UTF-8", xml_declaration=False, pretty_print=True)
    # Each start tag and each end tag around the entry is a line, and the last line ends with a line break.
    depth = len(surroundings)
    return b"".join(written).split(b"\n", depth)[-1].rsplit(b"\n", depth + 1)[0] + b"\n"


@cache
def _namespaces() -> tuple[dict[str, str], dict[str, str]]:
    """Return the namespaces by their prefixes, as the roots of RSS and of Atom documents declare them."""
    feed = _extended()
    feed.id("-")
    feed.title("-")
    feed.description("-")
    feed.link(href="-")
    rss, atom = (xml_fromstring(document).nsmap for document in (feed.rss_str(), feed.atom_str()))
    return rss, {prefix: name for prefix, name in atom.items() if prefix}


def _formatted(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1)


def _links(item: Item, settings: FeedConfig) -> tuple[str, str]:
    """Return an item's main link and the other one, as the settings want it."""
    return (item.url, item.page) if settings.links_to_source else (item.page, item.url)


# Extensions by name: for feeds, for entries, whether for Atom, whether for RSS. feedgen's own way to load
# its extensions by name searches the disk, each time, for modules that it does not have.
_EXTENSIONS = {
    "dc": (DcExtension, DcEntryExtension, False, True),
    "media": (MediaExtension, MediaEntryExtension, True, True),
    "history": (_History, None, True, True),
    "second": (BaseExtension, _SecondLink, True, False),
}


def _extended() -> FeedGenerator:
    feed = FeedGenerator()
    for name, (for_feed, for_entries, is_atom, is_rss) in _EXTENSIONS.items():
        feed.register_extension(name, for_feed, for_entries, atom=is_atom, rss=is_rss)
    return feed


def _feed(channel: Channel, media_type: str) -> FeedGenerator:
    """Make a feed's head."""
    settings = channel.settings
    feed = _extended()
    feed.id(channel.page)
    feed.title(channel.title)
    feed.description(channel.description or channel.title)
    feed.language(channel.language)
    # Whichever link comes last becomes the link of the RSS channel: the page, not the feed.
    feed.link(href=channel.address, rel="self", type=media_type)
    feed.link(href=channel.page, rel="alternate", type="text/html")
    feed.author(name=channel.author or channel.title)
    feed.generator(GENERATOR, version=__version__)
    feed.updated(channel.updated)
    feed.icon(channel.icon)
    size = str(_ICON_SIZE)
    feed.image(url=channel.icon, title=channel.title, link=channel.page, width=size, height=size)
    feed.ttl(settings.ttl)
    if channel.copyright:
        feed.rights(channel.copyright)
    links = {"current": channel.current, "prev-archive": channel.previous, "hub": settings.hub}
    if channel.current:
        links["hub"] = ""
    feed.history.links = {rel: address for rel, address in links.items() if address}
    return feed


def _entry(item: Item, content: str, settings: FeedConfig, *, is_rss: bool) -> FeedEntry:
    link, other = _links(item, settings)
    entry = FeedEntry()
    for name, (_, for_entries, in_atom, in_rss) in _EXTENSIONS.items():
        if for_entries:
            entry.register_extension(name, for_entries, atom=in_atom, rss=in_rss)
    entry.id(item.id)
    entry.title(item.title)
    entry.link(href=link, rel="alternate")
    entry.second.address = other
    entry.author(name=item.source, uri=f"https://{item.domain}/")
    entry.dc.dc_creator(item.source)
    entry.dc.dc_source(item.url)
    entry.published(item.published)
    entry.updated(item.updated)
    # In RSS a description is HTML (and stands beside the content, for readers that know no other); in Atom
    # a summary is text unless it says otherwise.
    text = item.excerpt or item.title
    if item.excerpt or is_rss or not settings.is_full:
        entry.description(escape(text, quote=False) if is_rss else text, isSummary=True)
    if settings.is_full:
        entry.content(content, type="html")
    for topic in item.topics:
        entry.category(term=topic, label=topic)
    if item.image:
        size = {"width": item.image.width, "height": item.image.height}
        known = {name: str(value) for name, value in size.items() if value}
        entry.media.content(url=item.image.url, medium="image", group=None, **known)
        entry.media.thumbnail(url=item.image.url, group=None, **known)
    return entry
