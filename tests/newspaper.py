"""A newspaper on this machine, for commands that documentation runs against https://example.org."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEADLINE = "Town library opens its map archive"
PAGE = f"""<!doctype html>
<html lang="en"><head><title>{HEADLINE} - Example News</title>
<meta property="og:title" content="{HEADLINE}">
<meta property="og:site_name" content="Example News">
<meta property="og:description" content="Four thousand maps can be read online now, and an RSS feed tells of new ones.">
<meta property="article:published_time" content="2023-06-08T23:51:00+02:00">
</head><body><p>Text.</p></body></html>
"""


class _Newspaper(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_there = self.path.partition("?")[0] == "/news/map-archive"
        body = PAGE.encode() if is_there else b""
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def printing() -> Iterator[str]:
    """Serve the newspaper for a while; yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Newspaper) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
