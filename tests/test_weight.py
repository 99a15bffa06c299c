"""Pages are light and quick: what they weigh as they are served, what holds them up, and what Lighthouse says."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from pprint import pformat
from statistics import median

import pytest
from browsing import ARGUMENTS, chromium, visit, watch
from conftest import skip
from playwright.sync_api import Browser, Response
from showcase import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIMITS = {"article": 25_000, "front": 40_000}
"""The most bytes of a page, packed, with its style sheet and scripts and without pictures."""
JUDGED = ("front", "topic", "article-comment", "search")
LEAST = 95
RUNS = 3
"""How often the performance is measured: it depends on what else the machine does, and the middle one counts."""
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# Lighthouse in one browser: all categories once for each page, the performance alone in further runs. Pictures lie on
# other hosts, and the network is off: asking for them would count as an error of the page.
LIGHTHOUSE = """
import lighthouse from "lighthouse";
import { launch } from "chrome-launcher";
const { program, flags, pages, categories, runs } = JSON.parse(process.argv[1]);
const chrome = await launch({ chromePath: program, chromeFlags: flags, logLevel: "error" });
const found = {};
try {
  for (const [name, url] of Object.entries(pages)) {
    found[name] = { scores: Object.fromEntries(categories.map((category) => [category, []])), failed: [] };
    for (let run = 0; run < runs; run++) {
      const options = { port: chrome.port, logLevel: "error", output: "json", throttlingMethod: "simulate", blockedUrlPatterns: ["https://*"], disableFullPageScreenshot: true };
      const { lhr } = await lighthouse(url, { ...options, onlyCategories: run ? ["performance"] : categories });
      if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
      for (const [category, { score }] of Object.entries(lhr.categories)) found[name].scores[category].push(score * 100);
      const counted = Object.values(lhr.categories).flatMap(({ auditRefs }) => auditRefs).filter(({ weight }) => weight);
      if (!run) found[name].failed = counted.map(({ id }) => lhr.audits[id]).filter(({ score }) => score !== null && score < 0.9)
        .map(({ id, explanation, details }) => [id, explanation, (details?.items ?? []).slice(0, 3)]);
    }
  }
} finally {
  chrome.kill();
}
console.log(JSON.stringify(found));
"""


def test_pages_are_light(
    browser: Browser, sites: dict[str, Site], record_property: Callable[[str, object], None]
) -> None:
    page = browser.new_page()
    told = watch(page)
    sizes: dict[str, int] = {}
    heaviest = dict.fromkeys(LIMITS, 0)

    def weigh(response: Response) -> None:
        if response.url.startswith("http://127.0.0.1") and response.request.resource_type not in {"image", "manifest"}:
            sizes[response.url] = int(response.headers["content-length"])

    page.on("response", weigh)
    for site in sites.values():
        for kind, address in site.pages.items():
            limit = kind.split("-", maxsplit=1)[0]
            if limit in LIMITS:
                sizes.clear()
                visit(page, site.url + address, told)
                assert {Path(url).suffix for url in sizes} >= {"", ".css", ".js"}
                assert sum(sizes.values()) <= LIMITS[limit], sizes
                heaviest[limit] = max(heaviest[limit], sum(sizes.values()))
    page.close()

    for kind, size in heaviest.items():
        record_property(f"bytes of the heaviest {kind} page, packed", size)


def test_nothing_holds_a_page_up_but_its_style_sheet(browser: Browser, sites: dict[str, Site]) -> None:
    page = browser.new_page()
    told = watch(page)
    site = sites["digest"]
    blocking = "performance.getEntriesByType('resource').filter((e) => e.renderBlockingStatus === 'blocking').map((e) => e.name)"

    for address in site.pages.values():
        visit(page, site.url + address, told)
        names = page.evaluate(blocking)
        assert [Path(name).suffix for name in names] == [".css"], (site.url + address, names)
        assert names[0].startswith(site.url)
    page.close()


def test_lighthouse_gives_high_marks(
    sites: dict[str, Site], node_modules: Path, record_property: Callable[[str, object], None]
) -> None:
    node, program = shutil.which("node"), chromium()
    if node is None or program is None:
        skip("node or Chromium is not installed")
    site = sites["digest"]
    asked = {
        "program": program,
        "flags": ARGUMENTS,
        "pages": {kind: site.url + site.pages[kind] for kind in JUDGED if kind in site.pages},
        "categories": CATEGORIES,
        "runs": RUNS,
    }

    ran = subprocess.run(
        [node, "--input-type=module", "-e", LIGHTHOUSE, json.dumps(asked)],
        cwd=node_modules.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert ran.returncode == 0, ran.stderr
    low = {}
    for kind, found in json.loads(ran.stdout).items():
        scores = {category: median(found["scores"][category]) for category in CATEGORIES}
        for category, score in scores.items():
            record_property(f"Lighthouse, {kind}: {category}", score)
        if min(scores.values()) < LEAST:
            low[kind] = scores, found["failed"]
    assert not low, pformat(low, width=200)
