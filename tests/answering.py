"""A server on loopback that gives every kind of answer, for tests of what asks the network."""

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TLS = Path(__file__).parent / "cases" / "tls"
"""A certificate for localhost that no authority signed, and its key."""
BOMB = gzip.compress(bytes(20 << 20))
PAGE = b"<!doctype html><title>A page</title><p>Text."


class Visitor(BaseHTTPRequestHandler):
    """One connection, which stays open as browsers' do."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, time.monotonic()))
        self.server.seen.append(dict(self.headers.items()))
        answer = self.server.answers.get(self.path.partition("?")[0], gone)
        answer(self)

    do_HEAD = do_GET  # noqa: N815 - the name it has

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
        """Say nothing."""

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send an answer whole; underscores in the names of headers stand for hyphens."""
        self.send_response(status)
        for name, value in {"Content_Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def start(self, **headers: str) -> None:
        """Begin an answer whose body ends with the connection."""
        self.close_connection = True
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()


Answering = Callable[[Visitor], None]


def page(visitor: Visitor) -> None:
    visitor.send(200, PAGE)


def gone(visitor: Visitor) -> None:
    visitor.send(404, b"nothing here")


def status(code: int, **headers: str) -> Answering:
    """Answer with a status."""
    return lambda visitor: visitor.send(code, b"" if code == 204 else b"x", **headers)


def redirect(code: int, target: str) -> Answering:
    return lambda visitor: visitor.send(code, b"moved", Location=target)


def html(body: bytes, kind: str = "text/html; charset=utf-8", **headers: str) -> Answering:
    """Answer with a page."""
    return lambda visitor: visitor.send(200, body, Content_Type=kind, **headers)


def only_get(code: int) -> Answering:
    """Refuse HEAD."""
    return lambda visitor: visitor.send(code if visitor.command == "HEAD" else 200, PAGE)


def in_turn(*answers: Answering) -> Answering:
    """Give one answer after the other, the last one ever after."""
    left = list(answers)

    def answer(visitor: Visitor) -> None:
        current = left.pop(0) if len(left) > 1 else left[0]
        current(visitor)

    return answer


def slow(seconds: float) -> Answering:
    """Wait before the answer."""

    def answer(visitor: Visitor) -> None:
        visitor.server.stopping.wait(seconds)
        page(visitor)

    return answer


def dripping(visitor: Visitor) -> None:
    """Send a byte at a time, each soon enough for a limit on reads."""
    visitor.start()
    while not visitor.server.stopping.wait(0.05):
        try:
            visitor.wfile.write(b".")
        except OSError:
            return


def cut_short(visitor: Visitor) -> None:
    visitor.close_connection = True
    visitor.send_response(200)
    visitor.send_header("Content-Length", "1000")
    visitor.end_headers()
    visitor.wfile.write(b"half")


def hang_up(visitor: Visitor) -> None:
    visitor.close_connection = True


def endless(visitor: Visitor) -> None:
    visitor.start()
    while not visitor.server.stopping.is_set():
        try:
            visitor.wfile.write(b"x" * 65_536)
        except OSError:
            return


def bomb(visitor: Visitor) -> None:
    """Send little that unpacks to much."""
    visitor.send(200, BOMB, Content_Encoding="gzip")


class Server(ThreadingHTTPServer):
    """What it answers, by path; what it was asked, with method and time; and the headers of each request."""

    daemon_threads = True

    def __init__(self, answers: dict[str, Answering], *, is_secure: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Visitor)
        self.answers = answers
        self.asked: list[tuple[str, str, float]] = []
        self.seen: list[dict[str, str]] = []
        self.stopping = threading.Event()
        if is_secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
            self.socket = context.wrap_socket(self.socket, server_side=True)
        scheme, host = ("https", "localhost") if is_secure else ("http", "127.0.0.1")
        self.url = f"{scheme}://{host}:{self.server_port}"

    def paths(self, method: str = "") -> list[str]:
        """Return the paths that were asked for, in order, with one method or any."""
        return [path for asked, path, _ in self.asked if method in {"", asked}]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of those who hang up."""


@contextmanager
def serving(answers: dict[str, Answering], *, is_secure: bool = False) -> Iterator[Server]:
    """Answer for as long as the context lasts."""
    with Server(answers, is_secure=is_secure) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
