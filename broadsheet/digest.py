"""The editor's desk: what is due, in which order, under which topics, and what is related to what.

Only articles that are published and due get past `edit`; a Digest cannot hold a Draft.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from broadsheet.dates import local_day
from broadsheet.diagnostics import Diagnostic, Location
from broadsheet.model import Article, Config, Draft, Leaf, Provider, Story, Topic
from broadsheet.related import Closeness, Match, match_articles
from broadsheet.text import name_key, slug

RELATED_LIMIT = 6
PROVIDER_LIMIT = 2
_REPEATED_PROVIDER = 0.7


class Relative(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of an article's sidebar: our own article or somebody else's story, and why it is there."""

    article: Article | None = None
    story: Story | None = None
    why: Literal["curated", "topic", "words"] = "curated"
    topic: str = ""
    words: tuple[str, ...] = ()
    closeness: Closeness = ""


class TopicEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A topic in its tree, and the articles of it and of the topics below it, newest first."""

    topic: Topic
    ancestors: tuple[Topic, ...]
    children: tuple[Topic, ...]
    articles: tuple[Article, ...]

    @property
    def address(self) -> str:
        """The topic's first page."""
        return topic_address(self.topic)


class ProviderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A provider and its articles, newest first."""

    provider: Provider
    articles: tuple[Article, ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A category and its articles, newest first."""

    name: str
    slug: str
    articles: tuple[Article, ...]


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the site's time zone, by its first day, and its articles, newest first."""

    first: date
    articles: tuple[Article, ...]


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    """An old path that leads to an address."""

    path: str
    target: str
    title: str
    location: Location


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the site shows, decided: articles newest first, all else in the order of its pages."""

    config: Config
    articles: tuple[Article, ...]
    topics: tuple[TopicEntry, ...]
    topics_of: Mapping[str, tuple[Topic, ...]]
    providers: tuple[ProviderEntry, ...]
    sections: tuple[Section, ...]
    months: tuple[Month, ...]
    related: Mapping[str, tuple[Relative, ...]]
    leaves: tuple[Leaf, ...]
    redirects: tuple[Redirect, ...]


def newest_first(article: Article) -> tuple[float, str]:
    """Sort key: newest first; ties by id, so builds repeat."""
    return -article.published.timestamp(), article.id


def is_due(article: Article, now: datetime) -> bool:
    """Whether an article's time has come."""
    return article.published <= now


def topic_address(topic: Topic) -> str:
    """Return the address of a topic's first page."""
    return f"/topics/{topic.slug}/"


def edit(
    records: Iterable[Article | Draft],
    topics: Iterable[Topic],
    leaves: Iterable[Leaf],
    config: Config,
    now: datetime,
) -> tuple[Digest, list[Diagnostic]]:
    """Decide what the site shows at a time. What is in error is left out and named among the problems."""
    problems: list[Diagnostic] = []
    kept = _distinct(sorted(records, key=_place), problems)
    due = sorted((r for r in kept if isinstance(r, Article) and is_due(r, now)), key=newest_first)
    withheld = [r.article if isinstance(r, Draft) else r for r in kept if isinstance(r, Draft) or not is_due(r, now)]
    tree = _Tree(topics, due, problems)
    topics_of = {article.id: tree.resolve(article) for article in due}
    matches = match_articles(due, topics_of)
    index = {article.id: article for article in due}
    by_key = {key: article for article in due for key in article.keys}
    withheld_keys = {key for article in withheld for key in article.keys} - by_key.keys()
    related = {
        article.id: _relatives(article, matches[article.id], index, by_key, withheld_keys, problems) for article in due
    }
    pages = sorted(leaves, key=lambda leaf: leaf.location)
    digest = Digest(
        config=config,
        articles=tuple(due),
        topics=tree.entries(due, topics_of),
        topics_of=topics_of,
        providers=_providers(due),
        sections=_sections(due),
        months=_months(due, config.timezone),
        related=related,
        leaves=tuple(sorted(pages, key=lambda leaf: (leaf.title, leaf.slug))),
        redirects=tuple(_redirects(due, pages)),
    )
    return digest, problems


def _place(record: Article | Draft) -> Location:
    return record.article.location if isinstance(record, Draft) else record.location


def _distinct(records: Sequence[Article | Draft], problems: list[Diagnostic]) -> list[Article | Draft]:
    """Leave out records that claim another's id or address. Published ones come first; drafts only warn."""
    ids: dict[str, Article] = {}
    addresses: dict[str, Article] = {}
    kept: list[Article | Draft] = []
    for record in sorted(records, key=lambda record: isinstance(record, Draft)):
        article = record.article if isinstance(record, Draft) else record
        severity: Literal["error", "warning"] = "warning" if isinstance(record, Draft) else "error"
        twin = ids.setdefault(article.id, article)
        rival = addresses.setdefault(article.address, article)
        if twin is not article:
            problems.append(
                Diagnostic(
                    code="duplicate-id",
                    message=f"the same story as {twin.location.path}: both have the id {article.id}",
                    location=article.location,
                    severity=severity,
                    hint="remove one of the two, or give one an 'id' of its own",
                )
            )
        elif rival is not article:
            problems.append(
                Diagnostic(
                    code="address-collision",
                    message=f"{article.address} is the address of {rival.location.path} too",
                    location=article.location,
                    severity=severity,
                    hint="give one of the two another 'slug'",
                )
            )
        else:
            kept.append(record)
            continue
        if isinstance(record, Draft):
            kept.append(record)
    return kept


class _Tree:
    """The topics, by the names that mean them."""

    def __init__(self, defined: Iterable[Topic], articles: Sequence[Article], problems: list[Diagnostic]) -> None:
        self._problems = problems
        self._by_name: dict[str, Topic] = {}
        self._by_slug: dict[str, Topic] = {}
        topics = sorted(defined, key=lambda topic: topic.location)
        for topic in topics:
            self._define(topic)
        for topic in topics:
            for synonym in topic.synonyms:
                if self._by_slug.get(topic.slug) is topic:
                    self._name(synonym, topic)
        for article in reversed(articles):  # The oldest use decides the spelling, so that it stays.
            for used in article.topics:
                if name_key(used.name) not in self._by_name:
                    self._define(Topic(name=used.name, slug=slug(used.name), location=used.location))
        self._parent = {topic.slug: self._find_parent(topic) for topic in self._by_slug.values()}
        self._cut_cycles()

    def resolve(self, article: Article) -> tuple[Topic, ...]:
        """Return an article's topics, each once, in the record's order."""
        found = (self._by_name.get(name_key(used.name)) for used in article.topics)
        return tuple({topic.slug: topic for topic in found if topic is not None}.values())

    def entries(self, articles: Sequence[Article], topics_of: Mapping[str, Sequence[Topic]]) -> tuple[TopicEntry, ...]:
        """Return every topic with its place in the tree, by name."""
        below: dict[str, list[Article]] = defaultdict(list)
        for article in articles:
            slugs = {slug for topic in topics_of[article.id] for slug in self._path(topic)}
            for found in slugs:
                below[found].append(article)
        children: dict[str, list[Topic]] = defaultdict(list)
        for topic in sorted(self._by_slug.values(), key=_by_name):
            if parent := self._parent[topic.slug]:
                children[parent.slug].append(topic)
        return tuple(
            TopicEntry(
                topic=topic,
                ancestors=tuple(self._by_slug[s] for s in self._path(topic)[:0:-1]),
                children=tuple(children[topic.slug]),
                articles=tuple(below[topic.slug]),
            )
            for topic in sorted(self._by_slug.values(), key=_by_name)
        )

    def _path(self, topic: Topic) -> list[str]:
        """Return the slugs from a topic up to its root."""
        path = [topic.slug]
        while parent := self._parent[path[-1]]:
            path.append(parent.slug)
        return path

    def _define(self, topic: Topic) -> None:
        rival = self._by_slug.get(topic.slug)
        if rival is not None:
            self._problems.append(
                Diagnostic(
                    code="topic-collision",
                    message=f"'{topic.name}' and '{rival.name}' ({rival.location.path}) both want "
                    f"{topic_address(topic)}",
                    location=topic.location,
                    hint="give one of them another '_id', or make one a synonym of the other",
                )
            )
        elif self._name(topic.name, topic):
            self._by_slug[topic.slug] = topic

    def _name(self, name: str, topic: Topic) -> bool:
        rival = self._by_name.setdefault(name_key(name), topic)
        if rival is topic:
            return True
        self._problems.append(
            Diagnostic(
                code="topic-collision",
                message=f"'{name}' already means the topic '{rival.name}' ({rival.location.path})",
                location=topic.location,
                hint="a name or synonym belongs to one topic",
            )
        )
        return False

    def _find_parent(self, topic: Topic) -> Topic | None:
        if not topic.parent:
            return None
        parent = self._by_name.get(name_key(topic.parent))
        if parent is None:
            self._problems.append(
                Diagnostic(
                    code="unknown-parent",
                    message=f"nothing defines the parent '{topic.parent}' of '{topic.name}'",
                    location=topic.parent_location or topic.location,
                    hint="add a topic file for it, or correct the name",
                )
            )
        return parent

    def _cut_cycles(self) -> None:
        for topic in sorted(self._by_slug.values(), key=lambda topic: topic.location):
            path, above = [topic], self._parent[topic.slug]
            while above is not None and above is not topic and above not in path:
                path.append(above)
                above = self._parent[above.slug]
            if above is topic:
                names = " → ".join(f"'{step.name}'" for step in (*path, topic))
                self._problems.append(
                    Diagnostic(
                        code="cycle",
                        message=f"topics are each other's parents: {names}",
                        location=topic.parent_location or topic.location,
                        hint="remove the 'parent' of one of them",
                    )
                )
                self._parent[topic.slug] = None


def _by_name(topic: Topic) -> tuple[str, str]:
    return name_key(topic.name), topic.slug


def _relatives(  # noqa: PLR0913, PLR0917 - the whole desk is needed to choose
    article: Article,
    matches: Sequence[Match],
    index: Mapping[str, Article],
    by_key: Mapping[str, Article],
    withheld: set[str],
    problems: list[Diagnostic],
) -> tuple[Relative, ...]:
    """Choose an article's sidebar: the curated first, then the computed, with few of one provider."""
    chosen: list[Relative] = []
    shown = set(article.keys)
    quoted: dict[str, int] = defaultdict(int)
    for story in article.related:
        own = next((by_key[key] for key in story.keys if key in by_key), None)
        keys = {*story.keys, *(own.keys if own else ())}
        domain = (own or story).provider.domain
        reason = _why_left_out(keys, shown, withheld, quoted[domain], len(chosen))
        if reason:
            problems.append(
                Diagnostic(
                    code="related-left-out",
                    message=f"'{story.title}' is not shown: {reason}",
                    location=story.location,
                    severity="warning",
                    hint="see docs/related-articles.md",
                )
            )
            continue
        chosen.append(Relative(article=own) if own else Relative(story=story))
        shown |= keys
        quoted[domain] += 1
    candidates = [(match, index[match.other]) for match in matches]
    while len(chosen) < RELATED_LIMIT:
        open_ones = [
            (match.score * _REPEATED_PROVIDER ** (quoted[other.provider.domain]), match, other)
            for match, other in candidates
            if quoted[other.provider.domain] < PROVIDER_LIMIT and shown.isdisjoint(other.keys)
        ]
        if not open_ones:
            break
        _, match, other = min(open_ones, key=lambda entry: (-entry[0], newest_first(entry[2])))
        chosen.append(
            Relative(
                article=other,
                why="topic" if match.topic else "words",
                topic=match.topic,
                words=match.words,
                closeness=match.closeness,
            )
        )
        shown |= set(other.keys)
        quoted[other.provider.domain] += 1
    return tuple(chosen)


def _why_left_out(keys: set[str], shown: set[str], withheld: set[str], quoted: int, count: int) -> str:
    """Say why a curated story cannot be shown; "" if it can."""
    if not shown.isdisjoint(keys):
        return "it is the article itself, or stands there already"
    if not withheld.isdisjoint(keys):
        return "this digest holds it unpublished"
    if quoted >= PROVIDER_LIMIT:
        return f"there are {PROVIDER_LIMIT} of its provider already"
    if count >= RELATED_LIMIT:
        return f"there are {RELATED_LIMIT} already"
    return ""


def _providers(articles: Sequence[Article]) -> tuple[ProviderEntry, ...]:
    found: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        found[article.provider.domain].append(article)
    entries = (ProviderEntry(provider=quoted[0].provider, articles=tuple(quoted)) for quoted in found.values())
    return tuple(sorted(entries, key=lambda entry: (name_key(entry.provider.name), entry.provider.domain)))


def _sections(articles: Sequence[Article]) -> tuple[Section, ...]:
    """Return the sections, by name; a digest with one category only has none."""
    found: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        found[slug(article.category)].append(article)
    if len(found) < 2:  # noqa: PLR2004 - one section would repeat the front page
        return ()
    entries = (Section(name=held[-1].category, slug=key, articles=tuple(held)) for key, held in found.items())
    return tuple(sorted(entries, key=lambda section: section.slug))


def _months(articles: Sequence[Article], timezone: str) -> tuple[Month, ...]:
    found: dict[date, list[Article]] = defaultdict(list)
    for article in articles:
        found[local_day(article.published, timezone).replace(day=1)].append(article)
    return tuple(Month(first=first, articles=tuple(found[first])) for first in sorted(found, reverse=True))


def _redirects(articles: Iterable[Article], leaves: Iterable[Leaf]) -> Iterable[Redirect]:
    items: list[Article | Leaf] = [*articles, *leaves]
    for item in items:
        for path in item.redirects:
            yield Redirect(path=path, target=item.address, title=item.title, location=item.location)
