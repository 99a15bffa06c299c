"""A page of somebody else's to what a record says of it; docs/curating.md says what is trusted before what.

Everything in a page is data: texts are cleaned and bounded, addresses are http or https, and what is odd is left out.
This is the only module that imports lxml.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urljoin

import msgspec
from lxml import etree

from broadsheet.core.dates import read_moment
from broadsheet.core.text import clean, decode_entities, fold_space, name_key, shorten
from broadsheet.core.urls import domain_of, web_url, without_tracking
from broadsheet.sources.charsets import decode_page
from broadsheet.sources.ldnodes import main_node, nodes_of

TITLE_LIMIT, EXCERPT_LIMIT, NAME_LIMIT = 300, 1_000, 100
"""The most characters of a headline, of an excerpt and of a name that are taken."""
_URL_LIMIT = 2_000
_SIZE_LIMIT = 100_000
_SEPARATOR = re.compile(r"\s+(?:[-\u2013\u2014|\u00b7\u2022\u00ab\u00bb]|::)\s+|:\s+")
_HTML = {"", "text/html", "application/xhtml+xml", "application/xml", "text/xml"}
_KINDS = {
    "VideoObject": "video",
    "PodcastEpisode": "podcast",
    "ScholarlyArticle": "paper",
    "Report": "report",
    "DiscussionForumPosting": "discussion",
    "Event": "event",
}
_DATE_PROPERTIES = ("article:published_time", "og:article:published_time", "video:release_date", "og:published_time")
_DATE_NAMES = (
    "citation_publication_date",
    "dcterms.created",
    "dcterms.date",
    "dc.date.issued",
    "dc.date",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publish_date",
    "publish-date",
    "date",
)


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a page; its size in pixels, where the page says it."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str = ""


class Extracted(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says of itself; "" and None where it does not. `published` keeps the offset that the page names.

    `notes` are sentences on what was not taken as it stands.
    """

    url: str
    title: str = ""
    excerpt: str = ""
    published: datetime | None = None
    provider: str = ""
    domain: str = ""
    kind: str = "article"
    image: Picture | None = None
    amp_url: str = ""
    notes: tuple[str, ...] = ()


def extract(data: bytes, content_type: str, url: str) -> Extracted:
    """Read a page that came from a URL. What is no HTML says nothing but its address."""
    address = without_tracking(web_url(url))
    domain = domain_of(address)
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _HTML:
        return Extracted(url=address, domain=domain, provider=domain, notes=(f"'{kind}' is no page that can be read",))
    page = _Page(decode_page(data, content_type), url)
    notes: list[str] = []
    canonical = _canonical(page, url, notes)
    domain = domain_of(canonical)
    provider = page.first(("publisher",), ("og:site_name",), ("application-name",), NAME_LIMIT) or domain
    title = page.first(("headline", "name"), ("og:title",), ("twitter:title", "title", "dc.title"), None)
    excerpt = page.first(("description",), ("og:description",), ("twitter:description", "description"), None)
    published, has_zone = _published(page)
    if published is not None and not has_zone:
        notes.append("its date names no offset and is read as UTC")
    return Extracted(
        url=canonical,
        title=shorten(_without_name(title or _text(page.title()), provider, domain), TITLE_LIMIT),
        excerpt=shorten(excerpt, EXCERPT_LIMIT),
        published=published,
        provider=provider,
        domain=domain,
        kind=_kind(page),
        image=_image(page),
        amp_url=page.address(page.link("amphtml")),
        notes=tuple(notes),
    )


class _Page:
    """A page's head, read once: its metas in their order, its links, its JSON-LD."""

    def __init__(self, text: str, url: str) -> None:
        self.url = url
        parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
        try:
            self.root = etree.fromstring(text.replace("\0", "\ufffd").encode("utf-8", "replace"), parser)
        except etree.LxmlError:
            self.root = None
        self.metas = [
            ((meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower(), content)
            for meta in self.all("meta")
            if (content := meta.get("content"))
        ]
        base = next((element.get("href") for element in self.all("base") if element.get("href")), "")
        self.base = self._join(url, base or "") or url
        scripts = (script for script in self.all("script") if "ld+json" in (script.get("type") or "").lower())
        nodes = nodes_of(script.text or "" for script in scripts)
        self.node = main_node(nodes, url)

    def all(self, *tags: str) -> Iterator["etree._Element"]:
        """Yield the elements of some names, in the order of the page."""
        return iter(()) if self.root is None else self.root.iter(*tags)

    def title(self) -> str:
        """Return what the page's window is called."""
        return next(("".join(element.itertext()) for element in self.all("title")), "")

    def link(self, rel: str) -> str:
        """Return the address of the first link of a kind."""
        found = (link.get("href") for link in self.all("link") if rel in (link.get("rel") or "").lower().split())
        return next((href for href in found if href), "")

    def meta(self, *names: str) -> str:
        """Return the first of some metas that says something; the names in the order of trust."""
        return next(self.every(*names), "")

    def every(self, *names: str) -> Iterator[str]:
        """Yield what metas say, the names in the order of trust."""
        return (value for wanted in names for name, value in self.metas if name == wanted and value.strip())

    def first(self, of_node: Iterable[str], graph: Iterable[str], names: Iterable[str], limit: int | None) -> str:
        """Return a text by the order of trust: JSON-LD, OpenGraph, then other metas."""
        found = next((text for name in of_node if (text := _text(decode_entities(self.node.text(name))))), "")
        text = found or next((text for value in self.every(*graph, *names) if (text := _text(value))), "")
        return text if limit is None else shorten(text, limit)

    def address(self, value: str) -> str:
        """Return an address that the page names as one that can be linked, "" for another."""
        return self._join(self.base, value) if value.strip() else ""

    @staticmethod
    def _join(base: str, value: str) -> str:
        try:
            url = web_url(urljoin(base, value.strip().replace(" ", "%20")))
        except ValueError:
            return ""
        return url if len(url) <= _URL_LIMIT else ""


def _text(value: str) -> str:
    return fold_space(clean(value)[0])


def _canonical(page: _Page, url: str, notes: list[str]) -> str:
    """Return the address that the page says is its own, if it can be: of its own site, and no front page of it."""
    here = without_tracking(web_url(url))
    for named in (page.link("canonical"), page.meta("og:url"), page.node.text("url"), page.node.address):
        address = without_tracking(page.address(named))
        if not address or address == here or address.partition(":")[0] < here.partition(":")[0]:
            continue  # nor is a page that came over https known by http
        if not _is_one_site(domain_of(address), domain_of(here)):
            notes.append(f"it names an address at another site, which is not taken: {address}")
        elif _is_front(address) <= _is_front(here):
            return address
    return here


def _is_one_site(one: str, other: str) -> bool:
    return one == other or f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def _is_front(url: str) -> bool:
    return url.split("/", 3)[3:] in ([], [""])


def _published(page: _Page) -> tuple[datetime | None, bool]:
    """Return when the page says it was published, and whether it names the offset."""
    times = [
        element.get("datetime") or ""
        for is_said in (True, False)
        for element in page.all("time")
        if (element.get("pubdate") is not None or "datePublished" in (element.get("itemprop") or "")) is is_said
    ]
    for value in (
        *(page.node.text(name) for name in ("datePublished", "uploadDate", "startDate")),
        *page.every(*_DATE_PROPERTIES, "datepublished", *_DATE_NAMES),
        *times,
    ):
        if (found := read_moment(value)) is not None:
            return found[0].replace(microsecond=0), found[1]
    return None, False


def _kind(page: _Page) -> str:
    kind = next((_KINDS[name] for name in page.node.types if name in _KINDS), "")
    if kind or page.node.types:
        return kind or "article"
    if page.meta("og:type").lower().startswith("video"):
        return "video"
    return "paper" if page.meta("citation_title") else "article"


def _image(page: _Page) -> Picture | None:
    """Return the lead picture: by the order of trust, but one whose size is known before one whose is not."""
    found = [*_node_pictures(page), *_graph_pictures(page)]
    found += [
        Picture(url=url, title=_text(page.meta("twitter:image:alt")))
        for value in page.every("twitter:image", "twitter:image:src")
        if (url := page.address(value))
    ]
    sized = [picture for picture in found if picture.width and picture.height]
    chosen = next(iter(sized or found), None)
    if chosen is None or chosen.title:
        return chosen
    title = next((picture.title for picture in found if picture.url == chosen.url and picture.title), "")
    return msgspec.structs.replace(chosen, title=shorten(title, TITLE_LIMIT))


def _node_pictures(page: _Page) -> Iterator[Picture]:
    for node in page.node.parts("image") or page.node.parts("thumbnailUrl"):
        if url := page.address(node.text("url") or node.text("contentUrl") or node.string):
            width, height = _size(node.text("width")), _size(node.text("height"))
            yield Picture(url=url, width=width, height=height, title=_text(decode_entities(node.text("caption"))))


def _graph_pictures(page: _Page) -> Iterator[Picture]:
    """Yield OpenGraph's pictures; what follows one belongs to it."""
    found: list[dict[str, str]] = []
    for name, value in page.metas:
        if name in {"og:image", "og:image:url"} and (name == "og:image" or not found or "url" in found[-1]):
            found.append({"url": value})
        elif name.startswith("og:image:") and found:
            found[-1].setdefault(name.removeprefix("og:image:"), value)
    for part in found:
        if url := page.address(part["url"]):
            width, height = _size(part.get("width", "")), _size(part.get("height", ""))
            yield Picture(url=url, width=width, height=height, title=_text(part.get("alt", "")))


def _size(value: str) -> int | None:
    match = re.match(r"\s*(\d{1,6})(?:\.\d*)?(?:\s*px)?\s*$", value)
    size = int(match[1]) if match else 0
    return size if 0 < size < _SIZE_LIMIT else None


def _without_name(title: str, provider: str, domain: str) -> str:
    """Return a headline without the site's name before or behind it: "A story - Example News" is "A story"."""
    names = {name_key(name) for name in (provider, domain, domain.partition(".")[0])}
    gaps = list(_SEPARATOR.finditer(title))
    if gaps and name_key(title[gaps[-1].end() :]) in names:
        return title[: gaps[-1].start()]
    if gaps and name_key(title[: gaps[0].start()]) in names:
        return title[gaps[0].end() :]
    return title
