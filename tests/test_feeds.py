"""Feeds by their specifications: identity, dates, archives, and text that would break them."""

import email.utils
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from site_builder import digest, record, run, snapshot, write

from broadsheet import __version__
from broadsheet.building.report import Report
from broadsheet.core.model import Embed, FeedConfig, Image
from broadsheet.feeds import channels
from broadsheet.feeds.channels import Channel
from broadsheet.feeds.entries import Item, serialise
from broadsheet.feeds.feeddiff import compare_feeds
from broadsheet.files.disk import read_feeds
from broadsheet.files.publication import LAST
from broadsheet.site.views import Link

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "schemas" / "atom.rng"))
BASE = "https://user.github.io/digest/"
HOSTILE = [
    "]]> & <b>bold</b> &amp;amp; &#0; &#x1; \\u0007 \\uFFFF",
    "</title><script>alert(1)</script>",
    "\\u202Eright to left \\u2028 separators",
    "\U0001f600 \U0001f9d1\u200d\U0001f4bb emoji",
    "' \\\" ` % {{ }} <!-- -->",
]


def known_date(text: str) -> str:
    """Return an RFC 822 or RFC 3339 date as seconds, so that formats can be compared."""
    moment = datetime.fromisoformat(text) if text[0].isdigit() else email.utils.parsedate_to_datetime(text)
    return str(int(moment.timestamp()))


def check_rss(data: bytes) -> list[dict[str, str]]:
    """Check a document against RSS 2.0 and the RSS Best Practices Profile; return its items."""
    root = etree.fromstring(data)
    (channel,) = root
    names = [child.tag for child in channel if isinstance(child.tag, str)]
    once = {
        "title",
        "link",
        "description",
        "language",
        "copyright",
        "pubDate",
        "lastBuildDate",
        "generator",
        "docs",
        "ttl",
        "image",
    }

    assert (root.tag, root.get("version")) == ("rss", "2.0")
    assert {"title", "link", "description"} <= set(names)
    assert all(names.count(name) == 1 for name in once if name in names)
    assert {name for name in names if not name.startswith("{")} <= once | {"item"}
    assert channel.findtext("link").startswith("http")
    (own,) = channel.findall(f"{ATOM}link[@rel='self']")
    assert own.get("href").startswith("http")
    assert own.get("type") == "application/rss+xml"
    email.utils.parsedate_to_datetime(channel.findtext("lastBuildDate"))
    image = channel.find("image")
    assert image.findtext("title") == channel.findtext("title")
    assert image.findtext("link") == channel.findtext("link")
    assert int(image.findtext("width")) <= 144
    assert int(channel.findtext("ttl")) > 0
    items = []
    for item in channel.findall("item"):
        tags = [child.tag for child in item]
        assert tags.count("title") == tags.count("link") == tags.count("guid") == tags.count("pubDate") == 1
        assert tags.count("description") == 1
        assert "<" not in re.sub(r"&(?:lt|gt|amp);", "", item.findtext("description")), "a description is HTML"
        assert "author" not in tags
        assert item.findtext(f"{DC}creator")
        if f"{CONTENT}encoded" in tags:
            assert tags.index("description") < tags.index(f"{CONTENT}encoded")
        assert item.find("guid").get("isPermaLink") == "false"
        assert urlsplit(item.findtext("link")).scheme in {"http", "https"}
        for media in item.findall(f"{MEDIA}content"):
            assert (media.get("medium"), media.get("url")[:4]) == ("image", "http")
        items.append(
            {
                "id": item.findtext("guid"),
                "title": item.findtext("title"),
                "link": item.findtext("link"),
                "date": known_date(item.findtext("pubDate")),
                "content": item.findtext(f"{CONTENT}encoded") or "",
            }
        )
    assert len({item["id"] for item in items}) == len(items)
    return items


def check_atom(data: bytes) -> list[dict[str, str]]:
    """Check a document against the RELAX NG of RFC 4287 and its rules beyond it; return its entries."""
    root = etree.fromstring(data)
    assert SCHEMA.validate(root), SCHEMA.error_log
    assert len(root.findall(f"{ATOM}link[@rel='self']")) == 1
    entries = []
    for entry in root.findall(f"{ATOM}entry"):
        links = [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
        assert len(links) == 1
        assert entry.find(f"{ATOM}author") is not None
        entries.append(
            {
                "id": entry.findtext(f"{ATOM}id"),
                "title": entry.findtext(f"{ATOM}title"),
                "link": links[0].get("href"),
                "date": known_date(entry.findtext(f"{ATOM}published")),
                "content": entry.findtext(f"{ATOM}content") or "",
            }
        )
    return entries


def check_json(data: bytes) -> list[dict[str, str]]:
    """Check a document against JSON Feed 1.1; return its items."""
    feed = json.loads(data)
    texts = {
        "version",
        "title",
        "home_page_url",
        "feed_url",
        "description",
        "user_comment",
        "next_url",
        "icon",
        "favicon",
        "language",
    }
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert set(feed) <= texts | {"authors", "expired", "hubs", "items"}
    assert all(isinstance(feed[name], str) for name in texts & set(feed))
    items = []
    for item in feed["items"]:
        item_texts = {
            "id",
            "url",
            "external_url",
            "title",
            "content_html",
            "content_text",
            "summary",
            "image",
            "banner_image",
            "date_published",
            "date_modified",
            "language",
        }
        assert set(item) <= item_texts | {"authors", "tags", "attachments"}
        assert all(isinstance(item[name], str) for name in item_texts & set(item))
        assert "content_html" in item or "content_text" in item
        assert all(isinstance(author.get("name"), str) for author in item["authors"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["date_published"])
        items.append(
            {
                "id": item["id"],
                "title": item["title"],
                "link": item["url"],
                "date": known_date(item["date_published"]),
                "content": item.get("content_html", ""),
            }
        )
    return items


CHECKS = {"feed.xml": check_rss, "atom.xml": check_atom, "feed.json": check_json}


def check_site(out: Path) -> int:
    """Check every feed of a site, and that its formats hold the same; return how many documents there were."""
    count = 0
    for path in sorted(out.rglob("feed.json")):
        found = [CHECKS[name]((path.parent / name).read_bytes()) for name in CHECKS]
        count += 3
        without_content = [[{k: v for k, v in item.items() if k != "content"} for item in items] for items in found]
        assert without_content[0] == without_content[1] == without_content[2], path
        for items in zip(*found, strict=True):
            texts = {re.sub(r"\s+", " ", item["content"]) for item in items}
            assert len(texts) == 1, path
    return count


def previous(name: str, data: bytes) -> str:
    """Return the address of the document before this one in the archive, or ""."""
    if name == "feed.json":
        return str(json.loads(data).get("next_url", ""))
    root = etree.fromstring(data)
    links = root.findall(f".//{ATOM}link[@rel='prev-archive']")
    return links[0].get("href") if links else ""


def follow(out: Path, address: str, name: str) -> Iterator[dict[str, str]]:
    """Yield every item that a reader gets who follows a feed's archive links, each id once."""
    seen: set[str] = set()
    url = BASE + address + name
    while url:
        data = (out / url.removeprefix(BASE)).read_bytes()
        for item in CHECKS[name](data):
            if item["id"] not in seen:
                seen.add(item["id"])
                yield item
        url = previous(name, data)


def test_the_feeds_of_the_demo_hold_against_their_specifications(demo: tuple[Path, Report]) -> None:
    assert check_site(demo[0]) > 80


def test_the_feeds_of_the_real_records_hold_against_their_specifications(real_site: tuple[Path, Report]) -> None:
    assert check_site(real_site[0]) > 20


def test_hostile_text_costs_no_feed(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    for number, text in enumerate(HOSTILE):
        quoted = text.replace('"', '\\"').replace('\\\\"', '\\"')
        lines = [f'provider: {{name: "{quoted}", domain: example.org}}', f'category: "{quoted}"']
        write(
            site,
            {
                f"content/news/hostile-{number}.md": record(100 + number, *lines, title=quoted, body=text).replace(
                    "topics: [", f'topics: ["{quoted} {number}", '
                )
            },
        )

    report = run(site, keep_going=True)

    assert report.outcome is not None
    assert report.articles == 3 + len(HOSTILE)
    assert check_site(site / "public") > 30
    for item in json.loads((site / "public/feed.json").read_text())["items"]:
        assert "<script" not in item["content_html"]


@pytest.mark.parametrize("name", CHECKS)
def test_no_item_becomes_new_by_a_rename_a_headline_or_another_address(tmp_path: Path, name: str) -> None:
    site = digest(tmp_path)
    run(site)
    before = {item["id"] for item in CHECKS[name]((site / "public" / name).read_bytes())}
    (site / "content/news/1.md").rename(site / "content/renamed.md")
    write(site, {"content/news/2.md": record(2, title="Another headline")})
    write(site, {"site.yaml": "title: Moved\nbase_url: https://example.com/elsewhere/\npage_size: 2\n"})

    run(site)

    after = CHECKS[name]((site / "public" / name).read_bytes())
    assert {item["id"] for item in after} == before
    assert {item["link"].startswith("https://example.com/elsewhere/") for item in after} == {True}
    assert "Another headline" in {item["title"] for item in after}


def test_dates_come_from_the_records(tmp_path: Path) -> None:
    site = digest(tmp_path, 2)
    write(site, {"content/news/0.md": record(0, "updatedDateTime: 2025-07-01T00:00:00Z")})
    run(site)

    atom = etree.fromstring((site / "public/atom.xml").read_bytes())
    rss = etree.fromstring((site / "public/feed.xml").read_bytes())

    assert atom.findtext(f"{ATOM}updated") == "2025-07-01T00:00:00+00:00"
    assert known_date(rss.findtext(".//lastBuildDate")) == known_date("2025-07-01T00:00:00Z")
    assert [e.findtext(f"{ATOM}updated") for e in atom.findall(f"{ATOM}entry")] == [
        "2024-05-01T01:00:00+00:00",
        "2025-07-01T00:00:00+00:00",
    ]


def test_links_can_be_turned_round(tmp_path: Path) -> None:
    site = digest(tmp_path, 1)
    write(site, {"site.yaml": f"base_url: {BASE}\nfeeds: {{link: source}}\n"})
    run(site)
    page, source = f"{BASE}2024/05/01/0/", "https://p0.example/0"

    for name, check in CHECKS.items():
        assert check((site / "public" / name).read_bytes())[0]["link"] == source
    atom = etree.fromstring((site / "public/atom.xml").read_bytes())
    assert atom.find(f".//{ATOM}link[@rel='related']").get("href") == page
    assert json.loads((site / "public/feed.json").read_text())["items"][0]["external_url"] == page


def test_excerpts_only(tmp_path: Path) -> None:
    site = digest(tmp_path, 1)
    write(site, {"site.yaml": f"base_url: {BASE}\nfeeds: {{content: excerpt}}\n"})
    run(site)

    check_site(site / "public")

    rss = etree.fromstring((site / "public/feed.xml").read_bytes())
    assert rss.findtext(".//item/description") == "Excerpt number 0"
    assert rss.find(f".//{CONTENT}encoded") is None
    assert json.loads((site / "public/feed.json").read_text())["items"][0]["content_text"] == "Excerpt number 0"
    assert b"Comment" not in (site / "public/atom.xml").read_bytes()


def test_content_is_fit_for_readers(tmp_path: Path) -> None:
    site = digest(tmp_path, 0)
    lines = [
        "images: [{url: 'https://p1.example/i.jpg', width: 640, height: 360, title: A picture}]",
        "featuredContent: '<iframe src=\"https://www.youtube.com/embed/abc123\"></iframe>'",
    ]
    body = "A [page](/about/), a note[^1].\n\n|a|\n|--:|\n|b|\n\n[^1]: Note."
    write(site, {"content/a.md": record(1, *lines, body=body)})
    run(site)

    content = check_json((site / "public/feed.json").read_bytes())[0]["content"]
    rss = etree.fromstring((site / "public/feed.xml").read_bytes())

    assert '<img src="https://p1.example/i.jpg" alt="A picture" width="640" height="360">' in content
    assert '<a href="https://www.youtube.com/watch?v=abc123">' in content
    assert f'href="{BASE}about/"' in content
    assert f'href="{BASE}2024/05/01/a/#fn1"' in content
    assert not re.search(r"class=|style=|<iframe|<script| id=", content)
    media = rss.find(f".//{MEDIA}content")
    assert (media.get("url"), media.get("width"), media.get("height")) == ("https://p1.example/i.jpg", "640", "360")


def test_a_hub_and_rights_are_named_where_they_can_be(tmp_path: Path) -> None:
    site = digest(tmp_path, 5)
    write(
        site,
        {
            "site.yaml": f"base_url: {BASE}\npage_size: 2\ncopyright: Ours\nauthor: Us\nlanguage: de\nfeeds: {{hub: 'https://hub.example/', ttl: 90}}\n"
        },
    )
    run(site)
    check_site(site / "public")

    atom, rss = (etree.fromstring((site / "public" / name).read_bytes()) for name in ("atom.xml", "feed.xml"))
    feed = json.loads((site / "public/feed.json").read_text())

    assert [x.find(f".//{ATOM}link[@rel='hub']").get("href") for x in (atom, rss)] == ["https://hub.example/"] * 2
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert (atom.findtext(f"{ATOM}rights"), rss.findtext(".//copyright")) == ("Ours", "Ours")
    assert (rss.findtext(".//language"), feed["language"], rss.findtext(".//ttl")) == ("de", "de", "90")
    assert atom.findtext(f"{ATOM}author/{ATOM}name") == feed["authors"][0]["name"] == "Us"


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_a_reader_who_follows_the_archive_gets_everything_once(thousand: Path, name: str) -> None:
    out = thousand / "public"
    for address, expected in (("", 1000), ("topics/topic-1/", 333)):
        items = list(follow(out, address, name))

        assert len(items) == expected
        assert len({item["link"] for item in items}) == expected


@pytest.mark.slow
def test_a_new_article_changes_no_archive_but_one_that_it_completes(thousand: Path) -> None:
    out = thousand / "public"

    def archived() -> dict[str, bytes]:
        return {
            name: data
            for name, data in snapshot(out).items()
            if re.search(r"^(?!editions/).*page/\d+/(feed|atom)\.", name)
        }

    before = archived()
    changed: list[set[str]] = []

    for number in range(3):
        write(thousand, {f"content/new-{number}.md": record(5000 + number, day="2025-01-01")})
        run(thousand)
        after = archived()
        changed.append({name for name in after if before.get(name) != after[name]})
        assert before.keys() <= after.keys()
        assert [name for name in before if before[name] != after[name]] == []
        before = after

    assert all(len(names) <= 6 for names in changed)


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A digest of 1,000 articles, built."""
    site = tmp_path_factory.mktemp("thousand")
    days = [f"20{year}-{month:02}-{day:02}" for year in range(18, 24) for month in range(1, 13) for day in range(1, 29)]
    write(site, {f"content/{n}.md": record(n, day=days[n]) for n in range(1000)})
    write(site, {"site.yaml": f"base_url: {BASE}\n"})
    run(site)
    return site


def test_archive_documents_are_marked_and_linked(tmp_path: Path) -> None:
    site = digest(tmp_path, 5)
    run(site)
    out = site / "public"

    for name, child in (("atom.xml", "."), ("feed.xml", "channel")):
        current, first, second = (
            etree.fromstring((out / p / name).read_bytes()).find(child) for p in ("", "page/1", "page/2")
        )
        assert [x.find(f"{HISTORY}archive") is not None for x in (current, first, second)] == [False, True, True]
        assert second.find(f"{ATOM}link[@rel='current']").get("href") == f"{BASE}{name}"
        assert second.find(f"{ATOM}link[@rel='prev-archive']").get("href") == f"{BASE}page/1/{name}"
        assert first.find(f"{ATOM}link[@rel='prev-archive']") is None
        assert current.find(f"{ATOM}link[@rel='prev-archive']").get("href") == f"{BASE}page/2/{name}"
    assert json.loads((out / "page/2/feed.json").read_text())["next_url"] == f"{BASE}page/1/feed.json"


def test_a_small_limit_leaves_no_gap(tmp_path: Path) -> None:
    site = digest(tmp_path, 7)
    write(site, {"site.yaml": f"base_url: {BASE}\npage_size: 5\nfeeds: {{limit: 1}}\n"})
    run(site)

    assert len(list(follow(site / "public", "", "feed.json"))) == 7


def summary(changes: list[Any]) -> dict[str, tuple[int, int, int, int]]:
    return {c.feed: (len(c.new), len(c.updated), len(c.vanished), len(c.repeated)) for c in changes}


def test_feed_diff_says_what_subscribers_will_see(tmp_path: Path) -> None:
    site = digest(tmp_path, 9)
    run(site)
    old = read_feeds(site / "public")
    write(site, {"content/news/new.md": record(12, day="2024-06-01"), "content/news/2.md": record(2, title="Other")})
    (site / "content/news/4.md").unlink()
    write(site, {"content/news/6.md": record(6, "id: urn:uuid:00000000-0000-4000-8000-000000000000")})

    run(site)

    expected = {
        "/": (1, 1, 1, 1),
        "/topics/topic-0/": (1, 0, 0, 1),
        "/topics/topic-1/": (0, 0, 1, 0),
        "/topics/topic-2/": (0, 1, 0, 0),
    }
    assert summary(compare_feeds(old, read_feeds(site / "public"))) == expected
    last = site / ".broadsheet/public" / LAST
    assert summary(compare_feeds(read_feeds(site / "public", last), read_feeds(site / "public"))) == expected


def test_a_build_that_changes_nothing_keeps_the_last_change(tmp_path: Path) -> None:
    site = digest(tmp_path, 3)
    run(site)
    write(site, {"content/news/new.md": record(12)})
    run(site)
    run(site)

    changes = compare_feeds(
        read_feeds(site / "public", site / ".broadsheet/public" / LAST), read_feeds(site / "public")
    )

    assert summary(changes)["/"] == (1, 0, 0, 0)


def test_text_is_text_in_every_format(tmp_path: Path) -> None:
    site = digest(tmp_path, 0)
    write(
        site,
        {"content/a.md": record(1, title="Why <b>not</b> & so on").replace("Excerpt number 1", "'Use <script> & <b>'")},
    )
    run(site)

    rss, atom = (etree.fromstring((site / "public" / name).read_bytes()) for name in ("feed.xml", "atom.xml"))
    feed = json.loads((site / "public/feed.json").read_text())["items"][0]

    assert rss.findtext(".//item/title") == "Why <b>not</b> & so on"
    assert rss.findtext(".//item/description") == "Use &lt;script&gt; &amp; &lt;b&gt;"
    summary = atom.find(f".//{ATOM}summary")
    assert (summary.get("type", "text"), summary.text) == ("text", "Use <script> & <b>")
    assert (feed["title"], feed["summary"]) == ("Why <b>not</b> & so on", "Use <script> & <b>")
    assert "Use &lt;script&gt; &amp; &lt;b&gt;" in feed["content_html"]


class HistoryLinks(BaseExtension):  # type: ignore[misc]
    """What feedgen has no place for in a feed: the mark of an archive, and links in their order."""

    links: tuple[tuple[str, str], ...] = ()

    def extend_ns(self) -> dict[str, str]:
        return {"fh": HISTORY[1:-1]}

    def extend_rss(self, feed: etree.ElementBase) -> None:
        self.extend(feed[0], f"{ATOM}link")

    def extend_atom(self, feed: etree.ElementBase) -> None:
        self.extend(feed, "link")

    def extend(self, parent: etree.ElementBase, tag: str) -> None:
        if "current" in dict(self.links):
            etree.SubElement(parent, f"{HISTORY}archive")
        for rel, address in self.links:
            etree.SubElement(parent, tag, rel=rel, href=address)


class RelatedLink(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen writes wrongly in an entry: a link with `rel`."""

    address = ""

    def extend_atom(self, entry: etree.ElementBase) -> None:
        etree.SubElement(entry, "link", rel="related", type="text/html", href=self.address)


def whole(channel: Channel, contents: list[str], media_type: str) -> bytes:
    """Return a feed as feedgen writes it in one piece, RSS or Atom."""
    is_rss, settings = "rss" in media_type, channel.settings
    feed = FeedGenerator()
    feed.load_extension("dc", atom=False)
    feed.load_extension("media")
    feed.register_extension("history", HistoryLinks)
    feed.register_extension("related", BaseExtension, RelatedLink, rss=False)
    feed.id(channel.page)
    feed.title(channel.title)
    feed.description(channel.description or channel.title)
    feed.language(channel.language)
    feed.link(href=channel.address, rel="self", type=media_type)
    feed.link(href=channel.page, rel="alternate", type="text/html")
    feed.author(name=channel.author or channel.title)
    feed.generator("Broadsheet", version=__version__)
    feed.updated(channel.updated)
    feed.icon(channel.icon)
    feed.image(url=channel.icon, title=channel.title, link=channel.page, width="144", height="144")
    feed.ttl(settings.ttl)
    if channel.copyright:
        feed.rights(channel.copyright)
    hub = "" if channel.current else settings.hub
    links = (("current", channel.current), ("prev-archive", channel.previous), ("hub", hub))
    feed.history.links = tuple((rel, address) for rel, address in links if address)
    for item, content in zip(channel.items, contents, strict=True):
        entry = feed.add_entry(order="append")
        entry.id(item.id)
        entry.title(item.title)
        entry.link(href=item.url if settings.links_to_source else item.page, rel="alternate")
        entry.related.address = item.page if settings.links_to_source else item.url
        entry.author(name=item.source, uri=item.source_url)
        entry.dc.dc_creator(item.source)
        entry.dc.dc_source(item.url)
        entry.published(item.published)
        entry.updated(item.updated)
        text = item.excerpt or item.title
        if item.excerpt or is_rss or not settings.is_full:
            entry.description(escape(text, quote=False) if is_rss else text, isSummary=True)
        if settings.is_full:
            entry.content(content, type="html")
        for topic in item.topics:
            entry.category(term=topic, label=topic)
        if item.image:
            sizes = (("width", item.image.width), ("height", item.image.height))
            known = {name: str(size) for name, size in sizes if size}
            entry.media.content(url=item.image.url, medium="image", group=None, **known)
            entry.media.thumbnail(url=item.image.url, group=None, **known)
    return bytes(feed.rss_str(pretty=True) if is_rss else feed.atom_str(pretty=True))


ENDS = "\n  </channel>\n</rss>\n</entry></feed>\n<item xmlns:a='b'/>\r\n\t ]]>\n ]\n}\n&#10; \u2028"


def item(number: int = 0, **changes: object) -> Item:
    """Return an item of a feed; different numbers, different items."""
    plain = Item(
        id=f"urn:x:{number}",
        title=f"Title {number}",
        page=f"{BASE}{number}/",
        url=f"https://p.example/{number}?a=b&c=d",
        source="The Paper",
        source_url="https://p.example/",
        published=datetime(2024, 5, 1, tzinfo=UTC) + timedelta(hours=number),
        updated=datetime(2024, 5, 2, tzinfo=UTC) + timedelta(hours=number),
        excerpt=f"Excerpt {number}",
        comment="",
        image=None,
        embed=None,
        topics=("One", "Two"),
        related=(),
    )
    return msgspec.structs.replace(plain, **changes)


def channel(*items: Item, **changes: object) -> Channel:
    """Return a feed of items."""
    plain = Channel(
        title="Digest",
        description="",
        page=BASE,
        address=f"{BASE}feed",
        language="en",
        author="",
        copyright="",
        icon=f"{BASE}icon.png",
        settings=FeedConfig(),
        items=items,
    )
    return msgspec.structs.replace(plain, **changes)


EMBED = Embed(host="Video", page_url="https://v.example/1", player_url="https://v.example/embed/1")
ITEMS = (
    item(1),
    item(2, excerpt="", topics=()),
    item(3, image=Image(url="https://p.example/i.jpg?a&b", title="A picture", width=640, height=360)),
    item(4, image=Image(url="https://p.example/j.jpg"), embed=EMBED, related=(Link("Other", BASE, "note"),)),
    item(5, title=ENDS, excerpt=ENDS, source=ENDS, topics=(ENDS,)),
    *(item(10 + n, title=text, excerpt=text, source=text, topics=(text, "x")) for n, text in enumerate(HOSTILE)),
)
ARCHIVE = {"current": f"{BASE}feed?a&b", "previous": f"{BASE}page/1/feed"}
CHANNELS = {
    "empty": channel(),
    "one item": channel(item()),
    "all items": channel(*ITEMS),
    "hostile head": channel(*ITEMS, title=ENDS, description=ENDS, author=ENDS, copyright=ENDS),
    "hostile empty": channel(title=ENDS, description=ENDS, author=ENDS, copyright=ENDS),
    "first of an archive": channel(*ITEMS, current=f"{BASE}feed"),
    "archive": channel(*ITEMS, **ARCHIVE),
    "archive without items": channel(**ARCHIVE),
    "with an archive": channel(*ITEMS, previous=f"{BASE}page/2/feed", copyright="Ours", author="Us", language="de"),
    "hub": channel(*ITEMS, settings=FeedConfig(hub="https://hub.example/?a&b", ttl=90)),
    "hub of an archive": channel(*ITEMS, settings=FeedConfig(hub="https://hub.example/"), **ARCHIVE),
    "links to the source": channel(*ITEMS, settings=FeedConfig(links_to_source=True)),
    "excerpts": channel(*ITEMS, settings=FeedConfig(is_full=False)),
    "excerpts that link to the source": channel(*ITEMS, settings=FeedConfig(is_full=False, links_to_source=True)),
}


@pytest.mark.parametrize("feed", CHANNELS.values(), ids=CHANNELS)
def test_joined_documents_are_those_written_whole(feed: Channel) -> None:
    settings = feed.settings
    contents = [f"<p>{entry.title} & {number}</p>\n{ENDS}" for number, entry in enumerate(feed.items)]
    pairs = list(zip(feed.items, contents, strict=True))

    made = [serialise(*pair, settings) for pair in pairs]
    rss = channels.write_rss(feed, [entry.rss for entry in made])
    atom = channels.write_atom(feed, [entry.atom for entry in made])
    entries = [entry.json for entry in made]
    data = channels.write_json(feed, entries)

    assert rss == whole(feed, contents, "application/rss+xml")
    assert atom == whole(feed, contents, "application/atom+xml")
    assert data == msgspec.json.format(msgspec.json.encode(msgspec.json.decode(data)), indent=1) + b"\n"
    assert json.loads(data)["items"] == [json.loads(entry) for entry in entries]
    assert [entry["id"] for entry in json.loads(data)["items"]] == [entry.id for entry in feed.items]


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=["\ufffe", "\uffff"], min_codepoint=32)
    | st.sampled_from("\t\n\r<>&\"' ]"),
    min_size=1,
    max_size=20,
).filter(lambda text: not any(0x7F <= ord(sign) <= 0x9F for sign in text))


@given(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), max_size=3), st.booleans(), st.booleans())
def test_entries_of_any_text_are_those_that_feedgen_writes(
    texts: list[tuple[str, ...]], is_full: bool, links_to_source: bool
) -> None:
    settings = FeedConfig(is_full=is_full, links_to_source=links_to_source)
    items = [
        item(n, title=a, excerpt=b, source=c, topics=(d, a), image=Image(url=f"https://p.example/{n}?&", width=n + 1))
        for n, (a, b, c, d) in enumerate(texts)
    ]
    feed, contents = channel(*items, settings=settings), [d for _, _, _, d in texts]

    made = [serialise(*pair, settings) for pair in zip(items, contents, strict=True)]

    assert channels.write_rss(feed, [entry.rss for entry in made]) == whole(feed, contents, "application/rss+xml")
    assert channels.write_atom(feed, [entry.atom for entry in made]) == whole(feed, contents, "application/atom+xml")


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_an_entry_depends_on_the_item_its_content_and_the_settings(form: str) -> None:
    entries = [
        serialise(item(), "content", FeedConfig()),
        serialise(item(title="Other"), "content", FeedConfig()),
        serialise(item(), "other content", FeedConfig()),
        serialise(item(), "content", FeedConfig(links_to_source=True)),
        serialise(item(), "content", FeedConfig(is_full=False)),
    ]
    assert len({getattr(entry, form) for entry in entries}) == 5
