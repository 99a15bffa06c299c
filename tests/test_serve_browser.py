"""`broadsheet serve` in a real browser: what is saved is seen in the open page, and so is what is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import watch
from conftest import ROOT
from playwright.sync_api import Browser, Page, expect
from site_builder import digest, record, write

from benchmarks.serve import save, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY = "2024/05/01/1/"
STYLE = (ROOT / "static/hashed/broadsheet.css").read_text(encoding="utf-8")
ARTICLE = (ROOT / "templates/article.html").read_text(encoding="utf-8")
OVERLAY = "broadsheet-problems"
COLOR = "(color) => getComputedStyle(document.querySelector('h1')).outlineColor === color"


class Open:
    """An open page of a site that is served, and what goes wrong on it."""

    def __init__(self, site: Path, address: str, page: Page) -> None:
        self.site = site
        self.address = address
        self.page = page
        self.told = watch(page)

    def visit(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")
        # Pages that are loaded again lose this, and nothing else does.
        self.page.evaluate("window.isOld = true")

    @property
    def was_loaded_again(self) -> bool:
        return not self.page.evaluate("Boolean(window.isOld)")

    def complaints(self) -> list[str]:
        violations: list[str] = self.page.evaluate("window.violations ?? []")
        return self.told + violations


@pytest.fixture
def opened(tmp_path: Path, browser: Browser) -> Iterator[Open]:
    site = digest(tmp_path)
    write(site, {"content/draft.md": record(9, title="Not yet", pub="false", body="To come")})
    with serving(site, "--drafts", "--now", "2026-01-01") as served:
        page = browser.new_page()
        yield Open(site, served.address, page)
        page.close()


def test_what_is_saved_is_seen_without_a_key_pressed(opened: Open) -> None:
    opened.visit(STORY)
    heading = opened.page.locator("h1")
    expect(heading).to_have_text("Story 1")

    save(opened.site / "content/news/1.md", record(1, title="A better headline"))
    expect(heading).to_have_text("A better headline")
    save(opened.site / "templates/article.html", ARTICLE.replace("</h1>", " (by template)</h1>"))
    expect(heading).to_have_text("A better headline (by template)")
    save(opened.site / "site.yaml", "title: Renamed\nbase_url: https://user.github.io/digest/\n")
    expect(opened.page).to_have_title("A better headline – Renamed")

    assert opened.complaints() == []


def test_a_style_sheet_is_changed_in_the_open_page(opened: Open) -> None:
    opened.visit(STORY)

    for color in ("rgb(1, 2, 3)", "rgb(4, 5, 6)"):
        save(opened.site / "static/hashed/broadsheet.css", f"{STYLE}h1 {{ outline-color: {color}; }}")
        opened.page.wait_for_function(COLOR, arg=color)

    expect(opened.page.locator("link[href*='/hashed/']")).to_have_count(1)
    assert not opened.was_loaded_again
    save(opened.site / "content/news/1.md", record(1, title="And then a record"))
    expect(opened.page.locator("h1")).to_have_text("And then a record")
    opened.page.wait_for_function(COLOR, arg="rgb(4, 5, 6)")
    assert opened.complaints() == []


def test_a_problem_lies_over_the_page_until_it_is_mended(opened: Open) -> None:
    opened.visit(STORY)
    overlay = opened.page.locator(OVERLAY)

    save(opened.site / "content/news/1.md", record(1, day="2024-99-99"))
    expect(overlay).to_contain_text("content/news/1.md:4:20")
    expect(overlay).to_contain_text("error[bad-date]: 'publishedDateTime': month must be in 1..12")
    expect(overlay).to_contain_text("write it as 2023-06-08T21:51:00Z")
    expect(opened.page.locator("h1")).to_have_text("Story 1")
    assert not opened.was_loaded_again
    opened.page.goto(f"{opened.address}topics/")
    expect(overlay).to_contain_text("bad-date")
    expect(opened.page.locator("h1")).to_have_text("Topics")
    save(opened.site / "content/news/1.md", record(1))
    expect(overlay).to_have_count(0)

    assert opened.complaints() == []


def test_a_broken_template_is_named_over_the_page_that_still_stands(opened: Open) -> None:
    opened.visit(STORY)
    overlay = opened.page.locator(OVERLAY)

    save(opened.site / "templates/article.html", "{% if %}")
    expect(overlay).to_contain_text("templates/article.html:1")
    expect(opened.page.locator("h1")).to_have_text("Story 1")
    opened.page.locator(f"{OVERLAY} button").click()
    expect(overlay).to_have_count(0)
    (opened.site / "templates/article.html").unlink()
    opened.page.wait_for_function("() => !window.isOld")
    expect(opened.page.locator("h1")).to_have_text("Story 1")

    assert opened.complaints() == []


def test_a_draft_has_a_mark_that_is_seen_and_goes_when_it_is_published(opened: Open) -> None:
    opened.visit("2024/05/01/draft/")
    mark = opened.page.locator("article .notice")
    expect(mark).to_have_text("Draft")
    assert mark.evaluate("(mark) => getComputedStyle(mark).backgroundColor") == "rgb(255, 213, 74)"
    expect(opened.page.locator(".prose")).to_have_text("To come")

    save(opened.site / "content/draft.md", record(9, title="Not yet", body="To come"))
    expect(mark).to_have_count(0)

    assert opened.complaints() == []


def test_a_page_opened_before_there_is_a_site_becomes_one(tmp_path: Path, browser: Browser) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/1.md": record(1, day="2024-99-99")})
    with serving(site) as served:
        page = browser.new_page()
        page.goto(f"{served.address}digest/{STORY}")
        expect(page.locator(OVERLAY)).to_contain_text("bad-date")

        save(site / "content/news/1.md", record(1))

        expect(page.locator("h1")).to_have_text("Story 1")
        page.close()


def test_a_server_that_comes_back_is_noticed(tmp_path: Path, browser: Browser) -> None:
    site = digest(tmp_path)
    page = browser.new_page()
    with serving(site) as served:
        page.goto(f"{served.address}{STORY}")
        port = served.address.split(":")[2].split("/")[0]
    save(site / "content/news/1.md", record(1, title="Meanwhile"))

    with serving(site, "--port", port):
        expect(page.locator("h1")).to_have_text("Meanwhile", timeout=15_000)
    page.close()
