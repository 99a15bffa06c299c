"""What templates get: small finished values, with every text, link and date in its final form."""

import msgspec

from broadsheet.core.model import Embed, Image, Nofollow
from broadsheet.site.charts import Activity, CalendarMonth, Timeline


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
    """A time for `<time>`: RFC 3339, and its day in words; of a moment, the time of day in the site's time zone too."""

    iso: str
    words: str
    clock: str = ""


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
    notice: str = ""


class Neighbor(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the related sidebar; `is_ours` tells our own page from a link out."""

    title: str
    address: str
    is_ours: bool
    source: str
    when: When | None
    reason: str
    notice: str = ""


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
    section: str = ""
    tags: tuple[str, ...] = ()


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What every page shows of the site. Nothing in it changes with a new article."""

    title: str
    description: str
    language: str
    direction: str
    base_url: str
    copyright: str
    has_images: bool
    sections: tuple[Link, ...]
    topics: tuple[Link, ...]
    leaves: tuple[Link, ...]
    feed: Feed
    has_editions: bool = False
    locale: str = ""
    nofollow: Nofollow = False


class Hot(msgspec.Struct, frozen=True, kw_only=True):
    """A story among the hottest, and why: its scores, its age in days before the newest, and what they come to."""

    card: Card
    heat: int
    quality: int
    days: int
    points: int


class Hottest(msgspec.Struct, frozen=True, kw_only=True):
    """The hottest stories, and the days in which points halve."""

    title: str
    half_life: str
    stories: tuple[Hot, ...]


class FrontPage(msgspec.Struct, frozen=True, kw_only=True):
    """The front page: its date, the latest editions, the lead, what is hot, the latest, and the way to the archive."""

    newest: When | None
    editions: tuple[Link, ...]
    lead: Card | None
    second: tuple[Card, ...]
    hottest: Hottest | None
    latest: tuple[Card, ...]
    older: Link | None


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of articles under a title, with its neighbors in the archive."""

    title: str
    crumbs: tuple[Link, ...]
    cards: tuple[Card, ...] = ()
    newer: Link | None = None
    older: Link | None = None
    feed: Feed | None = None


class TopicPage(msgspec.Struct, frozen=True, kw_only=True):
    """A topic: its place in the tree, what it is about, its newest articles, and all of them by month."""

    title: str
    crumbs: tuple[Link, ...]
    description: str
    children: tuple[Link, ...]
    hashtags: tuple[str, ...]
    image: Image | None
    cards: tuple[Card, ...]
    older: Link | None
    timeline: Timeline | None
    feed: Feed


class ProviderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A provider: its share of the coverage, its topics, and its newest articles.

    The share is that of the articles up to its latest one, so that it changes with its own articles only.
    """

    title: str
    crumbs: tuple[Link, ...]
    domain: str
    image: Image | None
    count: int
    share: str
    first: When
    latest: When
    topics: tuple[Link, ...]
    cards: tuple[Card, ...]
    older: Link | None


class ArticlePage(msgspec.Struct, frozen=True, kw_only=True):
    """An article's own page."""

    title: str
    excerpt: str
    url: str
    source: Link
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
    notice: str = ""


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A topic and those below it, for the tree of topics."""

    link: Link
    description: str
    activity: Activity
    children: "tuple[Branch, ...]"


class TopicsPage(msgspec.Struct, frozen=True):
    """The tree of topics."""

    branches: tuple[Branch, ...]


class ProviderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A provider among others: its share of the coverage, the length of its bar in percent, and its first topics."""

    link: Link
    share: str
    bar: int
    topics: tuple[Link, ...]
    first: When
    latest: When


class ProvidersPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everyone who is quoted: those who are most, and the others by letter."""

    count: int
    rows: tuple[ProviderRow, ...]
    others: tuple[tuple[str, tuple[Link, ...]], ...]


class ArchivePage(msgspec.Struct, frozen=True):
    """Everything, by year and month; without an article there is no timeline."""

    timeline: Timeline | None


class YearPage(msgspec.Struct, frozen=True, kw_only=True):
    """A year of the archive as a calendar; `weekdays` are the initials above its columns, from the left."""

    title: str
    crumbs: tuple[Link, ...]
    count: int
    weekdays: tuple[str, ...]
    months: tuple[CalendarMonth, ...]
    newer: Link | None
    older: Link | None


class Day(msgspec.Struct, frozen=True):
    """A day and its articles, newest first; `anchor` is its place on the page of its month."""

    anchor: str
    name: str
    cards: tuple[Card, ...]


class MonthPage(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the archive, day by day."""

    title: str
    crumbs: tuple[Link, ...]
    days: tuple[Day, ...]
    newer: Link | None
    older: Link | None


class EditionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Stories of an edition under a heading, which may lead to a topic (`address`); `anchor` is its id on the page."""

    title: str
    address: str
    anchor: str
    cards: tuple[Card, ...]


class EditionPage(msgspec.Struct, frozen=True, kw_only=True):
    """An edition: what it is called, its stories, and what else its period brought, each with its source as its note.

    `heading` is its own title, or "", and `title` that or its lead's; `name` says its kind and number, `when` its
    period, and `summary` its first headlines. `introduction` is HTML made by us. `considered` counts all stories of
    the period.
    """

    name: str
    heading: str
    title: str
    when: str
    address: str
    summary: str
    introduction: str
    count: int
    considered: int
    lead: Card
    groups: tuple[EditionGroup, ...]
    rest: tuple[Link, ...]
    crumbs: tuple[Link, ...] = ()
    feed: Feed | None = None
    newer: Link | None = None
    older: Link | None = None


class MailStory(msgspec.Struct, frozen=True, kw_only=True):
    """A story in a mail, with full URLs: where its headline leads, and the other of our page and its source."""

    title: str
    link: str
    source: str
    source_link: str
    excerpt: str
    label: str


class MailGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Stories of a mail under a heading."""

    title: str
    stories: tuple[MailStory, ...]


class MailPage(msgspec.Struct, frozen=True, kw_only=True):
    """An edition as a mail, with full URLs; see EditionPage for what its fields mean.

    `web` is the edition's page, `left_out` tells how many stories only that has, and `unsubscribe` may be "".
    """

    subject: str
    name: str
    heading: str
    when: str
    preheader: str
    introduction: str
    count: int
    considered: int
    image: Image | None
    lead: MailStory
    groups: tuple[MailGroup, ...]
    rest: tuple[Link, ...]
    web: str
    unsubscribe: str
    left_out: int = 0


class PlainPage(msgspec.Struct, frozen=True):
    """A page that is plain text."""

    text: str


class EditionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An edition in a list; the link's text is its name, and its note its period."""

    link: Link
    title: str
    count: int


class EditionList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest editions of a kind; `more` leads to further ones."""

    title: str
    rows: tuple[EditionRow, ...]
    more: Link | None


class EditionWeek(msgspec.Struct, frozen=True, kw_only=True):
    """A week of a calendar: its number, the address of its edition or "", and its seven days, None for other months'.

    A day's note is empty without an edition.
    """

    week: Link
    days: tuple[Link | None, ...]


class EditionMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a calendar, week by week, Monday first."""

    name: str
    weeks: tuple[EditionWeek, ...]


class EditionCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """The editions of a year; `weekdays` are the initials of the days, Monday first."""

    title: str
    weekdays: tuple[str, ...]
    months: tuple[EditionMonth, ...]


class EditionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Editions: lists of them, a year's calendar, and the other years."""

    title: str
    crumbs: tuple[Link, ...]
    feed: Feed | None
    lists: tuple[EditionList, ...]
    calendar: EditionCalendar | None
    years: tuple[Link, ...]


class LeafPage(msgspec.Struct, frozen=True):
    """A page of the site's own."""

    title: str
    body: str


class SubscribePage(msgspec.Struct, frozen=True):
    """Every feed, for people."""

    feeds: tuple[Feed, ...]


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """The search page: the volumes of the index, newest first, or none; and what there is without it.

    `place` is the site's host and path; `kinds` are the types of articles, their addresses being the values in records.
    """

    volumes: tuple[str, ...]
    place: str
    kinds: tuple[Link, ...]
    topics: tuple[Link, ...]
    years: tuple[Link, ...]


class RedirectPage(msgspec.Struct, frozen=True):
    """An old address that leads to a new one."""

    link: Link


class HeadersPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers depend on besides the site: its search index, mails and videos."""

    has_search: bool
    has_mails: bool
    has_videos: bool


class RedirectsPage(msgspec.Struct, frozen=True):
    """Every old path (as its text) with the address that it leads to, and the status that the host answers with."""

    redirects: tuple[Link, ...]
    status: str


class EmptyPage(msgspec.Struct, frozen=True):
    """A page that needs nothing but the site."""
