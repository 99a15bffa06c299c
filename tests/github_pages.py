"""A server on loopback that behaves as GitHub Pages does, and the browser that visits it."""

import functools
import gzip
import hashlib
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from conftest import skip
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_TEXTS = ("text/", "application/json", "application/xml", "application/manifest+json", "image/svg+xml")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder of project sites: `/digest/` is the folder `digest`, with a 404 page of its own."""

    extensions_map = {  # noqa: RUF012 - the base class has it so
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".webmanifest": "application/manifest+json",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".xml": "application/xml",
    }

    def send_head(self) -> BinaryIO | None:
        """Answer with a file, with the way to a folder, or with the site's own 404 page."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and not self.path.split("?")[0].endswith("/"):
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", f"{self.path.split('?')[0]}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        found = path / "index.html" if path.is_dir() else path
        if found.is_file():
            return self._answer(HTTPStatus.OK, found)
        missing = Path(self.directory) / self.path.split("/")[1] / "404.html"
        if missing.is_file():
            return self._answer(HTTPStatus.NOT_FOUND, missing)
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def _answer(self, status: HTTPStatus, path: Path) -> BinaryIO:
        kind = self.guess_type(path)
        data = path.read_bytes()
        self.send_response(status)
        if kind.startswith(_TEXTS) or kind == "text/javascript":
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                data = gzip.compress(data, mtime=0)
                self.send_header("Content-Encoding", "gzip")
        else:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("ETag", f'"{hashlib.blake2b(data, digest_size=8).hexdigest()}"')
        self.end_headers()
        return BytesIO(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing."""


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve a folder until the end of the block; yield its address, which ends in a slash."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def chromium() -> str:
    """Return where Chromium is; without it the test is skipped."""
    path = shutil.which("chromium")
    if path is None:
        skip("Chromium is not installed")
    return path


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a headless Chromium until the end of the block."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def node_module(name: str) -> Path:
    """Return the folder of an npm package; without it the test is skipped."""
    folder = Path(os.environ.get("BROADSHEET_NODE_MODULES", "node_modules")) / name
    if not folder.is_dir():
        skip(f"the npm package {name} is not installed")
    return folder


def watch(page: Page, host: str) -> list[str]:
    """Refuse requests to other hosts; return a list of what goes wrong, and of who else is asked but for images."""
    told: list[str] = []

    def refuse(route: Route, request: Request) -> None:
        if request.url.startswith(host):
            route.continue_()
            return
        if request.resource_type != "image":
            told.append(f"request to {request.url}")
        route.abort()

    page.route("**/*", refuse)
    # Chromium reports transitions that it gives up, as when a test leaves a page before it is drawn.
    page.on("pageerror", lambda error: None if "Transition" in str(error) else told.append(f"error: {error}"))
    page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
    page.on(
        "console",
        lambda said: (
            told.append(said.text)
            if said.type in {"error", "warning"} and "ERR_FAILED" not in said.text and "404" not in said.text
            else None
        ),
    )
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"
    )
    return told
