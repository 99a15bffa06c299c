"""Pages for machines: sitemap, robots, OPML 2.0 and the web app manifest."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import msgspec

from broadsheet.views import Feed


class Place(msgspec.Struct, frozen=True):
    """An address in the sitemap: absolute, with the RFC 3339 time of its last change or ""."""

    url: str
    changed: str = ""


class Sitemap(msgspec.Struct, frozen=True):
    """Every page that crawlers should know."""

    places: tuple[Place, ...]


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """Every feed, for feed readers; `base` is the site's base URL without a slash at its end."""

    title: str
    base: str
    feeds: tuple[Feed, ...]


class Robots(msgspec.Struct, frozen=True):
    """Where crawlers find the sitemap."""

    sitemap: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser needs to keep the site as an app."""

    name: str
    description: str
    language: str
    direction: str
    start: str
    icon: str


def write_sitemap(sitemap: Sitemap) -> bytes:
    """Write the sitemap, by the protocol of sitemaps.org 0.9."""
    root = ET.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for place in sitemap.places:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = place.url
        if place.changed:
            ET.SubElement(url, "lastmod").text = place.changed
    return _xml(root)


def write_outline(outline: Outline) -> bytes:
    """Write the list of feeds as OPML 2.0, without a date: it changes when the feeds do."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = outline.title
    body = ET.SubElement(root, "body")
    for feed in outline.feeds:
        ET.SubElement(
            body,
            "outline",
            type="rss",
            text=feed.title,
            title=feed.title,
            xmlUrl=outline.base + feed.rss,
            htmlUrl=outline.base + feed.address,
        )
    return _xml(root)


def write_robots(robots: Robots) -> bytes:
    """Write robots.txt (RFC 9309): everything may be read."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {robots.sitemap}\n".encode()


def write_manifest(manifest: Manifest) -> bytes:
    """Write the web app manifest (W3C Web Application Manifest)."""
    value = {
        "name": manifest.name,
        "short_name": manifest.name,
        "description": manifest.description,
        "lang": manifest.language,
        "dir": manifest.direction,
        "start_url": manifest.start,
        "scope": manifest.start,
        "display": "minimal-ui",
        "icons": _icons(manifest.icon),
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _icons(address: str) -> Sequence[dict[str, str]]:
    return [{"src": address, "sizes": "any", "type": "image/svg+xml"}]


def _xml(root: ET.Element) -> bytes:
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
