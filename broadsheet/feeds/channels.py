"""Feeds: RSS 2.0 and Atom 1.0 (RFC 4287) by feedgen, and JSON Feed 1.1; archived feeds by RFC 5005.

feedgen serialises the head of a document, without entries; the entries' bytes, which `entries` makes, are
put in before the lines that end it: `</feed>`, or `</channel>` and `</rss>`. No text can be taken for these,
since nothing follows them. A JSON Feed's `items` is the last member of its head and empty there, so the
head ends with the bracket, a line break and the brace that close it.

This is the only module that imports feedgen. Its faults are met here: it stamps the clock on what
has no date, its RSS link is the last link given, and it has no place for the links of RFC 5005.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import feedgen.feed  # First, since it loads lxml, which feedgen.util forgets to.
import msgspec
from feedgen.ext.base import BaseExtension
from feedgen.ext.dc import DcExtension
from feedgen.ext.media import MediaExtension
from feedgen.util import xml_elem

from broadsheet import __version__
from broadsheet.core.model import FeedConfig
from broadsheet.feeds.entries import Item, formatted

GENERATOR = "Broadsheet"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_ICON_SIZE = 144


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


def write_rss(channel: Channel, entries: Sequence[bytes]) -> bytes:
    """Write RSS 2.0; `entries` are those that `entries.serialise` makes of the items, in their order."""
    return _joined(_feed(channel, "application/rss+xml").rss_str(pretty=True), entries, b"  </channel>\n</rss>\n")


def write_atom(channel: Channel, entries: Sequence[bytes]) -> bytes:
    """Write Atom 1.0; `entries` are those that `entries.serialise` makes of the items, in their order."""
    return _joined(_feed(channel, "application/atom+xml").atom_str(pretty=True), entries, b"</feed>\n")


def write_json(channel: Channel, entries: Sequence[bytes]) -> bytes:
    """Write JSON Feed 1.1; `entries` are those that `entries.serialise` makes of the items, in their order."""
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
    head = formatted({**kept, "items": []}) + b"\n"
    return _joined(head, [b"\n  " + b",\n  ".join(entries) + b"\n "] if entries else [], b"]\n}\n")


def _joined(head: bytes, entries: Sequence[bytes], end: bytes) -> bytes:
    """Put entries before the end of a document."""
    if not head.endswith(end):
        raise ValueError(f"a feed ends otherwise than expected: {head[-40:]!r}")
    return b"".join((head[: -len(end)], *entries, end))


# Extensions by name, and whether they are for Atom. feedgen's own way to load its extensions by name searches
# the disk, each time, for modules that it does not have.
_EXTENSIONS = {"dc": (DcExtension, False), "media": (MediaExtension, True), "history": (_History, True)}


def _extended() -> feedgen.feed.FeedGenerator:
    feed = feedgen.feed.FeedGenerator()
    for name, (extension, is_atom) in _EXTENSIONS.items():
        feed.register_extension(name, extension, atom=is_atom)
    return feed


def _feed(channel: Channel, media_type: str) -> feedgen.feed.FeedGenerator:
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
