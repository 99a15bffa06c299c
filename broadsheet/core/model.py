"""The nouns: values that nobody changes, complete once they exist."""

from datetime import UTC, date, datetime
from typing import Literal, TypeAlias

import msgspec

from broadsheet.core.diagnostics import Level, Location

Nofollow: TypeAlias = bool | tuple[str, ...]
"""Which links out search engines should not follow: all, none, or those to some domains and what lies below them."""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture at somebody else's address; sizes in CSS pixels, where known."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str = ""
    attribution: str = ""


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """Who published a story; the domain is lower-case ASCII without `www.`."""

    name: str
    domain: str
    image: Image | None = None


class Embed(msgspec.Struct, frozen=True, kw_only=True):
    """A video, rebuilt from its id: the page to follow and the player to load after a click."""

    host: str
    page_url: str
    player_url: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A curated related story, as sidebars show it; `keys` recognise it under any of its URLs.

    `line` and `column` tell where it stands in its record.
    """

    title: str
    url: str
    keys: tuple[str, ...]
    published: datetime | None = None
    provider: Provider
    line: int
    column: int


class TopicName(msgspec.Struct, frozen=True, array_like=True):
    """A topic's name as a record writes it, and where."""

    name: str
    line: int
    column: int


class Brief(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An article in brief: what the desk decides by. Times are aware and in UTC.

    `id` is permanent: it survives renames, new headlines and moves of the site. `topics` are names
    as written. `heat` is None when nobody scored it. `mentions` are the addresses of this site's
    articles, there or not, that its texts name. `notice` says why a build leaves it out: only where a
    curator looks at drafts is there such an article at all.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    published: datetime
    provider: Provider
    slug: str
    location: Location
    updated: datetime | None = None
    category: str = "news"
    quality: int = 0
    heat: int | None = None
    topics: tuple[TopicName, ...] = ()
    related: tuple[Story, ...] = ()
    redirects: tuple[str, ...] = ()
    template: str = "article"
    mentions: tuple[str, ...] = ()
    notice: Literal["", "draft", "future"] = ""

    @property
    def address(self) -> str:
        """The article's own page, below the site's base: `/YYYY/MM/DD/slug/`, by UTC date."""
        day = self.published.astimezone(UTC)
        return f"/{day.year:04}/{day.month:02}/{day.day:02}/{self.slug}/"

    @property
    def changed(self) -> datetime:
        """When the record last changed in substance."""
        return self.updated or self.published

    def where(self, part: Story | TopicName) -> Location:
        """Return the place of a part of the record."""
        return Location(self.location.path, part.line, part.column)


class Article(Brief, frozen=True, kw_only=True, tag=True):
    """A story that somebody else published and the curator chose, whole.

    `comment` is HTML made by us from the curator's Markdown.
    """

    url: str
    excerpt: str = ""
    kind: str = "article"
    images: tuple[Image, ...] = ()
    embed: Embed | None = None
    comment: str = ""

    @property
    def brief(self) -> Brief:
        """The article in brief."""
        return Brief(**{name: getattr(self, name) for name in Brief.__struct_fields__})

    @property
    def image(self) -> Image | None:
        """The lead image."""
        return self.images[0] if self.images else None


class Draft(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A record that is not published: what tells it from others, and no more.

    It is another type, and holds nothing that could be shown, so that no page can take one by mistake.
    """

    id: str
    address: str
    keys: tuple[str, ...]
    location: Location


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A topic, as its file defines it or (not `is_defined`) as a record names it; `slug` is its address's last part."""

    name: str
    slug: str
    location: Location
    shortname: str = ""
    parent: str = ""
    parent_location: Location | None = None
    synonyms: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    image: Image | None = None
    description: str = ""
    is_defined: bool = False


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the site's own, such as "About": a title and HTML made by us from Markdown."""

    title: str
    slug: str
    body: str
    location: Location
    description: str = ""
    template: str = "page"
    redirects: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The page's address below the site's base."""
        return f"/{self.slug}/"


PeriodKind: TypeAlias = Literal["daily", "weekly"]


class Period(msgspec.Struct, frozen=True):
    """A day, or a week that begins on Monday; `first` is its first day."""

    kind: PeriodKind
    first: date

    @property
    def name(self) -> str:
        """Its name in addresses and file names: `2026-11-24`, `2026-W48`."""
        if self.kind == "daily":
            return self.first.isoformat()
        year, week, _ = self.first.isocalendar()
        return f"{year:04}-W{week:02}"

    @property
    def address(self) -> str:
        """The address of its edition."""
        return f"/editions/{self.name}/"

    @property
    def days(self) -> int:
        """How many days it has."""
        return 1 if self.kind == "daily" else 7

    @property
    def last(self) -> date:
        """Its last day; the last one that there is, for the week in which the calendar ends."""
        return date.fromordinal(min(self.first.toordinal() + self.days - 1, date.max.toordinal()))


class PinnedStory(msgspec.Struct, frozen=True, array_like=True):
    """A story as the file of an edition names it: by its id, its address here or its source's URL; and where."""

    name: str
    line: int
    column: int


class PinnedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group of stories in the file of an edition."""

    title: str
    stories: tuple[PinnedStory, ...]


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What a file pins of an edition. `introduction` is HTML made by us from Markdown.

    Without `groups` and `lead` the stories are computed; `rest` is None where it is left to the period.
    """

    period: Period
    location: Location
    number: int | None = None
    number_location: Location | None = None
    title: str = ""
    introduction: str = ""
    lead: PinnedStory | None = None
    groups: tuple[PinnedGroup, ...] = ()
    rest: tuple[PinnedStory, ...] | None = None


class FeedConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What `site.yaml` says of feeds; `ttl` in minutes, `hub` a URL or ""."""

    limit: int = 50
    links_to_source: bool = False
    is_full: bool = True
    ttl: int = 60
    hub: str = ""


class EditionsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What `site.yaml` says of editions: which there are, how many stories they have at the most and at the least.

    `is_frozen` tells that a pinned edition lists no articles but those that its file names.
    """

    has_daily: bool = True
    has_weekly: bool = True
    daily_limit: int = 12
    weekly_limit: int = 25
    minimum: int = 3
    per_provider: int = 3
    is_frozen: bool = True

    def has(self, kind: PeriodKind) -> bool:
        """Whether there are editions of a kind."""
        return self.has_daily if kind == "daily" else self.has_weekly

    def limit(self, kind: PeriodKind) -> int:
        """How many stories an edition of a kind has at the most."""
        return self.daily_limit if kind == "daily" else self.weekly_limit


SERVICES = {
    "buttondown": "{{ unsubscribe_url }}",
    "listmonk": "{{ UnsubscribeURL }}",
    "mailchimp": "*|UNSUB|*",
}
"""What services for sending mail put each reader's own address for unsubscribing in the place of."""


class MailConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What `site.yaml` says of the mails of editions.

    There are mails of the editions of `days` before the newest one's end; `is_asked` tells that they must
    not be left out. `service` and `unsubscribe` say where readers unsubscribe, and `sender` is the address that mails
    come from.
    """

    is_asked: bool = False
    days: int = 28
    service: str = ""
    unsubscribe: str = ""
    sender: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What `site.yaml` says, complete: every setting has a value.

    `checks` are the rules of `broadsheet check` that have another level than usual, by code.
    `search` tells whether there is to be a search index; None leaves it to what is installed. `id` is what
    the permanent ids of editions are made from; "" leaves it to the base URL. `host` is the one that reads files of
    headers and redirects, if there are to be any. `theme` is the path
    of a theme's folder, as it stands in the file; "" is the default theme alone.
    """

    title: str = "Digest"
    description: str = ""
    base_url: str = "http://localhost:8000/"
    language: str = "en"
    timezone: str = "UTC"
    author: str = ""
    copyright: str = ""
    page_size: int = 24
    feeds: FeedConfig = FeedConfig()
    embeds: tuple[str, ...] = ("youtube", "vimeo")
    has_images: bool = True
    nofollow: Nofollow = False
    search: bool | None = None
    checks: tuple[tuple[str, Level], ...] = ()
    id: str = ""
    editions: EditionsConfig = EditionsConfig()
    mail: MailConfig = MailConfig()
    host: str = ""
    theme: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A file's path, as shown to people and relative to the content folder, and its bytes."""

    path: str
    name: str
    data: bytes


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """Templates by name: where each is shown to come from, and its text; static files by name, with their addresses.

    `catalog` holds the theme's words in the site's language; it is empty for English.
    """

    templates: tuple[tuple[str, str, str], ...]
    assets: tuple[tuple[str, str], ...] = ()
    catalog: bytes = b""

    @property
    def names(self) -> frozenset[str]:
        """The names of the templates."""
        return frozenset(name for name, _, _ in self.templates)


_ENCODER = msgspec.json.Encoder()


def texts_of(value: msgspec.Struct) -> bytes:
    """Return every text of a value, each between quotation marks, to be searched."""
    return _ENCODER.encode(value).replace(b"\\n", b"\n")
