"""The demonstration digest in a real browser, as GitHub Pages would serve it under a base path."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import NOW, ROOT, skip
from playwright.sync_api import Browser, Error, Page, sync_playwright

from broadsheet.builder import build
from broadsheet.report import Options

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
KINDS = {
    "front": "",
    "archive page": "page/1/",
    "topics": "topics/",
    "topic": "topics/ai/",
    "article": "2017/06/12/attention-is-all-you-need/",
    "video": "2023/01/17/lets-build-gpt-from-scratch/",
    "providers": "providers/",
    "provider": "providers/arxiv.org/",
    "section": "sections/reference/",
    "archive": "archive/",
    "year": "archive/2025/",
    "month": "archive/2025/03/",
    "leaf": "about/",
    "subscribe": "subscribe/",
    "not found": "404.html",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing."""


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo site, served from loopback."""
    root = tmp_path_factory.mktemp("served")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(root))) as server:
        url = f"http://127.0.0.1:{server.server_port}/digest/"
        build(Options(site=ROOT, content=ROOT / "content", out=root / "digest", now=NOW, base_url=url, jobs=1))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield url
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = shutil.which("chromium")
    if path is None:
        skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def visit(page: Page, url: str) -> list[str]:
    """Open a page with requests to other hosts refused; return what went wrong and who else was asked."""
    told: list[str] = []
    host = url.split("/digest/", maxsplit=1)[0]

    def refuse(route: object, request: object) -> None:
        target = getattr(request, "url", "")
        if target.startswith(host):
            getattr(route, "continue_")()  # noqa: B009 - the type is playwright's own
        else:
            if getattr(request, "resource_type", "") != "image":
                told.append(f"request to {target}")
            getattr(route, "abort")()  # noqa: B009 - as above

    page.route("**/*", refuse)
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: told.append(said.text) if said.type == "error" and "ERR_FAILED" not in said.text else None,
    )
    page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
    page.goto(url)
    return told


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [320, 768, 1440])
def test_no_page_scrolls_sideways_or_complains(browser: Browser, base_url: str, kind: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})

    told = visit(page, base_url + KINDS[kind])
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()

    assert told == []
    assert overflow <= 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_complete_without_javascript(browser: Browser, base_url: str, kind: str) -> None:
    with_script = browser.new_context(java_script_enabled=True).new_page()
    without = browser.new_context(java_script_enabled=False).new_page()

    visit(with_script, base_url + KINDS[kind])
    visit(without, base_url + KINDS[kind])
    with_script.evaluate("for (const button of document.querySelectorAll('main button')) button.remove()")
    texts = [" ".join(page.locator("main").inner_text().split()) for page in (with_script, without)]
    for page in (with_script, without):
        page.context.close()

    assert texts[1].strip()
    assert texts[0] == texts[1]


def test_a_video_is_loaded_only_after_a_click(browser: Browser, base_url: str) -> None:
    page = browser.new_page()
    asked = visit(page, base_url + KINDS["video"])
    before = list(asked)

    page.locator("a.video-facade").click()
    page.wait_for_selector("iframe")
    source = page.locator("iframe").get_attribute("src") or ""
    page.close()

    assert before == []
    assert source.startswith("https://www.youtube-nocookie.com/embed/kCc8FmEb1nY")


def test_the_address_of_a_feed_is_copied_with_one_click(browser: Browser, base_url: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    told = visit(page, base_url + KINDS["subscribe"])

    page.locator("button[data-copy]").nth(1).click()
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    context.close()

    assert told == []
    assert copied == f"{base_url}atom.xml"


def test_everything_can_be_reached_by_keyboard(browser: Browser, base_url: str) -> None:
    page = browser.new_page()
    visit(page, base_url)
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")
    target = page.evaluate("location.hash")
    page.close()

    assert first == "skip"
    assert target == "#content"


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_days_of_a_calendar_are_large_enough_and_lead_to_their_day(browser: Browser, base_url: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    told = visit(page, base_url + KINDS["year"])
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
