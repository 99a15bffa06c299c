"""Builders for tests of parsing: records, sources, articles, and a short way to say what was found."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import settings

from broadsheet.core.diagnostics import Diagnostic, Location
from broadsheet.core.model import Article, Draft, Provider, Source, TopicName
from broadsheet.core.text import slug
from broadsheet.core.urls import permanent_id, story_key
from broadsheet.records.articles import Parsed, Rules, parse_article

CASES = Path(__file__).parent / "cases"
RULES = Rules(templates=frozenset({"article.html", "page.html", "longread.html"}))
BOM = b"\xef\xbb\xbf"
PROPERTIES = settings(deadline=None, database=None, derandomize=True, max_examples=200)
"""Properties are checked on the same examples in every run, and leave no files behind."""

_USUAL = {
    "title": "A headline",
    "publishedDateTime": "2023-06-08T21:51:00Z",
    "webUrl": "https://example.org/a",
    "published": "true",
}


def record(body: str = "", **fields: str | None) -> bytes:
    """Build a published record of raw YAML values; None leaves a field out.

    Line 2 is the title, 3 `publishedDateTime`, 4 `webUrl`, 5 `published`; other fields follow from line 6.
    """
    chosen: dict[str, str | None] = {**_USUAL, **fields}
    return f"---\n{lines(**chosen)}---\n{body}".encode()


def lines(**fields: str | None) -> str:
    """Build YAML of raw values, a field a line; a value that begins with a line feed stands below its key."""
    return "".join(
        f"{key}:{value}\n" if value.startswith("\n") else f"{key}: {value}\n"
        for key, value in fields.items()
        if value is not None
    )


def source(text: str | bytes, name: str = "news/x.md") -> Source:
    """Build a source as it would be read from the content folder."""
    data = text.encode() if isinstance(text, str) else text
    return Source(path=f"content/{name}", name=name, data=data)


def parse(data: bytes, name: str = "news/x.md", rules: Rules = RULES) -> Parsed[Article | Draft]:
    """Parse a record's bytes."""
    return parse_article(source(data, name), rules)


def published(data: bytes, name: str = "news/x.md", rules: Rules = RULES) -> Article:
    """Parse a record that is an Article."""
    value = parse(data, name, rules).value
    assert isinstance(value, Article)
    return value


def said(problems: Iterable[Diagnostic]) -> list[str]:
    """Say each problem as `line:column severity code`."""
    return [f"{p.location.line}:{p.location.column} {p.severity} {p.code}" for p in problems]


def case_names(folder: str, ending: str) -> list[str]:
    """List the cases of a folder by the ending of their inputs."""
    return sorted(path.stem for path in (CASES / folder).glob(f"*{ending}"))


def article(
    title: str = "A",
    topics: Sequence[str] = ("AI",),
    *,
    url: str = "",
    moment: datetime = datetime(2023, 6, 8, 21, 51, tzinfo=UTC),
    updated: datetime | None = None,
) -> Article:
    """Build an article; what is not given follows from the title."""
    url = url or f"https://example.org/{slug(title)}"
    where = Location(f"content/news/{slug(title)}.md", 2, 8)
    return Article(
        id=permanent_id(url),
        title=title,
        url=url,
        keys=(story_key(url),),
        published=moment,
        updated=updated,
        provider=Provider(name="Example", domain="example.org"),
        slug=slug(title),
        location=where,
        topics=tuple(TopicName(name, 2, 8) for name in topics),
    )
