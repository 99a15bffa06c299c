"""Addresses: which may be linked, how one story's many URLs are recognised, and the site's own."""

import ipaddress
import re
import unicodedata
import uuid
from contextlib import suppress
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from broadsheet.core.model import Nofollow
from broadsheet.core.text import safe_name

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\^`{|}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_HOST = re.compile(r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
_TRACKING = re.compile(r"^(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid|cmpid|ocid|ref_src)$")
_ASCII_SAFE = "".join(chr(code) for code in range(33, 127))
_NAME_LIMIT = 255
# What stands before a link that names no host.
_BEFORE_A_PATH = tuple(bytes([sign]) for sign in b"\"'`(<>=,; \t\n")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Scripts that one language writes together, by the first words of their characters' names.
_WRITTEN_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
_ABSOLUTE_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+$")

# The URLs that nearly all are: nothing in them is to be encoded, decoded, put in lower case or left out.
_COMMON = re.compile(
    r"https?://"
    r"(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,3}[a-z]{2,24})"
    r"(?P<path>(?:/[A-Za-z0-9!$%&'()*+,./:;=@_~-]*)?)"
    r"(?P<query>(?:\?[A-Za-z0-9!$%&'()*+,./:;=@_~-]+)?)"
)


def host_name(value: str) -> str:
    """Return a host name in lower-case ASCII (IDNA). Raises ValueError saying what is wrong with it."""
    name = value.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"'{value}' is not a host name") from error
    if not _HOST.fullmatch(name) or len(name) > 253:  # noqa: PLR2004 - RFC 1035, section 2.3.4
        raise ValueError(f"'{value}' is not a host name")
    return name


def web_url(value: str) -> str:
    """Return an http or https URL as an ASCII URI (RFC 3986). Raises ValueError saying what is wrong."""
    if _COMMON.fullmatch(value):
        return value
    text = value.strip()
    found = _UNSAFE.search(text)
    if found:
        raise ValueError(f"a URL cannot hold the character U+{ord(found[0]):04X}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from error
    if parts.scheme not in {"http", "https"}:
        named = f"'{parts.scheme}:' is" if parts.scheme else "a relative address is"
        raise ValueError(f"{named} not linked; an http or https URL is needed")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with a user name or password is not linked")
    if not parts.hostname:
        raise ValueError("a URL needs a host name")
    host = _literal(parts.hostname) if "[" in parts.netloc else host_name(parts.hostname)
    netloc = host if port is None else f"{host}:{port}"
    # Not urlunsplit, which treats paths that begin with // in one way or another, by Python's version.
    rest = parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    return f"{parts.scheme}://{netloc}{quote(rest, safe=_ASCII_SAFE)}"


def _literal(address: str) -> str:
    """Return an IPv6 address as it stands in a URL. Raises ValueError if it is not one."""
    try:
        return f"[{ipaddress.IPv6Address(address).compressed}]" if "%" not in address else host_name(address)
    except ipaddress.AddressValueError as error:
        raise ValueError(f"'[{address}]' is not an address of a host") from error


def is_uri(value: str) -> bool:
    """Whether a text can be a permanent id: an absolute URI without white space (RFC 3986)."""
    return _ABSOLUTE_URI.fullmatch(value) is not None


def permanent_id(source_url: str) -> str:
    """Derive the permanent id of a source URL: a UUIDv5 in the URL namespace (RFC 9562), as a URN."""
    return uuid.uuid5(uuid.NAMESPACE_URL, source_url).urn


def story_key(url: str) -> str:
    """Reduce a URL to what tells stories apart: no scheme, `www.`, fragment, tracking or trailing slash."""
    common = _COMMON.fullmatch(url)
    if common and not common["query"]:
        return common["host"].removeprefix("www.") + common["path"].rstrip("/")
    parts = urlsplit(url)
    host = parts.netloc.lower().removeprefix("www.")
    query = parts.query
    if query:
        kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not _TRACKING.match(name)]
        query = urlencode(sorted(kept))
    return f"{host}{parts.path.rstrip('/')}" + (f"?{query}" if query else "")


def without_tracking(url: str) -> str:
    """Return a URL without its fragment and without the parameters that only follow readers around."""
    rest, _, query = url.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if part and not _TRACKING.match(part.partition("=")[0])]
    return f"{rest}?{'&'.join(kept)}" if kept else rest


def domain_of(url: str) -> str:
    """Return the host of a URL without `www.`, which names a provider that its record does not."""
    common = _COMMON.fullmatch(url)
    if common:
        return common["host"].removeprefix("www.")
    return (urlsplit(url).hostname or "").removeprefix("www.").replace(":", "-")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network: not private, loopback, link-local, multicast or reserved.

    An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) counts as what it is.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    inner = ip.ipv4_mapped or ip.sixtofour
    if inner is None and ip in _NAT64:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(str(inner))
    return ip in _GLOBAL_UNICAST and ip.is_global


def site_path(value: str) -> str:
    """Return a path below the site's base, `/`-led and free of dot segments. Raises ValueError if it is not one."""
    path = value.strip()
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or parts.query or parts.fragment or not path.startswith("/"):
        raise ValueError("a path of this site begins with '/' and has no host, query or fragment")
    if _UNSAFE.search(path) or "%" in path or ":" in path or "*" in path or "?" in path:
        raise ValueError("a path of this site is plain text without spaces, '%', ':' or other signs")
    segments = path.split("/")[1:]
    inner = segments[:-1] if path.endswith("/") else segments
    if not inner or any(part in {"", ".", ".."} or part.endswith(".") for part in inner):
        raise ValueError("a path of this site has no empty parts, '.' or '..'")
    for part in inner:
        if safe_name(part) != part:
            raise ValueError(f"'{part}' is the name of a device on Windows, which no file there can have")
        if len(part.encode()) > _NAME_LIMIT:
            raise ValueError(f"a part of a path has at most {_NAME_LIMIT} bytes, which is what file systems allow")
    return path


def mixed_scripts(url: str) -> str:
    """Return the first label of a URL's host that mixes scripts as no language does; "" if none does.

    Such a name may stand for another one that looks the same. It follows UTS #39, section 5.2, "highly restrictive".
    """
    if url.isascii() and "xn--" not in url:
        return ""
    for label in (urlsplit(url).hostname or "").split("."):
        with suppress(UnicodeError):
            name = label.encode("ascii").decode("idna") if label.startswith("xn--") else label
            scripts = {unicodedata.name(sign, "").split(" ")[0].split("-")[0] for sign in name if sign.isalpha()}
            if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
                return name
    return ""


def href(base_path: str, address: str) -> str:
    """Return the link to one of our own addresses: below the base path, percent-encoded."""
    return base_path + quote(address.lstrip("/"), safe="/:@!$&'()*+,;=-._~#")


@lru_cache(maxsize=8)
def _article_address(base: str) -> re.Pattern[bytes]:
    """Return what finds addresses of articles below a base path: the group 1 of a match is one, without its slashes."""
    return re.compile(re.escape(base.encode()) + rb"(\d+/\d\d/\d\d/[a-z0-9-]+)")


def _is_own(data: bytes, start: int, own_origin: str) -> bool:
    """Whether a path that begins at a place of a text lies on this site; another site may have the same path."""
    size = len(own_origin)
    is_after_host = bool(own_origin) and data[max(0, start - size) : start] == own_origin.encode()
    return is_after_host or not start or data[start - 1 : start] in _BEFORE_A_PATH


def named_articles(data: bytes, own_origin: str, base: str) -> tuple[str, ...]:
    """Return the addresses of this site's articles, there or not, that a text names, with the host or without."""
    found = _article_address(base).finditer(data)
    return tuple(dict.fromkeys(f"/{m[1].decode()}/" for m in found if _is_own(data, m.start(), own_origin)))


def normal_base_url(value: str) -> str:
    """Return a base URL in its one form: ASCII, ending in a slash. Raises ValueError if it cannot be one."""
    url = web_url(value)
    if "?" in url or "#" in url:
        raise ValueError("a base URL has no query or fragment")
    url = url if url.endswith("/") else f"{url}/"
    path = url.split("/", 3)[3]
    if any(part in {"", ".", ".."} for part in path.split("/")[:-1]):
        raise ValueError("a base URL has no empty parts, '.' or '..' in its path")
    return url


def absolute(base_url: str, address: str) -> str:
    """Return the full URL of one of our own addresses."""
    return base_url + href("", address)


def outbound_rel(url: str, nofollow: Nofollow) -> str:
    """Return the `rel` of a link to somebody else's site."""
    if nofollow is True or (nofollow and _lies_below(domain_of(url), nofollow)):
        return "noopener external nofollow"
    return "noopener external"


def _lies_below(host: str, domains: tuple[str, ...]) -> bool:
    return host in domains or host.endswith(tuple(f".{domain}" for domain in domains))


def base_path(base_url: str) -> str:
    """Return the path of the base URL, beginning and ending in a slash."""
    return urlsplit(base_url).path or "/"


def origin(base_url: str) -> str:
    """Return scheme and host of the base URL, without a slash at the end."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"
