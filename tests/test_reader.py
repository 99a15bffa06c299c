"""What the theme's script does for a reader: it remembers colours and stories in the browser, and tells ages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from browsing import visit, watch
from github_pages import serving
from playwright.sync_api import Browser, Page
from site_builder import record, run, write

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAPER = "getComputedStyle(document.body).backgroundColor"
NEW = "[...document.querySelectorAll('.story .new')].map((mark) => mark.parentElement.querySelector('a').textContent)"


class Reading(msgspec.Struct):
    """A reader's browser on a digest that is served: its page, its address, and what goes wrong."""

    site: Path
    out: Path
    page: Page
    url: str
    told: list[str]

    def build(self) -> None:
        """Build the digest as it is now."""
        run(self.site, out=self.out, base_url=self.url)

    def visit(self, path: str = "") -> None:
        """Open a page of it."""
        visit(self.page, self.url + path, self.told)

    def marked(self) -> list[str]:
        """Open the front page; return the headlines that are marked as new."""
        self.visit()
        found: list[str] = self.page.evaluate(NEW)
        return found

    def add(self) -> None:
        """Publish one more story."""
        write(self.site, {"content/news/9.md": record(9, title="Just in", day="2025-12-31")})
        self.build()

    def wait_an_hour(self) -> None:
        """Make the last visit an hour older."""
        self.page.evaluate("""() => { for (const [key, text] of Object.entries(localStorage)) {
          const seen = JSON.parse(text);
          localStorage.setItem(key, JSON.stringify({ ...seen, at: seen.at - 3_600_000 }));
        } }""")


@pytest.fixture
def reading(browser: Browser, tmp_path: Path) -> Iterator[Reading]:
    """A digest of five stories, built and served, before the reader's first visit; nothing may go wrong."""
    site, served = tmp_path / "site", tmp_path / "served"
    write(site, {f"content/news/{number}.md": record(number) for number in range(5)})
    served.mkdir()
    page = browser.new_context(color_scheme="light", reduced_motion="reduce").new_page()
    with serving(served) as host:
        found = Reading(site, served / "digest", page, f"{host}digest/", watch(page))
        found.build()
        yield found
    page.context.close()
    assert found.told == []


def test_the_chosen_colours_are_remembered_until_they_are_the_systems(reading: Reading) -> None:
    page, button = reading.page, reading.page.locator("button[data-scheme]")
    reading.visit()
    light = page.evaluate(PAPER)
    button.click()
    dark, pressed = page.evaluate(PAPER), button.get_attribute("aria-pressed")
    reading.visit("topics/")
    elsewhere = page.evaluate(PAPER)
    button.click()
    back, stored = page.evaluate(PAPER), page.evaluate("localStorage.getItem('broadsheet:scheme')")

    assert (pressed, elsewhere, back, stored) == ("true", dark, light, None)
    assert dark != light


def test_what_was_seen_is_not_new_at_the_next_visit(reading: Reading) -> None:
    first = reading.marked()
    reading.add()
    same_visit = reading.marked()
    reading.wait_an_hour()
    next_visit = reading.marked()

    assert (first, same_visit, next_visit) == ([], ["Just in"], [])
    assert not reading.page.locator(".since").is_visible()


def test_what_came_while_the_reader_was_away_is_new_and_counted(reading: Reading) -> None:
    reading.visit()
    reading.add()
    reading.wait_an_hour()
    marked, again = reading.marked(), reading.marked()

    assert marked == again == ["Just in"]
    assert reading.page.locator(".since").inner_text() == "New since your last visit: 1"


def test_what_is_a_week_old_says_its_age_and_keeps_its_date(reading: Reading) -> None:
    reading.page.clock.set_fixed_time(datetime(2024, 5, 3, tzinfo=UTC))
    reading.visit("2024/05/01/0/")

    time = reading.page.locator("article time").first
    assert time.inner_text() == "2 days ago"
    assert (time.get_attribute("title"), time.get_attribute("datetime")) == ("May 1, 2024", "2024-05-01T00:00:00Z")
