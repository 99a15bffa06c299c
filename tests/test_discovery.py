"""What crawlers, browsers and language models look for: sitemaps, robots, manifest, icons, llms.txt."""

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from builders import PROPERTIES
from conftest import DEMO_URL, ROOT
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt
from newsroom import ENGLISH, desk, story, topic, when, whole
from payloads import PAYLOADS
from site_builder import digest, record, run, snapshot, write

from broadsheet.building.report import Report
from broadsheet.core.model import Article, Config
from broadsheet.core.text import clean
from broadsheet.rendering.plan import describe_site, plan
from broadsheet.rendering.render import WRITERS
from broadsheet.site.desk import Desk
from broadsheet.site.discovery import sitemap_pages
from broadsheet.site.machine import Guide, short_name, write_guide
from broadsheet.site.pages import Page, page_of
from broadsheet.site.sitemaps import BYTES_LIMIT, PLACES_LIMIT, cut, news_language
from broadsheet.site.views import EmptyPage, Link

SCHEMA = etree.XMLSchema(etree.parse(ROOT / "tests" / "schemas" / "sitemap.xsd"))
S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
N = "{http://www.google.com/schemas/sitemap-news/0.9}"
START = datetime(2020, 1, 1, tzinfo=UTC)


def stories(count: int) -> list[Article]:
    """Build articles, twenty minutes after one another, the oldest first."""
    base = story("A")
    return [
        msgspec.structs.replace(
            base,
            id=f"urn:x:{n}",
            title=f"Story {n}",
            slug=f"story-{n}",
            keys=(f"{n}",),
            published=START + timedelta(minutes=20 * n),
            location=msgspec.structs.replace(base.location, path=f"content/{n:07}.md"),
        )
        for n in range(count)
    ]


def pages_of(*articles: Article, config: Config | None = None) -> list[Page]:
    found, _ = desk(*articles, config=config)
    return plan(found, describe_site(found, ENGLISH), whole, ENGLISH)


def sitemaps_of(
    articles: Sequence[Article], places: int = PLACES_LIMIT, size: int = BYTES_LIMIT
) -> dict[str, tuple[bytes, bytes]]:
    """Return the key and the bytes of every sitemap, by its address, with other limits."""
    found, _ = desk(*articles)
    pages = plan(found, describe_site(found, ENGLISH), whole, ENGLISH)
    own = [page for page in pages if page.template == "article.html"]
    others = [page for page in pages if page.template.endswith(".html") and page not in own]
    others = [page for page in others if page.address != "/404.html"]
    planned = sitemap_pages(Desk(found, whole, ENGLISH), own, others, places_limit=places, bytes_limit=size)
    return {page.address: (page.key, WRITERS[page.template](page.view().context)) for page in planned}


def valid(data: bytes) -> etree._Element:
    """Check a sitemap against the schema; return its root."""
    assert len(data) <= BYTES_LIMIT
    root = etree.fromstring(data)
    SCHEMA.assertValid(root)
    return root


def places(data: bytes) -> dict[str, str]:
    """Return the time of the last change of every address of a sitemap, or ""."""
    root = valid(data)
    found = [(e.findtext(f"{S}loc"), e.findtext(f"{S}lastmod", "")) for e in root]
    assert len(dict(found)) == len(found)
    return {url.removeprefix("http://localhost:8000"): changed for url, changed in found}


def test_a_sitemap_has_times_from_content_only() -> None:
    first = story("A", "2024-03-01", topics=["AI"])
    changed = msgspec.structs.replace(story("B", "2024-02-01"), updated=when("2024-05-05"))

    found = places(sitemaps_of([first, changed])["/sitemap.xml"][1])

    assert found["/2024/03/01/a/"] == found["/"] == found["/topics/"] == "2024-03-01T00:00:00Z"
    assert found["/archive/2024/"] == found["/archive/2024/03/"] == found["/topics/ai/"] == "2024-03-01T00:00:00Z"
    assert found["/2024/02/01/b/"] == "2024-05-05T00:00:00Z"
    assert found["/archive/2024/02/"] == "2024-02-01T00:00:00Z"
    assert found["/subscribe/"] == ""


def test_a_large_site_has_an_index_of_parts() -> None:
    found = sitemaps_of(stories(25), places=10)
    index = places(found.pop("/sitemap.xml")[1])
    parts = {address: places(data) for address, (_, data) in found.items()}

    assert list(index) == list(parts)
    assert [len(parts[f"/sitemap-{n}.xml"]) for n in (1, 2, 3)] == [10, 10, 5]
    assert next(iter(parts["/sitemap-1.xml"])) == "/2020/01/01/story-0/"
    assert index == {address: max(part.values()) for address, part in parts.items()}
    whole_site = places(sitemaps_of(stories(25))["/sitemap.xml"][1])
    assert {url: changed for part in parts.values() for url, changed in part.items()} == whole_site
    assert sum(len(part) for part in parts.values()) == len(whole_site)


def test_parts_that_are_full_stay_as_they_are() -> None:
    before, after = sitemaps_of(stories(25), places=10), sitemaps_of(stories(26), places=10)

    changed = {address for address in after if before.get(address) != after[address]}

    assert changed == {"/sitemap.xml", "/sitemap-3.xml", "/sitemap-lists-1.xml", "/sitemap-lists-2.xml"}
    assert {address for address in after if before[address][0] != after[address][0]} == changed


def test_a_sitemap_is_split_by_its_bytes_too() -> None:
    found = sitemaps_of(stories(100), size=4_000)

    assert len(found) > 4
    assert all(len(data) <= 4_000 for address, (_, data) in found.items() if address != "/sitemap.xml")
    assert sum(len(places(data)) for address, (_, data) in found.items() if address != "/sitemap.xml") > 100


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (50_000, [50_000]), (50_001, [50_000, 1])])
def test_addresses_are_cut_at_the_limit(count: int, sizes: list[int]) -> None:
    assert [len(range(count)[part]) for part in cut("https://e.example/", ["/a/"] * count)] == sizes


def test_120_000_places_make_valid_sitemaps() -> None:
    edited, _ = desk(*stories(120_000))

    own = [page_of(address=a.address, template="article.html", context=EmptyPage()) for a in edited.articles]
    planned = sitemap_pages(Desk(edited, whole, ENGLISH), own, ())
    found = {page.address: WRITERS[page.template](page.view().context) for page in planned}

    index = places(found.pop("/sitemap.xml"))
    assert list(index) == list(found) == ["/sitemap-1.xml", "/sitemap-2.xml", "/sitemap-3.xml"]
    assert [len(places(data)) for data in found.values()] == [50_000, 50_000, 20_000]


def news(articles: Sequence[Article], config: Config | None = None) -> etree._Element:
    pages = {page.address: page for page in pages_of(*articles, config=config)}
    page = pages["/sitemap-news.xml"]
    return valid(WRITERS[page.template](page.view().context))


def test_the_news_sitemap_holds_two_days_before_the_newest_article() -> None:
    config = Config(title="A <b> & c", language="pt-BR", base_url="https://e.example/d/")
    days = ("2024-06-10T12:00", "2024-06-09", "2024-06-08T12:00", "2024-06-08T11:59")

    root = news([story(f"Story <{day}> & more", day, address=f"s{n}") for n, day in enumerate(days)], config)

    assert [e.text for e in root.iter(f"{N}title")] == [f"Story <{day}> & more" for day in days[:3]]
    assert root.findtext(f".//{S}loc") == "https://e.example/d/2024/06/10/s0/"
    assert root.findtext(f".//{N}publication_date") == "2024-06-10T12:00:00Z"
    assert root.findtext(f".//{N}publication/{N}name") == "A <b> & c"
    assert root.findtext(f".//{N}publication/{N}language") == "pt"


def test_the_news_sitemap_holds_a_thousand_articles() -> None:
    busy = [msgspec.structs.replace(s, published=START + timedelta(seconds=n)) for n, s in enumerate(stories(1_200))]

    titles = [e.text for e in news(busy).iter(f"{N}title")]

    assert (len(titles), titles[0], titles[-1]) == (1_000, "Story 1199", "Story 200")


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("en-US", "en"), ("zh", "zh-cn"), ("zh-Hant", "zh-tw"), ("zh-HK", "zh-tw"), ("zh-Hans-HK", "zh-cn")],
)
def test_the_language_of_news_is_what_google_wants(tag: str, language: str) -> None:
    assert news_language(tag) == language


def test_a_site_without_articles_has_no_news(tmp_path: Path) -> None:
    write(tmp_path, {"content/topics/ai.yaml": "name: AI\n"})

    run(tmp_path)

    assert not (tmp_path / "public/sitemap-news.xml").exists()
    assert "news" not in (tmp_path / "public/robots.txt").read_text()
    valid((tmp_path / "public/sitemap.xml").read_bytes())


@pytest.mark.parametrize("name", ["sitemap.xml", "sitemap-news.xml", "llms.txt", "favicon.ico", "icon-192.png"])
def test_a_file_of_the_sites_own_takes_the_place(tmp_path: Path, name: str) -> None:
    write(digest(tmp_path), {f"static/{name}": "mine"})

    report = run(tmp_path)

    assert report.problems == ()
    assert (tmp_path / "public" / name).read_text() == "mine"


def test_the_sitemaps_of_the_demo_are_valid(demo: tuple[Path, Report]) -> None:
    for name in ("sitemap.xml", "sitemap-news.xml"):
        valid((demo[0] / name).read_bytes())


def picture_size(data: bytes) -> tuple[int, int]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_the_icons_have_the_sizes_that_are_said_of_them(demo: tuple[Path, Report]) -> None:
    out, _ = demo
    manifest = json.loads((out / "manifest.webmanifest").read_text())
    data = (out / "favicon.ico").read_bytes()
    _, kind, number = struct.unpack("<HHH", data[:6])
    frames = [struct.unpack("<BBBBHHII", data[6 + 16 * n : 22 + 16 * n]) for n in range(number)]

    for icon in manifest["icons"]:
        path = out / icon["src"].removeprefix("/digest/")
        if icon["type"] == "image/png":
            assert "{}x{}".format(*picture_size(path.read_bytes())) == icon["sizes"]
        else:
            assert icon["sizes"] == "any"
    assert picture_size((out / "apple-touch-icon.png").read_bytes()) == (180, 180)
    assert kind == 1
    assert [frame[0] for frame in frames] == [16, 32, 48]
    assert [picture_size(data[offset : offset + size]) for *_, size, offset in frames] == [(n, n) for n in (16, 32, 48)]
    assert all(path.stat().st_size < 5_000 for path in (ROOT / "static").glob("*.*"))


def test_the_manifest_is_complete(tmp_path: Path) -> None:
    write(tmp_path, {"content/a.md": record(1), "site.yaml": "title: The Long Shelf\nlanguage: ar\ndescription: A b\n"})

    run(tmp_path, base_url="https://user.github.io/digest/")
    manifest = json.loads((tmp_path / "public/manifest.webmanifest").read_text())

    assert {icon["purpose"] for icon in manifest.pop("icons")} == {"any", "maskable"}
    colours = {manifest.pop("theme_color"), manifest.pop("background_color")}
    assert all(len(colour) == 7 and int(colour[1:], 16) for colour in colours)
    assert manifest == {
        "id": "/digest/",
        "name": "The Long Shelf",
        "short_name": "Long Shelf",
        "description": "A b",
        "lang": "ar",
        "dir": "rtl",
        "start_url": "/digest/",
        "scope": "/digest/",
        "display": "minimal-ui",
    }


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Digest", "Digest"),
        ("Twelve signs", "Twelve signs"),
        ("The Long Shelf", "Long Shelf"),
        ("A Digest of Machines", "Digest of"),
        ("Benchmarks & Measurements", "Benchmarks"),
        ("Donaudampfschiff", "Donaudampfsc"),
        ("The", "The"),
        ("機械学習の新しいニュースのまとめ", "機械学習の新しいニュース"),
    ],
)
def test_a_short_name_has_room_below_an_icon(name: str, short: str) -> None:
    assert short_name(name) == short


def test_llms_txt_says_what_the_site_is_and_where_its_parts_are(tmp_path: Path) -> None:
    write(digest(tmp_path), {"content/pages/about.md": "---\ntitle: About\ndescription: Who we are\n---\nText\n"})
    write(tmp_path, {"content/topics/t.yaml": "name: Topic 1\ndescription: All of the first.\n"})
    settings = "title: Test Digest\ndescription: News of tests.\nbase_url: https://user.github.io/digest/\n"
    write(tmp_path, {"site.yaml": settings})

    run(tmp_path)

    assert (tmp_path / "public/llms.txt").read_text() == (
        """# Test Digest

> News of tests.

## Topics

- [Topic 0](https://user.github.io/digest/topics/topic-0/): 2 articles
- [Topic 1](https://user.github.io/digest/topics/topic-1/): All of the first. (2 articles)
- [Topic 2](https://user.github.io/digest/topics/topic-2/): 1 article

## Archive

- [Everything, by date.](https://user.github.io/digest/archive/)
- [2024](https://user.github.io/digest/archive/2024/): 5 articles

## Feeds

- [RSS](https://user.github.io/digest/feed.xml): Everything, newest first
- [Atom](https://user.github.io/digest/atom.xml): Everything, newest first
- [JSON Feed](https://user.github.io/digest/feed.json): Everything, newest first
- [Subscribe](https://user.github.io/digest/subscribe/): Every feed of Test Digest.

## Pages

- [About](https://user.github.io/digest/about/): Who we are
"""
    )


def check_guide(text: str) -> None:
    """Texts come through Markdown as they are, and nothing but our links becomes anything."""
    url = "https://e.example/a_(b/"
    guide = Guide(title=text, description=text, sections=((text, (Link(text, url, text), Link("B", url))),))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(write_guide(guide).decode())
    said = " ".join(text.split())

    blocks = [token.tag for token in tokens if token.nesting == 1]
    assert blocks == ["h1", "blockquote", "p", "h2", "ul", "li", "p", "li", "p"]
    inline = [token for token in tokens if token.type == "inline"]
    marks = [
        [child for child in token.children or () if child.type not in {"text", "text_special"}] for token in inline
    ]
    assert [[child.type for child in found] for found in marks] == [[], [], [], *[["link_open", "link_close"]] * 2]
    assert {child.attrs["href"] for found in marks for child in found[:1]} == {"https://e.example/a_%28b/"}
    shown = ["".join(child.content for child in token.children or ()) for token in inline]
    assert shown == [said, said, said, f"{said}: {said}", "B"]


@pytest.mark.parametrize("payload", [*PAYLOADS, "](http://evil.example)", "x](http://evil.example) [y", "1. a", "- a"])
def test_no_text_breaks_out_of_llms_txt(payload: str) -> None:
    text = " ".join(clean(payload)[0].split())
    if text:
        check_guide(text)


@given(st.text(alphabet="ab1 -+=*_[]()<>#!|~&;`\\.:\"'/\u00e9$", min_size=1).filter(str.strip))
@PROPERTIES
def test_any_text_comes_through_llms_txt_as_it_is(text: str) -> None:
    check_guide(text)


def test_a_new_article_changes_few_machine_pages(tmp_path: Path) -> None:
    run(digest(tmp_path))
    before = snapshot(tmp_path / "public")
    write(tmp_path, {"content/news/new.md": record(9, day="2024-05-02")})

    run(tmp_path)

    after = snapshot(tmp_path / "public")
    roots = {name for name in after if "/" not in name and before.get(name) != after[name]}
    assert roots == {
        ".broadsheet-manifest",
        "atom.xml",
        "feed.json",
        "feed.xml",
        "index.html",
        "llms.txt",
        "sitemap-news.xml",
        "sitemap.xml",
    }


def test_topics_stand_in_the_guide_in_their_order() -> None:
    found, _ = desk(story("A", topics=["Vision"]), topics=[topic("AI"), topic("Vision", parent="AI")])
    page = next(
        page for page in plan(found, describe_site(found, ENGLISH), whole, ENGLISH) if page.address == "/llms.txt"
    )

    guide = page.view().context

    assert isinstance(guide, Guide)
    assert [(link.text, link.note) for link in guide.sections[0][1]] == [("AI", "1 article"), ("Vision", "1 article")]


def test_the_demo_has_a_guide(demo: tuple[Path, Report]) -> None:
    text = (demo[0] / "llms.txt").read_text()

    assert text.startswith("# The Long Shelf\n\n> Papers, ")
    assert f"]({DEMO_URL}topics/ai/): " in text
