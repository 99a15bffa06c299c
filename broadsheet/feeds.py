"""Feeds: RSS 2.0 and Atom 1.0 (RFC 4287) by feedgen, and JSON Feed 1.1; archived feeds by RFC 5005.

This is the only module that imports feedgen. Its faults are met here: it stamps the clock on what
has no date, it puts new entries first, its RSS link is the last link given, it has no place for the
links of RFC 5005, and it writes the links of Atom entries without their `rel`, so only an entry's
main link (`alternate`, the default) goes through it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import msgspec
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from broadsheet import __version__
from broadsheet.dates import iso
from broadsheet.model import Embed, FeedConfig, Image
from broadsheet.views import Link

GENERATOR = "Broadsheet"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_ICON_SIZE = 144


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


def write_rss(channel: Channel, contents: Sequence[str]) -> bytes:
    """Write RSS 2.0; `contents` are the items' full texts as HTML, in the order of the items."""
    feed = _feed(channel, contents, "application/rss+xml")
    feed.lastBuildDate(channel.updated)
    return bytes(feed.rss_str(pretty=True))


def write_atom(channel: Channel, contents: Sequence[str]) -> bytes:
    """Write Atom 1.0; `contents` are the items' full texts as HTML, in the order of the items."""
    return bytes(_feed(channel, contents, "application/atom+xml").atom_str(pretty=True))


def write_json(channel: Channel, contents: Sequence[str]) -> bytes:
    """Write JSON Feed 1.1; `contents` are the items' full texts as HTML, in the order of the items."""
    items = []
    for item, content in zip(channel.items, contents, strict=True):
        link, other = _links(channel, item)
        entry: dict[str, Any] = {
            "id": item.id,
            "url": link,
            "external_url": other,
            "title": item.title,
            "content_html": content if channel.settings.is_full else "",
            "content_text": "" if channel.settings.is_full else item.excerpt or item.title,
            "summary": item.excerpt,
            "image": item.image.url if item.image else "",
            "date_published": iso(item.published),
            "date_modified": iso(item.updated),
            "authors": [{"name": item.source, "url": f"https://{item.domain}/"}],
            "tags": list(item.topics),
        }
        items.append({key: value for key, value in entry.items() if value})
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
    return msgspec.json.format(msgspec.json.encode({**kept, "items": items}), indent=1) + b"\n"


def _links(channel: Channel, item: Item) -> tuple[str, str]:
    """Return an item's main link and the other one, as the settings want it."""
    return (item.url, item.page) if channel.settings.links_to_source else (item.page, item.url)


def _feed(channel: Channel, contents: Sequence[str], media_type: str) -> FeedGenerator:
    settings = channel.settings
    feed = FeedGenerator()
    feed.load_extension("dc", atom=False)
    feed.load_extension("media")
    feed.register_extension("history", _History)
    feed.register_extension("second", BaseExtension, _SecondLink, rss=False)
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
    for item, content in zip(channel.items, contents, strict=True):
        _entry(feed.add_entry(order="append"), channel, item, content, is_rss="rss" in media_type)
    return feed


def _entry(  # feedgen has no types
    entry: Any,  # noqa: ANN401
    channel: Channel,
    item: Item,
    content: str,
    *,
    is_rss: bool,
) -> None:
    link, other = _links(channel, item)
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
    if item.excerpt or is_rss or not channel.settings.is_full:
        entry.description(escape(text, quote=False) if is_rss else text, isSummary=True)
    if channel.settings.is_full:
        entry.content(content, type="html")
    for topic in item.topics:
        entry.category(term=topic, label=topic)
    if item.image:
        size = {"width": item.image.width, "height": item.image.height}
        known = {name: str(value) for name, value in size.items() if value}
        entry.media.content(url=item.image.url, medium="image", group=None, **known)
        entry.media.thumbnail(url=item.image.url, group=None, **known)
