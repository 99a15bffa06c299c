"""The only door to the network: one request over HTTP, with bounds on what it may cost and where it may lead.

Every address of a host is checked, and the connection is made to an address that was checked: a name cannot mean
one thing when it is looked at and another when it is used. There are no cookies, no credentials and no proxies (a
proxy would look names up itself, out of reach of the check). This is the only module that imports httpx.
"""

import asyncio
import re
import socket
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote, urldefrag, urljoin

import httpcore
import httpx
import msgspec

from broadsheet import __version__
from broadsheet.core.escapes import printable
from broadsheet.core.urls import is_public, web_url

Failure = Literal["refused", "dns", "tls", "timeout", "connection", "size", "redirects", "status"]
"""Why there is no answer. `refused` is our own refusal: an address that is not allowed."""
Resolver = Callable[[str, int], Sequence[str]]
"""Returns all addresses of a host. Raises OSError where it has none."""

USER_AGENT = f"Broadsheet/{__version__} (reads the sources of a curated digest)"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_UNENCODED = re.compile(r"[ <>\"\\^`{|}]")
_CONTROLS = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")


_BROKEN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ConnectionNotAvailable,
    httpx.HTTPError,  # of a redirect, which the client looks at though it follows none
    OSError,
)


class FetchError(Exception):
    """There is no answer: why, in one word and in one line."""

    def __init__(self, failure: Failure, message: str) -> None:
        self.failure: Failure = failure
        super().__init__(printable(message))


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds: bytes of a body, as sent and as unpacked; seconds for everything of a fetch; redirects.

    `allows_private` lets requests go to addresses that are not public: this machine's and its network's.
    """

    size: int = 5 << 20
    seconds: float = 20.0
    redirects: int = 10
    allows_private: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered; header names are in lower case. `is_whole` tells whether all of the body is there."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_whole: bool = True

    @property
    def location(self) -> str | None:
        """Where a redirect leads, as an absolute URL; None for another answer. Raises FetchError for no web address."""
        target = self.headers.get("location")
        if self.status not in REDIRECTS or target is None:
            return None
        try:
            # Servers write what browsers read: not always a URI.
            return _checked(urljoin(self.url, _UNENCODED.sub(lambda sign: quote(sign[0]), target.strip())))
        except ValueError as error:
            raise FetchError("refused", f"a redirect that is not followed: {error}") from error


class Client:
    """Asks servers. Use it as an asynchronous context; connections are kept open in it for the next request.

    Raises FetchError where there are no authorities to trust.
    """

    def __init__(self, limits: Limits, resolve: Resolver | None = None) -> None:
        self._limits = limits
        backend = _Backend(resolve or _addresses, allows_private=limits.allows_private)
        self._client = httpx.AsyncClient(
            transport=_Transport(
                httpcore.AsyncConnectionPool(
                    ssl_context=_authorities(),
                    http2=True,
                    network_backend=backend,
                    keepalive_expiry=10.0,
                )
            ),
            headers={"user-agent": USER_AGENT, "accept": _ACCEPT, "accept-encoding": "gzip"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=limits.seconds,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def ask(self, url: str, method: str = "GET", most: int | None = None) -> Answer:
        """Ask once and follow nothing. With `most` the body is cut there; without, too large a one is an error.

        Raises FetchError.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._ask(_checked(url), method, most)
        except (ValueError, httpx.InvalidURL) as error:
            raise FetchError("refused", str(error)) from error
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise FetchError("timeout", f"no whole answer within {self._limits.seconds:g} s") from error
        except _BROKEN as error:
            raise _explained(error) from error

    async def follow(self, url: str) -> Answer:
        """Get a page, through its redirects, each checked as the first address is. Raises FetchError."""
        try:
            async with asyncio.timeout(self._limits.seconds):
                for _ in range(self._limits.redirects + 1):
                    answer = await self.ask(url)
                    target = answer.location
                    if target is None:
                        return answer
                    url = target
        except TimeoutError as error:
            raise FetchError("timeout", f"no whole answer within {self._limits.seconds:g} s") from error
        raise FetchError("redirects", f"more than {self._limits.redirects} redirects")

    async def _ask(self, url: str, method: str, most: int | None) -> Answer:
        async with self._client.stream(method, url, follow_redirects=False) as response:
            headers = {name.lower(): _CONTROLS.sub("", value) for name, value in response.headers.items()}
            body, is_whole = b"", True
            if method == "HEAD":  # read to its end, the connection can be used again
                await _read(response.aiter_raw(), "", 0)
            elif response.status_code not in REDIRECTS:
                packing = headers.get("content-encoding", "identity").strip().lower()
                limit = self._limits.size if most is None else most
                body, is_whole = await _read(response.aiter_raw(), packing, limit)
                if most is None and not is_whole:
                    raise FetchError("size", f"more than {limit:,} bytes")
            return Answer(url=url, status=response.status_code, headers=headers, body=body, is_whole=is_whole)


def fetch(url: str, limits: Limits, resolve: Resolver | None = None) -> Answer:
    """Get a page, through its redirects. Raises FetchError, for an answer that is no page too."""

    async def run() -> Answer:
        async with Client(limits, resolve) as client:
            return await client.follow(url)

    answer = asyncio.run(run())
    if answer.status != httpx.codes.OK:
        raise FetchError("status", f"the server answered {answer.status}{_phrase(answer.status)}")
    return answer


def _authorities() -> ssl.SSLContext:
    """Return whom certificates are trusted of: SSL_CERT_FILE and SSL_CERT_DIR count, for authorities of one's own."""
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # an ssl.SSLError is one
        raise FetchError("tls", f"what SSL_CERT_FILE names cannot be used: {error.strerror or error}") from error


class _Backend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked."""

    def __init__(self, resolve: Resolver, *, allows_private: bool) -> None:
        self._resolve = resolve
        self._allows_private = allows_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the host up once, check all of its addresses, and connect to the first of these that answers."""
        name = host.strip("[]")
        try:
            addresses = await _looked_up(self._resolve, name, port)
        except (OSError, UnicodeError) as error:
            raise FetchError("dns", f"the host '{name}' is not known") from error
        for address in () if self._allows_private else addresses:
            if not is_public(address):
                raise FetchError("refused", f"'{name}' has the address {address}, which is not public")
        failure: Exception = FetchError("dns", f"the host '{name}' has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _Transport(httpx.AsyncBaseTransport):
    """Hands requests to a pool of connections, whose backend is ours: httpx's own transport takes none."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer, whose body is still to be read."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._answer.aclose()


async def _read(parts: AsyncIterator[bytes], packing: str, limit: int) -> tuple[bytes, bool]:
    """Return a body unpacked, of at most `limit` bytes, and whether that is all of it.

    Nothing is unpacked beyond the limit, so that a small body cannot become a large one.
    """
    unpack = None
    if packing in {"gzip", "x-gzip"}:
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    elif packing not in {"", "identity"}:
        raise FetchError("connection", f"the body is packed as '{packing}', which was not asked for")
    body = bytearray()
    sent = 0
    async for part in parts:
        sent += len(part)
        try:
            body += unpack.decompress(part, limit + 1 - len(body)) if unpack else part
        except zlib.error as error:
            raise FetchError("connection", "the body is not what its Content-Encoding says") from error
        if len(body) > limit or sent > limit:
            return bytes(body[:limit]), False
    if unpack and sent and not unpack.eof:
        raise FetchError("connection", "the body ends too early")
    return bytes(body), True


async def _looked_up(resolve: Resolver, host: str, port: int) -> Sequence[str]:
    """Look a host up in a thread that nobody waits for once it takes too long: not even the end of the program."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(addresses: Sequence[str], error: Exception | None) -> None:
        if not found.done():
            found.set_result(addresses) if error is None else found.set_exception(error)

    def look() -> None:
        addresses: Sequence[str] = ()
        failure: Exception | None = None
        try:
            addresses = resolve(host, port)
        except (OSError, UnicodeError) as error:
            failure = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, addresses, failure)

    threading.Thread(target=look, daemon=True).start()
    return await found


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _checked(url: str) -> str:
    """Return the URL to ask for. Raises ValueError for one that is not http or https, or holds credentials."""
    return urldefrag(web_url(url)).url


def _explained(error: Exception) -> FetchError:
    """Return the failure that an error of a connection stands for."""
    causes = (error, error.__cause__, error.__context__)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError("tls", f"the certificate does not hold: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return FetchError("tls", f"no secure connection: {cause.reason or cause}")
    what = str(error) or "the connection was closed"
    return FetchError("connection", " ".join(what.split()))


def _phrase(status: int) -> str:
    phrase = httpx.codes.get_reason_phrase(status)
    return f" ({phrase})" if phrase else ""
