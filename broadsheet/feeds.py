"""Feeds: RSS 2.0 and Atom 1.0 (RFC 4287) by feedgen, and JSON Feed 1.1.

This is the only module that imports feedgen. Its faults are met here: it stamps the clock on what
has no date, it puts new entries first, its RSS link is the last link given, and it writes the links of
Atom entries without their `rel`, so only the page's link (`alternate`, the default) goes through it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from broadsheet import __version__
from broadsheet.dates import iso
from broadsheet.model import Embed, Image
from broadsheet.views import Link

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
GENERATOR = "Broadsheet"


class _SourceLink(BaseEntryExtension):  # type: ignore[misc]
    """Adds to an Atom entry the link to what the entry is about (RFC 4287, section 4.2.7.2, `related`)."""

    def __init__(self) -> None:
        self._url = ""

    def related(self, url: str) -> None:
        """Name the URL of the source."""
        self._url = url

    def extend_atom(self, entry: Any) -> Any:  # noqa: ANN401 - an lxml element
        """Write the link."""
        return xml_elem("link", entry, rel="related", type="text/html", href=self._url)


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
    """A feed in one of its formats: what it is called, where it and its page are, and its items, newest first."""

    title: str
    description: str
    page: str
    address: str
    language: str
    author: str
    copyright: str
    items: tuple[Item, ...]

    @property
    def updated(self) -> datetime:
        """When an item of the feed last changed; the epoch for an empty feed, never the clock."""
        return max((item.updated for item in self.items), default=_NEVER)


def write_rss(channel: Channel, contents: Sequence[str]) -> bytes:
    """Write RSS 2.0; `contents` are the items' full texts as HTML, in the order of the items."""
    feed = _feed(channel, contents)
    feed.lastBuildDate(channel.updated)
    return bytes(feed.rss_str(pretty=True))


def write_atom(channel: Channel, contents: Sequence[str]) -> bytes:
    """Write Atom 1.0; `contents` are the items' full texts as HTML, in the order of the items."""
    return bytes(_feed(channel, contents).atom_str(pretty=True))


def write_json(channel: Channel, contents: Sequence[str]) -> bytes:
    """Write JSON Feed 1.1; `contents` are the items' full texts as HTML, in the order of the items."""
    items = []
    for item, content in zip(channel.items, contents, strict=True):
        entry: dict[str, Any] = {
            "id": item.id,
            "url": item.page,
            "external_url": item.url,
            "title": item.title,
            "content_html": content,
            "summary": item.excerpt,
            "image": item.image.url if item.image else "",
            "date_published": iso(item.published),
            "date_modified": iso(item.updated),
            "authors": [{"name": item.source, "url": f"https://{item.domain}/"}],
            "tags": list(item.topics),
        }
        items.append({key: value for key, value in entry.items() if value})
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.page,
        "feed_url": channel.address,
        "description": channel.description,
        "authors": [{"name": channel.author}] if channel.author else [],
        "language": channel.language,
    }
    kept = {key: value for key, value in feed.items() if value}
    return msgspec.json.format(msgspec.json.encode({**kept, "items": items}), indent=1) + b"\n"


def _feed(channel: Channel, contents: Sequence[str]) -> FeedGenerator:
    feed = FeedGenerator()
    feed.load_extension("dc", atom=False)
    feed.register_extension("source_link", BaseExtension, _SourceLink, rss=False)
    feed.id(channel.page)
    feed.title(channel.title)
    feed.description(channel.description or channel.title)
    feed.language(channel.language)
    # Whichever link comes last becomes the link of the RSS channel: the page, not the feed.
    feed.link(href=channel.address, rel="self")
    feed.link(href=channel.page, rel="alternate", type="text/html")
    feed.author(name=channel.author or channel.title)
    feed.generator(GENERATOR, version=__version__)
    feed.updated(channel.updated)
    if channel.copyright:
        feed.rights(channel.copyright)
    for item, content in zip(channel.items, contents, strict=True):
        entry = feed.add_entry(order="append")
        entry.id(item.id)
        entry.title(item.title)
        entry.link(href=item.page, rel="alternate")
        entry.source_link.related(item.url)
        entry.author(name=item.source, uri=f"https://{item.domain}/")
        entry.dc.dc_creator(item.source)
        entry.published(item.published)
        entry.updated(item.updated)
        # RSS readers take a description for the text unless there is more, so both stand there.
        entry.description(item.excerpt or item.title)
        if item.excerpt:
            entry.summary(item.excerpt)
        entry.content(content, type="html")
        for topic in item.topics:
            entry.category(term=topic, label=topic)
    return feed
