"""A server on loopback that answers as GitHub Pages does, for tests: it packs and caches as Pages does too."""

import gzip
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from broadsheet.site.hosting import Place, is_known, locate, tag_of, type_of

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
        project, _, _ = self.path.lstrip("/").partition("?")[0].partition("/")
        folder = self.root / project
        place = locate(self.path, f"/{project}/", lambda path: (folder / path).is_file())
        if place.status in {301, 400}:
            headers = {"Location": place.location} if place.location else {}
            self._send(place.status, headers, b"", with_body=with_body)
        else:
            self._send_file(folder, place, with_body=with_body)

    def _send_file(self, folder: Path, place: Place, *, with_body: bool) -> None:
        body = (folder / place.path).read_bytes() if place.path else b"Not found"
        kind, tag = type_of(place.path or "404.html"), tag_of(body)
        headers = {"Content-Type": kind, "Cache-Control": "max-age=600", "Access-Control-Allow-Origin": "*"}
        is_same = is_known(tag, self.headers.get("If-None-Match", ""))
        if kind.startswith(_PACKED):
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body, tag = gzip.compress(body, mtime=0), f"W/{tag}"
                headers["Content-Encoding"] = "gzip"
        headers["ETag"] = tag
        if place.status == 200 and is_same:
            self._send(304, {name: headers[name] for name in ("Cache-Control", "ETag")}, b"", with_body=False)
        else:
            self._send(place.status, headers, body, with_body=with_body)

    def _send(self, status: int, headers: dict[str, str], body: bytes, *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


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
