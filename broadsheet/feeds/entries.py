"""Entries: an article as it stands in feeds, RSS 2.0, Atom 1.0 (RFC 4287) and JSON Feed 1.1.

An article stands in several documents of a format: subscriptions and archives of the site, its section and
its topics. So its entry is serialised once, to the bytes that it has in each of them. They are the bytes
that feedgen and a JSON formatter give where they write the document whole; a test holds that.
"""

from datetime import datetime
from email.utils import format_datetime
from html import escape

import msgspec

from broadsheet.core.dates import iso
from broadsheet.core.escapes import xml_text, xml_value
from broadsheet.core.model import Embed, FeedConfig, Image
from broadsheet.site.views import EditionPage, Link


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An article or an edition in a feed; links are absolute, times in UTC.

    `url` is that of somebody else's article, which an edition has not; `source` says who wrote it.
    """

    id: str
    title: str
    page: str
    url: str
    source: str
    source_url: str
    published: datetime
    updated: datetime
    excerpt: str
    comment: str
    image: Image | None
    embed: Embed | None
    topics: tuple[str, ...]
    related: tuple[Link, ...]
    edition: EditionPage | None = None


class Entry(msgspec.Struct, frozen=True):
    """An item's bytes in each format, as they stand in a document."""

    rss: bytes
    atom: bytes
    json: bytes


def serialise(item: Item, content: str, settings: FeedConfig) -> Entry:
    """Serialise an item; `content` is its full text as HTML, and not used where the settings want excerpts."""
    link, other = (item.url, item.page) if settings.links_to_source and item.url else (item.page, item.url)
    body = xml_text(content) if settings.is_full else ""
    return Entry(
        rss=_rss(item, link, body).encode(),
        atom=_atom(item, (link, other), body).encode(),
        json=_json(item, (link, other), content if settings.is_full else ""),
    )


def _rss(item: Item, link: str, body: str) -> str:
    # A description is HTML, and stands beside the content, for readers that know no other.
    description = xml_text(escape(item.excerpt or item.title, quote=False))
    content = f"      <content:encoded>{body}</content:encoded>\n" if body else ""
    source = f"      <dc:source>{xml_text(item.url)}</dc:source>\n" if item.url else ""
    categories = "".join([f"      <category>{xml_text(topic)}</category>\n" for topic in item.topics])
    return (
        f"    <item>\n"
        f"      <title>{xml_text(item.title)}</title>\n"
        f"      <link>{xml_text(link)}</link>\n"
        f"      <description>{description}</description>\n"
        f"{content}"
        f'      <guid isPermaLink="false">{xml_text(item.id)}</guid>\n'
        f"{categories}"
        f"      <pubDate>{format_datetime(item.published)}</pubDate>\n"
        f"      <dc:creator>{xml_text(item.source)}</dc:creator>\n"
        f"{source}"
        f"{_media(item.image, '      ')}"
        f"    </item>\n"
    )


def _atom(item: Item, links: tuple[str, str], body: str) -> str:
    content = f'    <content type="html">{body}</content>\n' if body else ""
    # A summary is text unless it says otherwise.
    said = item.excerpt if body else item.excerpt or item.title
    summary = f"    <summary>{xml_text(said)}</summary>\n" if said else ""
    uri = f"      <uri>{xml_text(item.source_url)}</uri>\n" if item.source_url else ""
    related = f'    <link rel="related" type="text/html" href="{xml_value(links[1])}"/>\n' if links[1] else ""
    names = [xml_value(topic) for topic in item.topics]
    categories = "".join([f'    <category term="{name}" label="{name}"/>\n' for name in names])
    return (
        f"  <entry>\n"
        f"    <id>{xml_text(item.id)}</id>\n"
        f"    <title>{xml_text(item.title)}</title>\n"
        f"    <updated>{item.updated.isoformat()}</updated>\n"
        f"    <author>\n"
        f"      <name>{xml_text(item.source)}</name>\n"
        f"{uri}"
        f"    </author>\n"
        f"{content}"
        f'    <link href="{xml_value(links[0])}"/>\n'
        f"{summary}"
        f"{categories}"
        f"    <published>{item.published.isoformat()}</published>\n"
        f"{_media(item.image, '    ')}"
        f"{related}"
        f"  </entry>\n"
    )


def _json(item: Item, links: tuple[str, str], content: str) -> bytes:
    entry = {
        "id": item.id,
        "url": links[0],
        "external_url": links[1],
        "title": item.title,
        "content_html": content,
        "content_text": "" if content else item.excerpt or item.title,
        "summary": item.excerpt,
        "image": item.image.url if item.image else "",
        "date_published": iso(item.published),
        "date_modified": iso(item.updated),
        "authors": [{"name": item.source, "url": item.source_url} if item.source_url else {"name": item.source}],
        "tags": item.topics,
    }
    kept = {key: value for key, value in entry.items() if value}
    # Inside two lists it is indented as deep as it lies in a document.
    return formatted([[kept]]).removeprefix(b"[\n [\n  ").removesuffix(b"\n ]\n]")


def formatted(value: object) -> bytes:
    """Write JSON for people too: indented by one space."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1)


def _media(image: Image | None, indent: str) -> str:
    """Write a picture by Media RSS."""
    if image is None:
        return ""
    url = f'url="{xml_value(image.url)}"'
    size = "".join(f' {name}="{n}"' for name, n in (("height", image.height), ("width", image.width)) if n)
    return f'{indent}<media:content {url} medium="image"{size}/>\n{indent}<media:thumbnail {url}{size}/>\n'
