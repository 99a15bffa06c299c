"""Plan the feeds: for each a subscription document of the latest articles, and archive documents that stay.

Archive documents hold the same articles as the archive pages of the same number, are numbered from
the oldest, and never change once they are there: their items carry only what their records say,
not what was computed from later ones (RFC 5005, section 4).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from broadsheet import urls
from broadsheet.desk import Desk
from broadsheet.entries import Item
from broadsheet.feeds import Channel
from broadsheet.marks import mark
from broadsheet.model import Brief
from broadsheet.pages import Page, View, newest_of
from broadsheet.views import Feed, Link

_ATTRIBUTES = re.compile(r' (?:class|id|loading|referrerpolicy|rel)="[^"]*"')
_IN_USE = 1_024
FORMATS = (("feed.xml", "rss"), ("atom.xml", "atom"), ("feed.json", "json-feed"))


def feeds(desk: Desk) -> Iterator[Page]:
    """Plan every feed, in each of its formats: the subscription and the archive."""
    config = desk.digest.config
    sources: list[tuple[Feed, str, Sequence[Brief]]] = [(desk.site_feed, config.description, desk.digest.articles)]
    sources += [(desk.section_feed(section), "", section.articles) for section in desk.digest.sections]
    sources += [(desk.topic_feed(entry), entry.topic.description, entry.articles) for entry in desk.digest.topics]
    items = _Items(desk)
    for feed, description, articles in sources:
        blocks = archive_blocks(articles, config.page_size)
        for name, writer in FORMATS:
            channel = _channel(desk, feed, description, name, len(blocks))
            # No article may fall between the subscription and the archive, however few the former should hold.
            latest = articles[: max(config.feeds.limit, len(articles) % config.page_size)]
            yield _subscription(desk, channel, latest, items, f"{feed.address}{name}", writer)
            said = mark(msgspec.structs.replace(channel, previous=""))
            for number, block in enumerate(blocks, 1):
                yield _archive(desk, channel, block, items, _Place(feed.address, name, writer, number, said))


def archive_blocks(articles: Sequence[Brief], size: int) -> list[Sequence[Brief]]:
    """Cut articles (newest first) into full blocks of `size`, numbered from the oldest; the newest rest is in none."""
    start = len(articles) % size
    return [articles[end - size : end] for end in range(len(articles), start, -size)]


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


def _subscription(  # noqa: PLR0913, PLR0917 - what tells one document from another
    desk: Desk, channel: Channel, articles: Sequence[Brief], items: "_Items", address: str, writer: str
) -> Page:
    def view() -> View:
        return View(msgspec.structs.replace(channel, items=tuple(items.current(article) for article in articles)))

    sidebars = [desk.sidebar_key(article) for article in articles]
    key = mark((channel, sidebars)) + desk.items_key(articles)
    return Page(address=address, template=writer, key=key, view=view, newest=newest_of(articles))


def _archive(desk: Desk, channel: Channel, articles: Sequence[Brief], items: "_Items", place: _Place) -> Page:
    def view() -> View:
        frame = msgspec.structs.replace(
            channel,
            address=desk.absolute(place.at(place.number)),
            current=channel.address,
            previous=desk.absolute(place.at(place.number - 1)) if place.number > 1 else "",
        )
        return View(msgspec.structs.replace(frame, items=tuple(items.archived(article) for article in articles)))

    key = b"%b %d %b" % (place.channel, place.number, desk.items_key(articles))
    address = place.at(place.number)
    return Page(address=address, template=place.writer, key=key, view=view, newest=newest_of(articles))


class _Items:
    """Makes articles' feed items, as subscriptions and as archives show them; those in use are made once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._made = lru_cache(maxsize=_IN_USE)(self._make)
        self._made_currently = lru_cache(maxsize=_IN_USE)(self._make_current)

    def current(self, article: Brief) -> Item:
        return self._made_currently(article.id)

    def archived(self, article: Brief) -> Item:
        return self._made(article.id)

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
            domain=article.provider.domain,
            published=article.published,
            updated=article.changed,
            excerpt=article.excerpt,
            comment=_for_readers(article.comment, desk.digest.config.base_url, page),
            image=desk.picture(article.image),
            embed=article.embed,
            topics=tuple(topic.name for topic in desk.digest.topics_of[article.id]),
            related=(),
        )


def _for_readers(html: str, base_url: str, page: str) -> str:
    """Make HTML of `render_markdown` fit for feeds: links absolute, no classes, ids or loading hints.

    In that HTML, quotation marks in texts and in attributes are escaped, so `="` stands nowhere but in its tags.
    """
    start = urls.base_path(base_url)
    for attribute in ("href", "src"):
        html = html.replace(f' {attribute}="{start}', f' {attribute}="{base_url}')
    html = html.replace(' href="#', f' href="{page}#')
    return _ATTRIBUTES.sub("", html)
