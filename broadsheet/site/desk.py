"""The desk at which a digest's values become views: links, dates and texts in their final form."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from msgspec.structs import replace

from broadsheet.core import dates, language, urls
from broadsheet.core.language import Words
from broadsheet.core.model import Article, Brief, Image, Provider, Topic
from broadsheet.core.periods import KINDS
from broadsheet.core.text import safe_name, shorten
from broadsheet.editing.digest import Digest, Section
from broadsheet.editing.marks import hashed, mark, topic_mark
from broadsheet.editing.sidebars import Relative
from broadsheet.editing.taxonomy import TopicEntry, topic_address
from broadsheet.site import jsonld
from broadsheet.site.titles import DESCRIPTION_LIMIT, Titles
from broadsheet.site.views import ArticlePage, Card, Feed, Head, Link, Neighbor, When

_KEPT = 4_096
_KEPT_WHOLE = 512


class Desk:
    """Makes views of one digest's values; the cards in use are made once."""

    def __init__(self, digest: Digest, whole: Callable[[Brief], Article], words: Words) -> None:
        """`whole` gives an article that the digest holds in brief; `words` are the theme's."""
        self.digest = digest
        self.words = words
        self.labels = kind_labels(words)
        self.site_feed = Feed(title=digest.config.title, address="/", note=words.gettext("Everything, newest first"))
        self.by_id = {article.id: article for article in digest.articles}
        self.whole = lru_cache(maxsize=_KEPT_WHOLE)(whole)
        self._card = lru_cache(maxsize=_KEPT)(self._make_card)
        self._when = lru_cache(maxsize=_KEPT)(self._make_when)
        self.titles = Titles(digest.articles, digest.leaves, lambda article: self.when(article).words)
        topics = {topic.slug: topic for found in digest.topics_of.values() for topic in found}
        marks = {slug: topic_mark(topic) for slug, topic in topics.items()}
        of_topics = {a: b"".join([marks[topic.slug] for topic in found]) for a, found in digest.topics_of.items()}
        self._topic_keys = of_topics
        self._card_keys = {article: found.card + of_topics[article] for article, found in digest.marks.items()}
        self._whole_keys = {article: found.whole + of_topics[article] for article, found in digest.marks.items()}
        self._sidebar_keys: dict[str, bytes] = {}
        self._sections: Mapping[str, Link] = {
            section.name: Link(section_title(section.name), f"/sections/{section.slug}/") for section in digest.sections
        }

    def picture(self, image: Image | None) -> Image | None:
        """Return an image where the site shows any."""
        return image if self.digest.config.has_images else None

    def when(self, article: Brief) -> When:
        """Return when the source published an article."""
        return self._when(article.published)

    def day(self, article: Brief) -> date:
        """Return the day of an article in the site's time zone."""
        return dates.local_day(article.published, self.digest.config.timezone)

    def topics(self, article: Brief) -> tuple[Link, ...]:
        """Return the links to an article's topics."""
        return tuple(self.topic_link(topic) for topic in self.digest.topics_of[article.id])

    def topic_link(self, topic: Topic, note: str = "") -> Link:
        """Return the link to a topic, by its short name."""
        return Link(topic.shortname or topic.name, topic_address(topic), note)

    def card(self, article: Brief) -> Card:
        """Return an article's card."""
        return self._card(article.id)

    def _make_card(self, name: str) -> Card:
        article = self.whole(self.by_id[name])
        return Card(
            address=article.address,
            title=article.title,
            excerpt=shorten(article.excerpt, 320),
            source=_source(article),
            when=self.when(article),
            kind=article.kind,
            label=self.labels[article.kind],
            image=self.picture(article.image),
            topics=self.topics(article),
            notice=self.notice(article),
        )

    def cards(self, articles: Sequence[Brief]) -> tuple[Card, ...]:
        """Return the cards of several articles."""
        return tuple(self.card(article) for article in articles)

    def cards_key(self, articles: Sequence[Brief]) -> bytes:
        """Return what the cards of several articles are made of."""
        keys = self._card_keys
        return hashed(b" ".join([keys[article.id] for article in articles]))

    def topics_key(self, articles: Sequence[Brief]) -> bytes:
        """Return what the topics of several articles are, as a hash."""
        keys = self._topic_keys
        return hashed(b" ".join([keys[article.id] for article in articles]))

    def items_key(self, articles: Sequence[Brief]) -> bytes:
        """Return what everything but the sidebars is made of that articles' own pages and feed items show."""
        keys = self._whole_keys
        return hashed(b" ".join([keys[article.id] for article in articles]))

    def page_key(self, article: Brief) -> bytes:
        """Return what an article's own page is made of."""
        section = self.section(article)
        return b"%b %b %b %b" % (
            self._whole_keys[article.id],
            self.sidebar_key(article),
            mark(section) if section else b"",
            self.titles.key(article),
        )

    def sidebar_key(self, article: Brief) -> bytes:
        """Return what an article's sidebar is made of besides its own record."""
        key = self._sidebar_keys.get(article.id)
        if key is None:
            key = self._sidebar_keys[article.id] = self.digest.related.key(article)
        return key

    def section(self, article: Brief) -> Link | None:
        """Return the link to an article's section, where there is more than one."""
        return self._sections.get(article.category)

    def article(self, article: Article) -> ArticlePage:
        """Return what an article's own page shows."""
        month = self.day(article).replace(day=1)
        updated = self._when(article.updated) if article.updated else None
        return ArticlePage(
            title=article.title,
            excerpt=article.excerpt,
            url=article.url,
            source=_source(article),
            when=self.when(article),
            updated=updated,
            month=self.month_link(month),
            section=self.section(article),
            label=self.labels[article.kind],
            image=self.picture(article.image),
            embed=article.embed,
            comment=article.comment,
            topics=self.topics(article),
            related=self.neighbors(article),
            notice=self.notice(article),
        )

    def notice(self, article: Brief) -> str:
        """Say that a build leaves an article out, where it does, and until when."""
        if article.notice == "draft":
            return self.words.gettext("Draft")
        return self.words.gettext("Due %(date)s", date=self.when(article).words) if article.notice else ""

    def neighbors(self, article: Brief) -> tuple[Neighbor, ...]:
        """Return the entries of an article's sidebar."""
        return tuple(self._neighbor(relative) for relative in self.digest.related[article.id])

    def month_link(self, month: date) -> Link:
        """Return the link to a month of the archive."""
        name = language.month_name(month, self.digest.config.language)
        return Link(name, f"/archive/{month.year:04}/{month.month:02}/")

    def _make_when(self, moment: datetime) -> When:
        config = self.digest.config
        day = dates.local_day(moment, config.timezone)
        clock = dates.local_clock(moment, config.timezone)
        return When(dates.iso(moment), language.long_date(day, config.language), clock)

    def _neighbor(self, relative: Relative) -> Neighbor:
        if relative.article is not None:
            own = relative.article
            return Neighbor(
                title=own.title,
                address=own.address,
                is_ours=True,
                source=own.provider.name,
                when=self.when(own),
                reason=reason(relative, self.words),
                notice=self.notice(own),
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
            reason=reason(relative, self.words),
        )

    def topic_feed(self, entry: TopicEntry) -> Feed:
        """Return the feeds of a topic."""
        name, gettext = entry.topic.name, self.words.gettext
        title = f"{name} – {self.digest.config.title}"
        if entry.children:
            note = gettext("The topic %(topic)s and the topics below it", topic=name)
        else:
            note = gettext("The topic %(topic)s", topic=name)
        return Feed(title=title, address=entry.address, note=note)

    def section_feed(self, section: Section) -> Feed:
        """Return the feeds of a section."""
        name = section_title(section.name)
        title = f"{name} – {self.digest.config.title}"
        return Feed(
            title=title,
            address=f"/sections/{section.slug}/",
            note=self.words.gettext("The section %(section)s", section=name),
        )

    def feeds(self) -> tuple[Feed, ...]:
        """Return every feed of the site, its own first."""
        sections = (self.section_feed(section) for section in self.digest.sections)
        editions = (self.editions_feed, *self.edition_feeds) if self.digest.editions.all else ()
        return (self.site_feed, *editions, *sections, *(self.topic_feed(entry) for entry in self.digest.topics))

    @property
    def editions_feed(self) -> Feed:
        """The feeds of all editions."""
        return self._edition_feed("/editions/", self.words.gettext("Every edition, whole"))

    @property
    def edition_feeds(self) -> tuple[Feed, ...]:
        """The feeds of daily and of weekly editions, where there are both."""
        if len({edition.period.kind for edition in self.digest.editions.all}) < len(KINDS):
            return ()
        return (
            self._edition_feed("/editions/daily/", self.words.gettext("Daily editions, whole")),
            self._edition_feed("/editions/weekly/", self.words.gettext("Weekly editions, whole")),
        )

    def _edition_feed(self, address: str, note: str) -> Feed:
        return Feed(title=f"{note} – {self.digest.config.title}", address=address, note=note)

    def count(self, number: int) -> str:
        """Say how many articles there are."""
        return self.words.ngettext("%(num)s article", "%(num)s articles", number)

    def count_of(self, what: str, number: int) -> str:
        """Say how many articles there are of something: "June 2023: 3 articles"."""
        return self.words.ngettext("%(what)s: %(num)s article", "%(what)s: %(num)s articles", number, what=what)

    def share(self, permille: int) -> str:
        """Write a share of the coverage, given in thousandths, of which there is something."""
        if permille:
            return language.write_percent(permille, self.digest.config.language)
        return self.words.gettext("under %(share)s", share=language.write_percent(1, self.digest.config.language))

    def absolute(self, address: str) -> str:
        """Return the absolute URL of one of our own addresses."""
        return urls.absolute(self.digest.config.base_url, address)

    def list_head(
        self,
        title: str,
        address: str,
        description: str,
        feeds: tuple[Feed, ...] = (),
        image: Image | None = None,
    ) -> Head:
        """Return the head of a page that lists articles or links, but for what `described` adds."""
        return Head(
            title=title,
            address=address,
            description=shorten(description, DESCRIPTION_LIMIT),
            feeds=feeds,
            image=image,
        )

    def described(self, head: Head, crumbs: Sequence[Link] = (), name: str = "") -> Head:
        """Add what search engines read to the head of a list; `name` is what it is called below its crumbs."""
        told = jsonld.page(self.digest.config, "CollectionPage", head, crumbs, name or head.title)
        return replace(head, json_ld=told)


def kind_labels(words: Words) -> dict[str, str]:
    """Return what each kind of article is called; an article itself has no label."""
    return {
        "article": "",
        "video": words.gettext("Video"),
        "podcast": words.gettext("Podcast"),
        "paper": words.gettext("Paper"),
        "report": words.gettext("Report"),
        "release": words.gettext("Release"),
        "discussion": words.gettext("Discussion"),
        "event": words.gettext("Event"),
    }


def reason(relative: Relative, words: Words) -> str:
    """Say in a few words why a story stands in the sidebar: "Computer Vision · same week"."""
    if relative.why == "curated":
        return words.gettext("Picked by the curator")
    what = relative.topic
    if relative.why == "words":
        first, *more = relative.words
        if more:
            what = words.gettext("“%(one)s” and “%(other)s” in both headlines", one=first, other=more[0])
        else:
            what = words.gettext("“%(word)s” in both", word=first)
    near = {
        "": "",
        "day": words.gettext("same day"),
        "week": words.gettext("same week"),
        "month": words.gettext("same month"),
    }[relative.closeness]
    return f"{what} · {near}" if near else what


def section_title(category: str) -> str:
    """Return a category as a title: `news` is "News"."""
    return category[:1].upper() + category[1:]


def provider_address(provider: Provider) -> str:
    """Return the address of a provider's first page; a folder beside our own `index.html` has another name."""
    domain = provider.domain
    return f"/providers/{f'x-{domain}' if domain == 'index.html' else safe_name(domain)}/"


def _source(article: Brief) -> Link:
    provider = article.provider
    return Link(provider.name, provider_address(provider))
