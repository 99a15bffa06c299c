"""Plan the feeds: for each a subscription document of the latest articles, and archive documents that stay.

An article's archive documents hold the same articles as the archive pages of the same number. Archive documents are
numbered from the oldest, and never change once they are there: their items carry only what their records say,
not what was computed from later ones (RFC 5005, section 4).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol, TypeVar

import msgspec

from broadsheet.core.model import Brief
from broadsheet.core.periods import KINDS
from broadsheet.editing.editions import Edition, edition_id
from broadsheet.editing.marks import mark
from broadsheet.feeds.channels import Channel
from broadsheet.feeds.entries import Item
from broadsheet.records.markup import for_readers
from broadsheet.site.desk import Desk
from broadsheet.site.editionpages import contents, edition_key, edition_view
from broadsheet.site.pages import Page, View, newest_of
from broadsheet.site.views import Feed, Link

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

_IN_USE = 1_024
FORMATS = (("feed.xml", "rss"), ("atom.xml", "atom"), ("feed.json", "json-feed"))


def feeds(desk: Desk) -> Iterator[Page]:
    """Plan every feed, in each of its formats: the subscription and the archive."""
    config = desk.digest.config
    stories, editions = _Stories(desk), _Editions(desk)
    yield from _feed(desk, desk.site_feed, config.description, desk.digest.articles, stories)
    for section in desk.digest.sections:
        yield from _feed(desk, desk.section_feed(section), "", section.articles, stories)
    for entry in desk.digest.topics:
        yield from _feed(desk, desk.topic_feed(entry), entry.topic.description, entry.articles, stories)
    found = desk.digest.editions
    if found.all:
        yield from _feed(desk, desk.editions_feed, config.description, found.all, editions)
        for kind, feed in zip(KINDS, desk.edition_feeds, strict=False):
            yield from _feed(desk, feed, config.description, found.of(kind), editions)


def archive_blocks(entries: Sequence[T], size: int) -> list[Sequence[T]]:
    """Cut entries (newest first) into full blocks of `size`, numbered from the oldest; the newest rest is in none."""
    start = len(entries) % size
    return [entries[end - size : end] for end in range(len(entries), start, -size)]


def _feed(desk: Desk, feed: Feed, description: str, entries: Sequence[T], stock: "_Stock[T]") -> Iterator[Page]:
    """Plan a feed of entries, newest first, whose items a stock makes."""
    blocks = archive_blocks(entries, stock.block)
    # No entry may fall between the subscription and the archive, however few the former should hold.
    latest = entries[: max(stock.limit, len(entries) % stock.block)]
    for name, writer in FORMATS:
        channel = _channel(desk, feed, description, name, len(blocks))
        yield _subscription(channel, latest, stock, f"{feed.address}{name}", writer)
        said = mark(msgspec.structs.replace(channel, previous=""))
        for number, block in enumerate(blocks, 1):
            yield _archive(desk, channel, block, stock, _Place(feed.address, name, writer, number, said))


class _Stock(Protocol[T_contra]):
    """Makes the items of entries, as subscriptions and as archives show them, and the keys of several.

    A subscription holds the `limit` newest entries or some more, and an archive document a `block` of them.
    """

    limit: int
    block: int

    def current(self, entry: T_contra, /) -> Item: ...

    def archived(self, entry: T_contra, /) -> Item: ...

    def current_key(self, entries: Sequence[T_contra], /) -> bytes: ...

    def archived_key(self, entries: Sequence[T_contra], /) -> bytes: ...

    def newest(self, entries: Sequence[T_contra], /) -> datetime | None: ...


class _Place(msgspec.Struct, frozen=True):
    """Where an archive document stands: below which address, under which name, in which format, as which number.

    `channel` stands for what all archive documents of the feed say.
    """

    feed: str
    name: str
    writer: str
    number: int
    channel: bytes

    def at(self, number: int) -> str:
        """Return the address of the feed's document of a number."""
        return f"{self.feed}page/{number}/{self.name}"


def _channel(desk: Desk, feed: Feed, description: str, name: str, blocks: int) -> Channel:
    """Return a feed's subscription document without its items."""
    config = desk.digest.config
    last = f"{feed.address}page/{blocks}/{name}"
    return Channel(
        title=feed.title,
        description=description,
        page=desk.absolute(feed.address),
        address=desk.absolute(f"{feed.address}{name}"),
        language=config.language,
        author=config.author,
        copyright=config.copyright,
        icon=desk.absolute("/icon.png"),
        settings=config.feeds,
        items=(),
        previous=desk.absolute(last) if blocks else "",
    )


def _subscription(channel: Channel, entries: Sequence[T], stock: _Stock[T], address: str, writer: str) -> Page:
    def view() -> View:
        return View(msgspec.structs.replace(channel, items=tuple(stock.current(entry) for entry in entries)))

    def key() -> bytes:
        return mark(channel) + stock.current_key(entries)

    return Page(address=address, template=writer, make_key=key, view=view, newest=stock.newest(entries))


def _archive(desk: Desk, channel: Channel, entries: Sequence[T], stock: _Stock[T], place: _Place) -> Page:
    def view() -> View:
        frame = msgspec.structs.replace(
            channel,
            address=desk.absolute(place.at(place.number)),
            current=channel.address,
            previous=desk.absolute(place.at(place.number - 1)) if place.number > 1 else "",
        )
        return View(msgspec.structs.replace(frame, items=tuple(stock.archived(entry) for entry in entries)))

    def key() -> bytes:
        return b"%b %d %b" % (place.channel, place.number, stock.archived_key(entries))

    address = place.at(place.number)
    return Page(address=address, template=place.writer, make_key=key, view=view, newest=stock.newest(entries))


class _Stories:
    """Makes articles' feed items; those in use are made once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._made = lru_cache(maxsize=_IN_USE)(self._make)
        self._made_currently = lru_cache(maxsize=_IN_USE)(self._make_current)
        self.limit = desk.digest.config.feeds.limit
        self.block = desk.digest.config.page_size

    def current(self, article: Brief, /) -> Item:
        return self._made_currently(article.id)

    def archived(self, article: Brief, /) -> Item:
        return self._made(article.id)

    def current_key(self, articles: Sequence[Brief], /) -> bytes:
        sidebars = [self._desk.sidebar_key(article) for article in articles]
        return mark(sidebars) + self.archived_key(articles)

    def archived_key(self, articles: Sequence[Brief], /) -> bytes:
        return self._desk.items_key(articles)

    def newest(self, articles: Sequence[Brief], /) -> datetime | None:
        return newest_of(articles)

    def _make_current(self, name: str) -> Item:
        article = self._desk.by_id[name]
        absolute = self._desk.absolute
        related = tuple(
            Link(found.title, absolute(found.address) if found.is_ours else found.address, found.source)
            for found in self._desk.neighbors(article)
        )
        return msgspec.structs.replace(self.archived(article), related=related)

    def _make(self, name: str) -> Item:
        desk = self._desk
        article = desk.whole(desk.by_id[name])
        page = desk.absolute(article.address)
        return Item(
            id=article.id,
            title=article.title,
            page=page,
            url=article.url,
            source=article.provider.name,
            source_url=f"https://{article.provider.domain}/",
            published=article.published,
            updated=article.changed,
            excerpt=article.excerpt,
            comment=for_readers(article.comment, desk.digest.config.base_url, page),
            image=desk.picture(article.image),
            embed=article.embed,
            topics=tuple(topic.name for topic in desk.digest.topics_of[article.id]),
            related=(),
        )


class _Editions:
    """Makes the feed items of editions, each whole; those in use are made once.

    How many a document holds depends on no setting: an edition is as long as many stories.
    """

    limit = 10
    block = 10

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._by_name = {edition.period.name: edition for edition in desk.digest.editions.all}
        self._made = lru_cache(maxsize=4 * self.block)(self._make)

    def current(self, edition: Edition, /) -> Item:
        return self._made(edition.period.name)

    archived = current

    def current_key(self, editions: Sequence[Edition], /) -> bytes:
        return b"".join(edition_key(self._desk, edition) for edition in editions)

    archived_key = current_key

    def newest(self, editions: Sequence[Edition], /) -> datetime | None:
        return editions[0].articles[0].published if editions else None

    def _make(self, name: str) -> Item:
        desk, edition = self._desk, self._by_name[name]
        config, shown = desk.digest.config, edition_view(desk, edition)
        page = desk.absolute(edition.period.address)
        inside = contents(desk, edition)
        # It was published when its period was over, and changes as its stories do.
        updated = max(edition.end, *(story.changed for story in (*inside.chosen, *inside.rest)))
        return Item(
            id=edition_id(config, edition.period),
            title=f"{shown.name}: {shown.title}",
            page=page,
            url="",
            source=config.author or config.title,
            source_url="",
            published=edition.end,
            updated=updated,
            excerpt=shown.summary,
            comment=for_readers(shown.introduction, config.base_url, page),
            image=desk.picture(shown.lead.image),
            embed=None,
            topics=tuple(group.title for group in shown.groups if group.address),
            related=(),
            edition=shown,
        )
