"""Pages in a real browser: how it is started, what it may ask for, and what it complains about."""

import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Route, sync_playwright

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
BROKEN = "broken.example"
"""The host whose pictures are never there."""

_SAFE = "127.0.0.1"
_WATCH = """
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""


def chromium() -> str | None:
    """Return where the browser is, if it is installed."""
    return shutil.which("chromium")


@contextmanager
def browsing(program: str) -> Iterator[Browser]:
    """Start a headless Chromium for a while."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


def watch(page: Page) -> list[str]:
    """Note what goes wrong on a page from now on: errors, warnings, dialogs, requests to other hosts but for pictures.

    No request leaves the machine: pictures of other hosts are drawn here, except those that are never there.
    """
    told: list[str] = []

    def answer(route: Route, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.hostname == _SAFE:
            route.continue_()
        elif request.resource_type == "image" and asked.hostname != BROKEN:
            route.fulfill(body=_picture(request.url), content_type="image/svg+xml")
        else:
            if request.resource_type != "image":
                told.append(f"request to {request.url}")
            route.abort()

    def listen(said: ConsoleMessage) -> None:
        about = said.location["url"]
        is_expected = urlsplit(about).hostname == BROKEN or (about == page.url and "404 (Not Found)" in said.text)
        if said.type in {"error", "warning"} and not is_expected:
            told.append(f"{said.type}: {said.text}")

    def dismiss(dialog: Dialog) -> None:
        told.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.route("**/*", answer)
    page.on("console", listen)
    # Chromium reports a view transition that it gives up, as when a page is left before it was drawn.
    page.on("pageerror", lambda error: None if "Transition" in str(error) else told.append(f"error: {error}"))
    page.on("dialog", dismiss)
    page.add_init_script(_WATCH)
    return told


def visit(page: Page, url: str, told: list[str]) -> list[str]:
    """Open a page that is watched; return what went wrong with it."""
    told.clear()
    page.goto(url)
    violations: list[str] = page.evaluate("window.violations ?? []")
    return told + [f"policy: {violation}" for violation in violations]


def _picture(url: str) -> str:
    """Draw a picture, the same for the same address, of the size that its name may say, as in `400x300.png`."""
    hue = zlib.crc32(url.encode()) % 360
    size = re.search(r"/([1-9]\d*)x(\d+)\.", url)
    width, height = size.groups() if size else ("1200", "675")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 16 9" preserveAspectRatio="none">'
        f'<rect width="16" height="9" fill="hsl({hue} 30% 55%)"/><circle cx="11" cy="3" r="2" fill="hsl({hue} 45% 75%)"/>'
        f'<path d="M0 9 5 4l4 3 3-2 4 4z" fill="hsl({hue} 35% 35%)"/></svg>'
    )
