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
from broadsheet.taxonomy import Taxonomy, TopicEntry
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
    tree = Taxonomy(topics, due, problems)
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
