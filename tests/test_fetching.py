"""What asks the network: its bounds, and where it does not go."""

import asyncio
import gzip
import random
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from answering import (
    PAGE,
    TLS,
    Server,
    bomb,
    cut_short,
    dripping,
    endless,
    hang_up,
    html,
    page,
    redirect,
    serving,
    slow,
    status,
)
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from broadsheet.core.urls import is_public
from broadsheet.network import fetching
from broadsheet.network.fetching import Answer, Client, FetchError, Limits, fetch

OPEN = Limits(allows_private=True, seconds=0.6, size=100_000, redirects=4)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    answers = {
        "/page": page,
        "/packed": html(gzip.compress(PAGE), Content_Encoding="gzip"),
        "/half-packed": html(gzip.compress(PAGE * 9)[:-9], Content_Encoding="gzip"),
        "/not-packed": html(PAGE, Content_Encoding="gzip"),
        "/brotli": html(PAGE, Content_Encoding="br"),
        "/cookie": html(PAGE, Set_Cookie="a=b"),
        "/204": status(204),
        "/404": status(404),
        "/500": status(500),
        "/301": redirect(301, "/302"),
        "/302": redirect(302, "/307"),
        "/307": redirect(307, "/308"),
        "/308": redirect(308, "/a page|"),
        "/a%20page%7C": page,
        "/loop": redirect(302, "/loop"),
        "/to-file": redirect(302, "file:///etc/passwd"),
        "/to-user": redirect(302, "http://me:secret@127.0.0.1/"),
        "/to-private": redirect(302, "http://inside.example/"),
        "/nowhere": status(302),
        "/slow": slow(5),
        "/dripping": dripping,
        "/cut-short": cut_short,
        "/hang-up": hang_up,
        "/endless": endless,
        "/bomb": bomb,
        "/large": html(b"x" * 100_001),
        "/largest": html(b"x" * 100_000),
    }
    with serving(answers) as server:
        yield server


def failure(url: str, limits: Limits = OPEN, resolve: fetching.Resolver | None = None) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(url, limits, resolve)
    assert "\n" not in str(caught.value)
    return f"{caught.value.failure}: {caught.value}"


def ask_all(server: Server, *paths: str, method: str = "GET", most: int | None = None) -> list[Answer]:
    async def run() -> list[Answer]:
        async with Client(OPEN) as client:
            return [await client.ask(server.url + path, method, most) for path in paths]

    return asyncio.run(run())


def test_a_page_comes_whole_with_what_its_server_said_of_it(server: Server) -> None:
    answer = fetch(f"{server.url}/page#part", OPEN)

    assert (answer.status, answer.body, answer.is_whole) == (200, PAGE, True)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.url == f"{server.url}/page"


def test_a_packed_page_is_unpacked(server: Server) -> None:
    assert fetch(f"{server.url}/packed", OPEN).body == PAGE


def test_redirects_of_every_kind_are_followed(server: Server) -> None:
    assert fetch(f"{server.url}/301", OPEN).url == f"{server.url}/a%20page%7C"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/404", "status: the server answered 404 (Not Found)"),
        ("/500", "status: the server answered 500 (Internal Server Error)"),
        ("/204", "status: the server answered 204 (No Content)"),
        ("/nowhere", "status: the server answered 302 (Found)"),
        ("/loop", "redirects: more than 4 redirects"),
        ("/to-file", "refused: a redirect that is not followed: 'file:' is not linked"),
        ("/to-user", "refused: a redirect that is not followed: a URL with a user name"),
        ("/slow", "timeout: no whole answer within 0.6 s"),
        ("/dripping", "timeout: no whole answer within 0.6 s"),
        ("/cut-short", "connection: peer closed connection"),
        ("/hang-up", "connection: "),
        ("/endless", "size: more than 100,000 bytes"),
        ("/bomb", "size: more than 100,000 bytes"),
        ("/large", "size: more than 100,000 bytes"),
        ("/half-packed", "connection: the body ends too early"),
        ("/not-packed", "connection: the body is not what its Content-Encoding says"),
        ("/brotli", "connection: the body is packed as 'br', which was not asked for"),
    ],
)
def test_what_is_no_page_is_said_in_one_line(server: Server, path: str, said: str) -> None:
    assert failure(server.url + path).startswith(said)


def test_a_body_may_be_as_large_as_the_limit(server: Server) -> None:
    assert len(fetch(f"{server.url}/largest", OPEN).body) == 100_000


def test_time_is_limited_for_everything_together(server: Server) -> None:
    start = time.monotonic()

    failure(f"{server.url}/dripping")

    assert time.monotonic() - start < 3


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "data:text/html,x",
        "example.org",
        "http://",
        "http://a:b@example.org/",
    ],
)
def test_only_http_is_asked_and_without_credentials(url: str) -> None:
    assert failure(url).startswith("refused: ")


def test_a_body_can_be_cut(server: Server) -> None:
    (answer,) = ask_all(server, "/endless", most=1000)

    assert (len(answer.body), answer.is_whole) == (1000, False)


def test_head_has_no_body(server: Server) -> None:
    (answer,) = ask_all(server, "/large", method="HEAD")

    assert (answer.status, answer.body) == (200, b"")


def test_no_cookie_is_kept_and_the_program_says_its_name(server: Server) -> None:
    server.seen.clear()

    ask_all(server, "/cookie", "/page")

    assert [sorted(name.lower() for name in headers) for headers in server.seen] == [
        ["accept", "accept-encoding", "connection", "host", "user-agent"]
    ] * 2
    assert "Broadsheet/" in " ".join(server.seen[1].values())


def test_no_proxy_and_no_password_is_taken_from_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert fetch(f"{server.url}/page", OPEN).status == 200


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 127.9.9.9 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1 "
    "255.255.255.255 192.0.2.1 198.18.0.1 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 fe80::1 fe80::1%eth0 "
    "fc00::1 fd00::1 fec0::1 ff02::1 64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2001:db8::1 2001::1".split(),
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    said = failure("http://example.org/", Limits(), lambda _host, _port: [address])

    assert said == f"refused: 'example.org' has the address {address}, which is not public"


@pytest.mark.parametrize(
    "address", "8.8.8.8 1.1.1.1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808:: 2606:4700::1".split()
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "127.1", "2130706433", "0x7f.1"])
def test_every_way_to_write_this_machine_is_refused(server: Server, host: str) -> None:
    server.asked.clear()

    assert failure(f"http://{host}:{server.server_port}/page", Limits()).startswith(("refused: ", "dns: "))
    assert server.asked == []


def test_one_address_that_is_not_public_among_others_is_refused() -> None:
    said = failure("http://example.org/", Limits(), lambda _host, _port: ["8.8.8.8", "10.0.0.1"])

    assert said.startswith("refused: 'example.org' has the address 10.0.0.1")


def test_a_redirect_to_an_address_that_is_not_public_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To this test, loopback is public, and one other address is not.
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    known = {"outside.example": "127.0.0.1", "inside.example": "10.0.0.1"}
    limits = Limits(seconds=2)

    said = failure(f"http://outside.example:{server.server_port}/to-private", limits, lambda host, _: [known[host]])

    assert said == "refused: 'inside.example' has the address 10.0.0.1, which is not public"


def test_a_host_is_looked_up_once_and_the_address_that_was_checked_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    asked: list[str] = []

    def is_fine(address: str) -> bool:
        checked.append(address)
        return True

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    monkeypatch.setattr(fetching, "is_public", is_fine)

    answer = fetch(f"http://rebinding.example:{server.server_port}/page", Limits(seconds=2), rebinding)

    assert answer.status == 200
    assert (asked, checked) == (["rebinding.example"], ["127.0.0.1"])
    assert {name.lower(): value for name, value in server.seen[-1].items()}[
        "host"
    ] == f"rebinding.example:{server.server_port}"


def test_the_next_address_is_tried_where_one_does_not_answer(server: Server) -> None:
    url = f"http://two.example:{server.server_port}/page"

    assert fetch(url, OPEN, lambda _host, _port: ["::1", "127.0.0.1"]).status == 200


def test_a_host_that_is_not_known_is_said_so() -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    assert failure("http://nowhere.example/", OPEN, unknown) == "dns: the host 'nowhere.example' is not known"


def test_a_lookup_that_takes_too_long_is_not_waited_for() -> None:
    def hanging(_host: str, _port: int) -> Sequence[str]:
        time.sleep(4)
        return ["8.8.8.8"]

    start = time.monotonic()

    assert failure("http://slow.example/", OPEN, hanging) == "timeout: no whole answer within 0.6 s"
    assert time.monotonic() - start < 2


def test_a_certificate_that_does_not_hold_is_said_so() -> None:
    with serving({"/page": page}, is_secure=True) as server:
        assert failure(f"{server.url}/page").startswith("tls: the certificate does not hold: self")
        assert failure(server.url.replace("https", "http") + "/page").startswith("connection: ")
        assert server.asked == []


def test_a_certificate_holds_for_its_name_though_the_connection_is_made_to_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "localhost.pem"))
    with serving({"/page": page}, is_secure=True) as server:
        assert fetch(f"{server.url}/page", OPEN).body == PAGE
        other = server.url.replace("localhost", "other.example")
        assert failure(f"{other}/page", OPEN, lambda _host, _port: ["127.0.0.1"]).startswith("tls: ")


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_authorities_that_cannot_be_read_are_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    if text is not None:
        (tmp_path / "authorities.pem").write_text(text)

    assert failure("https://example.org/").startswith("tls: what SSL_CERT_FILE names cannot be used: ")


def test_what_is_no_secure_server_is_said_so(server: Server) -> None:
    assert failure(server.url.replace("http:", "https:")).startswith("tls: no secure connection")


def test_http_2_is_spoken_where_the_server_speaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "localhost.pem"))

    async def run() -> tuple[str | None, bytes]:
        spoken: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "localhost.pem", TLS / "localhost.key")
        context.set_alpn_protocols(["h2", "http/1.1"])

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            spoken.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
            await answer_http_2(reader, writer)

        async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as listening:
            port = listening.sockets[0].getsockname()[1]
            async with Client(Limits(allows_private=True, seconds=5)) as client:
                body = (await client.ask(f"https://localhost:{port}/")).body
        return spoken[0], body

    assert asyncio.run(run()) == ("h2", PAGE)


ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.0 200\r\n\r\nabc",
    b"SSH-2.0-x\r\n",
)
PIECES = (b"\r\n", b"\0", b":", b"\xff", b"Location: http://[", b"Location: \xc3\xa4//\r\n", b"y" * 70_000)


def mangled(chance: random.Random) -> bytes:
    """Return an answer with a few bytes lost, changed or added."""
    data = bytearray(chance.choice(ANSWERS))
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(2)] = chance.choice((*PIECES, bytes([chance.randrange(256)]), b""))
    return bytes(data)


def test_no_answer_is_too_odd_to_be_an_error_of_one_line() -> None:
    chance = random.Random(7)  # noqa: S311 - the same bytes in every run

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(mangled(chance))
        writer.close()

    async def run() -> tuple[int, int]:
        answered = failed = 0
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
            url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
            async with Client(OPEN) as client:
                for _ in range(200):
                    try:
                        assert (await client.ask(url)).location != ""
                        answered += 1
                    except FetchError as error:
                        failed += "\n" not in str(error)
        return answered, failed

    answered, failed = asyncio.run(run())
    assert answered + failed == 200
    assert min(answered, failed) > 30


async def answer_http_2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of a connection with a page, over HTTP/2."""
    connection = H2Connection(H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while data := await reader.read(65_536):
        for event in connection.receive_data(data):
            if isinstance(event, RequestReceived) and event.stream_id is not None:
                connection.send_headers(event.stream_id, [(":status", "200"), ("content-type", "text/html")])
                connection.send_data(event.stream_id, PAGE, end_stream=True)
        writer.write(connection.data_to_send())
    writer.close()
