"""Editions: the best of a day or a week, under a number that stays.

An edition exists once its period is over. Its stories are computed, or pinned by a file; its number counts the
editions of its kind, and where files pin numbers, the others make room for them.
"""

import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property

import msgspec

from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.model import Brief, Config, EditionsConfig, Period, PeriodKind, Pin, PinnedStory, Topic
from broadsheet.core.periods import KINDS, period_end, period_of
from broadsheet.core.text import name_key
from broadsheet.core.urls import story_key
from broadsheet.editing.ranking import by_merit

_LEAST_GROUP = 2


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Stories of an edition under a heading: a topic's, or one that a file gives; "" for what shares no topic."""

    title: str
    topic: Topic | None
    stories: tuple[Brief, ...]


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What is in an edition: its lead, its other stories by group, and what else its period brought, newest first."""

    lead: Brief
    groups: tuple[Group, ...]
    rest: tuple[Brief, ...] = ()

    @property
    def chosen(self) -> tuple[Brief, ...]:
        """The stories that were chosen, in their order."""
        return (self.lead, *(story for group in self.groups for story in group.stories))


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """An edition: its period and when that was over, its number, the articles of the period, and what a file pins.

    `articles` are newest first. `pinned` are its contents as its file has them, if it has any.
    """

    period: Period
    end: datetime
    number: int
    articles: tuple[Brief, ...]
    pin: Pin | None = None
    pinned: Contents | None = None


class Editions(msgspec.Struct, frozen=True, kw_only=True):
    """All editions, the newest first; where two end together, the weekly one. `next_end` is when the next may exist."""

    all: tuple[Edition, ...] = ()
    next_end: datetime | None = None

    def of(self, kind: PeriodKind) -> tuple[Edition, ...]:
        """Return those of a kind, the newest first."""
        return tuple(edition for edition in self.all if edition.period.kind == kind)


class _Candidate(msgspec.Struct, frozen=True):
    """A period that is over, what was published in it, and its file's word."""

    period: Period
    end: datetime
    articles: tuple[Brief, ...]
    pin: Pin | None
    pinned: Contents | None


def editions_of(  # noqa: PLR0913, PLR0917 - all that editions depend on
    articles: Sequence[Brief],
    days: Sequence[date],
    config: Config,
    now: datetime,
    pins: Iterable[Pin],
    find: "Finder",
    problems: list[Diagnostic],
) -> Editions:
    """Return the editions of articles (newest first), whose days in the site's time zone are given in their order."""
    pinned = _by_period(pins, config.editions, problems)
    editions: list[Edition] = []
    next_end: datetime | None = None
    for kind in KINDS:
        if not config.editions.has(kind):
            continue
        found: dict[Period, list[Brief]] = defaultdict(list)
        for article, day in zip(articles, days, strict=True):
            found[period_of(kind, day)].append(article)
        candidates = []
        for period in sorted(found.keys() | {p for p in pinned if p.kind == kind}, key=lambda period: period.first):
            held, pin = found.get(period, []), pinned.get(period)
            # A file may make an edition of fewer stories than it would take otherwise.
            minimum = config.editions.minimum if pin is None else 1
            if len(held) < minimum and pin is None:
                continue
            end = period_end(period, config.timezone)
            if end > now:
                next_end = end if next_end is None else min(end, next_end)
            elif len(_distinct(held)) >= minimum:
                contents = _pinned(pin, held, config.editions, find, problems) if pin else None
                candidates.append(_Candidate(period, end, tuple(held), pin, contents))
            elif pin is not None:
                message = f"no published article is of {period.name}, so it has no edition"
                hint = "remove the file, or correct its name"
                problems.append(_warning("edition-left-out", message, pin.location, hint))
        editions += _numbered(candidates, problems)
    editions.sort(key=lambda edition: (edition.end, edition.period.kind), reverse=True)
    return Editions(all=tuple(editions), next_end=next_end)


class Finder:
    """Finds the articles and topics that files name."""

    def __init__(self, articles: Sequence[Brief], topic: Callable[[str], Topic | None]) -> None:
        """`topic` finds a topic by its name."""
        self._articles = articles
        self.topic = topic

    def article(self, name: str) -> Brief | None:
        """Return the article of an id, of an address here, or of a URL of its source."""
        found = self._by_name.get(name)
        if found is None and name.startswith(("http://", "https://")):
            with suppress(ValueError):
                return self._by_name.get(story_key(name))
        return found

    @cached_property
    def _by_name(self) -> dict[str, Brief]:
        """Articles by their ids and addresses, which no key of a story looks like, and by the keys of their stories."""
        names: dict[str, Brief] = {}
        for article in self._articles:
            for name in (article.id, article.address, *article.keys):
                names.setdefault(name, article)
        return names


def contents_of(edition: Edition, topics_of: Mapping[str, Sequence[Topic]], rules: EditionsConfig) -> Contents:
    """Return what is in an edition: as its file pins it, or else chosen by merit, few of one provider, none twice."""
    return edition.pinned or choose(edition.articles, topics_of, rules.limit(edition.period.kind), rules.per_provider)


def edition_id(config: Config, period: Period) -> str:
    """Return an edition's permanent id, a URN: the UUIDv5 (namespace URL) of the digest's id and the period's name."""
    start = config.id or config.base_url
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{start}#{period.name}").urn


def choose(
    articles: Sequence[Brief], topics_of: Mapping[str, Sequence[Topic]], limit: int, per_provider: int
) -> Contents:
    """Choose at most `limit` of one article or more, the worthiest first, and group them by topic."""
    chosen: list[Brief] = []
    quoted: dict[str, int] = defaultdict(int)
    distinct = _distinct(sorted(articles, key=by_merit))
    for article in distinct:
        if len(chosen) < limit and quoted[article.provider.domain] < per_provider:
            quoted[article.provider.domain] += 1
            chosen.append(article)
    lead, *others = chosen
    taken = {article.id for article in chosen}
    shown = {article.id for article in distinct} - taken
    return Contents(
        lead=lead,
        groups=tuple(_grouped(others, topics_of)),
        rest=tuple(article for article in articles if article.id in shown),
    )


def _grouped(stories: Sequence[Brief], topics_of: Mapping[str, Sequence[Topic]]) -> Iterable[Group]:
    """Group stories by the topics that most of them share; those that share none come last.

    Each time the topic with most of the stories that are left is taken. The groups stand in the order of their
    best stories.
    """
    left = list(stories)
    groups: list[Group] = []
    while left:
        counts: dict[str, list[Brief]] = defaultdict(list)
        topics: dict[str, Topic] = {}
        for story in left:
            for topic in topics_of[story.id]:
                counts[topic.slug].append(story)
                topics[topic.slug] = topic
        best = min(counts, key=lambda slug: (-len(counts[slug]), name_key(topics[slug].name), slug), default=None)
        if best is None or len(counts[best]) < _LEAST_GROUP:
            break
        groups.append(Group(title=topics[best].name, topic=topics[best], stories=tuple(counts[best])))
        held = {story.id for story in counts[best]}
        left = [story for story in left if story.id not in held]
    order = {story.id: place for place, story in enumerate(stories)}
    groups.sort(key=lambda group: order[group.stories[0].id])
    return [*groups, Group(title="", topic=None, stories=tuple(left))] if left else groups


def _distinct(articles: Iterable[Brief]) -> list[Brief]:
    """Leave out articles that have a key of an earlier one: the same story, filed twice."""
    seen: set[str] = set()
    kept = []
    for article in articles:
        if seen.isdisjoint(article.keys):
            kept.append(article)
        seen.update(article.keys)
    return kept


def _by_period(pins: Iterable[Pin], rules: EditionsConfig, problems: list[Diagnostic]) -> dict[Period, Pin]:
    found: dict[Period, Pin] = {}
    for pin in sorted(pins, key=lambda pin: pin.location):
        first = found.setdefault(pin.period, pin)
        if first is not pin:
            message = f"{first.location.path} pins the edition {pin.period.name} too"
            problems.append(
                Diagnostic(
                    code="duplicate-edition",
                    message=message,
                    location=pin.location,
                    hint="keep one of the two",
                )
            )
        elif not rules.has(pin.period.kind):
            message = f"there are no {pin.period.kind} editions here, so this file does nothing"
            hint = f"remove it, or set 'editions.{pin.period.kind}: true' in site.yaml"
            problems.append(_warning("edition-left-out", message, pin.location, hint))
    return found


def _pinned(
    pin: Pin, articles: Sequence[Brief], rules: EditionsConfig, find: Finder, problems: list[Diagnostic]
) -> Contents | None:
    """Return what a file pins; None if it pins no story that can be shown. What cannot is named as a problem."""
    held = {article.id for article in articles}
    shown: set[str] = set()

    def pick(stories: Iterable[PinnedStory]) -> tuple[Brief, ...]:
        picked = []
        for story in stories:
            article = find.article(story.name)
            if article is None:
                reason = "this digest has published no such story"
            elif article.id not in held:
                reason = f"it is not of {pin.period.name}"
            elif not shown.isdisjoint(article.keys):
                reason = "it stands there already"
            else:
                picked.append(article)
                shown.update(article.keys)
                continue
            where = Location(pin.location.path, story.line, story.column)
            message = f"'{story.name}' is left out: {reason}"
            problems.append(_warning("edition-story", message, where, "name a story by its id, address or source"))
        return tuple(picked)

    lead = pick([pin.lead] if pin.lead else [])
    groups = [(group.title, pick(group.stories)) for group in pin.groups]
    listed = pick(pin.rest or ())
    if not lead:
        place = next((place for place, (_, stories) in enumerate(groups) if stories), None)
        if place is None:
            return None
        title, stories = groups[place]
        lead, groups[place] = stories[:1], (title, stories[1:])
    if pin.rest is None or not rules.is_frozen:
        others = _distinct(article for article in articles if shown.isdisjoint(article.keys))
        later = {article.id for article in (*listed, *others)}
        listed = tuple(article for article in articles if article.id in later)
    return Contents(
        lead=lead[0],
        groups=tuple(Group(title=title, topic=find.topic(title), stories=picked) for title, picked in groups if picked),
        rest=listed,
    )


def _numbered(candidates: Sequence[_Candidate], problems: list[Diagnostic]) -> Iterable[Edition]:
    """Give editions their numbers, in the order of time: as files pin them, and the others as long as there is room."""
    fixed = [(place, c.pin.number) for place, c in enumerate(candidates) if c.pin and c.pin.number]
    places = [place for place, _ in fixed]
    number = 0
    for place, found in enumerate(candidates):
        pin = found.pin
        if pin is not None and pin.number is not None:
            if pin.number <= number:
                message = f"'number': {pin.number} is not above {number}, the number of an earlier edition"
                where = pin.number_location or pin.location
                hint = "an edition's number is one more than that of the one before it"
                problems.append(Diagnostic(code="edition-number", message=message, location=where, hint=hint))
                continue
            number = pin.number
        else:
            next_fixed = bisect_right(places, place)
            if next_fixed < len(fixed) and fixed[next_fixed][1] <= number + 1:
                continue  # It came to be when the number after the last had been given.
            number += 1
        yield Edition(
            period=found.period,
            end=found.end,
            number=number,
            articles=found.articles,
            pin=pin,
            pinned=found.pinned,
        )


def _warning(code: str, message: str, location: Location, hint: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, location=location, severity="warning", hint=hint)
