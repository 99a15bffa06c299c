"""What search engines and shared links say of a page: titles, descriptions, OpenGraph, JSON-LD, `rel`."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import msgspec
import pytest
from conftest import DEMO_URL
from newsroom import ENGLISH, desk, story, whole
from site_builder import digest, record, run, write

from benchmarks.generate import generate
from broadsheet.building.report import Report
from broadsheet.core.language import locale_name
from broadsheet.core.model import Article, Leaf, Source
from broadsheet.core.urls import outbound_rel
from broadsheet.records.config import parse_config
from broadsheet.rendering.plan import describe_site, plan
from broadsheet.site.titles import Titles

SITE = tuple[Path, Report]
BASE = "https://user.github.io/digest/"

# Of schema.org: what each type is a kind of, and the properties of it that we use.
TYPES = {
    "Thing": ("", "name url description image potentialAction"),
    "CreativeWork": (
        "Thing",
        "about citation datePublished headline inLanguage isPartOf publisher thumbnailUrl",
    ),
    "WebPage": ("CreativeWork", "breadcrumb"),
    "CollectionPage": ("WebPage", ""),
    "WebSite": ("CreativeWork", ""),
    "Article": ("CreativeWork", ""),
    "NewsArticle": ("Article", ""),
    "ScholarlyArticle": ("Article", ""),
    "Report": ("Article", ""),
    "SocialMediaPosting": ("Article", ""),
    "DiscussionForumPosting": ("SocialMediaPosting", ""),
    "MediaObject": ("CreativeWork", "embedUrl uploadDate"),
    "VideoObject": ("MediaObject", ""),
    "Episode": ("CreativeWork", ""),
    "PodcastEpisode": ("Episode", ""),
    "Organization": ("Thing", ""),
    "ItemList": ("Thing", "itemListElement"),
    "BreadcrumbList": ("ItemList", ""),
    "ListItem": ("Thing", "item position"),
    "Action": ("Thing", "target"),
    "SearchAction": ("Action", "query-input"),  # an annotation of `query`, by schema.org/docs/actions.html
    "EntryPoint": ("Thing", "urlTemplate"),
}
RANGES = {
    "about": "Thing",
    "breadcrumb": "BreadcrumbList",
    "citation": "CreativeWork",
    "isPartOf": "CreativeWork",
    "itemListElement": "ListItem",
    "potentialAction": "Action",
    "publisher": "Organization",
    "target": "EntryPoint",
}


def kinds(name: str) -> Iterator[str]:
    """Yield a type and everything that it is a kind of."""
    while name:
        yield name
        name = TYPES[name][0]


def check_shape(value: dict[str, object], wanted: str = "Thing") -> None:
    """Check that a value is of a type, and has properties of its type, with values in their ranges."""
    found = list(kinds(str(value["@type"])))
    assert wanted in found
    known = {name for kind in found for name in TYPES[kind][1].split()}
    for name, held in value.items():
        if name.startswith("@"):
            continue
        assert name in known, (value["@type"], name)
        for part in held if isinstance(held, list) else [held]:
            assert isinstance(part, dict) == (name in RANGES), name
            if isinstance(part, dict):
                check_shape(part, RANGES[name])
            else:
                assert part not in ("", None), name


class Head:
    """A page as those see it who do not read it."""

    def __init__(self, path: Path) -> None:
        self.root: ET.Element = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
        self.title = self.root.findtext(".//title") or ""
        metas = [element.attrib for element in self.root.iter("meta")]
        named = [(m.get("name") or m.get("property") or "", m.get("content", "")) for m in metas]
        self.tags = [value for name, value in named if name == "article:tag"]
        self.meta = {name: value for name, value in named if name}
        assert len(self.meta) + max(len(self.tags) - 1, 0) == len([1 for name, _ in named if name])
        self.canonical = [e.attrib["href"] for e in self.root.iter("link") if e.get("rel") == "canonical"]
        scripts = [e.text or "" for e in self.root.iter("script") if e.get("type") == "application/ld+json"]
        self.told = [json.loads(text) for text in scripts]
        self.is_indexed = self.meta.get("robots") != "noindex"


def heads(out: Path) -> dict[str, Head]:
    """Return the heads of the indexed pages by their addresses."""
    paths = sorted(out.rglob("*.html"))
    found = {f"/{path.relative_to(out).as_posix().removesuffix('index.html')}": Head(path) for path in paths}
    return {address: head for address, head in found.items() if head.is_indexed}


def head_of(out: Path, address: str) -> Head:
    return Head(out / address.lstrip("/") / "index.html")


def twin(number: int, *lines: str, title: str = "The same headline", excerpt: str = "The same excerpt") -> str:
    """Write a record that has what others have."""
    return record(number, *lines, title=title).replace(f"excerpt: Excerpt number {number}", f"excerpt: {excerpt}")


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> SITE:
    """A made-up digest with archives, in which much is called the same."""
    site = tmp_path_factory.mktemp("made-up")
    generate(site, 300)
    write(site, {"site.yaml": f"title: Made Up\nbase_url: {BASE}\npage_size: 5\n"})
    one = "provider: {name: Same, domain: one.example}"
    two = "provider: {name: Same, domain: two.example}"
    names = "[Same, Archive, '2024', The same headline]"
    write(
        site,
        {
            "content/t1.md": twin(1, one),
            "content/t2.md": twin(2, one),
            "content/t3.md": twin(3, two, "category: same"),
            "content/t4.md": twin(4, one, title="Another headline"),
            "content/t5.md": twin(5, two, title="May 2024").replace("topics: [Topic 2]", f"topics: {names}"),
            "content/t6.md": twin(6, one, excerpt="''"),
            "content/t7.md": twin(7, one, excerpt="''"),
            "content/topics/one.yaml": "name: One\ndescription: The same description\n",
            "content/topics/two.yaml": "name: Two\ndescription: The same description\n",
            "content/pages/same.md": "---\ntitle: The same headline\n---\nText\n",
            "content/pages/once.md": "---\ntitle: Twice\n---\nText\n",
            "content/pages/again.md": "---\ntitle: Twice\n---\nText\n",
        },
    )
    report = run(site)
    assert report.outcome is not None
    return site / "public", report


@pytest.mark.parametrize("name", ["demo", "made_up", "real_site"])
def test_no_two_indexed_pages_have_one_title_or_one_description(name: str, request: pytest.FixtureRequest) -> None:
    out, _ = request.getfixturevalue(name)
    found = heads(out)

    titles = Counter(head.title for head in found.values())
    descriptions = Counter(head.meta.get("description", "") for head in found.values())

    assert len(found) > 60
    assert [title for title, number in titles.items() if number > 1 or not title.strip()] == []
    assert [text for text, number in descriptions.items() if number > 1 or not text.strip()] == []


@pytest.mark.parametrize("name", ["demo", "made_up"])
def test_a_page_says_the_same_in_every_tag(name: str, request: pytest.FixtureRequest) -> None:
    out, _ = request.getfixturevalue(name)
    for address, head in heads(out).items():
        url = BASE + address[1:]

        assert head.canonical == [url]
        assert head.meta["og:url"] == url
        assert head.meta["og:type"] in {"website", "article"}
        assert head.title.startswith(head.meta["og:title"])
        assert head.meta["og:description"] == head.meta["description"]
        assert head.meta["og:site_name"] in {"The Long Shelf", "Made Up"}
        assert head.meta["og:locale"] == "en_US"
        assert head.meta["twitter:card"] == ("summary_large_image" if "og:image" in head.meta else "summary")
        assert head.meta.get("og:image", "https://").startswith("https://")


@pytest.mark.parametrize("name", ["demo", "made_up"])
def test_json_ld_is_of_the_vocabulary_and_has_the_crumbs_that_readers_see(
    name: str, request: pytest.FixtureRequest
) -> None:
    out, _ = request.getfixturevalue(name)
    seen = Counter[str]()
    for address, head in heads(out).items():
        [told] = head.told
        crumbs = [(a.text, a.attrib["href"]) for a in head.root.findall(".//nav[@class='crumbs']//a")]
        listed = told.get("breadcrumb", {}).get("itemListElement", [])
        seen[told["@type"]] += 1

        check_shape(told, "WebSite" if address == "/" else "WebPage")
        assert told["@context"] == "https://schema.org"
        assert told["url"] == BASE + address[1:]
        assert [(item["name"], item["item"].replace("https://user.github.io", "")) for item in listed[:-1]] == crumbs
        assert [item["position"] for item in listed] == list(range(1, len(listed) + 1))
        assert [item["item"] for item in listed[-1:]] == [told["url"]][: len(listed)]

    assert seen["WebSite"] == 1
    assert min(seen["WebPage"], seen["CollectionPage"]) > 10


def test_a_topic_is_told_by_its_kind(demo: SITE) -> None:
    head = head_of(demo[0], "/topics/computer-vision/")

    assert head.title == "Computer Vision – Topics – The Long Shelf"
    assert head.meta["description"].startswith("Computer Vision: How programs learned")
    assert head.told[0]["@type"] == "CollectionPage"
    assert [item["name"] for item in head.told[0]["breadcrumb"]["itemListElement"]] == [
        "Topics",
        "AI",
        "Computer Vision",
    ]


def test_an_archive_page_says_which_it_is(made_up: SITE) -> None:
    head = head_of(made_up[0], "/topics/security/page/2/")

    assert head.title == "Security – Topics, page 2 – Made Up"
    assert head.meta["description"].startswith("Page 2 of the archive. Security: No internal beacon")
    assert head_of(made_up[0], "/page/2/").title == "Archive, page 2 – Made Up"
    assert (
        head_of(made_up[0], "/page/2/").meta["description"] == "Page 2 of the archive. The latest stories of Made Up."
    )


def test_a_search_page_is_told_where_there_is_one(made_up: SITE, demo: SITE) -> None:
    [told] = head_of(made_up[0], "/").told

    assert told["potentialAction"] == {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{BASE}search/?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    assert ("potentialAction" in head_of(demo[0], "/").told[0]) == (demo[0] / "search/index.html").exists()


def test_an_article_is_told_with_section_topics_and_times(tmp_path: Path) -> None:
    lines = (
        "images: [{url: 'https://i.example/a.png', width: 640, height: 360, title: 'A \"graph\" & more'}]",
        "updatedDateTime: 2024-05-03T00:00:00Z",
    )
    text = record(1, *lines).replace("topics: [Topic 1]", "topics: [AI, Databases]")
    write(digest(tmp_path), {"content/news/1.md": text, "content/other.md": record(8, "category: reference")})

    run(tmp_path)
    head = head_of(tmp_path / "public", "/2024/05/01/1/")

    expected = {
        "og:type": "article",
        "og:title": "Story 1",
        "og:description": "Excerpt number 1 (p1.example, May 1, 2024)",
        "og:image": "https://i.example/a.png",
        "og:image:width": "640",
        "og:image:height": "360",
        "og:image:alt": 'A "graph" & more',
        "article:published_time": "2024-05-01T01:00:00Z",
        "article:modified_time": "2024-05-03T00:00:00Z",
        "article:section": "News",
        "twitter:card": "summary_large_image",
    }
    assert {name: head.meta.get(name) for name in expected} == expected
    assert head.tags == ["AI", "Databases"]


def test_a_page_cites_what_its_provider_published(tmp_path: Path) -> None:
    frame = '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'
    image = "images: [{url: 'https://i.example/a.png'}]"
    write(
        digest(tmp_path),
        {
            "content/news/1.md": record(1),
            "content/news/2.md": record(2, "type: video", image, f"featuredContent: '{frame}'"),
            "content/news/3.md": record(3, "type: event", "topics: []").replace("topics: [Topic 0]\n", ""),
        },
    )

    run(tmp_path)
    article, video, event = (head_of(tmp_path / "public", f"/2024/05/01/{n}/").told[0] for n in (1, 2, 3))

    assert [told["@type"] for told in (article, video, event)] == ["WebPage"] * 3
    assert article["citation"] == {
        "@type": "NewsArticle",
        "@id": "https://p1.example/1",
        "url": "https://p1.example/1",
        "headline": "Story 1",
        "datePublished": "2024-05-01T01:00:00Z",
        "publisher": {"@type": "Organization", "name": "p1.example", "url": "https://p1.example/"},
    }
    assert article["about"] == [{"@type": "Thing", "name": "Topic 1", "url": f"{BASE}topics/topic-1/"}]
    assert article["isPartOf"] == {"@type": "WebSite", "name": "Test Digest", "url": BASE}
    assert (video["citation"]["@type"], event["citation"]["@type"]) == ("VideoObject", "CreativeWork")
    assert video["citation"]["thumbnailUrl"] == video["citation"]["image"] == "https://i.example/a.png"
    assert "youtube" in video["citation"]["embedUrl"]
    assert (video["citation"]["name"], video["citation"]["uploadDate"]) == ("Story 2", "2024-05-01T02:00:00Z")
    assert "about" not in event
    for told in (article, video, event):
        check_shape(told)
        assert "datePublished" not in told


def test_a_card_of_the_site_stands_in_for_a_picture(tmp_path: Path) -> None:
    image = "images: [{url: 'https://i.example/a.png'}]"
    write(digest(tmp_path), {"static/card.png": "a picture", "content/news/1.md": record(1, image)})

    run(tmp_path)
    found = heads(tmp_path / "public")

    own = {address for address, head in found.items() if head.meta["og:image"] == "https://i.example/a.png"}
    assert own == {"/2024/05/01/1/"}
    assert {head.meta["og:image"] for head in found.values()} == {"https://i.example/a.png", f"{BASE}card.png"}
    assert {head.meta["twitter:card"] for head in found.values()} == {"summary_large_image"}


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("en", "en_US"),
        ("en-GB", "en_GB"),
        ("pt-BR", "pt_BR"),
        ("de", "de_DE"),
        ("ar", "ar_EG"),
        ("zh-Hant", "zh_TW"),
        ("zh-Hans-HK", "zh_HK"),
        ("eo", ""),
    ],
)
def test_a_language_has_its_territory(tag: str, locale: str) -> None:
    assert locale_name(tag) == locale


def day(_: object) -> str:
    return "June 8, 2023"


def test_headlines_that_are_shared_name_provider_and_day() -> None:
    stories = [story("A", url=f"https://example.org/{n}", address=f"a{n}") for n in range(3)]
    other = story("B")

    titles = Titles([*stories, other], (), day)

    assert titles.article(other) == "B"
    assert {titles.article(found) for found in stories} == {
        "A (example.org, June 8, 2023)",
        "A (example.org, June 8, 2023) 2",
        "A (example.org, June 8, 2023) 3",
    }


def test_a_title_of_an_article_is_not_changed_by_a_page_of_the_sites_own() -> None:
    article = story("About")
    leaf = Leaf(title="About", slug="about", body="", location=article.location)

    titles = Titles([article], [leaf], day)

    assert (titles.article(article), titles.leaf(leaf)) == ("About", "About (/about/)")
    assert Titles([], [leaf], day).leaf(leaf) == "About"


def test_the_key_of_a_page_holds_its_title_and_description() -> None:
    def page(*articles: Article) -> tuple[bytes, object]:
        found, _ = desk(*articles)
        page = next(
            p for p in plan(found, describe_site(found, ENGLISH), whole, ENGLISH) if p.address == "/2025/06/01/a/"
        )
        return page.key, page.view().head

    first = msgspec.structs.replace(story("A", "2025-06-01"), excerpt="An excerpt")
    alone = page(first)
    other = page(first, story("Zz", "2024-01-01", provider="z.example"))
    namesake = page(first, story("A", "2024-01-01", provider="z.example"))
    same_day = page(first, story("Zz", "2025-06-01T05:00"))

    assert alone == other
    assert len({alone[0], namesake[0], same_day[0]}) == 3
    assert len({str(found[1]) for found in (alone, namesake, same_day)}) == 3


@pytest.mark.parametrize(
    ("url", "nofollow", "rel"),
    [
        ("https://example.com/a", False, "noopener external"),
        ("https://example.com/a", True, "noopener external nofollow"),
        ("https://example.com/a", ("example.com",), "noopener external nofollow"),
        ("https://www.example.com/a", ("example.com",), "noopener external nofollow"),
        ("http://a.b.example.com:8080", ("example.com",), "noopener external nofollow"),
        ("https://EXAMPLE.com/?a", ("example.com",), "noopener external nofollow"),
        ("https://badexample.com/", ("example.com",), "noopener external"),
        ("https://example.com.evil.example/", ("example.com",), "noopener external"),
        ("https://evil.example/example.com", ("other.example", "example.com"), "noopener external"),
    ],
)
def test_links_out_are_followed_unless_the_site_says_otherwise(
    url: str, nofollow: bool | tuple[str, ...], rel: str
) -> None:
    assert outbound_rel(url, nofollow) == rel


@pytest.mark.parametrize(
    ("value", "nofollow"),
    [
        ("true", True),
        ("false", False),
        ("~", False),
        ("[]", False),
        ("[Example.com, www.b.example]", ("example.com", "b.example")),
        ("example.com", ("example.com",)),
        ("[bücher.example]", ("xn--bcher-kva.example",)),
    ],
)
def test_the_setting_has_three_forms(value: str, nofollow: object) -> None:
    config, problems = parse_config(Source(path="site.yaml", name="site.yaml", data=f"nofollow: {value}\n".encode()))

    assert problems == []
    assert config is not None
    assert config.nofollow == nofollow


@pytest.mark.parametrize("value", ["yes", "[true, example.com]", "['https://example.com/']", "'*.example.com'"])
def test_what_is_no_domain_is_an_error(value: str) -> None:
    config, problems = parse_config(Source(path="site.yaml", name="site.yaml", data=f"nofollow: {value}\n".encode()))

    assert config is None
    assert [problem.code for problem in problems] == ["bad-config"]


def rels(out: Path) -> set[tuple[str, str]]:
    """Return the host and the `rel` of every link out of a site."""
    found = set()
    for path in (path for path in out.rglob("*.html") if path.name != "email.html"):
        for element in Head(path).root.iter("a"):
            link = element.get("href", "")
            if link.startswith("http") and not link.startswith(BASE):
                found.add((link.split("/")[2], element.get("rel", "")))
    return found


@pytest.mark.parametrize("setting", ["false", "true", "[p1.example, far.example]"])
def test_every_link_out_has_its_rel(tmp_path: Path, setting: str) -> None:
    frame = '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'
    related = "related: [{title: Far, webUrl: 'https://a.far.example/x'}]"
    text = record(1, related, f"featuredContent: '{frame}'", body="[far](https://b.far.example/) <https://c.example/>")
    site = f"title: Test\nbase_url: {BASE}\n"
    write(
        digest(tmp_path), {"content/news/1.md": text, "content/pages/a.md": "---\ntitle: A\n---\n[x](http://l.example)"}
    )
    write(tmp_path, {"site.yaml": site})
    run(tmp_path)
    write(tmp_path, {"site.yaml": f"{site}nofollow: {setting}\n"})

    run(tmp_path)

    found = rels(tmp_path / "public")
    plain, hidden = "noopener external", "noopener external nofollow"
    far = {"p1.example", "a.far.example", "b.far.example"}
    hosts = far | {f"p{n}.example" for n in range(5)} | {"c.example", "l.example", "www.youtube.com"}
    assert found == {
        (host, hidden if setting == "true" or (setting != "false" and host in far) else plain) for host in hosts
    }


def test_the_demo_names_no_link_out_without_its_rel(demo: SITE) -> None:
    assert DEMO_URL == BASE
    assert {rel for _, rel in rels(demo[0])} == {"noopener external"}
