"""Every kind of page can be read and used by everyone: WCAG 2.2 AA as axe-core checks it, and the keyboard."""

from collections.abc import Callable
from pathlib import Path
from pprint import pformat
from typing import Literal

import pytest
from browsing import visit, watch
from playwright.sync_api import Browser, Page
from showcase import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
ADVICE = "best-practice"
TABBED = ("digest", "hard")
"""The sites that are walked through by keyboard: the others have the same parts."""
SIZES = {"phone": (360, 740), "desktop": (1440, 900)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RUN_AXE = """async (tags) => {
  const options = { runOnly: { type: "tag", values: tags }, rules: { "target-size": { enabled: true } }, resultTypes: ["violations"] };
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, tags, nodes }) => [id, tags, nodes.slice(0, 5).map((node) => `${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`)]);
}"""

# Notes how what can be focused looks, then how it looks when it is; what cannot be seen need not be reached. Of radio
# buttons of one name, one is reached by Tab and the others by arrow keys.
FOLLOW_FOCUS = """() => {
  const name = (element) => element.outerHTML.slice(0, 120);
  const drawn = (element) => {
    const style = getComputedStyle(element);
    const outline = style.outlineStyle === "none" || style.outlineWidth === "0px" ? "" : `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`;
    return [outline, style.boxShadow, style.textDecoration, style.stroke, style.strokeWidth].join();
  };
  const look = (element) => [element, ...element.querySelectorAll("*")].slice(0, 8).map(drawn).join("\\n");
  const sign = (element) => element.type === "radio" ? `radio ${element.name}` : element;
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable]")]
    .filter((element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }));
  const unfocused = new Map(all.map((element) => [element, look(element)]));
  const reached = new Set(), plain = [];
  document.addEventListener("focusin", ({ target }) => {
    reached.add(sign(target));
    if (unfocused.has(target) && look(target) === unfocused.get(target)) plain.push(name(target));
  });
  window.focusReport = () => [all.filter((element) => !reached.has(sign(element))).map(name), plain];
  return all.length;
}"""

IS_SKIP_LINK = """() => {
  const link = document.activeElement, { top, bottom, left, right } = link.getBoundingClientRect();
  const isSeen = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  return isSeen && link.getAttribute("href") === `#${document.querySelector("main").id}`;
}"""
# Where nothing in the content can be focused, the next stop lies behind it.
IS_IN_OR_PAST_MAIN = """() => {
  const main = document.querySelector("main"), place = main.compareDocumentPosition(document.activeElement);
  return Boolean(place & (Node.DOCUMENT_POSITION_CONTAINED_BY | Node.DOCUMENT_POSITION_FOLLOWING));
}"""


@pytest.fixture(scope="module")
def axe(node_modules: Path) -> str:
    """The script that checks a page."""
    return (node_modules / "axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(
    browser: Browser, sites: dict[str, Site], axe: str, size: str, record_property: Callable[[str, object], None]
) -> None:
    page = _page(browser, size)
    told = watch(page)
    found: dict[tuple[str, str, str], list[str]] = {}
    advice: dict[tuple[str, str, str], list[str]] = {}
    checked = 0

    for site in sites.values():
        for address in site.pages.values():
            visit(page, site.url + address, told)
            page.evaluate(axe)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                for rule, tags, places in page.evaluate(RUN_AXE, [*RULES, ADVICE]):
                    (advice if ADVICE in tags else found)[site.url + address, scheme, rule] = places
                checked += 1
    page.context.close()

    record_property("checks of a page by axe-core", checked)
    record_property("advice of axe-core that a page does not follow", len(advice))
    print(pformat(advice))
    assert not found, pformat(found, width=200)


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_reached_by_tab_and_shows_it(browser: Browser, sites: dict[str, Site], size: str) -> None:
    page = _page(browser, size)
    told = watch(page)
    found = {}

    for site in (sites[name] for name in TABBED):
        for address in site.pages.values():
            visit(page, site.url + address, told)
            for _ in range(page.evaluate(FOLLOW_FOCUS) + 8):  # what scrolls is reached as well
                page.keyboard.press("Tab")
            unreached, unseen = page.evaluate("focusReport()")
            if unreached or unseen:
                found[site.url + address] = {"not reached": unreached, "focus not shown": unseen}
    page.context.close()

    assert not found, pformat(found, width=200)


def test_the_first_tab_skips_to_the_content(browser: Browser, sites: dict[str, Site]) -> None:
    page = _page(browser, "desktop")
    told = watch(page)
    found = []

    for site in (sites["digest"], sites["empty"]):
        for address in site.pages.values():
            visit(page, site.url + address, told)
            page.keyboard.press("Tab")
            if not page.evaluate(IS_SKIP_LINK):
                found.append(site.url + address)
                continue
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            if not page.evaluate(IS_IN_OR_PAST_MAIN):
                found.append(site.url + address)
    page.context.close()

    assert not found, pformat(found, width=200)


def _page(browser: Browser, size: str) -> Page:
    """Open a page for readers who want nothing to move."""
    width, height = SIZES[size]
    return browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce").new_page()
