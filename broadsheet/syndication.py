"""Plan the feeds: for each a subscription document of the latest articles, and archive documents that stay.

Archive documents hold the same articles as the archive pages of the same number, are numbered from
the oldest, and never change once they are there: their items carry only what their records say,
not what was computed from later ones (RFC 5005, section 4).
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from broadsheet import urls
from broadsheet.desk import Desk
from broadsheet.feeds import Channel, Item
from broadsheet.model import Article
from broadsheet.pages import Page
from broadsheet.views import Feed, Link

_ATTRIBUTES = re.compile(r' (?:class|id|loading|referrerpolicy|rel)="[^"]*"')
FORMATS = (("feed.xml", "rss"), ("atom.xml", "atom"), ("feed.json", "json-feed"))


def feeds(desk: Desk) -> Iterator[Page]:
    """Plan every feed, in each of its formats."""
    config = desk.digest.config
    sources: list[tuple[Feed, str, Sequence[Article]]] = [(desk.site_feed, config.description, desk.digest.articles)]
    sources += [(desk.section_feed(section), "", section.articles) for section in desk.digest.sections]
    sources += [(desk.topic_feed(entry), entry.topic.description, entry.articles) for entry in desk.digest.topics]
    items = _Items(desk)
    for feed, description, articles in sources:
        for name, writer in FORMATS:
            yield from _documents(desk, feed, description, articles, items, name, writer)


def archive_blocks(articles: Sequence[Article], size: int) -> list[Sequence[Article]]:
    """Cut articles (newest first) into full blocks of `size`, numbered from the oldest; the newest rest is in none."""
    start = len(articles) % size
    return [articles[end - size : end] for end in range(len(articles), start, -size)]


def _documents(  # noqa: PLR0913, PLR0917 - what tells one feed from another
    desk: Desk,
    feed: Feed,
    description: str,
    articles: Sequence[Article],
    items: "_Items",
    name: str,
    writer: str,
) -> Iterator[Page]:
    config = desk.digest.config
    blocks = archive_blocks(articles, config.page_size)
    addresses = [f"{feed.address}page/{number}/{name}" for number in range(1, len(blocks) + 1)]
    # No article may fall between the subscription and the archive, however few the former should hold.
    latest = articles[: max(config.feeds.limit, len(articles) % config.page_size)]
    address = f"{feed.address}{name}"
    channel = Channel(
        title=feed.title,
        description=description,
        page=desk.absolute(feed.address),
        address=desk.absolute(address),
        language=config.language,
        author=config.author,
        copyright=config.copyright,
        icon=desk.absolute("/icon.png"),
        settings=config.feeds,
        items=tuple(items.current(article) for article in latest),
        previous=desk.absolute(addresses[-1]) if addresses else "",
    )
    yield Page(address=address, template=writer, context=channel)
    for index, block in enumerate(blocks):
        archive = msgspec.structs.replace(
            channel,
            address=desk.absolute(addresses[index]),
            items=tuple(items.archived(article) for article in block),
            current=channel.address,
            previous=desk.absolute(addresses[index - 1]) if index else "",
        )
        yield Page(address=addresses[index], template=writer, context=archive)


class _Items:
    """Makes each article's feed item once, as subscriptions and as archives show it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._current: dict[str, Item] = {}
        self._archived: dict[str, Item] = {}

    def current(self, article: Article) -> Item:
        item = self._current.get(article.id)
        if item is None:
            absolute = self._desk.absolute
            related = tuple(
                Link(found.title, absolute(found.address) if found.is_ours else found.address, found.source)
                for found in self._desk.neighbors(article)
            )
            item = self._current[article.id] = msgspec.structs.replace(self.archived(article), related=related)
        return item

    def archived(self, article: Article) -> Item:
        item = self._archived.get(article.id)
        if item is None:
            desk = self._desk
            page = desk.absolute(article.address)
            item = self._archived[article.id] = Item(
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
                image=article.image,
                embed=article.embed,
                topics=tuple(topic.name for topic in desk.digest.topics_of[article.id]),
                related=(),
            )
        return item


def _for_readers(html: str, base_url: str, page: str) -> str:
    """Make HTML of `render_markdown` fit for feeds: links absolute, no classes, ids or loading hints.

    In that HTML, quotation marks in texts and in attributes are escaped, so `="` stands nowhere but in its tags.
    """
    start = urls.base_path(base_url)
    for attribute in ("href", "src"):
        html = html.replace(f' {attribute}="{start}', f' {attribute}="{base_url}')
    html = html.replace(' href="#', f' href="{page}#')
    return _ATTRIBUTES.sub("", html)
