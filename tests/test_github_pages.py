"""The server that stands for GitHub Pages answers as it does."""

import gzip
import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from github_pages import serving
from site_builder import write

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pages")
    write(folder, {"digest/index.html": "front", "digest/404.html": "nothing here", "digest/about/index.html": "about"})
    write(folder, {"digest/plain.html": "plain", "digest/data.json": "{}", "digest/odd.pf_meta": "x", "secret": "no"})
    with serving(folder) as url:
        yield url


def ask(origin: str, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.status, dict(response.getheaders()), response.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("path", "status", "body", "kind"),
    [
        ("/digest/", 200, b"front", "text/html; charset=utf-8"),
        ("/digest/index.html", 200, b"front", "text/html; charset=utf-8"),
        ("/digest/about/", 200, b"about", "text/html; charset=utf-8"),
        ("/digest/plain", 200, b"plain", "text/html; charset=utf-8"),
        ("/digest/data.json?v=1", 200, b"{}", "application/json; charset=utf-8"),
        ("/digest/odd.pf_meta", 200, b"x", "application/octet-stream"),
        ("/digest/nowhere/", 404, b"nothing here", "text/html; charset=utf-8"),
        ("/digest/plain/", 404, b"nothing here", "text/html; charset=utf-8"),
        ("/other/", 404, b"Not found", "text/html; charset=utf-8"),
        ("/digest/../../secret", 400, b"", None),
    ],
)
def test_an_address_gives_a_file(origin: str, path: str, status: int, body: bytes, kind: str | None) -> None:
    answer = ask(origin, path)

    assert (answer[0], answer[2], answer[1].get("Content-Type")) == (status, body, kind)


def test_a_folder_is_sent_to_its_slash(origin: str) -> None:
    status, headers, _ = ask(origin, "/digest/about?q=1")

    assert (status, headers["Location"]) == (301, "/digest/about/?q=1")


def test_texts_are_packed_for_who_can_unpack_them(origin: str) -> None:
    _, headers, body = ask(origin, "/digest/", Accept_Encoding="br, gzip")
    plain = ask(origin, "/digest/")

    assert gzip.decompress(body) == plain[2] == b"front"
    assert (headers["Content-Encoding"], headers["Content-Length"]) == ("gzip", str(len(body)))
    assert "Content-Encoding" not in plain[1]
    assert headers["ETag"] == f"W/{plain[1]['ETag']}"
    assert headers["Cache-Control"] == "max-age=600"


def test_what_is_known_is_not_sent_again(origin: str) -> None:
    tag = ask(origin, "/digest/", Accept_Encoding="gzip")[1]["ETag"]

    assert ask(origin, "/digest/", If_None_Match=tag)[0::2] == (304, b"")
    assert ask(origin, "/digest/about/", If_None_Match=tag)[0] == 200


def test_a_head_has_no_body(origin: str) -> None:
    status, headers, body = ask(origin, "/digest/", "HEAD")

    assert (status, headers["Content-Length"], body) == (200, "5", b"")
