"""The search page, and what the index behind it is made of: records of articles, in volumes of whole years.

An index made as one would be made anew with every article. So there is one for each volume, which readers'
browsers search together; a change makes that of its own years anew.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

import msgspec

from broadsheet.core import dates
from broadsheet.core.model import Article, Brief, Topic
from broadsheet.core.text import fold_space
from broadsheet.editing.digest import Digest
from broadsheet.editing.marks import hashed, mark, topic_mark
from broadsheet.editing.taxonomy import TopicEntry, topic_address
from broadsheet.site.desk import Desk, kind_labels, provider_address
from broadsheet.site.pages import Page, page_of
from broadsheet.site.views import Link, SearchPage

FOLDER = "/pagefind"
"""Where the index lies; nothing else may lie there."""
FACETS = "facets.json"
"""The file, beside the index of a volume, of what a search is narrowed by."""
ADDRESS = "/search/"
_ENOUGH = 1_000
"""How many articles make a volume: fewer of one year are joined by the next years'."""
_TAG = re.compile("<[^>]*>")
_TOPICS = 40


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is found of an article: `content` and the texts of `meta` are searched, and the title counts most."""

    url: str
    kind: str
    content: str
    meta: Mapping[str, str]


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """The articles of some successive years, newest first, by the first of them.

    Where the keys of two are equal, so are their records and what `facets` makes of these and of the names
    of their fragments.
    """

    name: str
    key: bytes
    language: str
    articles: tuple[Brief, ...]
    records: Callable[[], list[Record]]
    facets: Callable[[Sequence[Record], Sequence[str]], bytes]

    @property
    def folder(self) -> str:
        """The address of the folder of its files."""
        return f"{FOLDER}/{self.name}/"


def volumes_of(digest: Digest, program: str, whole: Callable[[Brief], Article]) -> tuple[Volume, ...]:
    """Return the volumes of a digest, newest first; none without the program (its name) that makes an index.

    `whole` gives an article that the digest holds in brief.
    """
    if not program:
        return ()
    years: dict[int, list[Brief]] = {}
    for article in reversed(digest.articles):
        years.setdefault(_day(digest, article).year, []).append(article)
    found: list[tuple[int, list[Brief]]] = []
    for year in sorted(years):
        if found and len(found[-1][1]) < _ENOUGH:
            found[-1][1].extend(years[year])
        else:
            found.append((year, years[year]))
    desk = _Desk(digest, program, whole)
    return tuple(desk.volume(f"{year:04}", tuple(reversed(held))) for year, held in reversed(found))


def search_page(desk: Desk, volumes: Sequence[Volume]) -> Page:
    """Plan the search page, which without an index or JavaScript offers topics, years and another engine."""
    digest, gettext = desk.digest, desk.words.gettext
    roots = [entry for entry in digest.topics if not entry.ancestors and entry.articles]
    # Those that a file defines come first: they are the ones that a curator thought of.
    roots.sort(key=lambda entry: not entry.topic.is_defined)
    years = sorted({month.first.year for month in digest.months}, reverse=True)
    _, _, place = digest.config.base_url.partition("://")
    return page_of(
        address=ADDRESS,
        template="search.html",
        head=desk.described(
            desk.list_head(
                gettext("Search"),
                ADDRESS,
                gettext("Search %(site)s by words, topics, providers and years.", site=digest.config.title),
            )
        ),
        context=SearchPage(
            volumes=tuple(volume.name for volume in volumes),
            place=place.rstrip("/"),
            kinds=tuple(Link(label or gettext("Article"), kind) for kind, label in kind_labels(desk.words).items()),
            topics=tuple(_link(entry) for entry in roots[:_TOPICS]),
            years=tuple(Link(f"{year:04}", f"/archive/{year:04}/") for year in years),
        ),
    )


class _Desk:
    """Makes the records of articles, and the facets that a search is narrowed by."""

    def __init__(self, digest: Digest, program: str, whole: Callable[[Brief], Article]) -> None:
        self._digest = digest
        self._program = program
        self._whole = whole
        self._above = {entry.topic.slug: entry.ancestors for entry in digest.topics}

    def volume(self, name: str, articles: tuple[Brief, ...]) -> Volume:
        config = self._digest.config
        marks, topics_of = self._digest.marks, self._digest.topics_of
        topics = {topic.slug: topic for article in articles for topic in topics_of[article.id]}
        tree = [(topic_mark(t), [topic_mark(above) for above in self._above[t.slug]]) for t in topics.values()]
        settings = mark((self._program, config.language, config.timezone, tree))
        slugs = [[topic.slug for topic in topics_of[article.id]] for article in articles]
        key = hashed(settings + mark(slugs) + b"".join([marks[article.id].whole for article in articles]))
        return Volume(
            name=name,
            key=key,
            # The names of an index's files begin with its language; so no two volumes have one in common.
            language=f"{config.language.lower()}-x-{name}",
            articles=articles,
            records=partial(self._records, articles),
            facets=partial(self._facets, articles),
        )

    def _records(self, articles: Sequence[Brief]) -> list[Record]:
        return [self._record(self._whole(article)) for article in articles]

    def _record(self, article: Article) -> Record:
        own = self._digest.topics_of[article.id]
        topics = [found for topic in own for found in (topic, *reversed(self._above[topic.slug]))]
        names = dict.fromkeys(topic.name for topic in topics)
        return Record(
            url=article.address,
            kind=article.kind,
            content=_content(article),
            meta={"title": article.title, "provider": article.provider.name, "topics": ", ".join(names)},
        )

    def _facets(self, articles: Sequence[Brief], records: Sequence[Record], names: Sequence[str]) -> bytes:
        """Write what a search is narrowed by, as JSON: each article's fragment, day, type, provider and topics.

        Providers and topics are named once, with their addresses, and then by their numbers.
        """
        providers: dict[tuple[str, str], int] = {}
        topics: dict[tuple[str, str], int] = {}
        above: dict[int, list[int]] = {}

        def number(topic: Topic) -> int:
            return topics.setdefault((topic.name, topic_address(topic)), len(topics))

        stories = []
        for article, record, name in zip(articles, records, names, strict=True):
            provider = (article.provider.name, provider_address(article.provider))
            own = self._digest.topics_of[article.id]
            for topic in own:
                above[number(topic)] = [number(found) for found in self._above[topic.slug]]
            stories.append(
                (
                    name,
                    _day(self._digest, article).isoformat(),
                    record.kind,
                    providers.setdefault(provider, len(providers)),
                    [number(topic) for topic in own],
                )
            )
        facets = {
            "providers": list(providers),
            "topics": [(*topic, above.get(place, [])) for topic, place in topics.items()],
            "stories": stories,
        }
        return msgspec.json.encode(facets)


def plain_text(source: str) -> str:
    """Return the text of HTML that was made of Markdown here."""
    return fold_space(html.unescape(_TAG.sub("", source)))


def _content(article: Article) -> str:
    """Return excerpt and comment; instead of a text without any word, of which Pagefind makes no fragment, another."""
    texts = (f"{article.excerpt} {plain_text(article.comment)}".strip(), article.title, article.slug)
    return next(text for text in texts if any(sign.isalnum() for sign in text))


def _day(digest: Digest, article: Brief) -> date:
    return dates.local_day(article.published, digest.config.timezone)


def _link(entry: TopicEntry) -> Link:
    return Link(entry.topic.name, entry.address)
