"""A project page, a user page, a domain of one's own and a fork: each served as GitHub Pages would, at its own path."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import feedparser
import html5lib
import pytest
from github_pages import serving
from site_builder import digest, record, run, write
from test_github_pages import ask

# As configure-pages gives them: without a slash at the end.
ADDRESSES = {
    "project": "https://octocat.github.io/my-digest",
    "user": "https://octocat.github.io",
    "domain": "https://news.example",
    "fork": "https://hubot.github.io/my-digest",
}
ID = "tag:octocat.example,2026:digest"


@contextmanager
def published(folder: Path, base_url: str, settings: str = "") -> Iterator[tuple[str, Path]]:
    """Build a digest for an address and serve it at that address's path; yield the server's origin and the folder."""
    site, parts = digest(folder / "site", 7), urlsplit(base_url)
    write(site, {"site.yaml": f"title: T\npage_size: 2\neditions: {{minimum: 2}}\n{settings}"})
    write(site, {"content/news/9.md": record(9, "redirect_from: [/old/address/]", body="See [topics](/topics/).")})
    out = folder / "served" / parts.path.strip("/")
    out.parent.mkdir(exist_ok=True)
    run(site, out, base_url=f"{base_url}/")
    with serving(folder / "served", is_user_page=not parts.path.strip("/")) as origin:
        yield origin.rstrip("/"), out


def links(base: str, page: bytes) -> set[str]:
    """Return where a page leads, and what it is made of, as full URLs without fragments."""
    found = set()
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        for name in ("href", "src"):
            if value := element.get(name):
                found.add(urljoin(base, value).partition("#")[0])
        if element.get("http-equiv") == "refresh":
            found.add(urljoin(base, element.get("content", "").partition("url=")[2]))
    return found


def ids(folder: Path, name: str = "atom.xml") -> list[str]:
    """Return the permanent ids of what a feed holds."""
    return [entry.id for entry in feedparser.parse((folder / name).read_bytes()).entries]


@pytest.mark.parametrize("case", ADDRESSES)
def test_every_link_works_where_the_site_is(tmp_path: Path, case: str) -> None:
    address = ADDRESSES[case]
    host = address.removesuffix(urlsplit(address).path)
    waiting, seen = [f"{address}/", f"{address}/old/address/", f"{address}/404.html"], {}
    with published(tmp_path, address) as (origin, _):
        while waiting:
            url = waiting.pop()
            status, headers, body = ask(origin, url.removeprefix(host).partition("?")[0] or "/")
            seen[url] = status
            if headers.get("Content-Type", "").startswith("text/html"):
                ours = {link for link in links(url, body) if link == address or link.startswith(f"{host}/")}
                waiting += [link for link in ours if link not in seen and link not in waiting]

    assert len(seen) > 40
    assert {url: status for url, status in seen.items() if status != 200} == {}
    assert [url for url in seen if not url.startswith(f"{address}/")] == []


@pytest.mark.parametrize("case", ADDRESSES)
def test_every_feed_says_where_it_is_itself(tmp_path: Path, case: str) -> None:
    with published(tmp_path, ADDRESSES[case]) as (_, out):
        feeds = [path for path in out.rglob("*.xml") if path.name in {"feed.xml", "atom.xml"}]
        assert len(feeds) > 4
        for path in feeds:
            (own,) = re.findall(r'<(?:atom:)?link href="([^"]*)" rel="self"', path.read_text("utf-8"))
            assert own == f"{ADDRESSES[case]}/{path.relative_to(out).as_posix()}"


@pytest.mark.parametrize("case", ADDRESSES)
def test_what_is_not_there_is_answered_by_the_site_s_own_page(tmp_path: Path, case: str) -> None:
    with published(tmp_path, ADDRESSES[case]) as (origin, out):
        path = urlsplit(ADDRESSES[case]).path
        status, _, body = ask(origin, f"{path}/no/such/page")

        assert (status, body) == (404, (out / "404.html").read_bytes())
        assert ask(origin, f"{path}/topics")[0::2] == (301, b"")
        assert (out / ".nojekyll").is_file()


def test_a_move_to_a_domain_changes_no_id_of_a_story_nor_with_id_of_an_edition(tmp_path: Path) -> None:
    found = {}
    for case in ("project", "domain"):
        for settings in ("", f"id: {ID}\n"):
            folder = tmp_path / case / (settings[:2] or "none")
            folder.mkdir(parents=True)
            with published(folder, ADDRESSES[case], settings) as (_, out):
                found[case, bool(settings)] = ids(out), ids(out, "editions/daily/atom.xml")

    assert found["project", True] == found["domain", True]
    assert found["project", False][0] == found["domain", False][0] == found["project", True][0] != []
    assert set(found["project", False][1]).isdisjoint(found["domain", False][1])
    assert found["project", True][1] != []


def test_a_fork_has_editions_of_its_own_unless_it_keeps_the_id(tmp_path: Path) -> None:
    found = []
    for case, settings in (("project", f"id: {ID}\n"), ("fork", "id: tag:hubot.example,2026:digest\n")):
        (tmp_path / case).mkdir()
        with published(tmp_path / case, ADDRESSES[case], settings) as (_, out):
            found.append(ids(out, "editions/daily/atom.xml"))

    assert found[0]
    assert set(found[0]).isdisjoint(found[1])


def test_a_cname_file_and_a_verification_are_published_and_left_alone(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"static/CNAME": "news.example\n", "static/.well-known/security.txt": "Contact: x\n"})
    run(site)
    write(site, {"public/google1234.html": "mine"})
    (site / "content/news/1.md").unlink()
    run(site)

    assert (site / "public/CNAME").read_text() == "news.example\n"
    assert (site / "public/.well-known/security.txt").read_text() == "Contact: x\n"
    assert (site / "public/google1234.html").read_text() == "mine"
