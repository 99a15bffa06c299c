"""What the theme's script does for a reader: it remembers colours and stories in the browser, and tells ages."""

from datetime import timedelta
from pathlib import Path

import pytest
from browsing import visit, watch
from github_pages import serving
from playwright.sync_api import Browser, Page
from site_builder import NOW, record, run, write

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAPER = "getComputedStyle(document.body).backgroundColor"
NEW = "[...document.querySelectorAll('.story .new')].map((mark) => mark.parentElement.querySelector('a').textContent)"


def test_the_chosen_colours_are_remembered_until_they_are_the_systems(browser: Browser, tmp_path: Path) -> None:
    site = _digest(tmp_path / "site")
    context = browser.new_context(color_scheme="light", reduced_motion="reduce")
    page = context.new_page()
    told = watch(page)
    with serving(_made(tmp_path / "served")) as host:
        run(site, out=tmp_path / "served/digest", base_url=f"{host}digest/")
        visit(page, f"{host}digest/", told)
        light = page.evaluate(PAPER)
        page.locator("button[data-scheme]").click()
        dark = page.evaluate(PAPER)
        pressed = page.locator("button[data-scheme]").get_attribute("aria-pressed")
        visit(page, f"{host}digest/topics/", told)
        elsewhere = page.evaluate(PAPER)
        page.locator("button[data-scheme]").click()
        stored = page.evaluate("localStorage.getItem('broadsheet:scheme')")
        back = page.evaluate(PAPER)
    context.close()

    assert told == []
    assert (pressed, elsewhere, back, stored) == ("true", dark, light, None)
    assert dark != light


def test_stories_that_came_since_the_last_visit_are_marked(browser: Browser, tmp_path: Path) -> None:
    site, out = _digest(tmp_path / "site"), tmp_path / "served/digest"
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    told = watch(page)
    with serving(_made(tmp_path / "served")) as host:
        run(site, out=tmp_path / "served/digest", base_url=f"{host}digest/")
        first = _marked(page, f"{host}digest/", told)
        write(site, {"content/news/9.md": record(9, title="Just in", day="2025-12-31")})
        run(site, out=out, base_url=f"{host}digest/")
        same_visit = _marked(page, f"{host}digest/", told)
        _an_hour_later(page)
        next_visit = _marked(page, f"{host}digest/", told)
        is_said = page.locator(".since").is_visible()
        _an_hour_later(page)
        later = _marked(page, f"{host}digest/", told)
    context.close()

    assert told == []
    assert (first, later) == ([], [])
    assert same_visit == ["Just in"]
    assert next_visit == []
    assert not is_said


def test_what_came_while_the_reader_was_away_is_new_and_counted(browser: Browser, tmp_path: Path) -> None:
    site, out = _digest(tmp_path / "site"), tmp_path / "served/digest"
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    told = watch(page)
    with serving(_made(tmp_path / "served")) as host:
        run(site, out=tmp_path / "served/digest", base_url=f"{host}digest/")
        _marked(page, f"{host}digest/", told)
        write(site, {"content/news/9.md": record(9, title="Just in", day="2025-12-31")})
        run(site, out=out, base_url=f"{host}digest/")
        _an_hour_later(page)
        marked = _marked(page, f"{host}digest/", told)
        again = _marked(page, f"{host}digest/", told)
        said = page.locator(".since").inner_text()
    context.close()

    assert told == []
    assert marked == again == ["Just in"]
    assert said == "New since your last visit: 1"


def test_what_is_a_week_old_says_its_age_and_keeps_its_date(browser: Browser, tmp_path: Path) -> None:
    site = _digest(tmp_path / "site")
    page = browser.new_page()
    told = watch(page)
    page.clock.set_fixed_time(NOW.replace(year=2024, month=5, day=1) + timedelta(days=2))
    with serving(_made(tmp_path / "served")) as host:
        run(site, out=tmp_path / "served/digest", base_url=f"{host}digest/")
        visit(page, f"{host}digest/2024/05/01/0/", told)
        time = page.locator("article time").first
        shown = (time.inner_text(), time.get_attribute("title"), time.get_attribute("datetime"))
    page.close()

    assert told == []
    assert shown == ("2 days ago", "May 1, 2024", "2024-05-01T00:00:00Z")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _digest(site: Path) -> Path:
    write(site, {f"content/news/{number}.md": record(number) for number in range(5)})
    return site


def _marked(page: Page, url: str, told: list[str]) -> list[str]:
    visit(page, url, told)
    found: list[str] = page.evaluate(NEW)
    return found


def _an_hour_later(page: Page) -> None:
    """Make the last visit an hour older."""
    page.evaluate("""() => { for (const [key, text] of Object.entries(localStorage)) {
      const seen = JSON.parse(text);
      localStorage.setItem(key, JSON.stringify({ ...seen, at: seen.at - 3_600_000 }));
    } }""")
