"""Addresses: what may be linked, what recognises a story, and the site's own."""

import re
import uuid
from collections.abc import Callable

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core import urls
from broadsheet.core.urls import (
    base_path,
    domain_of,
    host_name,
    href,
    is_uri,
    mixed_scripts,
    origin,
    permanent_id,
    site_path,
    story_key,
    web_url,
)


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("  https://example.org/a\n", "https://example.org/a"),
        ("HTTP://Example.ORG/A?B#C", "http://example.org/A?B#C"),
        ("https://example.org", "https://example.org"),
        ("https://example.org:8080/", "https://example.org:8080/"),
        ("https://example.org:/", "https://example.org/"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://bücher.example/ä?q=ö#ü", "https://xn--bcher-kva.example/%C3%A4?q=%C3%B6#%C3%BC"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("https://example.org/a%20b/%C3%A4", "https://example.org/a%20b/%C3%A4"),
        ("https://example.org//double//", "https://example.org//double//"),
        ("https://example.org/a;b=c?d=e&f[]=g", "https://example.org/a;b=c?d=e&f[]=g"),
        ("https://192.0.2.1/", "https://192.0.2.1/"),
        ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("http://localhost:8000/digest/", "http://localhost:8000/digest/"),
    ],
)
def test_web_url(given_url: str, expected: str) -> None:
    assert web_url(given_url) == expected


@pytest.mark.parametrize(
    ("given_url", "why"),
    [
        ("javascript:alert(1)", "'javascript:' is not linked"),
        ("JavaScript:alert(1)", "'javascript:' is not linked"),
        ("java\nscript:alert(1)", "U\\+000A"),
        ("\x01javascript:alert(1)", "U\\+0001"),
        ("data:text/html,x", "'data:' is not linked"),
        ("vbscript:x", "'vbscript:' is not linked"),
        ("file:///etc/passwd", "'file:' is not linked"),
        ("ftp://example.org/", "'ftp:' is not linked"),
        ("mailto:a@example.org", "'mailto:' is not linked"),
        ("//example.org/", "relative"),
        ("/a", "relative"),
        ("example.org/a", "relative"),
        ("", "relative"),
        ("https://user:secret@example.org/", "user name or password"),
        ("https://user@example.org/", "user name or password"),
        ("https://@example.org/", "user name or password"),
        ("https://example.org\\@evil.example/", "U\\+005C"),
        ("https://", "host name"),
        ("https:///a", "host name"),
        ("https:example.org", "host name"),
        ("https://?a", "host name"),
        ("https://a..b/", "host name"),
        ("https://-a.example/", "host name"),
        ("https://a_/", "host name"),
        ("https://exa%6Dple.org/", "host name"),
        (f"https://{'a' * 64}.example/", "host name"),
        (f"https://{'a.' * 127}a.example/", "host name"),
        ("https://example.org:99999/", "(?i)port"),
        ("https://example.org:x/", "(?i)port"),
        ("https://example.org:-1/", "(?i)port"),
        ("https://[::1/", "not a URL"),
        ("https://[not-an-address]/", "not a URL"),
        ("https://example.org/a b", "U\\+0020"),
        ("https://example.org/\x00", "U\\+0000"),
        ("https://example.org/\x7f", "U\\+007F"),
        ("https://example.org/\u202egpj.exe", "U\\+202E"),
        ("https://example.org/\u200b", "U\\+200B"),
        ('https://example.org/"onload="x', "U\\+0022"),
        ("https://example.org/<script>", "U\\+003C"),
        ("https://exam\tple.org/", "U\\+0009"),
    ],
)
def test_what_is_not_linked(given_url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        web_url(given_url)


@pytest.mark.parametrize("url", ["https://[fe80::1%é]/", "https://[v1.é:x]/", "https://[v1.fe]/"])
def test_an_odd_literal_address_is_refused_or_kept(url: str) -> None:
    try:
        made = web_url(url)
    except ValueError:
        return

    assert made == url
    assert made.isascii()


URLS = st.builds(
    "{}://{}{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["example.org", "WWW.Example.org", "bücher.example", "[::1]", "192.0.2.1", "xn--bcher-kva.example"])
    | st.text(st.characters(categories=["L", "N"]), max_size=8),
    st.sampled_from(["", ":80", ":8443", ":"]),
    st.sampled_from(["", "/", "//", "/a/../b"]) | st.text(max_size=8).map("/{}".format),
    st.just("") | st.text(max_size=8).map("?{}".format),
    st.just("") | st.text(max_size=8).map("#{}".format),
)


@PROPERTIES
@given(URLS | st.text(max_size=30))
def test_an_accepted_url_is_ascii_and_accepted_again_unchanged(url: str) -> None:
    try:
        made = web_url(url)
    except ValueError:
        return

    assert re.fullmatch(r"https?://[!-~]+", made)
    assert not set('<>"\\^`{|}') & set(made)
    assert web_url(made) == made
    assert story_key(made)
    assert domain_of(made) == domain_of(made).lower()


PARTS = st.sampled_from([*"aZ0-_.~%:/?#@[]!$&'()*+,;= \n\"é", "www.", "example", ".org", "//", "utm_id=", "a" * 64])
NEARLY_COMMON = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp"]),
    st.sampled_from(["www.", "", "a-b.", "A."]),
    st.lists(PARTS, max_size=8).map("".join),
)
COMMON = st.from_regex(
    r"https?://(www\.)?[a-z0-9-]{1,5}\.[a-z]{2,3}(/[a-zA-Z0-9._-]{0,4}){0,3}([?#][a-z=&]{0,5})?", fullmatch=True
)


def outcome(function: Callable[[str], str], url: str) -> str:
    try:
        return function(url)
    except ValueError as error:
        return f"refused: {error}"


@PROPERTIES
@given(COMMON | NEARLY_COMMON | URLS)
def test_a_common_url_is_read_as_any_other(url: str) -> None:
    found = [outcome(function, url) for function in (web_url, story_key, domain_of)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "_COMMON", re.compile(r"(?!)"))
        expected = [outcome(function, url) for function in (web_url, story_key, domain_of)]

    assert found == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Example.ORG.", "example.org"),
        (" bücher.example ", "xn--bcher-kva.example"),
        ("_dmarc.example.org", "_dmarc.example.org"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_host_name(name: str, expected: str) -> None:
    assert host_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a b",
        "a/b",
        "a:80",
        "../etc",
        "a..b",
        "-a",
        "a-",
        "[::1]",
        "é..é",
        "é" * 80,
        "a@b",
        "a\nb",
        "a\n.",
    ],
)
def test_no_host_name(name: str) -> None:
    with pytest.raises(ValueError, match="is not a host name"):
        host_name(name)


@pytest.mark.parametrize("value", ["tag:example.org,2023:1", "urn:uuid:0", "https://example.org/a", "x-y+z.1:a"])
def test_a_uri(value: str) -> None:
    assert is_uri(value)


@pytest.mark.parametrize(
    "value", ["", "a", "1:a", ":a", "a:", "tag:a b", "tag:a\n", "\ntag:a", 'tag:"', "tag:<a>", "ä:b"]
)
def test_no_uri(value: str) -> None:
    assert not is_uri(value)


@pytest.mark.parametrize("url", ["https://example.org/a", "https://example.org/ä", "http://example.org/?utm_source=x"])
def test_a_permanent_id_is_a_uuid_of_the_url(url: str) -> None:
    made = permanent_id(url)

    assert made == uuid.uuid5(uuid.NAMESPACE_URL, url).urn
    assert is_uri(made)


def test_a_permanent_id_never_changes() -> None:
    assert permanent_id("https://example.org/a") == "urn:uuid:77980eae-c343-5b01-9823-eb6ac1da021f"
    assert permanent_id("https://example.org/b") != permanent_id("https://example.org/a")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a",
        "http://example.org/a",
        "https://www.example.org/a",
        "https://WWW.Example.org/a/",
        "https://example.org/a#part",
        "https://example.org/a?",
        "https://example.org/a?utm_source=x&utm_medium=y",
        "https://example.org/a/?fbclid=1#part",
        "https://example.org/a?gclid=1&mc_cid=2",
    ],
)
def test_urls_of_one_story(url: str) -> None:
    assert story_key(url) == "example.org/a"


def test_the_order_of_a_query_does_not_matter() -> None:
    assert story_key("https://example.org/?a=1&b=&utm_id=x") == story_key("http://www.example.org?b=&a=1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/a", "https://example.com/a"),
        ("https://example.org/a", "https://amp.example.org/a"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/?id=1", "https://example.org/"),
        ("https://example.org/?a=&b=1", "https://example.org/?b=1"),
        ("https://example.org:8080/a", "https://example.org/a"),
        ("https://youtube.com/watch?v=a", "https://youtube.com/watch?v=b"),
        ("https://wwwexample.org/", "https://example.org/"),
    ],
)
def test_urls_of_two_stories(one: str, other: str) -> None:
    assert story_key(one) != story_key(other)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.org/a", "example.org"),
        ("https://Example.org:8080/", "example.org"),
        ("https://news.example.org/", "news.example.org"),
        ("https://[::1]/", "--1"),
    ],
)
def test_domain_of(url: str, domain: str) -> None:
    assert domain_of(url) == domain


@pytest.mark.parametrize("path", ["/a/", "/a", "/a/b.html", "/2019/01/old-name/", "/ä/", " /a/ "])
def test_site_path(path: str) -> None:
    assert site_path(path) == path.strip()


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "a/", "./a", "//example.org/a", "https://example.org/a", "/a?b", "/a#b", "/a//b", "/a//"),
        *(
            "/../a",
            "/a/../b",
            "/a/..",
            "/./a",
            "/a/.",
            "/a./b",
            "/%2e%2e/a",
            "/a b",
            "/a\\b",
            "/..\\a",
            "/C:/a",
            "/a\x00",
        ),
        *("/a*", "/a\u202eb", "javascript:alert(1)", "/a<b>", '/a"b', "//[", "/a\n/b"),
    ],
)
def test_no_site_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"path|URL"):
        site_path(path)


@PROPERTIES
@given(st.text("/.a%\\:ä ~", max_size=12))
def test_a_site_path_stays_below_the_site(path: str) -> None:
    try:
        made = site_path(path)
    except ValueError:
        return

    assert made.startswith("/")
    assert not {"", ".", ".."} & set(made.strip("/").split("/"))


@pytest.mark.parametrize(
    ("base", "address", "link"),
    [
        ("/", "/a/", "/a/"),
        ("/digest/", "/a/", "/digest/a/"),
        ("/digest/", "/", "/digest/"),
        ("/digest/", "a.css", "/digest/a.css"),
        ("/", "/ä b/", "/%C3%A4%20b/"),
        ("/", "/a#part", "/a#part"),
        ("/", "//evil.example/", "/evil.example/"),
        ("/", '/"><script>/', "/%22%3E%3Cscript%3E/"),
    ],
)
def test_href(base: str, address: str, link: str) -> None:
    assert href(base, address) == link


@pytest.mark.parametrize(
    ("url", "path", "host"),
    [
        ("https://user.github.io/digest/", "/digest/", "https://user.github.io"),
        ("https://example.org/", "/", "https://example.org"),
        ("https://example.org", "/", "https://example.org"),
        ("http://localhost:8000/a/b/", "/a/b/", "http://localhost:8000"),
    ],
)
def test_base_path_and_origin(url: str, path: str, host: str) -> None:
    assert (base_path(url), origin(url)) == (path, host)


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://example.org/", ""),
        ("https://b\u00fccher.example/", ""),
        ("https://\u043f\u0440\u0438\u043c\u0435\u0440.example/", ""),
        ("https://\u4f8b\u3048\u30c6\u30b9\u30c8a.example/", ""),
        ("https://ex\u0430mple.org/", "ex\u0430mple"),
        ("https://www.p\u0430ypal.example/login", "p\u0430ypal"),
        ("https://\u03b1lpha.example/", "\u03b1lpha"),
        ("https://xn--pypal-4ve.example/", "p\u0430ypal"),
        ("https://xn--bcher-kva.example/", ""),
        ("https://xn--.example/", ""),
        ("https://1-2.example/\u0430", ""),
    ],
)
def test_host_names_that_mix_scripts(url: str, label: str) -> None:
    assert mixed_scripts(url) == label


@pytest.mark.parametrize(
    "path", ["/con", "/a/NUL/b", "/aux.html", "/com1/", f"/{'x' * 256}", f"/{chr(0xE9) * 128}/", "/a/b./"]
)
def test_no_path_that_a_file_system_cannot_hold(path: str) -> None:
    with pytest.raises(ValueError, match=r"Windows|255 bytes|empty parts"):
        site_path(path)
