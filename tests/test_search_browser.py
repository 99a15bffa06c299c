"""Search in a real browser, as GitHub Pages would serve it under a base path."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import watch
from conftest import NOW, ROOT
from github_pages import serving
from playwright.sync_api import Browser, BrowserContext, Page, expect
from site_builder import record, write

from broadsheet.building.builder import build
from broadsheet.building.report import Options
from broadsheet.site import search

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ATTENTION = "Attention Is All You Need"


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo site, with an index of several volumes, served from loopback."""
    root = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch, serving(root) as origin:
        patch.setattr(search, "_ENOUGH", 15)
        url = f"{origin}digest/"
        build(Options(site=ROOT, content=ROOT / "content", out=root / "digest", now=NOW, base_url=url, jobs=1))
        assert len(list((root / "digest/pagefind").iterdir())) > 2
        yield url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser context, closed at the end."""
    context = browser.new_context()
    yield context
    context.close()


def opened(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    """Open a page; return it and what it complains of, which grows."""
    page = context.new_page()
    told = watch(page)
    page.goto(url)
    return page, told


def titles(page: Page) -> list[str]:
    return page.locator(".search-results h2").all_inner_texts()


def found(page: Page, number: int) -> None:
    """Wait until so many stories were found."""
    expect(page.locator(".search-status")).to_have_text(f"Stories found: {number}")


def count(page: Page) -> int:
    """Wait until stories were found; return how many."""
    status = page.locator(".search-status")
    expect(status).to_contain_text("Stories found")
    return int(status.inner_text().rpartition(" ")[2])


@pytest.mark.parametrize(
    ("words", "title"),
    [
        pytest.param("attention need", ATTENTION, id="headline"),
        pytest.param("recurrence convolution", ATTENTION, id="excerpt"),
        pytest.param("overfitting", "Deep Residual Learning for Image Recognition", id="comment"),
        pytest.param("pagers everywhere", None, id="nothing"),
        pytest.param("arxiv attention", ATTENTION, id="provider"),
        pytest.param("recurr", ATTENTION, id="the beginning of a word"),
        pytest.param("Récurrence", ATTENTION, id="with an accent"),
        pytest.param('"attention alone"', ATTENTION, id="a phrase"),
        pytest.param("C#", None, id="a sign"),
    ],
)
def test_a_story_is_found_by_its_words(context: BrowserContext, base_url: str, words: str, title: str | None) -> None:
    page, told = opened(context, f"{base_url}search/")

    page.get_by_label("Words to search for").fill(words)

    if title is None:
        expect(page.locator(".search-status")).to_contain_text("Nothing was found")
    else:
        expect(page.locator(".search-results h2").filter(has_text=title)).to_have_count(1)
    assert told == []
    assert page.evaluate("violations") == []


def test_filters_narrow_what_is_found_and_say_how_far(context: BrowserContext, base_url: str) -> None:
    page, told = opened(context, f"{base_url}search/?q=attention")
    everything = count(page)
    option = page.get_by_label("Topic", exact=True).locator("option", has_text="Computer Vision")
    promised = option.inner_text()

    page.get_by_label("Topic", exact=True).select_option("computer-vision")
    found(page, 1)

    assert everything > 1
    assert promised == "Computer Vision (1)"
    assert titles(page) == ["Segment Anything"]
    assert "topic=computer-vision" in page.url
    page.get_by_label("Year").select_option("2023")
    found(page, 1)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".search-results")).to_be_hidden()
    assert page.url == f"{base_url}search/"
    assert told == []


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("topic=ai", "Computer Vision"),
        ("provider=arxiv.org", "arXiv"),
        ("year=2017", "2017"),
        ("type=video", "Video"),
    ],
)
def test_a_filter_alone_lists_what_it_has_newest_first(
    context: BrowserContext, base_url: str, query: str, holds: str
) -> None:
    page, told = opened(context, f"{base_url}search/?{query}")
    number = count(page)

    dates = [time.get_attribute("datetime") or "" for time in page.locator(".search-results time").all()]

    assert number > 1
    assert dates == sorted(dates, reverse=True)
    assert holds in page.locator(".search-results").inner_text()
    assert told == []


def test_a_topic_holds_what_lies_below_it(context: BrowserContext, base_url: str) -> None:
    page, _ = opened(context, f"{base_url}search/?q=transformer&topic=ai")

    expect(page.locator(".search-results")).to_contain_text("Transformers, the tech behind LLMs")


def test_an_address_holds_a_whole_search(context: BrowserContext, base_url: str) -> None:
    page, told = opened(context, f"{base_url}search/?q=attention&year=2017&sort=date")
    found(page, 1)

    assert page.get_by_label("Words to search for").input_value() == "attention"
    assert page.get_by_label("Year").input_value() == "2017"
    assert page.get_by_label("Order").input_value() == "date"
    page.get_by_label("Words to search for").fill("machine & learning")
    expect(page).to_have_url(f"{base_url}search/?q=machine+%26+learning&year=2017&sort=date")
    assert told == []


def test_the_newest_first_or_the_best_match(context: BrowserContext, base_url: str) -> None:
    page, _ = opened(context, f"{base_url}search/?q=learning")
    number = count(page)
    best = titles(page)

    page.get_by_label("Order").select_option("date")
    expect(page.locator(".search-results h2").first).not_to_have_text(best[0])
    dates = [time.get_attribute("datetime") or "" for time in page.locator(".search-results time").all()]

    assert number > 5
    assert dates == sorted(dates, reverse=True)


def test_more_is_shown_on_demand_and_the_focus_goes_there(context: BrowserContext, base_url: str) -> None:
    page, _ = opened(context, f"{base_url}search/?topic=ai")
    number = count(page)
    shown = len(titles(page))

    page.get_by_role("button", name="Show more").press("Enter")
    expect(page.locator(".search-results h2")).to_have_count(min(2 * shown, number))

    assert shown < number
    assert page.evaluate("document.activeElement.textContent") == titles(page)[shown]
    assert len(set(titles(page))) == len(titles(page))


def test_a_card_shows_what_was_found_and_leads_to_the_article(context: BrowserContext, base_url: str) -> None:
    page, told = opened(context, f"{base_url}search/?q=attention&year=2017")
    found(page, 1)
    card = page.locator(".search-results article")

    assert card.locator("time").inner_text() == "June 12, 2017"
    assert card.locator("mark").first.inner_text().lower().startswith("attention")
    links = [link.get_attribute("href") for link in card.locator("a").all()]
    assert [links[0], links[2]] == ["/digest/topics/language-models/", "/digest/providers/arxiv.org/"]
    assert told == []
    card.locator("h2 a").click()
    expect(page).to_have_url(f"{base_url}2017/06/12/attention-is-all-you-need/")


def test_everything_can_be_done_by_keyboard(context: BrowserContext, base_url: str) -> None:
    page, _ = opened(context, f"{base_url}search/")
    page.get_by_label("Words to search for").focus()
    page.keyboard.type("attention")
    page.keyboard.press("Enter")
    number = count(page)
    passed = []
    for _step in range(12):
        page.keyboard.press("Tab")
        passed.append(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))

    assert page.url == f"{base_url}search/?q=attention"
    assert passed[:8] == ["Search", "topic", "provider", "year", "type", "sort", "Clear", "Language Models"]
    assert number == len(titles(page))


def test_without_javascript_the_page_is_useful(browser: Browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, told = opened(context, f"{base_url}search/?q=attention")

    form = page.locator("form:visible")
    fields = {field.get_attribute("name"): field.get_attribute("value") for field in form.locator("input").all()}
    links = [link.get_attribute("href") for link in page.locator("main a").all()]
    action = form.get_attribute("action")
    context.close()

    assert told == []
    assert action == "https://duckduckgo.com/"
    assert fields == {"q": None, "sites": base_url.removeprefix("http://").rstrip("/")}
    assert {"/digest/topics/ai/", "/digest/topics/", "/digest/archive/2017/", "/digest/archive/"} <= set(links)


def test_the_policy_lets_the_other_engine_be_asked(browser: Browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page, _ = opened(context, f"{base_url}search/")
    page.get_by_label("Search this site with DuckDuckGo").fill("attention")

    with page.expect_request("https://duckduckgo.com/**") as asked:
        page.get_by_role("button", name="Search").click()
    context.close()

    assert asked.value.url.startswith("https://duckduckgo.com/?q=attention&sites=127.0.0.1")


def test_an_index_that_cannot_be_loaded_leaves_the_other_engine(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    page.route("**/facets.json", lambda route: route.fulfill(status=404))
    page.goto(f"{base_url}search/?q=attention")

    expect(page.locator(".search-status")).to_contain_text("could not be loaded")
    expect(page.get_by_label("Search this site with DuckDuckGo")).to_be_visible()


def test_nothing_scrolls_sideways_with_results(context: BrowserContext, base_url: str) -> None:
    page, _ = opened(context, f"{base_url}search/?q=attention")
    page.set_viewport_size({"width": 320, "height": 800})
    count(page)

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_hostile_text_that_is_found_stays_text(context: BrowserContext, tmp_path: Path) -> None:
    payload = "<img src=x onerror=alert(1)> &lt;img src=x onerror=alert(2)&gt; <mark>x</mark> C# story"
    files = {
        f"content/{n}.md": record(n, f"excerpt: '{payload}'", f"provider: {{name: '{payload}', domain: a.example}}")
        .replace("excerpt: Excerpt number 0\n", "")
        .replace('"Story 0"', f"'{payload}'")
        .replace("[Topic 0]", f"['{payload}']")
        for n in range(1)
    }
    write(tmp_path, files)
    with serving(tmp_path / "public") as url:
        report = build(
            Options(site=tmp_path, content=tmp_path / "content", out=tmp_path / "public", now=NOW, base_url=url)
        )
        page = context.new_page()
        told: list[str] = []
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(f"{url}search/?q=C%23+story")
        found(page, 1)
        text = page.locator(".search-results").inner_text()
        images = page.locator(".search-results img").count()
        marks = page.locator("mark").all_inner_texts()

    assert report.problems == ()
    assert told == []
    assert images == 0
    assert "<img src=x onerror=alert(1)>" in text
    assert "story" in marks
