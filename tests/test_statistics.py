"""Topics, providers and archive: what their pages count, what changes them, and how they are read."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import pytest
from newsroom import ENGLISH, desk, story, topic, whole
from site_builder import digest, record, run, write

from broadsheet.core.language import Words
from broadsheet.core.model import Article, Config, Topic
from broadsheet.rendering.plan import describe_site, plan
from broadsheet.site.pages import Page
from broadsheet.site.providerpages import ROWS
from broadsheet.site.views import (
    ArchivePage,
    Branch,
    ProviderPage,
    ProvidersPage,
    TopicPage,
    TopicsPage,
    YearPage,
)

SVG = "{http://www.w3.org/2000/svg}"
TREE = (topic("Data"), topic("Search", parent="Data"))


def planned(*articles: Article, topics: Sequence[Topic] = (), config: Config | None = None) -> dict[str, Page]:
    digest, _ = desk(*articles, topics=topics, config=config)
    words = Words(config.language) if config else ENGLISH
    return {page.address: page for page in plan(digest, describe_site(digest, words), whole, words)}


def view(pages: dict[str, Page], address: str) -> object:
    return pages[address].view().context


def topic_page(pages: dict[str, Page], address: str) -> TopicPage:
    context = view(pages, address)
    assert isinstance(context, TopicPage)
    return context


def year_page(pages: dict[str, Page], address: str) -> YearPage:
    context = view(pages, address)
    assert isinstance(context, YearPage)
    return context


def provider_page(pages: dict[str, Page], address: str) -> ProviderPage:
    context = view(pages, address)
    assert isinstance(context, ProviderPage)
    return context


def branches(pages: dict[str, Page]) -> tuple[Branch, ...]:
    context = view(pages, "/topics/")
    assert isinstance(context, TopicsPage)
    return context.branches


def providers_page(pages: dict[str, Page]) -> ProvidersPage:
    context = view(pages, "/providers/")
    assert isinstance(context, ProvidersPage)
    return context


def test_the_activity_of_a_topic_holds_that_of_the_topics_below_it() -> None:
    pages = planned(
        story("Other", "2025-06-08", topics=["Else"]),
        story("A", "2025-06-08", topics=["Search"]),
        story("B", "2025-06-01", topics=["Data"]),
        story("C", "2025-03-17", topics=["Data"]),
        story("D", "2025-03-16", topics=["Data"]),
        topics=TREE,
    )

    data, _ = branches(pages)

    assert data.link.note == "4 articles"
    assert data.activity.weeks == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1)
    assert data.activity.total == 3
    assert [child.activity.total for child in data.children] == [1]


def test_the_activity_goes_by_the_sites_days() -> None:
    articles = [story("A", "2025-06-08T12:00", topics=["X"]), story("B", "2025-06-01T23:30", topics=["X"])]

    utc, tokyo = (planned(*articles, config=Config(timezone=zone)) for zone in ("UTC", "Asia/Tokyo"))

    assert branches(utc)[0].activity.weeks[-2:] == (1, 1)
    assert branches(tokyo)[0].activity.weeks[-2:] == (0, 2)


def test_a_timeline_leads_to_the_page_on_which_a_month_begins() -> None:
    days = ["2025-01-01", "2025-01-02", "2025-01-03", "2025-02-01", "2025-03-01", "2025-04-01", "2025-04-02"]
    articles = [story(f"S{n}", day, topics=["AI"]) for n, day in enumerate(days)]

    pages = planned(*articles, config=Config(page_size=2))
    timeline = topic_page(pages, "/topics/ai/").timeline

    assert timeline is not None
    [year] = timeline.years
    assert [month.count for month in year.months[:5]] == [3, 1, 1, 2, 0]
    assert [month.address for month in year.months[:5]] == ["/topics/ai/page/2/", "/topics/ai/page/2/", "", "", ""]
    assert year.months[0].label == "January 2025: 3 articles"
    titles = [card.title for card in view(pages, "/topics/ai/page/2/").cards]  # type: ignore[attr-defined]
    assert titles == ["S3", "S2"]


def test_a_timeline_shows_the_newest_years_and_keeps_the_others_back() -> None:
    articles = [story(f"S{year}", f"{year}-05-01", topics=["AI"]) for year in (2010, 2012, 2019, 2020, 2021, 2025)]

    timeline = topic_page(planned(*articles), "/topics/ai/").timeline

    assert timeline is not None
    assert [year.name for year in timeline.years] == ["2025", "2021", "2020", "2019"]
    assert [year.name for year in timeline.earlier] == ["2012", "2010"]


def test_a_single_month_makes_no_timeline() -> None:
    pages = planned(story("A", "2025-06-01", topics=["AI"]), story("B", "2025-06-30", topics=["AI"]))

    assert topic_page(pages, "/topics/ai/").timeline is None


def test_children_are_counted_with_all_below_them() -> None:
    pages = planned(
        story("A", topics=["Vectors"]),
        story("B", topics=["Search"]),
        topics=(*TREE, topic("Vectors", parent="Search")),
    )

    assert [(child.text, child.note) for child in topic_page(pages, "/topics/data/").children] == [("Search", "2")]


def test_providers_are_ordered_by_number_then_by_name() -> None:
    articles = [
        *(story(f"Z{n}", f"2025-06-0{n}", provider="z.example", topics=["AI"]) for n in (1, 2)),
        story("B", provider="b.example"),
        story("A", provider="A.example"),
    ]

    found = providers_page(planned(*articles))

    assert [row.link.text for row in found.rows] == ["z.example", "A.example", "b.example"]
    assert [row.share for row in found.rows] == ["50%", "25%", "25%"]
    assert [row.bar for row in found.rows] == [100, 50, 50]
    assert found.rows[0].link.note == "2 articles"
    assert (found.rows[0].first.words, found.rows[0].latest.words) == ("June 1, 2025", "June 2, 2025")


def test_a_providers_first_three_topics() -> None:
    articles = [
        story(f"S{n}", f"2025-06-{n:02}", topics=topics)
        for n, topics in enumerate((["A", "B", "C", "D"], ["B", "C", "D"], ["D"]), 1)
    ]

    pages = planned(*articles)

    assert [link.text for link in providers_page(pages).rows[0].topics] == ["D", "B", "C"]
    shown = provider_page(pages, "/providers/example.org/").topics
    assert [(link.text, link.note) for link in shown] == [("D", "3"), ("B", "2"), ("C", "2"), ("A", "1")]


def test_very_many_providers_make_a_short_list() -> None:
    often = [story(f"O{n}", "2025-01-01", provider="often.example") for n in range(2)]
    rare = [story(f"R{n}", "2025-01-02", provider=f"p{n:04}.example") for n in range(ROWS)]
    odd = story("Odd", "2025-01-03", provider="zz.example")

    found = providers_page(planned(*often, *rare, odd))

    assert len(found.rows) == ROWS
    assert found.rows[0].link.text == "often.example"
    assert [(letter, [link.text for link in links]) for letter, links in found.others] == [
        ("P", ["p0199.example"]),
        ("Z", ["zz.example"]),
    ]


def test_a_share_too_small_to_be_written_is_not_nothing() -> None:
    many = [story(f"M{n}", "2025-01-01", provider="many.example") for n in range(2100)]

    found = providers_page(planned(*many, story("One", "2025-01-02", provider="one.example")))

    assert found.rows[1].share == "under 0.1%"


def test_a_providers_own_share_is_that_up_to_its_latest_article() -> None:
    articles = [story("A", "2025-01-01", provider="a.example"), story("B", "2025-01-02", provider="b.example")]

    before, after = planned(*articles), planned(*articles, story("C", "2025-01-03", provider="c.example"))

    assert provider_page(before, "/providers/b.example/").share == "50%"
    for address in ("/providers/a.example/", "/providers/b.example/"):
        assert view(before, address) == view(after, address)
        assert before[address].key == after[address].key


def test_the_archive_counts_years_and_months() -> None:
    pages = planned(story("A", "2024-12-31"), story("B", "2025-01-01"), story("C", "2025-01-31"))

    context = view(pages, "/archive/")

    assert isinstance(context, ArchivePage)
    assert context.timeline is not None
    assert [(year.address, year.total) for year in context.timeline.years] == [
        ("/archive/2025/", "2 articles"),
        ("/archive/2024/", "1 article"),
    ]
    assert context.timeline.years[0].months[0].address == "/archive/2025/01/"


def test_an_archive_of_one_month_is_shown_and_of_none_is_not() -> None:
    one, none = view(planned(story("A")), "/archive/"), view(planned(), "/archive/")

    assert isinstance(one, ArchivePage)
    assert one.timeline is not None
    assert none == ArchivePage(None)


def test_a_years_calendar() -> None:
    articles = [story("A", "2025-06-08T01:00"), story("B", "2025-06-08T02:00"), story("C", "2025-08-31")]

    year = year_page(planned(*articles), "/archive/2025/")

    assert (year.count, [month.count for month in year.months]) == (3, [0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0])
    june = year.months[5]
    assert (june.name, june.address) == ("June", "/archive/2025/06/")
    [day] = [day for day in june.days if day.count]
    assert (day.number, day.step, day.anchor, day.label) == (8, 2, "d08", "June 8, 2025: 2 articles")
    assert (day.column, day.row) == (0, 1)
    assert year.weekdays == ("S", "M", "T", "W", "T", "F", "S")
    assert year.months[0].address == ""


def test_weeks_start_as_the_language_has_it_and_run_as_it_is_written() -> None:
    article = story("A", "2025-06-08")

    german, arabic = (
        year_page(planned(article, config=Config(language=tag)), "/archive/2025/") for tag in ("de", "ar")
    )

    places = [next((day.column, day.row) for day in year.months[5].days if day.count) for year in (german, arabic)]
    assert places == [(6, 1), (5, 1)]  # Sunday: last from the left; second from the right, after Saturday
    assert german.weekdays == ("M", "D", "M", "D", "F", "S", "S")
    assert arabic.weekdays[-1] == "س"


def test_calendars_go_by_the_sites_days() -> None:
    article = story("A", "2024-12-31T23:00")

    pages = planned(article, config=Config(timezone="Europe/Berlin"))

    assert "/archive/2024/" not in pages
    assert [day.anchor for day in year_page(pages, "/archive/2025/").months[0].days if day.count] == ["d01"]


def test_years_lead_to_their_neighbors() -> None:
    pages = planned(story("A", "2012-01-01"), story("B", "2020-01-01"), story("C", "2025-01-01"))

    year = year_page(pages, "/archive/2020/")

    assert [link.address for link in (year.newer, year.older) if link] == ["/archive/2025/", "/archive/2012/"]


def test_a_new_article_changes_its_own_lists_only() -> None:
    names = ("AI", "Web", "Ops")
    old = [
        story(f"S{n}", f"202{n % 6}-{n % 12 + 1:02}-10", topics=[names[n % 3]], provider=f"p{n % 4}.example")
        for n in range(60)
    ]
    config = Config(page_size=3)

    before = planned(*old, config=config)
    after = planned(*old, story("New", "2025-12-20", topics=["Web"], provider="p1.example"), config=config)

    changed = {
        address
        for address, page in after.items()
        if page.template.endswith(".html") and (address not in before or before[address].key != page.key)
    }
    assert "/topics/web/" in changed
    assert {
        address for address in changed if re.match("/(topics|providers|archive)/", address) and "/page/" not in address
    } == {
        "/topics/",
        "/topics/web/",
        "/providers/",
        "/providers/p1.example/",
        "/archive/",
        "/archive/2025/",
        "/archive/2025/12/",
    }


CHANGES = {
    "time": lambda: story("Story 9", "2024-02-03", topics=["AI"], provider="p1.example"),
    "topics": lambda: story("Story 9", "2024-02-02", topics=["Web"], provider="p1.example"),
    "provider": lambda: story("Story 9", "2024-02-02", topics=["AI"], provider="p2.example"),
    "month": lambda: story("Story 9", "2024-03-02", topics=["AI"], provider="p1.example"),
    "headline": lambda: story("Story 9, told anew", "2024-02-02", topics=["AI"], provider="p1.example"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_where_keys_are_equal_so_are_views(what: str) -> None:
    old = [
        story(f"Story {n}", f"2024-0{n % 5 + 1}-02", topics=["AI", "Web"][: n % 2 + 1], provider=f"p{n % 3}.example")
        for n in range(9)
    ]
    first = story("Story 9", "2024-02-02", topics=["AI"], provider="p1.example")
    config = Config(page_size=2)

    before, after = planned(*old, first, config=config), planned(*old, CHANGES[what](), config=config)

    same = [a for a in before.keys() & after.keys() if before[a].key == after[a].key]
    differing = [a for a in before.keys() & after.keys() if before[a].key != after[a].key]
    assert [address for address in same if before[address].view() != after[address].view()] == []
    assert any(address.startswith(("/topics/", "/providers/", "/archive/")) for address in differing)


def test_a_headline_alone_changes_no_count() -> None:
    old = [story(f"Story {n}", "2024-01-02", topics=["AI"]) for n in range(9)]

    before = planned(*old, story("A", "2023-01-02", topics=["AI"], url="https://example.org/x"))
    after = planned(*old, story("B", "2023-01-02", topics=["AI"], url="https://example.org/x"))

    for address in ("/topics/", "/providers/", "/archive/", "/archive/2023/"):
        assert before[address].key == after[address].key


def parsed(path: Path) -> ET.Element:
    page: ET.Element = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
    return page


def text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published digest of some years."""
    folder = digest(tmp_path_factory.mktemp("site"), 3)
    days = ["2019-03-01", "2020-04-02", "2021-05-03", "2022-06-04", "2023-07-05", "2024-04-30"]
    write(folder, {f"content/news/x{n}.md": record(n * 3, day=day) for n, day in enumerate(days, 1)})
    run(folder)
    return folder / "public"


def test_a_chart_says_in_words_what_it_shows(site: Path) -> None:
    charts = list(parsed(site / "topics/index.html").iter(f"{SVG}svg"))

    assert len(charts) == 3
    assert {chart.get("role") for chart in charts} == {"img"}
    assert charts[0].findtext(f"{SVG}title") == "Articles in the last 12 weeks: 2; in the latest week: 2"
    assert [bar.get("height") for bar in charts[0].iter(f"{SVG}rect")] == ["12"]


def test_a_timeline_is_a_table_with_headers(site: Path) -> None:
    page = parsed(site / "topics/topic-0/index.html")

    shown, earlier = page.iter("table")
    assert [text(header) for header in shown.iter("th") if header.get("scope") == "col"][:3] == ["Year", "Jan", "Feb"]
    rows = [text(header) for header in shown.iter("th") if header.get("scope") == "row"]
    assert rows[0] == "2024 2 articles"
    assert {len(row) for row in page.iter("tr")} == {13}
    assert text(shown.findall("caption")[0])
    assert [element for element in page.iter("details") if earlier in element.iter()]
    links = [link for table in (shown, earlier) for link in table.iter("a")]
    assert links[0].get("href") == "/digest/topics/topic-0/page/2/"
    assert links[0].get("aria-label") == "June 2022: 1 article"


def test_no_archive_page_repeats_the_timeline(site: Path) -> None:
    assert list(parsed(site / "topics/topic-0/page/1/index.html").iter("table")) == []


def test_every_day_of_a_calendar_is_a_link_with_a_name_and_stands_in_a_table(site: Path) -> None:
    page = parsed(site / "archive/2024/index.html")

    links = {link.get("href"): link.findtext(f"{SVG}title") for link in page.iter(f"{SVG}a")}
    rows = [(row.find("th/a"), row.find("td")) for row in page.iter("tr")]
    table = {
        link.get("href"): f"{text(link)}: {text(count)} article"
        for link, count in rows
        if link is not None and count is not None
    }
    assert links == {
        "/digest/archive/2024/04/#d30": "April 30, 2024: 1 article",
        "/digest/archive/2024/05/#d01": "May 1, 2024: 3 articles",
    }
    assert {href: f"{name}s" if "3" in name.split(": ")[1] else name for href, name in table.items()} == links
    assert {svg.get("role") for svg in page.iter(f"{SVG}svg")} == {"group"}
    assert all(svg.get("aria-label") for svg in page.iter(f"{SVG}svg"))


def test_a_calendar_leads_to_places_that_are_there(site: Path) -> None:
    hrefs = [link.get("href") for link in parsed(site / "archive/2024/index.html").iter(f"{SVG}a")]

    for href in hrefs:
        path, _, anchor = (href or "").removeprefix("/digest/").partition("#")
        ids = [element.get("id") for element in parsed(site / path / "index.html").iter()]
        assert ids.count(anchor) == 1


def test_providers_say_their_share_in_words(site: Path) -> None:
    page = parsed(site / "providers/index.html")

    items = [text(item) for item in page.iter("li") if item.find("h2") is not None]
    assert items[0].startswith("p0.example 22.2% 2 articles Topic 0")
    assert {svg.get("aria-hidden") for svg in page.iter(f"{SVG}svg")} == {"true"}


def test_a_provider_page_says_how_often_since_when_and_on_what(site: Path) -> None:
    page = parsed(site / "providers/p0.example/index.html")

    facts = {text(item[0]): text(item[1]) for item in page.iter("div") if item.find("dt") is not None}
    assert facts["Quoted here"] == "2 articles · 28.6% of everything up to the latest of them"
    assert facts["Published"] == "July 5, 2023 – May 1, 2024"
    assert facts["Topics"] == "Topic 0 2"


@pytest.mark.parametrize(
    "name", ["topics", "topics/topic-0", "providers", "providers/p0.example", "archive", "archive/2024"]
)
def test_nothing_is_styled_in_place(site: Path, name: str) -> None:
    page = parsed(site / name / "index.html")

    assert [element.tag for element in page.iter() if "style" in element.attrib or element.tag == "style"] == []
