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


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers for the sites below `root`: one in each folder, as a user's projects have them; or for the one in it."""

    protocol_version = "HTTP/1.1"
    root: ClassVar[Path]
    is_user_page: ClassVar[bool] = False

    def do_GET(self) -> None:
        """Answer with a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without the file."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing."""

    def _answer(self, *, with_body: bool) -> None:
        folder, base = self._site()
        place = locate(self.path, base, lambda path: (folder / path).is_file())
        if place.status in {301, 400}:
            headers = {"Location": place.location} if place.location else {}
            self._send(place.status, headers, b"", with_body=with_body)
        else:
            self._send_file(folder, place, with_body=with_body)

    def _site(self) -> tuple[Path, str]:
        """Return the folder of the site that is asked for, and the path at which it stands."""
        if self.is_user_page:
            return self.root, "/"
        project, _, _ = self.path.lstrip("/").partition("?")[0].partition("/")
        return self.root / project, f"/{project}/"

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
def serving(root: Path, kind: type[Handler] = Handler, *, is_user_page: bool = False) -> Iterator[str]:
    """Serve the sites below a folder for a while; yield the address that their names follow.

    With `is_user_page` the folder is one site at `/`, as a user's page and a site with a domain of its own are.
    """
    handler = type("Handler", (kind,), {"root": root, "is_user_page": is_user_page})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
