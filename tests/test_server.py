"""The server of a preview: it answers as GitHub Pages does, to this machine, with nothing but the site."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from site_builder import NOW, digest, record, write

from broadsheet.core.diagnostics import Diagnostic
from broadsheet.serving.preview import Asked, Preview
from broadsheet.serving.server import OWN, Board, Server

Answer = tuple[int, dict[str, str], bytes]


class Desk:
    """A preview that is served."""

    def __init__(self, site: Path, host: str = "127.0.0.1") -> None:
        self.site = site
        self.told: list[Diagnostic] = []
        self.server = Server(host, 0)
        self.preview = Preview(Asked(site=site, content=site / "content", origin=self.server.origin))
        self.board = Board("start")
        self.change = self.preview.refresh(NOW)
        self.board.turn(is_style=False)
        self.server.start(self.preview, self.board, self.told.extend)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.server.origin).netloc)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        answer = response.status, dict(response.getheaders()), response.read()
        connection.close()
        return answer

    def listen(self, page: str = "/digest/") -> socket.socket:
        """Ask for news as a page does."""
        heard = socket.create_connection(("127.0.0.1", self.server.server_port), timeout=5)
        heard.sendall(f"GET {OWN}news?page={page} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return heard


def news(heard: socket.socket) -> dict[str, object]:
    """Return the next news."""
    text = b""
    while not text.endswith(b"\n\n") or b"data: " not in text:
        text += heard.recv(4096)
    told: dict[str, object] = json.loads(text.rpartition(b"data: ")[2])
    return told


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    site = digest(tmp_path_factory.mktemp("site"))
    write(
        site, {"../secret.txt": "secret", "static/a b.txt": "spaced", "static/data.json": "{}", "static/.hidden": "no"}
    )
    write(site, {"content/draft.md": record(9, title="Not yet", pub="false")})
    served = Desk(site)
    yield served
    served.server.stop()


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/digest/", 200, "text/html; charset=utf-8"),
        ("/digest/index.html", 200, "text/html; charset=utf-8"),
        ("/digest/2024/05/01/1/", 200, "text/html; charset=utf-8"),
        ("/digest/search/", 200, "text/html; charset=utf-8"),
        ("/digest/feed.xml", 200, "application/xml"),
        ("/digest/feed.json", 200, "application/json; charset=utf-8"),
        ("/digest/manifest.webmanifest", 200, "application/manifest+json; charset=utf-8"),
        ("/digest/robots.txt", 200, "text/plain; charset=utf-8"),
        ("/digest/icon.svg", 200, "image/svg+xml"),
        ("/digest/a%20b.txt", 200, "text/plain; charset=utf-8"),
        ("/digest/404", 200, "text/html; charset=utf-8"),
        ("/digest/nowhere/", 404, "text/html; charset=utf-8"),
        ("/digest/topics/index.html/", 404, "text/html; charset=utf-8"),
        ("/digest/2024/", 404, "text/html; charset=utf-8"),
        ("/digest/2024/05/01/draft/", 404, "text/html; charset=utf-8"),
        ("/other/", 404, "text/plain; charset=utf-8"),
        ("/digest/.hidden", 404, "text/html; charset=utf-8"),
        ("/digest/.broadsheet-manifest", 404, "text/html; charset=utf-8"),
        ("/digest/site.yaml", 404, "text/html; charset=utf-8"),
        ("/digest/content/news/1.md", 404, "text/html; charset=utf-8"),
        ("/digest/../secret.txt", 400, "text/plain; charset=utf-8"),
        ("/digest/%2e%2e/secret.txt", 400, "text/plain; charset=utf-8"),
        ("/digest/..%2fsecret.txt", 400, "text/plain; charset=utf-8"),
        ("/digest/..%5csecret.txt", 404, "text/plain; charset=utf-8"),
        ("/digest/%00", 404, "text/plain; charset=utf-8"),
        ("/digest//etc/passwd", 404, "text/plain; charset=utf-8"),
        ("/.broadsheet/serve.js", 200, "application/javascript; charset=utf-8"),
        ("/.broadsheet/serve.css", 200, "text/css; charset=utf-8"),
        ("/.broadsheet/../server.py", 404, "text/plain; charset=utf-8"),
    ],
)
def test_an_address_gives_what_stands_there(desk: Desk, path: str, status: int, kind: str) -> None:
    answer = desk.ask(path)

    assert (answer[0], answer[1]["Content-Type"]) == (status, kind)
    assert b"secret" not in answer[2]
    assert answer[1]["X-Robots-Tag"] == "noindex"
    assert answer[1]["Content-Length"] == str(len(answer[2]))


def test_addresses_without_their_slash_are_sent_to_it(desk: Desk) -> None:
    assert desk.ask("/digest/topics?q=1")[1]["Location"] == "/digest/topics/?q=1"
    assert desk.ask("/digest?q=1")[1]["Location"] == "/digest/?q=1"
    assert desk.ask("/")[1]["Location"] == "/digest/"


def test_what_is_asked_for_a_missing_page_is_the_404_page(desk: Desk) -> None:
    assert b"Page not found" in desk.ask("/digest/nowhere/")[2]


def test_a_page_that_is_sent_listens_and_what_is_kept_does_not(desk: Desk) -> None:
    shown = desk.preview.shown
    assert shown is not None
    body = desk.ask("/digest/")[2]
    added = (
        b'<link rel="stylesheet" href="/.broadsheet/serve.css?start">'
        b'<script async src="/.broadsheet/serve.js?start" data-version="start-1"></script>'
    )

    assert body.count(added) == 1
    assert body.replace(added, b"") == desk.preview.read(shown, "index.html")
    assert b".broadsheet" not in desk.ask("/digest/feed.xml")[2]


def test_what_is_known_is_not_sent_again(desk: Desk) -> None:
    status, headers, body = desk.ask("/digest/")
    asset = next(path for path in desk.preview.shown.static if path.endswith(".css")) if desk.preview.shown else ""

    assert (status, headers["Cache-Control"]) == (200, "no-cache")
    assert desk.ask("/digest/", If_None_Match=headers["ETag"])[0::2] == (304, b"")
    assert desk.ask("/digest/", If_None_Match='"other"')[2] == body
    assert "immutable" in desk.ask(f"/digest/{asset}")[1]["Cache-Control"]


def test_a_head_has_no_body_and_other_methods_no_answer(desk: Desk) -> None:
    status, headers, body = desk.ask("/digest/", "HEAD")

    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == str(len(desk.ask("/digest/")[2]))
    assert desk.ask("/digest/", "POST")[0] == 501


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8000", 200),
        ("[::1]:80", 200),
        ("192.168.0.7", 200),
        ("evil.example", 403),
        ("", 403),
    ],
)
def test_a_name_that_leads_here_by_somebody_elses_will_gets_nothing(desk: Desk, host: str, status: int) -> None:
    answer = desk.ask("/digest/", Host=host)

    assert answer[0] == status
    assert (b"Test Digest" in answer[2]) == (status == 200)
    assert desk.ask(f"{OWN}news", "HEAD", Host=host)[0] == status


def test_pages_are_told_what_is_new(tmp_path: Path) -> None:
    desk = Desk(digest(tmp_path))
    problem = Diagnostic(code="bad-date", message="no", location=desk.preview.shown.layout.digest.articles[0].location)  # type: ignore[union-attr]
    with desk.listen("/digest/topics/") as heard:
        first = news(heard)
        assert desk.board.pages() == ["/digest/topics/"]
        desk.board.tell([problem])
        second = news(heard)
        desk.board.turn(is_style=True)
        third = news(heard)
        desk.board.turn(is_style=False)
        fourth = news(heard)
    desk.server.stop()

    assert first == {"version": "start-1", "restyled": "", "problems": []}
    assert (second["version"], len(second["problems"])) == ("start-1", 1)  # type: ignore[arg-type]
    assert third == {"version": "start-2", "restyled": "start-1", "problems": []}
    assert fourth == {"version": "start-3", "restyled": "", "problems": []}


def test_a_page_that_was_left_is_counted_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadsheet.serving.server._BEAT", 0.05)
    desk = Desk(digest(tmp_path))
    with desk.listen() as heard:
        news(heard)
    for _ in range(100):
        if not desk.board.pages():
            break
        desk.board.wait(desk.board.news)
    desk.server.stop()

    assert desk.board.pages() == []


def test_a_page_whose_template_fails_says_so(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"templates/article.html": "{% if page.title == 'Story 3' %}{{ '<i>'.x.y }}{% endif %}fine"})
    desk = Desk(site)

    good, bad = desk.ask("/digest/2024/05/01/2/"), desk.ask("/digest/2024/05/01/3/")
    desk.server.stop()

    assert (good[0], bad[0]) == (200, 500)
    assert b"template-error" in bad[2]
    assert b"serve.js" in bad[2]
    assert [problem.code for problem in desk.told] == ["template-error"]


def test_a_bug_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(digest(tmp_path))
    monkeypatch.setattr(desk.preview, "read", None)

    with pytest.raises(http.client.RemoteDisconnected):
        desk.ask("/digest/")
    desk.server.stop()

    assert "TypeError" in capsys.readouterr().err


def test_without_a_good_site_every_address_says_what_is_wrong(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/1.md": record(1, day="2024-99-99").replace("Story", "<script>")})
    desk = Desk(site)
    desk.board.tell(desk.change.problems)

    status, _, body = desk.ask("/digest/")
    desk.server.stop()

    assert status == 500
    assert b"error[bad-date]" in body


def test_a_static_file_that_goes_or_becomes_a_link_is_not_sent(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    write(tmp_path, {"secret.txt": "secret", "site/static/gone.txt": "here", "site/static/link.txt": "here"})
    desk = Desk(site)
    before = desk.ask("/digest/link.txt")
    for name in ("gone.txt", "link.txt"):
        (site / "static" / name).unlink()
    (site / "static/link.txt").symlink_to(tmp_path / "secret.txt")

    after = [desk.ask(f"/digest/{name}")[0::2] for name in ("gone.txt", "link.txt")]
    desk.server.stop()

    assert before[0::2] == (200, b"here")
    assert after == [(404, b"Not found\n")] * 2
    assert desk.preview.refresh(NOW).kind == "errors"


def test_a_server_knows_whether_others_reach_it() -> None:
    near, far = Server("127.0.0.1", 0), Server("0.0.0.0", 0)  # noqa: S104 - what is tested

    assert (near.is_loopback, far.is_loopback) == (True, False)
    assert far.origin == f"http://localhost:{far.server_port}"
    near.stop()
    far.stop()
