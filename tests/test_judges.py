"""Judges of pages that are not ours: axe-core, the Nu HTML checker, Lighthouse, and a browser's own complaints."""

import gzip
import json
import os
import re
import statistics
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from github_pages import ARGUMENTS, browsing, chromium, node_module, serving, watch
from playwright.sync_api import Browser
from sites import build_sites

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENS = [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LEAST = 95


class Sites:
    """The sites as they are served: where they lie, and the address of each kind of page."""

    def __init__(self, folder: Path, host: str) -> None:
        self.folder = folder
        self.host = host
        self.pages = build_sites(folder, host)

    def files(self) -> list[Path]:
        """Return every page's file."""
        return sorted(path for path in self.folder.rglob("*.html") if ".broadsheet" not in path.parts)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Every site, served from loopback."""
    folder = tmp_path_factory.mktemp("sites") / "served"
    folder.mkdir()
    with serving(folder) as host:
        yield Sites(folder, host)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with browsing() as browser:
        yield browser


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_axe_finds_no_violation(
    browser: Browser, sites: Sites, width: int, scheme: str, record_property: Callable[[str, object], None]
) -> None:
    script = (node_module("axe-core") / "axe.min.js").read_text(encoding="utf-8")
    # axe-core is no part of the page, so the page's policy must not keep it out.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    watch(page, sites.host)
    found = []
    for kind, url in sites.pages.items():
        page.goto(url)
        page.evaluate(script)
        result = page.evaluate("(tags) => axe.run({runOnly: {type: 'tag', values: tags}})", WCAG)
        found += [
            f"{kind}: {violation['id']}: {node['html']} {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
    context.close()

    record_property("pages judged by axe-core", len(sites.pages))
    assert "\n".join(found) == ""


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (768, "dark"), (1440, "light")])
def test_no_page_scrolls_sideways_or_complains(browser: Browser, sites: Sites, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    told = watch(page, sites.host)
    wide = []
    for kind, url in sites.pages.items():
        page.goto(url)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(kind)
    context.close()

    assert told == []
    assert wide == []


TARGETS = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
  .filter((e) => e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}))"""
LOOK = """() => {
  const element = document.activeElement;
  const style = (e) => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth, s.boxShadow].join() };
  const focused = style(element);
  element.blur();
  const seen = focused !== style(element);
  element.focus({focusVisible: true});
  return [seen, (element.textContent || element.ariaLabel || element.name || element.tagName).trim()];
}"""


def test_everything_is_reached_by_keyboard_and_shows_its_focus(browser: Browser, sites: Sites) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    watch(page, sites.host)
    missed, unseen = [], []
    for kind, url in sites.pages.items():
        page.goto(url)
        page.wait_for_load_state("networkidle")
        expected = page.evaluate(f"({TARGETS})().length")
        reached = 0
        for _ in range(min(expected, 60)):
            page.keyboard.press("Tab")
            seen, name = page.evaluate(LOOK)
            reached += 1 if page.evaluate("document.activeElement !== document.body") else 0
            if not seen:
                unseen.append(f"{kind}: {name}")
        if reached < min(expected, 60):
            missed.append(f"{kind}: {reached} of {expected}")
    context.close()

    assert missed == []
    assert unseen == []


def test_every_page_is_complete_without_javascript(browser: Browser, sites: Sites) -> None:
    scripted, plain = browser.new_context(), browser.new_context(java_script_enabled=False)
    different = []
    for kind, url in sites.pages.items():
        texts = []
        for context in (scripted, plain):
            page = context.new_page()
            watch(page, sites.host)
            page.goto(url)
            links = page.locator("main a[href]").evaluate_all(
                "(all) => all.map((a) => [a.getAttribute('href'), a.textContent.trim()])"
            )
            texts.append((links, page.locator("main").inner_text().strip() != ""))
            page.close()
        if not texts[1][1] or (kind != "search" and texts[0] != texts[1]):
            different.append(kind)
    scripted.close()
    plain.close()

    assert different == []


def test_every_page_has_a_policy_and_nothing_inline(sites: Sites) -> None:
    problems = []
    count = 0
    for path in sites.files():
        text = path.read_text(encoding="utf-8")
        count += 1
        if not re.search(
            r'<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;|default-src \'none\'', text
        ):
            problems.append(f"{path}: no policy")
        for script in re.findall(r"<script\b([^>]*)>", text):
            if "src=" not in script and "application/ld+json" not in script:
                problems.append(f"{path}: inline script")
            elif "src=" in script and not re.search(r'type="module"|async|defer', script):
                problems.append(f"{path}: a script that blocks")
        if re.search(
            r"<style\b|<[^>]*\sstyle=|<[a-z][^>]*\son[a-z]+=", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
        ):
            problems.append(f"{path}: inline style or handler")

    assert count > 100
    assert problems == []


def test_the_nu_html_checker_finds_nothing(sites: Sites, record_property: Callable[[str, object], None]) -> None:
    jar = next(node_module("vnu-jar").rglob("vnu.jar"))
    files = [str(path) for path in sites.files()]
    command = ["java", "-Xss4m", "-jar", str(jar), "--format", "json", "--exit-zero-always", *files]

    result = subprocess.run(command, capture_output=True, text=True, check=True)

    record_property("pages checked by the Nu HTML checker", len(files))
    # Of files it cannot tell that they are of one origin, and it takes JSON-LD for a script, which no browser does:
    # the browser's own reports are watched above.
    messages = [m for m in json.loads(result.stderr)["messages"] if "Content Security Policy" not in m["message"]]
    found = [(m["url"].rpartition("/served/")[2], m["message"], m.get("extract", "")) for m in messages]
    assert "\n".join(map(str, found)) == ""


def _weight(sites: Sites, kind: str) -> int:
    """Return the gzipped bytes of a page with its style sheets and scripts."""
    text = _fetch(sites.pages[kind])
    total = len(gzip.compress(text.encode()))
    for address in re.findall(r'<(?:link rel="stylesheet" href|script type="module" async src)="([^"]+)"', text):
        total += len(gzip.compress(_fetch(f"{sites.host}{address.lstrip('/')}").encode()))
    return total


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
        return str(answer.read().decode())


def test_pages_are_light(sites: Sites, record_property: Callable[[str, object], None]) -> None:
    front, article = _weight(sites, "front"), max(_weight(sites, kind) for kind in ("article", "video", "24 topics"))

    record_property("bytes of the front page with its assets, gzipped", front)
    record_property("bytes of the heaviest article page with its assets, gzipped", article)
    assert front <= 40_000
    assert article <= 25_000


@pytest.mark.parametrize("kind", ["front", "topic", "article", "search"])
def test_lighthouse(sites: Sites, kind: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    program = node_module("lighthouse") / "cli" / "index.js"
    flags = " ".join([*ARGUMENTS, "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'"])
    runs = []
    for number in range(3):
        out = tmp_path / f"{number}.json"
        command = [
            "node",
            str(program),
            sites.pages[kind],
            f"--chrome-flags={flags} --user-data-dir={tmp_path / str(number)}",
        ]
        command += ["--quiet", "--output=json", f"--output-path={out}", "--throttling-method=simulate"]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "CHROME_PATH": chromium()})
        found = json.loads(out.read_text(encoding="utf-8"))
        runs.append({name: round(100 * found["categories"][name]["score"]) for name in found["categories"]})
        if min(runs[-1].values()) >= LEAST:
            break
    scores = {name: round(statistics.median(run[name] for run in runs)) for name in runs[0]}
    failed = [
        f"{a['id']}: {a.get('displayValue', '')}" for a in found["audits"].values() if a["score"] not in {1, None}
    ]

    for name, score in scores.items():
        record_property(f"Lighthouse, {kind}: {name}", score)
    assert {name: score for name, score in scores.items() if score < LEAST} == {}, failed
