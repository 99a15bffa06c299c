"""A server on loopback that answers as GitHub Pages does, for tests."""

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, unquote, urlsplit

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "application/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_PACKED = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest",
    "application/xml",
    "image/svg",
)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers for the sites below `root`: one in each folder, as a user's projects have them."""

    protocol_version = "HTTP/1.1"
    root: ClassVar[Path]

    def do_GET(self) -> None:
        """Answer with a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without the file."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing."""

    def _answer(self, *, with_body: bool) -> None:
        asked = urlsplit(self.path)
        parts = [part for part in unquote(asked.path).split("/") if part]
        file = self.root.joinpath(*parts)
        if ".." in parts:
            self._send(400, {}, b"", with_body=with_body)
        elif not asked.path.endswith("/") and (file / "index.html").is_file():
            target = f"{quote('/'.join(['', *parts, '']))}{f'?{asked.query}' if asked.query else ''}"
            self._send(301, {"Location": target}, b"", with_body=with_body)
        else:
            self._send_file(_found(file, is_folder=asked.path.endswith("/")), parts[:1], with_body=with_body)

    def _send_file(self, file: Path | None, project: list[str], *, with_body: bool) -> None:
        status = 200 if file else 404
        file = file or self.root.joinpath(*project, "404.html")
        body = file.read_bytes() if file.is_file() else b"Not found"
        kind = TYPES.get(file.suffix, "application/octet-stream")
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"Content-Type": kind, "Cache-Control": "max-age=600", "Access-Control-Allow-Origin": "*"}
        if kind.startswith(_PACKED):
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body, tag = gzip.compress(body, mtime=0), f"W/{tag}"
                headers["Content-Encoding"] = "gzip"
        headers["ETag"] = tag
        known = {one.strip().removeprefix("W/") for one in self.headers.get("If-None-Match", "").split(",")}
        if status == 200 and tag.removeprefix("W/") in known:
            self._send(304, {name: headers[name] for name in ("Cache-Control", "ETag")}, b"", with_body=False)
        else:
            self._send(status, headers, body, with_body=with_body)

    def _send(self, status: int, headers: dict[str, str], body: bytes, *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _found(file: Path, *, is_folder: bool) -> Path | None:
    """Return the file behind an address: a folder's index, itself, or the page that the address names without `.html`."""
    candidates = [file / "index.html"] if is_folder else [file, file.with_name(f"{file.name}.html")]
    return next((path for path in candidates if path.is_file()), None)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True  # a browser keeps its connections open

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing when a browser has heard enough."""


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve the sites below a folder for a while; yield the address that their names follow."""
    handler = type("Handler", (_Handler,), {"root": root})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
