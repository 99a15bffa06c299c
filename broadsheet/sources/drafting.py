"""A new record, as text: what is known of a story, written such that it is read back as the same."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from broadsheet.core.escapes import yaml_text
from broadsheet.core.text import decode_entities, safe_name, slug
from broadsheet.core.urls import domain_of
from broadsheet.sources.extraction import Picture

_NAME_LIMIT = 80


class NewRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a new record says. `provider` is a name; its domain follows from the URL."""

    title: str
    url: str
    published: datetime
    excerpt: str = ""
    kind: str = "article"
    provider: str = ""
    image: Picture | None = None
    amp_url: str = ""
    topics: tuple[str, ...] = ()


def write_record(record: NewRecord) -> str:
    """Write a record that is not published: every text a double-quoted scalar, so that none can be anything else."""
    domain = domain_of(record.url)
    lines = [
        "---",
        "category: news",
        f"title: {_text(record.title)}",
        *_given("excerpt", record.excerpt),
        f"publishedDateTime: {written_moment(record.published)}",
        f"webUrl: {_address(record.url)}",
        *([f"ampWebUrl: {_address(record.amp_url)}"] if record.amp_url else ()),
        f"type: {record.kind}",
        "published: false",
        "",
        "provider:",
        f"  name: {_text(record.provider or domain)}",
        f"  domain: {_text(domain)}",
        *_listed("topics", record.topics),
        *_pictured(record.image),
        "---",
        "",
    ]
    return "\n".join(lines)


def written_moment(moment: datetime) -> str:
    """Write a time with its own offset, to the second: `2023-06-08T23:51:00+02:00`, or with `Z` in UTC."""
    offset = moment.utcoffset() or timedelta()
    if offset.total_seconds() % 60:  # no timestamp can say that
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def file_name(record: NewRecord, number: int = 1) -> str:
    """Return the name of a record's file: its day in UTC, as its address has it, and its title; then numbered."""
    name = slug(record.title)
    if len(name) > _NAME_LIMIT:
        name = name[: _NAME_LIMIT + 1].rpartition("-")[0] or name[:_NAME_LIMIT]
    day = record.published.astimezone(UTC).date().isoformat()
    return f"{day}-{safe_name(name)}{f'-{number}' if number > 1 else ''}.md"


def usual_folder(names: Iterable[str], default: str = "news") -> str:
    """Return the folder in which most of the files lie, below the content; the first of several by name."""
    counts: dict[str, int] = {}
    for name in names:
        folder = name.rpartition("/")[0]
        counts[folder] = counts.get(folder, 0) + 1
    return min(counts, key=lambda folder: (-counts[folder], folder), default=default)


def _text(value: str) -> str:
    """Write a line of text for a field, which decodes entities once: what would be decoded is escaped."""
    return yaml_text(value.replace("&", "&amp;") if decode_entities(value) != value else value)


def _given(key: str, value: str) -> Iterator[str]:
    if value:
        yield f"{key}: {_text(value)}"


def _listed(key: str, values: Iterable[str]) -> Iterator[str]:
    items = [f"  - {_text(value)}" for value in values]
    if items:
        yield from ("", f"{key}:", *items)


def _pictured(image: Picture | None) -> Iterator[str]:
    if image is None:
        return
    yield from ("", "images:", f"  - url: {_address(image.url)}")
    if image.width and image.height:
        yield from (f"    width: {image.width}", f"    height: {image.height}")
    if image.title:
        yield f"    title: {_text(image.title)}"


def _address(url: str) -> str:
    """Write a URL, which is ASCII without quotation marks or backslashes: its entities are not decoded."""
    return f'"{url}"'
