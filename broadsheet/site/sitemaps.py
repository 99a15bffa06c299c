"""Sitemaps by the protocol of sitemaps.org 0.9, an index of several, and Google's sitemap of news."""

from collections.abc import Iterator, Sequence

import msgspec

from broadsheet.core.escapes import xml_text

PLACES_LIMIT = 50_000
BYTES_LIMIT = 50 * 2**20
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
# More than what stands around the places of a sitemap, and around the address of one.
_FRAME, _AROUND = 300, 100


class Place(msgspec.Struct, frozen=True, gc=False):
    """An address in a sitemap: absolute, with the RFC 3339 time of its last change or ""."""

    url: str
    changed: str = ""


class Sitemap(msgspec.Struct, frozen=True):
    """Pages that crawlers should know."""

    places: tuple[Place, ...]


class SitemapIndex(msgspec.Struct, frozen=True):
    """The sitemaps of a site that does not go into one."""

    sitemaps: tuple[Place, ...]


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """An article in the sitemap of news; `published` is an RFC 3339 time."""

    url: str
    title: str
    published: str


class NewsSitemap(msgspec.Struct, frozen=True, kw_only=True):
    """The latest articles, and the publication, whose language is given as Google wants it."""

    name: str
    language: str
    items: tuple[NewsItem, ...]


def cut(
    base_url: str, addresses: Sequence[str], places_limit: int = PLACES_LIMIT, bytes_limit: int = BYTES_LIMIT
) -> Iterator[slice]:
    """Cut addresses of pages into parts that each go into one sitemap. What is added at the end changes the last only.

    They are made of slugs and host names, so their URLs are as long as base URL and address.
    """
    around = _AROUND + len(xml_text(base_url))
    start, size = 0, _FRAME
    for number, address in enumerate(addresses):
        needed = around + len(address)
        if number - start == places_limit or (size + needed > bytes_limit and number > start):
            yield slice(start, number)
            start, size = number, _FRAME
        size += needed
    if addresses:
        yield slice(start, len(addresses))


def news_language(tag: str) -> str:
    """Return the language of a publication as Google wants it: ISO 639, but for Chinese `zh-cn` or `zh-tw`."""
    parts = tag.lower().split("-")
    if parts[0] != "zh":
        return parts[0]
    return "zh-tw" if {"hant", "tw", "hk", "mo"} & set(parts) and "hans" not in parts else "zh-cn"


def write_sitemap(sitemap: Sitemap) -> bytes:
    """Write a sitemap."""
    return _document(f"urlset {_SITEMAP}", "".join(_entry("url", place) for place in sitemap.places))


def write_index(index: SitemapIndex) -> bytes:
    """Write the index of sitemaps."""
    return _document(f"sitemapindex {_SITEMAP}", "".join(_entry("sitemap", place) for place in index.sitemaps))


def write_news(sitemap: NewsSitemap) -> bytes:
    """Write the sitemap of news, by Google's schema 0.9."""
    publication = (
        f"<news:publication><news:name>{xml_text(sitemap.name)}</news:name>"
        f"<news:language>{sitemap.language}</news:language></news:publication>"
    )
    entries = [
        f" <url>\n  <loc>{xml_text(item.url)}</loc>\n  <news:news>\n   {publication}\n"
        f"   <news:publication_date>{item.published}</news:publication_date>\n"
        f"   <news:title>{xml_text(item.title)}</news:title>\n  </news:news>\n </url>\n"
        for item in sitemap.items
    ]
    return _document(f"urlset {_SITEMAP} {_NEWS}", "".join(entries))


def _entry(tag: str, place: Place) -> str:
    changed = f"  <lastmod>{place.changed}</lastmod>\n" if place.changed else ""
    return f" <{tag}>\n  <loc>{xml_text(place.url)}</loc>\n{changed} </{tag}>\n"


def _document(opening: str, entries: str) -> bytes:
    root = opening.partition(" ")[0]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{opening}>\n{entries}</{root}>\n'.encode()
