"""Every kind of page in a real browser, as GitHub Pages would serve it: whole, quiet and without surprises."""

from pathlib import Path
from pprint import pformat

import pytest
from browsing import visit, watch
from conftest import NOW
from playwright.sync_api import Browser, Error
from showcase import NAMES, Site

from broadsheet.building.builder import build
from broadsheet.building.report import Options

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (320, 768, 1440)
# What can be seen past the side of the page, or is cut off there, by a name that finds it. What is there for screen
# readers only is one pixel wide, what scrolls by itself may be wide inside, and what is cut after some lines says so.
TOO_WIDE = """() => {
  const root = document.documentElement;
  const found = root.scrollWidth > root.clientWidth ? [`the page: ${root.scrollWidth}`] : [];
  const name = (element) => `${element.localName}.${element.getAttribute("class")}: ${element.textContent.trim().slice(0, 40)}`;
  const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!element.checkVisibility() || box.width <= 1) continue;
    let around = element;
    while (around && !scrolls(around)) around = around.parentElement;
    if (around) continue;
    const past = getComputedStyle(root).direction === "rtl" ? -box.left : box.right - root.clientWidth;
    const style = getComputedStyle(element);
    const cut = ["hidden", "clip"].includes(style.overflowX) && style.webkitLineClamp === "none"
      && element.scrollWidth > element.clientWidth + 1;
    if (past > 1) found.push(`past the side by ${past}: ${name(element)}`);
    if (cut) found.push(`cut off: ${name(element)}`);
  }
  return found;
}"""

# Notes what scripts hide and show on a page.
NOTE_TOGGLED = """
  new MutationObserver((changes) => changes.forEach(({ target }) => target.setAttribute("data-toggled", "")))
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
"""
# The texts and links that a reader sees, dates as machines read them. Buttons, live regions and what scripts have
# shown or hidden are enhancements, and <noscript> is for those who do without: they count as `extra`.
CONTENT = """() => {
  const EXTRA = "button, noscript, output, [role=status], [aria-live], [data-toggled]";
  const seen = [], extra = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement, time = parent.closest("time");
    const text = time ? time.dateTime : texts.currentNode.textContent.trim();
    const isExtra = parent.closest(EXTRA);
    if (text && (isExtra || parent.checkVisibility())) (isExtra ? extra : seen).push(text);
  }
  for (const link of document.querySelectorAll("a[href]")) {
    const isExtra = link.closest(EXTRA);
    if (isExtra || link.checkVisibility()) (isExtra ? extra : seen).push(String(link.href.baseVal ?? link.href));
  }
  return [seen, extra];
}"""


def test_there_is_a_page_of_every_kind(sites: dict[str, Site]) -> None:
    usual = {"front", "topics", "topic", "providers", "provider", "archive", "year", "month", "subscribe", "not-found"}

    assert usual | {"front-archive", "section", "article-plain", "article-comment", "article-video", "about"} <= set(
        sites["digest"].pages
    )
    assert usual | {f"article-{name}" for name in ("hebrew", "many-topics", "broken-picture")} <= set(
        sites["hard"].pages
    )
    assert usual & set(sites["empty"].pages) == {"front", "topics", "providers", "archive", "subscribe", "not-found"}
    assert len(set(NAMES.values())) == len(NAMES)


def test_no_page_complains_or_asks_others(browser: Browser, sites: dict[str, Site]) -> None:
    page = browser.new_page()
    told = watch(page)

    found = {
        url: heard
        for site in sites.values()
        for url in (site.url + address for address in site.pages.values())
        if (heard := visit(page, url, told))
    }
    page.close()

    assert not found, pformat(found)


def test_no_page_scrolls_sideways_or_is_cut_off(browser: Browser, sites: dict[str, Site]) -> None:
    page = browser.new_page()
    told = watch(page)
    found = {}

    for site in sites.values():
        for address in site.pages.values():
            visit(page, site.url + address, told)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                if wide := page.evaluate(TOO_WIDE):
                    found[width, site.url + address] = wide
    page.close()

    assert not found, pformat(found)


def test_every_page_is_complete_without_javascript(browser: Browser, sites: dict[str, Site]) -> None:
    contexts = [browser.new_context(java_script_enabled=enabled) for enabled in (True, False)]
    scripted, plain = (context.new_page() for context in contexts)
    told = watch(scripted), watch(plain)
    scripted.add_init_script(NOTE_TOGGLED)
    found = {}

    for site in sites.values():
        for address in site.pages.values():
            visit(scripted, site.url + address, told[0])
            visit(plain, site.url + address, told[1])
            seen, extra = map(set, scripted.evaluate(CONTENT))
            without, _ = map(set, plain.evaluate(CONTENT))
            scripted.evaluate("localStorage.clear()")  # each page is a first visit
            differences = (seen - without) | (without - seen - extra)
            if differences or not without:
                found[site.url + address] = differences
    for context in contexts:
        context.close()

    assert not found, pformat(found)


def test_a_video_is_loaded_only_after_a_click(browser: Browser, sites: dict[str, Site]) -> None:
    page = browser.new_page()
    told = watch(page)
    site = sites["digest"]
    before = visit(page, site.url + "2023/01/17/lets-build-gpt-from-scratch/", told)

    page.locator("a.video-facade").click()
    page.wait_for_selector("iframe")
    source = page.locator("iframe").get_attribute("src") or ""
    page.close()

    assert before == []
    assert source.startswith("https://www.youtube-nocookie.com/embed/kCc8FmEb1nY")


def test_the_address_of_a_feed_is_copied_with_one_click(browser: Browser, sites: dict[str, Site]) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    told = watch(page)
    url = sites["digest"].url
    visit(page, f"{url}subscribe/", told)

    page.locator("button[data-copy]").nth(1).click()
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    context.close()

    assert told == []
    assert copied == f"{url}atom.xml"


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_days_of_a_calendar_are_large_enough_and_lead_to_their_day(
    browser: Browser, sites: dict[str, Site], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    told = watch(page)
    visit(page, f"{sites['digest'].url}archive/2025/", told)
    sizes = page.locator(".calendar a rect").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).flatMap(box => [box.width, box.height])"
    )

    page.locator('.calendar h2 a[href$="/03/"]').focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/archive/2025/03/#d24")
    heading = page.locator(":target h2").inner_text()
    page.close()

    assert told == []
    assert min(sizes) >= 24
    assert heading == "March 24, 2025"


def test_hostile_text_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    payloads = [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</script><script>alert(1)</script>",
        "{{ 7 * 7 }} {% raw %}",
        "]]><svg onload=alert(1)>",
        "&lt;img src=x onerror=alert(1)&gt;",
    ]
    content = tmp_path / "content"
    content.mkdir()
    for number, payload in enumerate(payloads):
        quoted = payload.replace("'", "''")
        text = (
            f"---\ntitle: '{quoted}'\nexcerpt: '{quoted}'\npublishedDateTime: 2024-01-0{number + 1}T00:00:00Z\n"
            f"webUrl: https://example.org/{number}\npublished: true\n"
            f"provider: {{name: '{quoted}', domain: example.org}}\n"
            f"topics: ['{quoted} {number}']\n---\n{payload}\n\n[x](javascript:alert(1))\n"
        )
        (content / f"{number}.md").write_text(text)
    report = build(Options(site=tmp_path, content=content, out=tmp_path / "public", now=NOW))
    page = browser.new_page()
    told: list[str] = []
    page.on("dialog", lambda dialog: told.append(dialog.message))
    page.on("pageerror", lambda error: told.append(str(error)))

    for path in sorted((tmp_path / "public").rglob("*.html")):
        try:
            page.goto(path.as_uri())
        except Error as error:
            told.append(str(error))
        told += page.evaluate(
            "[...document.querySelectorAll('[onload], [onerror], a[href^=javascript]')].map(e => e.outerHTML)"
        )
    page.close()

    assert report.outcome is not None
    assert told == []
