"""The editor's desk: what is due, in which order, under which topics, and what is related to what.

Only articles that are published and due get past `edit`; a Digest cannot hold a Draft.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Literal

import msgspec

from broadsheet.core.dates import local_day
from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.model import Brief, Config, Draft, Leaf, Pin, Provider, Topic
from broadsheet.core.text import name_key, slug
from broadsheet.editing.editions import Editions, Finder, editions_of
from broadsheet.editing.marks import Marks
from broadsheet.editing.ranking import newest_first
from broadsheet.editing.sidebars import Sidebars
from broadsheet.editing.taxonomy import Taxonomy, TopicEntry


class ProviderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A provider and its articles, newest first."""

    provider: Provider
    articles: tuple[Brief, ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A category and its articles, newest first."""

    name: str
    slug: str
    articles: tuple[Brief, ...]


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the site's time zone, by its first day, and its articles, newest first."""

    first: date
    articles: tuple[Brief, ...]


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    """An old path that leads to an address."""

    path: str
    target: str
    title: str
    location: Location


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What a digest is made of besides its records."""

    topics: tuple[Topic, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    pins: tuple[Pin, ...] = ()


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the site shows, decided: articles newest first, all else in the order of its pages."""

    config: Config
    articles: tuple[Brief, ...]
    topics: tuple[TopicEntry, ...]
    topics_of: Mapping[str, tuple[Topic, ...]]
    providers: tuple[ProviderEntry, ...]
    sections: tuple[Section, ...]
    months: tuple[Month, ...]
    editions: Editions
    related: Sidebars
    leaves: tuple[Leaf, ...]
    redirects: tuple[Redirect, ...]
    marks: Mapping[str, Marks]

    def remarked(self, marks: Mapping[str, Marks]) -> "Digest":
        """Return the same decisions on articles of which only what pages show, and so the marks, differ."""
        return msgspec.structs.replace(self, marks=marks, related=self.related.remarked(marks))


def is_due(article: Brief, now: datetime) -> bool:
    """Whether an article's time has come."""
    return article.published <= now


def edit(
    records: Iterable[Brief | Draft],
    matter: Matter,
    config: Config,
    now: datetime,
    marks: Mapping[str, Marks],
) -> tuple[Digest, list[Diagnostic]]:
    """Decide what the site shows at a time. What is in error is left out and named among the problems.

    `marks` are those of the articles, by the paths of their records.
    """
    problems: list[Diagnostic] = []
    kept = _distinct(sorted(records, key=attrgetter("location.path")), problems)
    due = sorted((r for r in kept if isinstance(r, Brief) and is_due(r, now)), key=newest_first)
    withheld = [record for record in kept if isinstance(record, Draft) or not is_due(record, now)]
    tree = Taxonomy(matter.topics, due, problems)
    topics_of = {article.id: tree.resolve(article) for article in due}
    marks = {article.id: marks[article.location.path] for article in due}
    related = Sidebars(due, topics_of, {key for article in withheld for key in article.keys}, marks)
    problems.extend(problem for article in due if article.related for problem in related.left_out(article))
    pages = sorted(matter.leaves, key=lambda leaf: leaf.location)
    days = [local_day(article.published, config.timezone) for article in due]
    finder = Finder(due, tree.find)
    digest = Digest(
        config=config,
        articles=tuple(due),
        topics=tree.entries(due, topics_of),
        topics_of=topics_of,
        providers=_providers(due),
        sections=_sections(due),
        months=_months(due, days),
        editions=editions_of(due, days, config, now, matter.pins, finder, problems),
        related=related,
        leaves=tuple(sorted(pages, key=lambda leaf: (leaf.title, leaf.slug))),
        redirects=tuple(_redirects(due, pages)),
        marks=marks,
    )
    return digest, problems


def _distinct(records: Sequence[Brief | Draft], problems: list[Diagnostic]) -> list[Brief | Draft]:
    """Leave out records that claim another's id or address. Published ones come first; drafts only warn."""

    def is_draft(record: Brief | Draft) -> bool:
        return isinstance(record, Draft) or record.notice == "draft"

    ids: dict[str, Brief | Draft] = {}
    addresses: dict[str, Brief | Draft] = {}
    kept: list[Brief | Draft] = []
    for record in sorted(records, key=is_draft):
        twin = ids.setdefault(record.id, record)
        rival = addresses.setdefault(record.address, record)
        if twin is record and rival is record:
            kept.append(record)
            continue
        severity: Literal["error", "warning"] = "warning" if is_draft(record) else "error"
        if twin is not record:
            problems.append(
                Diagnostic(
                    code="duplicate-id",
                    message=f"the same story as {twin.location.path}: both have the id {record.id}",
                    location=record.location,
                    severity=severity,
                    hint="remove one of the two, or give one an 'id' of its own",
                )
            )
        else:
            problems.append(
                Diagnostic(
                    code="address-collision",
                    message=f"{record.address} is the address of {rival.location.path} too",
                    location=record.location,
                    severity=severity,
                    hint="give one of the two another 'slug'",
                )
            )
        if isinstance(record, Draft):
            kept.append(record)
    return kept


def _providers(articles: Sequence[Brief]) -> tuple[ProviderEntry, ...]:
    found: dict[str, list[Brief]] = defaultdict(list)
    for article in articles:
        found[article.provider.domain].append(article)
    entries = (ProviderEntry(provider=quoted[0].provider, articles=tuple(quoted)) for quoted in found.values())
    return tuple(sorted(entries, key=lambda entry: (name_key(entry.provider.name), entry.provider.domain)))


def _sections(articles: Sequence[Brief]) -> tuple[Section, ...]:
    """Return the sections, by name; a digest with one category only has none."""
    found: dict[str, list[Brief]] = defaultdict(list)
    for article in articles:
        found[slug(article.category)].append(article)
    if len(found) < 2:  # noqa: PLR2004 - one section would repeat the front page
        return ()
    entries = (Section(name=held[-1].category, slug=key, articles=tuple(held)) for key, held in found.items())
    return tuple(sorted(entries, key=lambda section: section.slug))


def _months(articles: Sequence[Brief], days: Sequence[date]) -> tuple[Month, ...]:
    found: dict[date, list[Brief]] = defaultdict(list)
    for article, day in zip(articles, days, strict=True):
        found[day.replace(day=1)].append(article)
    return tuple(Month(first=first, articles=tuple(found[first])) for first in sorted(found, reverse=True))


def _redirects(articles: Iterable[Brief], leaves: Iterable[Leaf]) -> Iterable[Redirect]:
    items: list[Brief | Leaf] = [*articles, *leaves]
    for item in items:
        for path in item.redirects:
            yield Redirect(path=path, target=item.address, title=item.title, location=item.location)
