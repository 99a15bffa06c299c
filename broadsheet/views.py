"""What templates get: small finished values, with every text, link and date in its final form."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from broadsheet import dates
from broadsheet.digest import Digest, Relative, TopicEntry, topic_address
from broadsheet.model import Article, Embed, Image
from broadsheet.text import shorten

KIND_LABELS = {
    "article": "",
    "video": "Video",
    "podcast": "Podcast",
    "paper": "Paper",
    "report": "Report",
    "release": "Release",
    "discussion": "Discussion",
    "event": "Event",
}
DESCRIPTION_LIMIT = 200


class Link(msgspec.Struct, frozen=True):
    """A text and where it leads: an address of ours (with a leading slash) or a URL."""

    text: str
    address: str
    note: str = ""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """The three feeds of a topic, section or the site; `address` is the page that they belong to."""

    title: str
    address: str
    note: str = ""

    @property
    def rss(self) -> str:
        """The address of the RSS 2.0 feed."""
        return f"{self.address}feed.xml"

    @property
    def atom(self) -> str:
        """The address of the Atom 1.0 feed."""
        return f"{self.address}atom.xml"

    @property
    def json(self) -> str:
        """The address of the JSON Feed."""
        return f"{self.address}feed.json"


class When(msgspec.Struct, frozen=True):
    """A time for `<time>`: RFC 3339, and in words."""

    iso: str
    words: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """An article in a list."""

    address: str
    title: str
    excerpt: str
    source: Link
    when: When
    kind: str
    label: str
    image: Image | None
    topics: tuple[Link, ...]


class Neighbor(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the related sidebar; `is_ours` tells our own page from a link out."""

    title: str
    address: str
    is_ours: bool
    source: str
    when: When | None
    reason: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the head of a page says of it; `feeds` are its own, before the site's."""

    title: str
    address: str
    description: str = ""
    kind: str = "website"
    image: Image | None = None
    feeds: tuple[Feed, ...] = ()
    json_ld: str = ""
    is_indexed: bool = True
    published: str = ""
    modified: str = ""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What every page shows of the site. Nothing in it changes with a new article."""

    title: str
    description: str
    language: str
    direction: str
    base_url: str
    copyright: str
    sections: tuple[Link, ...]
    topics: tuple[Link, ...]
    leaves: tuple[Link, ...]
    feed: Feed


class FrontPage(msgspec.Struct, frozen=True, kw_only=True):
    """The front page: the lead, what is hot, the latest, and the way to the archive."""

    lead: Card | None
    hottest_title: str
    hottest: tuple[Card, ...]
    latest: tuple[Card, ...]
    older: Link | None


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of articles under a title, with its neighbors in the archive."""

    title: str
    crumbs: tuple[Link, ...]
    cards: tuple[Card, ...]
    intro: str = ""
    out: Link | None = None
    newer: Link | None = None
    older: Link | None = None
    feed: Feed | None = None


class TopicPage(msgspec.Struct, frozen=True, kw_only=True):
    """A topic: its place in the tree, what it is about, and its newest articles."""

    title: str
    crumbs: tuple[Link, ...]
    description: str
    children: tuple[Link, ...]
    hashtags: tuple[str, ...]
    image: Image | None
    cards: tuple[Card, ...]
    older: Link | None
    feed: Feed


class ArticlePage(msgspec.Struct, frozen=True, kw_only=True):
    """An article's own page."""

    title: str
    excerpt: str
    url: str
    source: Link
    logo: Image | None
    when: When
    updated: When | None
    month: Link
    section: Link | None
    label: str
    image: Image | None
    embed: Embed | None
    comment: str
    topics: tuple[Link, ...]
    related: tuple[Neighbor, ...]


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A topic and those below it, for the tree of topics."""

    link: Link
    description: str
    children: "tuple[Branch, ...]"


class TopicsPage(msgspec.Struct, frozen=True):
    """The tree of topics."""

    branches: tuple[Branch, ...]


class LinksPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of links with notes: providers, or the years of the archive."""

    title: str
    intro: str
    crumbs: tuple[Link, ...]
    groups: tuple[tuple[Link, tuple[Link, ...]], ...]


class Day(msgspec.Struct, frozen=True):
    """A day and its articles, newest first."""

    name: str
    cards: tuple[Card, ...]


class MonthPage(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the archive, day by day."""

    title: str
    crumbs: tuple[Link, ...]
    days: tuple[Day, ...]
    newer: Link | None
    older: Link | None


class LeafPage(msgspec.Struct, frozen=True):
    """A page of the site's own."""

    title: str
    body: str


class SubscribePage(msgspec.Struct, frozen=True):
    """Every feed, for people."""

    feeds: tuple[Feed, ...]


class RedirectPage(msgspec.Struct, frozen=True):
    """An old address that leads to a new one."""

    link: Link


class EmptyPage(msgspec.Struct, frozen=True):
    """A page that needs nothing but the site."""


class Desk:
    """Makes views of one digest's values; each article's card is made once."""

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        self._cards: dict[str, Card] = {}
        self._sections: Mapping[str, Link] = {
            section.name: Link(section_title(section.name), f"/sections/{section.slug}/") for section in digest.sections
        }

    def when(self, article: Article) -> When:
        """Return when the source published an article."""
        return self._when(article.published)

    def day(self, article: Article) -> date:
        """Return the day of an article in the site's time zone."""
        return dates.local_day(article.published, self.digest.config.timezone)

    def topics(self, article: Article) -> tuple[Link, ...]:
        """Return the links to an article's topics."""
        return tuple(Link(t.shortname or t.name, topic_address(t)) for t in self.digest.topics_of[article.id])

    def card(self, article: Article) -> Card:
        """Return an article's card."""
        card = self._cards.get(article.id)
        if card is None:
            card = self._cards[article.id] = Card(
                address=article.address,
                title=article.title,
                excerpt=shorten(article.excerpt, 320),
                source=_source(article),
                when=self.when(article),
                kind=article.kind,
                label=KIND_LABELS[article.kind],
                image=article.image,
                topics=self.topics(article),
            )
        return card

    def cards(self, articles: Sequence[Article]) -> tuple[Card, ...]:
        """Return the cards of several articles."""
        return tuple(self.card(article) for article in articles)

    def article(self, article: Article) -> ArticlePage:
        """Return what an article's own page shows."""
        month = self.day(article).replace(day=1)
        updated = self._when(article.updated) if article.updated else None
        return ArticlePage(
            title=article.title,
            excerpt=article.excerpt,
            url=article.url,
            source=_source(article),
            logo=article.provider.image,
            when=self.when(article),
            updated=updated,
            month=self.month_link(month),
            section=self._sections.get(article.category),
            label=KIND_LABELS[article.kind],
            image=article.image,
            embed=article.embed,
            comment=article.comment,
            topics=self.topics(article),
            related=tuple(self._neighbor(relative) for relative in self.digest.related[article.id]),
        )

    def month_link(self, month: date) -> Link:
        """Return the link to a month of the archive."""
        name = dates.month_name(month, self.digest.config.language)
        return Link(name, f"/archive/{month.year:04}/{month.month:02}/")

    def topic(self, entry: TopicEntry, articles: Sequence[Article], older: Link | None, feed: Feed) -> TopicPage:
        """Return what a topic's first page shows."""
        topic = entry.topic
        return TopicPage(
            title=topic.name,
            crumbs=(
                Link("Topics", "/topics/"),
                *(Link(above.name, topic_address(above)) for above in entry.ancestors),
            ),
            description=topic.description,
            children=tuple(Link(child.name, topic_address(child)) for child in entry.children),
            hashtags=topic.hashtags,
            image=topic.image,
            cards=self.cards(articles),
            older=older,
            feed=feed,
        )

    def _when(self, moment: datetime) -> When:
        config = self.digest.config
        day = dates.local_day(moment, config.timezone)
        return When(dates.iso(moment), dates.long_date(day, config.language))

    def _neighbor(self, relative: Relative) -> Neighbor:
        if relative.article is not None:
            own = relative.article
            return Neighbor(
                title=own.title,
                address=own.address,
                is_ours=True,
                source=own.provider.name,
                when=self.when(own),
                reason=reason(relative),
            )
        story = relative.story
        if story is None:
            raise ValueError("a relative is an article or a story")
        return Neighbor(
            title=story.title,
            address=story.url,
            is_ours=False,
            source=story.provider.name,
            when=self._when(story.published) if story.published else None,
            reason=reason(relative),
        )


def reason(relative: Relative) -> str:
    """Say in a few words why a story stands in the sidebar: "Computer Vision · same week"."""
    if relative.why == "curated":
        return "Picked by the curator"
    what = relative.topic
    if relative.why == "words":
        quoted = " and ".join(f"“{word}”" for word in relative.words)
        what = f"{quoted} in both headlines" if len(relative.words) > 1 else f"{quoted} in both"
    return f"{what} · same {relative.closeness}" if relative.closeness else what


def section_title(category: str) -> str:
    """Return a category as a title: `news` is "News"."""
    return category[:1].upper() + category[1:]


def json_ld(value: Mapping[str, object]) -> str:
    """Write JSON-LD so that it can stand in a `<script>` element: no `<`, `>` or `&` remains."""
    text = msgspec.json.encode(value).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _source(article: Article) -> Link:
    provider = article.provider
    return Link(provider.name, f"/providers/{provider.domain}/")
