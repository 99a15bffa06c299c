"""Pages for machines: robots, OPML 2.0, the web app manifest and llms.txt."""

import json
from xml.etree import ElementTree as ET

import msgspec

from broadsheet.core.escapes import markdown_text, markdown_url
from broadsheet.site.views import Feed, Link

SHORT_NAME_LIMIT = 12
_ARTICLES = {"the", "a", "an"}
_COLOURS = {"theme_color": "#7a1f1f", "background_color": "#fdfcf9"}
_ICONS = (
    ("icon.svg", "any", "image/svg+xml", "any"),
    ("icon-192.png", "192x192", "image/png", "any"),
    ("icon-512.png", "512x512", "image/png", "any"),
    ("icon-maskable-512.png", "512x512", "image/png", "maskable"),
)
"""Name below the base path, sizes, type and purpose."""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """Every feed, for feed readers; `base` is the site's base URL without a slash at its end."""

    title: str
    base: str
    feeds: tuple[Feed, ...]


class Moved(msgspec.Struct, frozen=True):
    """Where programs that ask for JSON at an old address find what stood there: its title, and its absolute address."""

    title: str
    url: str


class Robots(msgspec.Struct, frozen=True):
    """Where crawlers find the sitemaps."""

    sitemaps: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser needs to keep the site as an app; `start` is the path of the front page."""

    name: str
    description: str
    language: str
    direction: str
    start: str


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """What language models should know of the site: sections of links, by their headings. All URLs are absolute."""

    title: str
    description: str
    sections: tuple[tuple[str, tuple[Link, ...]], ...]


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
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def write_robots(robots: Robots) -> bytes:
    """Write robots.txt (RFC 9309): everything may be read."""
    sitemaps = "".join(f"Sitemap: {url}\n" for url in robots.sitemaps)
    return f"User-agent: *\nAllow: /\n\n{sitemaps}".encode()


def write_manifest(manifest: Manifest) -> bytes:
    """Write the web app manifest (W3C Web Application Manifest)."""
    icons = [
        {"src": f"{manifest.start}{name}", "sizes": sizes, "type": kind, "purpose": purpose}
        for name, sizes, kind, purpose in _ICONS
    ]
    value = {
        "id": manifest.start,
        "name": manifest.name,
        "short_name": short_name(manifest.name),
        **({"description": manifest.description} if manifest.description else {}),
        "lang": manifest.language,
        "dir": manifest.direction,
        "start_url": manifest.start,
        "scope": manifest.start,
        "display": "minimal-ui",
        **_COLOURS,
        "icons": icons,
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def short_name(name: str) -> str:
    """Shorten a name to what has room below an icon: as many of its words as do, without an article before them."""
    words = name.split()
    if len(name) <= SHORT_NAME_LIMIT:
        return name
    if len(words) > 1 and words[0].lower() in _ARTICLES:
        words = words[1:]
    kept = words[0]
    for word in words[1:]:
        if len(f"{kept} {word}") > SHORT_NAME_LIMIT:
            break
        kept = f"{kept} {word}"
    return kept[:SHORT_NAME_LIMIT].rstrip(" ,.:;&–-") or kept[:SHORT_NAME_LIMIT]


def write_moved(moved: Moved) -> bytes:
    """Write what stands at an old address that ends in `.json`: an object with `moved_to` and `title`."""
    return json.dumps({"moved_to": moved.url, "title": moved.title}, ensure_ascii=False, indent=2).encode() + b"\n"


def write_guide(guide: Guide) -> bytes:
    """Write llms.txt, by the proposal of llmstxt.org. Sections without links are left out."""
    parts = [f"# {markdown_text(guide.title)}\n"]
    if guide.description:
        parts.append(f"> {markdown_text(guide.description)}\n")
    for heading, links in guide.sections:
        if links:
            parts.append(f"## {markdown_text(heading)}\n")
            parts.append("".join(_item(link) for link in links))
    return "\n".join(parts).encode()


def _item(link: Link) -> str:
    note = f": {markdown_text(link.note)}" if link.note else ""
    return f"- [{markdown_text(link.text)}]({markdown_url(link.address)}){note}\n"
