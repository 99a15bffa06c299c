"""Planning: archives that stay, the front page, addresses that meet."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import ENGLISH, desk, story, topic, whole

from broadsheet.core.diagnostics import Location
from broadsheet.core.model import Config, Image
from broadsheet.rendering.plan import describe_site, plan
from broadsheet.site.pages import Page, claim, file_path, page_of, split_archive
from broadsheet.site.views import EmptyPage, FrontPage, ProviderPage, When

DAYS = [f"2025-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
STORIES = [story(f"Story {n}", day, provider=f"p{n % 7}.example") for n, day in enumerate(DAYS[:60])]


def planned(*articles: object, **settings: object) -> dict[str, Page]:
    digest, _ = desk(*articles, **settings)  # type: ignore[arg-type]
    return {page.address: page for page in plan(digest, describe_site(digest, ENGLISH), whole, ENGLISH)}


@given(st.integers(0, 60), st.integers(1, 9))
def test_first_page_and_archive_hold_every_article_once(count: int, size: int) -> None:
    articles = STORIES[:count][::-1]

    first, archive = split_archive(articles, size)

    assert [*first, *(article for page in reversed(archive) for article in page)] == articles
    assert all(len(page) == size for page in archive)
    assert len(first) < 2 * size
    assert len(first) >= min(size, count)


@given(st.integers(0, 59), st.integers(1, 9))
def test_a_newer_article_changes_no_archive_page(count: int, size: int) -> None:
    _, before = split_archive(STORIES[:count][::-1], size)
    _, after = split_archive(STORIES[: count + 1][::-1], size)

    assert after[: len(before)] == before
    assert len(after) - len(before) in {0, 1}


def test_the_oldest_articles_are_page_one() -> None:
    _, archive = split_archive(STORIES[:10][::-1], 3)

    assert [[article.title for article in page] for page in archive] == [
        ["Story 2", "Story 1", "Story 0"],
        ["Story 5", "Story 4", "Story 3"],
    ]


def test_the_contracts_pages_exist() -> None:
    pages = planned(
        story("A", "2025-06-01", topics=["AI"], category="news"),
        story("B", "2025-06-02", topics=["AI"], category="reference"),
    )

    expected = """/ /2025/06/01/a/ /2025/06/02/b/ /topics/ /topics/ai/ /providers/ /providers/example.org/
        /sections/news/ /sections/reference/ /archive/ /archive/2025/ /archive/2025/06/ /feed.xml /atom.xml /feed.json
        /topics/ai/feed.xml /topics/ai/atom.xml /topics/ai/feed.json /sections/news/feed.xml /sections/news/atom.xml
        /sections/news/feed.json /sections/reference/feed.xml /sections/reference/atom.xml
        /sections/reference/feed.json /subscribe/ /search/ /opml.xml /sitemap.xml /robots.txt /404.html /.nojekyll
        /manifest.webmanifest /llms.txt /sitemap-news.xml""".split()
    assert set(pages) == set(expected)


def test_lists_have_archives_of_their_own() -> None:
    pages = planned(
        *(story(f"S{n}", f"2025-06-{n:02}", topics=["AI"]) for n in range(1, 8)), config=Config(page_size=2)
    )

    for start in ("/", "/topics/ai/", "/providers/example.org/"):
        assert [f"{start}page/{n}/" in pages for n in (1, 2, 3)] == [True, True, False]


def test_the_lead_is_the_best_of_the_newest_day_and_not_listed_again() -> None:
    best = story("Best", "2025-06-02T08:00", heat=90)
    newest = story("Newest", "2025-06-02T20:00", heat=10)
    hotter = story("Hotter, but old", "2025-06-01T08:00", heat=180)

    front = planned(best, newest, hotter)["/"].view().context

    assert isinstance(front, FrontPage)
    assert front.lead is not None
    assert front.lead.title == "Best"
    assert [card.title for card in front.latest] == ["Newest", "Hotter, but old"]


def test_the_hottest_are_of_the_shortest_time_that_holds_enough() -> None:
    week = [story(f"W{n}", f"2025-06-0{n}", heat=100 + n) for n in range(1, 7)]
    unscored = story("Unscored", "2025-06-06T01:00", quality=900)

    front = planned(*week, unscored)["/"].view().context

    assert isinstance(front, FrontPage)
    assert front.lead is not None
    assert front.lead.title == "Unscored"
    assert front.hottest is not None
    assert front.hottest.title == "Hottest of the week"
    assert [hot.card.title for hot in front.hottest.stories] == ["W6", "W5", "W4", "W3", "W2"]
    assert [(hot.heat, hot.days, hot.points) for hot in front.hottest.stories][:2] == [(106, 0, 106), (105, 1, 67)]
    shown = [front.lead.title, *(card.title for card in (*front.second, *front.latest))]
    assert shown == ["Unscored", "W1"]


def test_too_few_scored_stories_make_no_hottest_list() -> None:
    front = planned(story("A", heat=1), story("B", heat=2))["/"].view().context

    assert isinstance(front, FrontPage)
    assert front.hottest is None
    assert front.second == ()


def test_the_front_page_is_dated_by_its_newest_story() -> None:
    front = planned(story("A", "2025-06-02T23:30"), config=Config(timezone="Asia/Tokyo"))["/"].view().context

    assert isinstance(front, FrontPage)
    assert front.newest == When("2025-06-03", "Tuesday, June 3, 2025")


def test_a_site_without_pictures_shows_none() -> None:
    pictured = msgspec.structs.replace(story("A"), images=(Image(url="https://i.example/a.png"),))

    for has_images in (True, False):
        pages = planned(pictured, config=Config(has_images=has_images))
        views = [pages[address].view() for address in ("/", pictured.address)]
        assert ["https://i.example/a.png" in str(view) for view in views] == [has_images, has_images]
        assert ("https://i.example/a.png" in str(pages["/feed.xml"].view())) == has_images


def test_an_empty_digest_has_all_its_pages() -> None:
    pages = planned(topics=[topic("AI")])

    assert {"/", "/topics/ai/", "/topics/ai/feed.xml", "/archive/", "/providers/", "/feed.json"} <= set(pages)


def test_what_every_page_shows_does_not_change_with_a_new_article() -> None:
    topics = [topic("AI"), topic("Vision", parent="AI")]
    before, _ = desk(story("A", "2025-01-01", topics=["AI"]), topics=topics)
    after, _ = desk(story("A", "2025-01-01", topics=["AI"]), story("B", topics=["Vision", "New"]), topics=topics)

    assert describe_site(before, ENGLISH) == describe_site(after, ENGLISH)


def test_only_neighbors_of_a_new_article_change() -> None:
    size = 5
    config = Config(page_size=size)
    old = STORIES[:52]
    newer = story("Newer", "2025-12-31", provider="p1.example")

    before, after = planned(*old, config=config), planned(*old, newer, config=config)

    changed = {address for address, page in after.items() if address not in before or before[address].key != page.key}
    assert not [address for address in changed if address.startswith("/page/")]
    assert len(changed) < 20


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/", "index.html"),
        ("/topics/ai/", "topics/ai/index.html"),
        ("/feed.xml", "feed.xml"),
        ("/.nojekyll", ".nojekyll"),
    ],
)
def test_file_paths(address: str, path: str) -> None:
    assert file_path(address) == path


def test_addresses_that_meet_on_some_file_system_collide() -> None:
    pages = [
        page_of(address=address, template="x.html", context=EmptyPage()) for address in ("/a/", "/A/index.html", "/b/")
    ]

    assert [problem.code for problem in claim(pages, {}).problems] == ["address-collision"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("/about/", "/about"), ("/about", "/about/"), ("/a", "/A/b/c/"), ("/a/b/c.txt", "/a/b")],
)
def test_a_file_where_another_needs_a_folder_collides(first: str, second: str) -> None:
    pages = [page_of(address=address, template="x.html", context=EmptyPage()) for address in (first, second)]

    claims = claim(pages, {})

    assert [problem.code for problem in claims.problems] == ["address-collision"]
    assert claims.pages == (pages[0],)


@pytest.mark.parametrize(
    "address", ["/about/index.html", "/About/index.html", "/about", "/ABOUT", "/about/index.html/x"]
)
def test_a_static_file_in_the_way_of_a_page_is_named(address: str) -> None:
    page = page_of(address="/about/", template="page.html", context=EmptyPage(), location=Location("about.md"))

    claims = claim([page], {address: Location(f"static{address}"), "/else.txt": Location("static/else.txt")})

    assert [str(problem.location) for problem in claims.problems] == [f"static{address}:1:1"]
    assert claims.pages == (page,)
    assert claims.static == ("/else.txt",)


def test_a_redirect_onto_a_page_is_an_error_where_it_is_written() -> None:
    digest, _ = desk(story("A", redirects=["/topics/"]))

    problems = claim(plan(digest, describe_site(digest, ENGLISH), whole, ENGLISH), {}).problems

    assert [str(problem.location) for problem in problems] == ["content/a.md:2:8"]


def test_a_provider_is_shown_with_its_logo() -> None:
    logo = Image(url="https://example.org/logo.png")
    article = story("A")
    article = msgspec.structs.replace(article, provider=msgspec.structs.replace(article.provider, image=logo))

    page = planned(article)["/providers/example.org/"].view().context

    assert isinstance(page, ProviderPage)
    assert page.image == logo
