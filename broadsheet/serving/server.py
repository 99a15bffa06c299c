"""The server of a preview: answers as GitHub Pages would, and tells open pages what is new.

It is the standard library's: one curator, on loopback, needs no more, and nothing is to be installed for it.
A page that is sent, and no file, gets a script that listens for news (server-sent events).
"""

import html
import json
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socketserver import TCPServer
from threading import Condition, Thread
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from broadsheet.core.diagnostics import ContentError, Diagnostic, as_json, as_text
from broadsheet.files.disk import is_named_by
from broadsheet.serving.preview import Preview
from broadsheet.site import hosting

OWN = "/.broadsheet/"
"""The folder of what the server itself has to say; no file of a site is there, since hidden ones are left out."""
NEWS = "news"
_SERVED = Path(__file__).parent / "served"
_BEAT = 15.0
"""Seconds after which a page that hears nothing is asked whether it is still there."""
_IPV6 = 6
_HEAD_END = b"</head>"


class News(msgspec.Struct, frozen=True):
    """Which version of a site is shown, which one differs from it by style sheets alone ("" for none), and problems."""

    version: str
    restyled: str = ""
    problems: tuple[Diagnostic, ...] = ()

    @property
    def data(self) -> str:
        """The news as JSON."""
        problems = ",".join(as_json(problem) for problem in self.problems)
        return (
            f'{{"version":{json.dumps(self.version)},"restyled":{json.dumps(self.restyled)},"problems":[{problems}]}}'
        )


class Board:
    """Where news stands for all pages that are open, and which pages those are."""

    def __init__(self, start: str) -> None:
        """`start` tells this server from one before it."""
        self.news = News(f"{start}-0")
        self._start = start
        self._number = 0
        self._changed = Condition()
        self._open: Counter[str] = Counter()

    def tell(self, problems: Iterable[Diagnostic]) -> None:
        """Tell of problems, or of none; what is shown stays."""
        self._put(msgspec.structs.replace(self.news, problems=tuple(problems)))

    def turn(self, *, is_style: bool) -> None:
        """Tell of another version, which may differ by style sheets alone."""
        self._number += 1
        before = self.news.version if is_style else ""
        self._put(News(f"{self._start}-{self._number}", before))

    def wait(self, known: News | None) -> News | None:
        """Wait for other news than what is known; None where there is none for a while."""
        with self._changed:
            self._changed.wait_for(lambda: self.news is not known, _BEAT)
            return None if self.news is known else self.news

    def pages(self) -> list[str]:
        """Return the addresses of the pages that are open."""
        with self._changed:
            return sorted(self._open)

    @contextmanager
    def opened(self, page: str) -> Iterator[None]:
        """Count a page as open for a while."""
        with self._changed:
            self._open[page] += 1
        try:
            yield
        finally:
            with self._changed:
                self._open[page] -= 1
                self._open += Counter()  # which drops what is open no more

    def _put(self, news: News) -> None:
        with self._changed:
            self.news = news
            self._changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "Broadsheet"
    sys_version = ""
    preview: ClassVar[Preview]
    board: ClassVar[Board]
    host: ClassVar[str]
    complain: Callable[[Iterable[Diagnostic]], None]

    def do_GET(self) -> None:
        """Answer with a file."""
        if not _is_ours(self.headers.get("Host", ""), self.host):
            self._send(403, b"This server answers to its own name only.\n", "text/plain; charset=utf-8")
        elif self.path.startswith(OWN):
            self._own(urlsplit(self.path.removeprefix(OWN)).path)
        else:
            self._site()

    def do_HEAD(self) -> None:
        """Answer without the file."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing."""

    def _site(self) -> None:
        # In this order: a page that is newer than its version says is loaded once more, one that is older never again.
        news = self.board.news
        shown = self.preview.shown
        if shown is None:
            self._send_problems(news)
            return
        place = hosting.locate(self.path, shown.base, shown.has)
        if self.path == "/" and shown.base != "/":
            place = hosting.Place(302, location=shown.base)
        if place.location:
            self._send(place.status, b"", location=place.location)
            return
        if not place.path:
            self._send(place.status, b"Not found\n", "text/plain; charset=utf-8")
            return
        try:
            body = self.preview.read(shown, place.path)
        except ContentError as error:
            self.complain(error.problems)
            self._send_problems(msgspec.structs.replace(news, problems=tuple(error.problems)))
        except OSError:
            self._send(404, b"Not found\n", "text/plain; charset=utf-8")
        else:
            kind = hosting.type_of(place.path)
            body = _with_script(body, news.version) if kind.startswith("text/html") else body
            self._send(place.status, body, kind, stays=is_named_by(place.path, body))

    def _send_problems(self, news: News) -> None:
        """Answer with nothing but problems, as a page that goes when they do."""
        told = html.escape("\n".join(as_text(problem) for problem in news.problems))
        page = (
            f"<!doctype html><html lang=en><head><title>Not built</title></head><body><pre>{told}</pre></body></html>"
        )
        self._send(500, _with_script(page.encode(), news.version), hosting.TYPES[".html"])

    def _own(self, name: str) -> None:
        if name == NEWS:
            self._tell()
        elif name in {"serve.js", "serve.css", "problems.css"}:
            self._send(200, (_SERVED / name).read_bytes(), hosting.type_of(name), stays="?" in self.path)
        else:
            self._send(404, b"Not found\n", "text/plain; charset=utf-8")

    def _tell(self) -> None:
        """Tell a page what is new, until it is left."""
        self.close_connection = True
        self._head(200, {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "Connection": "close"})
        page = parse_qs(urlsplit(self.path).query).get("page", [""])[0]
        known: News | None = None
        with self.board.opened(page):
            while self.command == "GET":
                news = self.board.wait(known)
                self.wfile.write(f"data: {news.data}\n\n".encode() if news else b":\n\n")
                known = news or known

    def _send(self, status: int, body: bytes, kind: str = "", location: str = "", *, stays: bool = False) -> None:
        """Send an answer; what `stays` is the same for good."""
        tag = hosting.tag_of(body)
        headers = {"Cache-Control": "max-age=31536000, immutable" if stays else "no-cache", "ETag": tag}
        if location:
            headers["Location"] = location
        if status == 200 and hosting.is_known(tag, self.headers.get("If-None-Match", "")):  # noqa: PLR2004
            self._head(304, headers)
            return
        self._head(status, {**headers, **({"Content-Type": kind} if kind else {}), "Content-Length": str(len(body))})
        if self.command == "GET":
            self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        # Drafts may be shown: no search engine is to keep them, and no page of another site to make use of them.
        always = {"X-Robots-Tag": "noindex", "Cross-Origin-Resource-Policy": "same-origin"}
        for name, value in {**always, **headers}.items():
            self.send_header(name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    """Serves a preview on a host and port. Raises OSError where that port cannot be had."""

    daemon_threads = True  # a browser keeps its connections open
    allow_reuse_address = os.name == "posix"  # elsewhere that would let two servers have one port

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._host = host
        self._thread: Thread | None = None
        super().__init__((host, port), _Handler)

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone can reach it."""
        return ip_address(str(self.server_address[0])).is_loopback

    @property
    def origin(self) -> str:
        """Where it is found from this machine: scheme, host and port."""
        address = ip_address(str(self.server_address[0]))
        host = "localhost" if address.is_unspecified else f"[{address}]" if address.version == _IPV6 else str(address)
        return f"http://{host}:{self.server_port}"

    def start(self, preview: Preview, board: Board, complain: Callable[[Iterable[Diagnostic]], None]) -> None:
        """Begin to answer; `complain` hears of templates that fail when a page is asked for."""
        told = {"preview": preview, "board": board, "host": self._host, "complain": staticmethod(complain)}
        self.RequestHandlerClass = type("Handler", (_Handler,), told)
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, and let go of the port."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()

    def server_bind(self) -> None:
        """Take the port, without asking the network what the host is called, as the base class would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing when a browser has heard enough, and all of what is a bug."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _with_script(body: bytes, version: str) -> bytes:
    """Return a page with the script that listens for news, and the style of notices."""
    start = version.partition("-")[0]
    style = f'<link rel="stylesheet" href="{OWN}serve.css?{start}">'
    script = f'<script async src="{OWN}serve.js?{start}" data-version="{version}"></script>'
    head, end, rest = body.partition(_HEAD_END)
    return b"".join((head, style.encode(), script.encode(), end, rest))


def _is_ours(told: str, host: str) -> bool:
    """Whether a Host header names this machine: a page of another site may have its own name lead here."""
    name = urlsplit(f"//{told}").hostname or ""
    if name in {"localhost", host}:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
