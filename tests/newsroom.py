"""Builders for tests of the desk: articles, topics, and what the desk makes of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.language import Words
from broadsheet.core.model import Article, Brief, Config, Draft, Leaf, Pin, Provider, Story, Topic, TopicName
from broadsheet.core.text import slug
from broadsheet.core.urls import permanent_id, story_key
from broadsheet.editing.digest import Digest, Matter, edit
from broadsheet.editing.marks import marks_of

ENGLISH = Words("en")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def when(text: str) -> datetime:
    """Read `2025-06-01` or `2025-06-01T12:00` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def story(
    title: str,
    day: str = "2025-06-01",
    *,
    topics: Sequence[str] = (),
    provider: str = "example.org",
    url: str = "",
    heat: int | None = None,
    quality: int = 0,
    related: Sequence[Story] = (),
    category: str = "news",
    address: str = "",
    redirects: Sequence[str] = (),
) -> Article:
    """Build a published article; what is not given follows from the title."""
    url = url or f"https://{provider}/{slug(title)}"
    where = Location(f"content/{slug(title)}.md", 2, 8)
    return Article(
        id=permanent_id(url),
        title=title,
        url=url,
        keys=(story_key(url),),
        published=when(day),
        provider=Provider(name=provider, domain=provider),
        slug=address or slug(title),
        location=where,
        heat=heat,
        quality=quality,
        category=category,
        topics=tuple(TopicName(name, 2, 8) for name in topics),
        related=tuple(related),
        redirects=tuple(redirects),
    )


def draft(article: Article) -> Draft:
    """Return what is kept of an article whose record does not publish it."""
    return Draft(id=article.id, address=article.address, keys=article.keys, location=article.location)


def pick(title: str, url: str, provider: str = "elsewhere.example") -> Story:
    """Build a curated related story."""
    return Story(
        title=title,
        url=url,
        keys=(story_key(url),),
        provider=Provider(name=provider, domain=provider),
        line=20,
        column=5,
    )


def topic(name: str, *, parent: str = "", synonyms: Sequence[str] = (), address: str = "") -> Topic:
    """Build a topic as its file would define it."""
    where = Location(f"content/topics/{slug(name)}.yaml", 1, 7)
    return Topic(
        name=name,
        slug=address or slug(name),
        location=where,
        parent=parent,
        parent_location=Location(where.path, 2, 9) if parent else None,
        synonyms=tuple(synonyms),
        is_defined=True,
    )


def desk(
    *records: Article | Draft,
    topics: Sequence[Topic] = (),
    leaves: Sequence[Leaf] = (),
    pins: Sequence[Pin] = (),
    config: Config | None = None,
    now: datetime = NOW,
) -> tuple[Digest, list[Diagnostic]]:
    """Edit records into a digest."""
    marks = {record.location.path: marks_of(record) for record in records if isinstance(record, Article)}
    matter = Matter(topics=tuple(topics), leaves=tuple(leaves), pins=tuple(pins))
    return edit(records, matter, config or Config(), now, marks)


def whole(brief: Brief) -> Article:
    """Return an article that is held whole, as the builders make it."""
    assert isinstance(brief, Article)
    return brief


def codes(problems: Sequence[Diagnostic]) -> list[str]:
    """Return where and what each problem is."""
    return [f"{p.location} {p.severity} {p.code}" for p in problems]
