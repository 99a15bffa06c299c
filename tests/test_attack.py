"""A digest in which every field attacks: it is built, read by parsers and opened page by page, and nothing runs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import html5lib
import pytest
from github_pages import serving
from payloads import PAYLOADS
from playwright.sync_api import Browser, Dialog, Error, Request
from site_builder import run, snapshot, write

from broadsheet.building.report import Report
from broadsheet.core.seals import runs_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTS = {"p.example", "pictures.example"}
ACTIVE = {"script", "iframe", "object", "embed", "form", "base", "svg", "math", "style", "video", "audio", "template"}


def field(text: str) -> str:
    """Quote a text for YAML so that it comes through whole."""
    signs = (sign if sign.isalnum() and sign.isascii() else f"\\U{ord(sign):08x}" for sign in text)
    return f'"{"".join(signs)}"'


def attack(number: int, payload: str) -> str:
    """Return a record with a payload in every field that takes any text; the others are tried alone, below."""
    text = field(payload)
    # Where sealed text can be told from other, it must not be published too.
    sealed = f"sealed {number}" if runs_of(payload.encode(errors="replace")) else f"sealed {payload}"
    picture = (
        f"{{url: 'https://pictures.example/{number}.png', title: {text}, attribution: {text}, width: 10, height: 10}}"
    )
    other = f"{{title: {text}, excerpt: {text}, webUrl: 'https://p.example/o{number}', provider: {{name: {text}}}}}"
    lines = [
        f"title: {text}",
        f"excerpt: {text}",
        "publishedDateTime: 2024-05-01T00:00:00Z",
        f"webUrl: https://p.example/{number}",
        "published: true",
        f"category: {text if number % 9 == 0 else 'news'}",
        f"topics: [{field(f'{number} {payload}')}, All]",
        f"provider: {{name: {text}, domain: p.example, images: [{picture}]}}",
        f"images: [{picture}]",
        f"related: [{other}]",
        f"featuredContent: {text}",
        f"secured: {field(sealed)}",
    ]
    return "\n".join(["---", *lines, "---", payload, "", f"A *comment* with {payload} in it.", ""])


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Report]]:
    """The digest, built and served on loopback."""
    folder = tmp_path_factory.mktemp("attack")
    write(folder, {f"content/{n}.md": attack(n, payload) for n, payload in enumerate(PAYLOADS)})
    for number, payload in enumerate(PAYLOADS[::7]):
        page = f"---\ntitle: {field(payload)}\ndescription: {field(payload)}\n---\n{payload}\n"
        topic = f"name: {field(f'T{number} {payload}')}\ndescription: {field(payload)}\nhashtags: [{field(payload)}]\n"
        write(folder, {f"content/pages/page-{number}.md": page, f"content/topics/{number}.yaml": topic})
    text = field("</title><script>alert(1)</script>\"'&{{ 7*7 }}")
    with serving(folder / "served") as origin:
        url = f"{origin}digest/"
        site = f"title: {text}\ndescription: {text}\nauthor: {text}\ncopyright: {text}\nbase_url: {url}\n"
        write(folder, {"site.yaml": site})
        report = run(folder, folder / "served/digest")
        yield url, folder / "served/digest", report


def test_every_article_has_a_page(attacked: tuple[str, Path, Report]) -> None:
    _, out, report = attacked

    assert len(PAYLOADS) > 100
    assert [p for p in report.problems if p.severity == "error"] == []
    assert report.articles == len(PAYLOADS)
    assert all(len(part.encode()) <= 255 for name in snapshot(out) for part in name.split("/"))


def test_nothing_runs_and_no_request_leaves(
    browser: Browser,
    attacked: tuple[str, Path, Report],
    record_property: Callable[[str, object], None],
) -> None:
    url, out, _ = attacked
    told: list[str] = []
    page = browser.new_page()

    def answer(request: Request) -> bool:
        host = urlsplit(request.url).hostname or ""
        if host != "127.0.0.1" and host not in HOSTS:
            told.append(f"asked {request.url}")
        return host != "127.0.0.1"

    def dismiss(dialog: Dialog) -> None:
        told.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: told.append(f"error {error}"))
    page.route("**/*", lambda route: route.abort() if answer(route.request) else route.continue_())
    count = 0

    for path in sorted(out.rglob("*.html")):
        name = path.relative_to(out).as_posix().removesuffix("index.html")
        try:
            page.goto(url + name, wait_until="load")
        except Error as error:
            told.append(f"{name}: {error}")
        if page.evaluate("window.hit"):
            told.append(f"{name}: ran")
        told += page.evaluate(
            """[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]
                .filter(a => /^on/i.test(a.name) || /^\\s*(javascript|vbscript|data):/i.test(a.value))
                .map(a => a.name + '=' + a.value))"""
        )
        count += 1
    page.close()

    record_property("payloads in every field", len(PAYLOADS))
    record_property("pages of the attack opened", count)
    assert told == []


def ours(path: Path) -> set[str]:
    """Return which active elements the theme itself puts on a page: its form is for search, its graphics are charts."""
    if path.as_posix() == "search/index.html":
        return {"script", "form"}
    if path.name == "email.html":
        return {"style"}
    return {"script", "svg"} if path.parts[0] in {"topics", "archive", "providers"} else {"script"}


def test_no_page_has_an_element_of_a_payload(attacked: tuple[str, Path, Report]) -> None:
    _, out, _ = attacked

    for path in out.rglob("*.html"):
        root = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
        tags = [element for element in root.iter() if isinstance(element.tag, str)]
        scripts = {element.get("type") for element in tags if element.tag == "script"}
        assert scripts <= {"module", "application/ld+json"}, path
        assert {element.tag for element in tags} & ACTIVE <= ours(path.relative_to(out)), path
        for element in tags:
            if element.get("type") == "application/ld+json":
                json.loads(element.text or "")


def test_every_feed_is_read_and_holds_nothing_active(attacked: tuple[str, Path, Report]) -> None:
    _, out, _ = attacked
    documents = [path for path in out.rglob("*") if path.name in {"feed.xml", "atom.xml", "feed.json"}]

    for path in documents:
        if path.suffix == ".json":
            contents = [item.get("content_html", "") for item in json.loads(path.read_bytes())["items"]]
        else:
            feed = feedparser.parse(path.read_bytes(), sanitize_html=False)
            assert not feed.bozo, path
            contents = [part.value for entry in feed.entries for part in entry.get("content", [])]
        for content in contents:
            root = html5lib.parseFragment(content, namespaceHTMLElements=False)
            tags = [element for element in root.iter() if isinstance(element.tag, str)]
            assert not {element.tag for element in tags} & (ACTIVE | {"script", "meta", "link"}), path
            assert not [name for element in tags for name in element.attrib if str(name).startswith("on")], path

    assert len(documents) > 300


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slug", "{}"),
        ("type", "{}"),
        ("id", "{}"),
        ("template", "{}"),
        ("redirect_from", "[{}]"),
        ("originalUrl", "{}"),
        ("ampWebUrl", "{}"),
        ("provider", "{{name: A, domain: {}}}"),
        ("images", "[{{url: {}}}]"),
        ("related", "[{{title: A, webUrl: {}}}]"),
        ("quality", "{}"),
        ("updatedDateTime", "{}"),
        ("published", "{}"),
        ("category", "{}"),
        ("topics", "{}"),
        ("secured", "{}"),
    ],
)
def test_a_payload_in_any_other_field_is_harmless_or_an_error(tmp_path: Path, key: str, value: str) -> None:
    usual = {"title": "A", "publishedDateTime": "2024-05-01", "webUrl": "", "published": "true"}
    for number, payload in enumerate(PAYLOADS):
        usual["webUrl"] = f"https://p.example/{number}"
        fields = {**usual, key: value.format(field(payload))}
        text = "".join(f"{name}: {written}\n" for name, written in fields.items())
        write(tmp_path, {f"content/{number}.md": f"---\n{text}---\n"})

    report = run(tmp_path, keep_going=True)

    assert report.outcome is not None
    names = list(snapshot(tmp_path / "public"))
    assert {path.name for path in tmp_path.iterdir()} == {"content", "public", ".broadsheet"}
    assert all(
        len(part.encode()) <= 255 and not part.endswith((".", " ")) for name in names for part in name.split("/")
    )
    for path in filter(Path.is_file, (tmp_path / "public").rglob("*.html")):
        root = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
        tags = [element for element in root.iter() if isinstance(element.tag, str)]
        assert {element.tag for element in tags} & ACTIVE <= ours(path.relative_to(tmp_path / "public")), path
        for element in tags:
            for name, found in element.attrib.items():
                assert not str(name).startswith("on"), path
                assert not found.lower().lstrip().startswith(("javascript:", "data:", "vbscript:")), path
