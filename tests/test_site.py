"""The demonstration digest as readers, crawlers and feed readers find it."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import html5lib
import pytest
import yaml
from conftest import DEMO_URL, ROOT

from broadsheet.building.report import Report

SITE = tuple[Path, Report]
HTML = "{http://www.w3.org/1999/xhtml}"


def pages(out: Path) -> Iterator[tuple[str, ET.Element]]:
    """Yield the pages for browsers, by their URLs: mails have rules of their own."""
    for path in sorted(path for path in out.rglob("*.html") if path.name != "email.html"):
        address = DEMO_URL + path.relative_to(out).as_posix().removesuffix("index.html")
        yield address, html5lib.parse(path.read_text())


def links(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for attribute in ("href", "src"):
            if attribute in element.attrib:
                yield element.attrib[attribute]


def file_of(out: Path, url: str) -> Path:
    path = unquote(urlsplit(url).path).removeprefix("/digest/")
    return out / (f"{path}index.html" if path.endswith("/") or not path else path)


def test_the_demo_builds_without_errors(demo: SITE) -> None:
    _, report = demo

    assert report.outcome is not None
    assert report.problems == ()
    assert report.articles >= 40


def test_the_demo_shows_what_a_digest_can_hold() -> None:
    records = []
    for path in (ROOT / "content" / "news").rglob("*.md"):
        _, front, body = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").split("---\n", 2)
        records.append((yaml.load(front, yaml.BaseLoader), body.strip()))  # noqa: S506 - makes texts only
    topics = [yaml.safe_load(path.read_text()) for path in (ROOT / "content" / "topics").glob("*.yaml")]

    assert len(records) >= 40
    assert sum(record.get("published") != "true" for record, _ in records) >= 6
    assert sum(record.get("type", "article") != "article" for record, _ in records) >= 4
    assert sum(bool(record.get("related")) for record, _ in records) >= 10
    assert sum(bool(body) for _, body in records) >= 15
    assert {"AI", "AI in Security", "Computer Vision"} <= {topic["name"] for topic in topics}
    assert len(topics) >= 8
    assert all(topic["description"] for topic in topics)
    assert len(list((ROOT / "content" / "pages").glob("*.md"))) == 2


def test_every_internal_link_and_asset_resolves_under_a_base_path(demo: SITE) -> None:
    out, _ = demo
    broken = []
    count = 0

    for address, root in pages(out):
        for link in links(root):
            url = urljoin(address, link)
            if urlsplit(url).netloc != "user.github.io":
                continue
            count += 1
            if not urlsplit(url).path.startswith("/digest/") or not file_of(out, url).is_file():
                broken.append((address, link))

    assert count > 1000
    assert broken == []


def test_every_fragment_link_has_its_target(demo: SITE) -> None:
    out, _ = demo
    lost = []

    for address, root in pages(out):
        ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
        lost += [(address, link) for link in links(root) if link.startswith("#") and link[1:] not in ids]

    assert lost == []


def test_pages_are_valid_outlines(demo: SITE) -> None:
    out, _ = demo
    for address, root in pages(out):
        if root.find(f".//{HTML}meta[@http-equiv='refresh']") is not None:
            continue
        headings = [
            element.tag.removeprefix(HTML) for element in root.iter() if re.fullmatch(rf"{HTML}h\d", element.tag)
        ]
        ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        images = list(root.iter(f"{HTML}img"))

        assert headings.count("h1") == 1, address
        assert headings[0] == "h1", address
        assert all(int(b[1]) - int(a[1]) <= 1 for a, b in pairwise(headings)), address
        assert len(ids) == len(set(ids)), address
        assert all("alt" in image.attrib for image in images), address
        assert not [e for e in root.iter() if any(name == "style" or name.startswith("on") for name in e.attrib)]


def test_titles_are_unique_and_canonical_addresses_are_the_pages_own(demo: SITE) -> None:
    out, _ = demo
    titles: dict[str, str] = {}
    for address, root in pages(out):
        title = root.findtext(f".//{HTML}title") or ""
        canonical = root.find(f".//{HTML}link[@rel='canonical']")

        assert canonical is not None
        if root.find(f".//{HTML}meta[@http-equiv='refresh']") is None:
            assert canonical.attrib["href"] == address
            assert titles.setdefault(title, address) == address


def test_every_page_names_the_feeds(demo: SITE) -> None:
    out, _ = demo
    for address, root in pages(out):
        if root.find(f".//{HTML}meta[@http-equiv='refresh']") is not None:
            continue
        found = [e.attrib["href"] for e in root.iter(f"{HTML}link") if e.attrib.get("rel") == "alternate"]

        assert found[-3:] == ["/digest/feed.xml", "/digest/atom.xml", "/digest/feed.json"], address
        if address.startswith(f"{DEMO_URL}topics/ai/"):
            assert found[:3] == [f"/digest/topics/ai/{name}" for name in ("feed.xml", "atom.xml", "feed.json")]


def test_feedparser_reads_every_feed_without_complaint(demo: SITE, real_site: SITE) -> None:
    count = 0
    for out in (demo[0], real_site[0]):
        for path in [*out.rglob("feed.xml"), *out.rglob("atom.xml")]:
            feed = feedparser.parse(path.read_bytes())
            count += 1

            assert not feed.bozo, (path, feed.get("bozo_exception"))
            assert len(feed.entries) <= 50
            assert all(entry.id.startswith("urn:uuid:") for entry in feed.entries)
            assert feed.feed.link.endswith("/")

    assert count > 40


def test_the_three_formats_hold_the_same_items(demo: SITE) -> None:
    out, _ = demo
    for path in out.rglob("feed.json"):
        parsed = json.loads(path.read_text())
        rss = feedparser.parse((path.parent / "feed.xml").read_bytes())
        atom = feedparser.parse((path.parent / "atom.xml").read_bytes())

        expected = [(item["id"], item["title"], item["url"]) for item in parsed["items"]]

        assert parsed["version"] == "https://jsonfeed.org/version/1.1"
        assert [(e.id, e.title, e.link) for e in rss.entries] == expected
        assert [(e.id, e.title, e.link) for e in atom.entries] == expected
        for entry, item in zip(atom.entries, parsed["items"], strict=True):
            related = [link.href for link in entry.links if link.rel == "related"]
            assert entry.published.replace("+00:00", "Z") == item["date_published"]
            if "/editions/" in item["url"]:
                assert related == []
                continue
            assert related == [item["external_url"]]
            assert f'<a href="{item["external_url"]}">Read at' in item["content_html"].replace("&amp;", "&")


def test_feeds_hold_absolute_links_only(demo: SITE) -> None:
    out, _ = demo
    for item in json.loads((out / "feed.json").read_text())["items"]:
        for link in links(html5lib.parse(item["content_html"])):
            assert link.startswith(("https://", "http://", "#")), (item["url"], link)


def test_the_sitemap_names_every_page_once(demo: SITE) -> None:
    out, _ = demo
    expected = {
        address
        for address, root in pages(out)
        if root.find(f".//{HTML}meta[@http-equiv='refresh']") is None and not address.endswith("404.html")
    }
    namespace = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

    root = ET.parse(out / "sitemap.xml").getroot()  # noqa: S314 - our own file
    found = [loc.text for loc in root.iter(f"{namespace}loc")]

    assert len(found) == len(set(found))
    assert set(found) == expected


def test_machine_pages(demo: SITE) -> None:
    out, _ = demo

    opml = ET.parse(out / "opml.xml").getroot()  # noqa: S314 - our own file
    manifest = json.loads((out / "manifest.webmanifest").read_text())

    assert {file_of(out, e.attrib["xmlUrl"]).is_file() for e in opml.iter("outline")} == {True}
    assert len(list(opml.iter("outline"))) == len([p for p in out.rglob("feed.xml") if "page" not in p.parts])
    assert manifest["start_url"] == "/digest/"
    assert [file_of(out, urljoin(DEMO_URL, icon["src"])).is_file() for icon in manifest["icons"]] == [True] * 4
    sitemaps = [f"Sitemap: {DEMO_URL}{name}" for name in ("sitemap.xml", "sitemap-news.xml")]
    assert (out / "robots.txt").read_text().splitlines()[-2:] == sitemaps
    assert (out / ".nojekyll").read_bytes() == b""


def test_json_ld_says_no_more_than_is_true(demo: SITE) -> None:
    out, _ = demo
    page = (out / "2017/06/12/attention-is-all-you-need/index.html").read_text()
    root = html5lib.parse(page)

    script = next(e for e in root.iter(f"{HTML}script") if e.attrib.get("type") == "application/ld+json")
    value = json.loads(script.text or "")

    assert value["@type"] == "WebPage"
    assert value["citation"]["url"] == "https://arxiv.org/abs/1706.03762"
    assert value["citation"]["publisher"]["name"] == "arXiv"
    assert "author" not in value
    assert "datePublished" not in value


def test_a_redirect_leads_to_its_page(demo: SITE) -> None:
    out, _ = demo

    page = (out / "2017/attention/index.html").read_text()

    assert 'content="0; url=/digest/2017/06/12/attention-is-all-you-need/"' in page
    assert "noindex" in page


@pytest.mark.parametrize("name", ["feed.xml", "atom.xml", "feed.json", "index.html", "sitemap.xml"])
def test_nothing_is_dated_by_the_clock(demo: SITE, name: str) -> None:
    out, _ = demo

    assert not re.search(r"2026-|Nov 2026", (out / name).read_text())
