"""What hosts read besides the site: headers and redirects, and that a browser has nothing against them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import html5lib
import pytest
from browsing import visit, watch
from conftest import ROOT, skip
from github_pages import serving
from host_files import HostHandler, headers_of, read_headers, read_redirects
from playwright.sync_api import Browser
from site_builder import NOW, digest, record, run, snapshot, write
from test_github_pages import ask

from broadsheet.building.builder import build
from broadsheet.building.report import Options

HASHED = re.compile(r"hashed/.*\.[0-9a-f]{10}\.\w+")


def policy(text: str) -> dict[str, set[str]]:
    """Return the directives of a Content-Security-Policy, with their sources."""
    return {name: set(sources) for name, *sources in (part.split() for part in text.split(";"))}


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration digest, built for Netlify, with a redirect."""
    site, out = tmp_path_factory.mktemp("hosted"), tmp_path_factory.mktemp("out") / "public"
    shutil.copytree(ROOT / "content", site / "content")
    settings = re.sub(
        r"(?m)^base_url:.*$", "base_url: https://digest.example/", (ROOT / "site.yaml").read_text("utf-8")
    )
    moved = record(1, "redirect_from: [/old/a&b/, /alt/\u00fcber.html]", title="Moved")
    write(site, {"site.yaml": f"{settings}\nhost: netlify\n", "content/news/moved.md": moved})
    build(Options(site=site, content=site / "content", out=out, now=NOW, jobs=1))
    return out


@pytest.fixture(scope="module")
def origin(hosted: Path) -> Iterator[str]:
    with serving(hosted, HostHandler, is_user_page=True) as url:
        yield url


def test_the_header_allows_what_the_pages_do_and_no_frame_around_them(hosted: Path) -> None:
    header = policy(headers_of(read_headers((hosted / "_headers").read_text("utf-8")), "/")["Content-Security-Policy"])
    seen: dict[str, set[str]] = {}
    for path in sorted(hosted.rglob("*.html")):
        metas = html5lib.parse(path.read_text("utf-8"), namespaceHTMLElements=False).iter("meta")
        for meta in metas:
            if meta.get("http-equiv") == "Content-Security-Policy":
                for name, sources in policy(meta.get("content", "")).items():
                    seen.setdefault(name, set()).update(sources - {"'none'"})

    assert len(seen) > 5
    assert {name: sources - header[name] for name, sources in seen.items() if sources - header[name]} == {}
    assert header["default-src"] == header["frame-ancestors"] == {"'none'"}


@pytest.mark.parametrize(
    ("settings", "absent", "present"),
    [
        ("images: none\nembeds: []\nsearch: false\n", ["https: http:", "frame-src", "wasm"], []),
        (
            "search: false\neditions: {daily: false, weekly: false}\n",
            ["unsafe-inline", "wasm"],
            ["https: http:", "frame-src"],
        ),
    ],
)
def test_the_header_allows_nothing_that_the_settings_rule_out(
    tmp_path: Path, settings: str, absent: list[str], present: list[str]
) -> None:
    site = digest(tmp_path)
    write(site, {"site.yaml": f"host: cloudflare\n{settings}"})
    run(site)
    text = (site / "public/_headers").read_text("utf-8")

    assert [word for word in absent if word in text] == []
    assert [word for word in present if word not in text] == []


def test_what_has_its_hash_in_its_name_is_kept_for_good_and_nothing_else(hosted: Path, origin: str) -> None:
    for path in snapshot(hosted):
        if path in {"_headers", "_redirects"} or path.endswith("index.html") or path.startswith(("old/", "alt/")):
            continue
        headers = ask(origin, f"/{quote(path)}")[1]
        kept = "public, max-age=31536000, immutable" if HASHED.fullmatch(path) else "public, max-age=0, must-revalidate"
        assert headers["Cache-Control"] == kept, path
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert [path for path in snapshot(hosted) if HASHED.fullmatch(path)]


def test_old_addresses_are_moved_for_good(hosted: Path, origin: str) -> None:
    for old in ("/old/a&b/", "/alt/%C3%BCber.html"):
        status, headers, _ = ask(origin, old)

        assert (status, headers["Location"]) == (301, "/2024/05/01/moved/")
    assert ask(origin, "/2024/05/01/moved/")[0] == 200
    for old in read_redirects((hosted / "_redirects").read_text("utf-8")):
        # For hosts that do not read the file.
        path = hosted / unquote(old).lstrip("/")
        page = path / "index.html" if old.endswith("/") or path.is_dir() else path
        assert 'http-equiv="refresh"' in page.read_text("utf-8")


def test_the_two_hosts_differ_in_how_redirects_are_written(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/9.md": record(9, "redirect_from: [/old/]")})
    found = {}
    for host in ("netlify", "cloudflare"):
        write(site, {"site.yaml": f"base_url: https://user.example/digest/\nhost: {host}\n"})
        run(site)
        found[host] = (site / "public/_redirects").read_text("utf-8")

    # The file's paths are those of the output folder; links are those of the site.
    assert found == {
        "netlify": "/old/ /digest/2024/05/01/9/ 301!\n",
        "cloudflare": "/old/ /digest/2024/05/01/9/ 301\n",
    }


def test_cloudflare_gets_no_more_redirects_than_it_reads(tmp_path: Path) -> None:
    site = digest(tmp_path)
    old = ", ".join(f"/old/{n}/" for n in range(2_001))
    write(site, {"content/news/9.md": record(9, f"redirect_from: [{old}]"), "site.yaml": "host: cloudflare\n"})
    run(site)

    assert len((site / "public/_redirects").read_text("utf-8").splitlines()) == 2_000
    assert (site / "public/old/2000/index.html").is_file()


def test_without_a_host_there_are_no_files_for_one_and_a_site_s_own_win(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    plain = set(snapshot(site / "public"))
    write(site, {"site.yaml": "host: netlify\n", "static/_headers": "/*\n  X-Mine: 1\n"})
    report = run(site)

    assert plain.isdisjoint({"_headers", "_redirects"})
    assert report.problems == ()
    assert (site / "public/_headers").read_text("utf-8") == "/*\n  X-Mine: 1\n"
    assert (site / "public/_redirects").read_text("utf-8") == ""


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_sees_no_breach_on_any_kind_of_page(browser: Browser, hosted: Path, origin: str) -> None:
    page = browser.new_page()
    told = watch(page)
    shapes: dict[str, str] = {}
    for path in sorted(hosted.rglob("*.html")):
        name = path.relative_to(hosted).as_posix()
        shapes.setdefault(re.sub(r"\d+|(?<=[0-9]/)[a-z0-9-]+(?=/index)", "N", name), name)
    wrong = {}
    for name in shapes.values():
        if said := visit(page, f"{origin}{name.removesuffix('index.html')}", told):
            wrong[name] = said
    page.close()

    assert len(shapes) > 15
    assert wrong == {}


@pytest.mark.browser
@pytest.mark.slow
def test_a_search_works_under_the_header(browser: Browser, hosted: Path, origin: str) -> None:
    if not (hosted / "pagefind").is_dir():
        skip("there is no search index without Pagefind")
    page = browser.new_page()
    told = watch(page)
    wrong = visit(page, f"{origin}search/?q=Moved", told)
    page.wait_for_selector(".search-results li")
    page.close()

    assert wrong + told == []


@pytest.mark.browser
@pytest.mark.slow
def test_nobody_can_put_a_page_into_a_frame(browser: Browser, tmp_path: Path, origin: str) -> None:
    write(tmp_path, {"index.html": f'<iframe src="{origin}"></iframe>'})
    with serving(tmp_path, is_user_page=True) as other:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(other)
        page.wait_for_timeout(300)
        page.close()

    assert any("frame-ancestors" in text for text in said)
    assert urlsplit(other).netloc != urlsplit(origin).netloc
