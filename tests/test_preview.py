"""The preview: what a build would publish, kept in memory and up to date; and drafts, which no build has."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from site_builder import NOW, digest, record, run, snapshot, write
from test_promises import edit

from broadsheet.building.report import Options, Report
from broadsheet.core.diagnostics import ContentError
from broadsheet.files import disk
from broadsheet.files.disk import Stamp
from broadsheet.files.publication import MANIFEST
from broadsheet.serving.preview import Asked, Change, Preview

ORIGIN = "http://127.0.0.1:8000"
DRAFT = "/2024/05/01/draft/"


@pytest.fixture(autouse=True)
def _without_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have builds make no search index, as previews do."""
    monkeypatch.setattr("broadsheet.building.indexing.find_program", str)


def previewed(site: Path, *, drafts: bool = False) -> Preview:
    return Preview(Asked(site=site, content=site / "content", origin=ORIGIN, has_drafts=drafts))


def files(seen: Preview) -> dict[str, bytes]:
    """Return everything that a preview shows, by its paths."""
    shown = seen.shown
    assert shown is not None
    return {path: seen.read(shown, path) for path in [*shown.pages, *shown.static]}


def keys(seen: Preview) -> dict[str, bytes]:
    """Return the keys of all pages, by their paths."""
    assert seen.shown is not None
    return {path: page.key for path, page in seen.shown.pages.items()}


def build(site: Path, out: Path) -> Report:
    """Build a site from nothing for the address of a preview."""
    base = "/digest/" if "digest/" in (site / "site.yaml").read_text() else "/"
    return run(site, out, base_url=f"{ORIGIN}{base}", is_clean=True)


def built(site: Path, out: Path) -> dict[str, bytes]:
    """Return what a build from nothing publishes."""
    build(site, out)
    return {path: data for path, data in snapshot(out).items() if path != MANIFEST}


def stamps(folder: Path) -> dict[Path, Stamp | None]:
    return {path: disk.stamp(path) for path in folder.rglob("*") if "cold" not in path.parts}


@pytest.mark.parametrize(("seed", "is_told"), [(1, True), (2, False)], ids=["told what changed", "looking at all"])
def test_whatever_was_edited_it_shows_what_a_cold_build_publishes(tmp_path: Path, seed: int, is_told: bool) -> None:
    site = digest(tmp_path / "site", 9)
    draw = random.Random(seed)  # noqa: S311 - only edits are drawn
    seen = previewed(site)
    seen.refresh(NOW)
    for step in range(1, 13):
        before = stamps(site)
        choice = edit(site, draw, step)
        after = stamps(site)
        changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]

        change = seen.refresh(NOW, ["/digest/"], changed if is_told else None)

        out = tmp_path / f"cold-{step}"
        report = build(site, out)
        assert (change.kind == "errors") == (report.outcome is None), choice
        assert change.kind == "none" or change.problems == report.problems, choice
        if report.outcome is not None:
            assert files(seen) == {path: data for path, data in snapshot(out).items() if path != MANIFEST}, choice
            fresh = previewed(site)
            fresh.refresh(NOW)
            assert keys(seen) == keys(fresh), choice


def test_a_change_is_seen_and_nothing_else_counts_as_one(tmp_path: Path) -> None:
    site = digest(tmp_path)
    seen = previewed(site)

    first = seen.refresh(NOW)
    again = seen.refresh(NOW)
    write(site, {"content/news/1.md": record(1, title="Another headline")})
    edited = seen.refresh(NOW)
    write(site, {"content/notes.txt": "no record"})
    beside = seen.refresh(NOW)

    assert (first.kind, first.articles, first.parsed) == ("pages", 5, 5)
    assert again == beside == Change(kind="none")
    assert (edited.kind, edited.parsed) == ("pages", 1)
    assert b"Another headline" in files(seen)["2024/05/01/1/index.html"]


@pytest.mark.parametrize("name", ["hashed/broadsheet.css", "other.css"])
def test_a_style_sheet_alone_is_told_from_other_changes(tmp_path: Path, name: str) -> None:
    site = digest(tmp_path)
    write(site, {f"static/{name}": "a {}", "static/a.txt": "x"})
    seen = previewed(site)
    seen.refresh(NOW)

    write(site, {f"static/{name}": "a { color: red }"})
    style = seen.refresh(NOW)
    write(site, {f"static/{name}": "a { color: blue }", "static/a.txt": "other"})
    both = seen.refresh(NOW)
    write(site, {f"static/{name}": "a {}", "content/news/1.md": record(1, title="Another")})
    mixed = seen.refresh(NOW)

    assert (style.kind, both.kind, mixed.kind) == ("style", "pages", "pages")
    assert files(seen) == built(site, tmp_path / "cold")


BREAKS: dict[str, tuple[dict[str, str], str]] = {
    "a record": ({"content/news/1.md": record(1, day="2024-99-99")}, "bad-date"),
    "a topic": ({"content/topics/a.yaml": "name: A\nparent: Nobody\n"}, "unknown-parent"),
    "the settings": ({"site.yaml": "title: Test Digest\nbase_url: https://user.github.io/digest/\npage_size: x\n"}, "bad-integer"),
    "a template": ({"templates/article.html": "{{ page.nonsense }}"}, "template-error"),
    "a template that is not looked at": ({"templates/month.html": "{% if %}"}, "template-error"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_wrong_is_told_and_the_last_good_site_stays(tmp_path: Path, name: str) -> None:
    broken, code = BREAKS[name]
    site = digest(tmp_path)
    seen = previewed(site)
    seen.refresh(NOW)
    before = files(seen)
    texts = {path: (site / path).read_text() for path in broken if (site / path).exists()}

    write(site, broken)
    change = seen.refresh(NOW, ["/digest/"])
    after = files(seen)
    for path in broken:
        (site / path).unlink()
    write(site, texts)
    mended = seen.refresh(NOW, ["/digest/"])

    assert change.kind == "errors"
    assert code in [problem.code for problem in change.problems]
    assert before == after == files(seen)
    assert (mended.kind, mended.problems) == ("pages", ())


def test_a_style_sheet_that_mends_the_site_is_more_than_a_style_sheet(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"templates/list.html": "<a href=\"{{ asset('mine.css') }}\">"})
    seen = previewed(site)

    broken = seen.refresh(NOW)
    write(site, {"static/mine.css": "a {}"})

    assert broken.kind == "errors"
    assert seen.shown is None
    assert seen.refresh(NOW).kind == "pages"


def test_a_template_that_fails_for_one_page_fails_there(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"templates/article.html": "{{ page.title }}{% if page.title == 'Story 3' %}{{ 1 / 0 }}{% endif %}"})
    seen = previewed(site)
    assert seen.refresh(NOW).kind == "pages"
    assert seen.shown is not None

    assert seen.read(seen.shown, "2024/05/01/2/index.html") == b"Story 2"
    with pytest.raises(ContentError, match=r"templates/article\.html:1"):
        seen.read(seen.shown, "2024/05/01/3/index.html")
    write(site, {"site.yaml": "title: Other\nbase_url: https://user.github.io/digest/\n"})
    assert seen.refresh(NOW, ["/digest/2024/05/01/3/"]).kind == "errors"


def test_a_record_that_goes_or_cannot_be_read_is_forgotten(tmp_path: Path) -> None:
    site = digest(tmp_path)
    path = site / "content/news/1.md"
    seen = previewed(site)
    seen.refresh(NOW)

    path.write_bytes(b"x" * (disk.SIZE_LIMIT + 1))
    large = seen.refresh(NOW, (), [path])
    path.unlink()
    gone = seen.refresh(NOW, (), [path])

    assert [problem.code for problem in large.problems] == ["too-large"]
    assert (gone.kind, gone.articles) == ("pages", 4)
    assert files(seen) == built(site, tmp_path / "cold")


def test_an_article_that_becomes_due_is_shown(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/later.md": record(9, day="2026-02-01", title="Later")})
    seen = previewed(site)
    seen.refresh(NOW)
    before = files(seen)
    later = datetime(2026, 2, 2, tzinfo=UTC)

    assert not seen.is_over(NOW + timedelta(days=1))
    assert seen.is_over(later)
    assert "2026/02/01/later/index.html" not in before
    assert seen.refresh(later).kind == "pages"
    assert b"Later" in files(seen)["2026/02/01/later/index.html"]


def with_drafts(site: Path) -> Path:
    digest(site)
    write(site, {"content/draft.md": record(20, title="Not yet", pub="false", body="A *comment* to come")})
    write(site, {"content/future.md": record(21, title="In time", day="2026-12-01", body="Another *comment*")})
    return site


def test_drafts_are_shown_with_a_mark_wherever_they_stand(tmp_path: Path) -> None:
    site = with_drafts(tmp_path)
    seen = previewed(site, drafts=True)

    change = seen.refresh(NOW)
    shown = {path: data.decode() for path, data in files(seen).items() if path.endswith(".html")}

    assert (change.kind, change.articles, change.problems) == ("pages", 7, ())
    draft, future = shown["2024/05/01/draft/index.html"], shown["2026/12/01/future/index.html"]
    assert '<strong class="notice">Draft</strong>' in draft
    assert "A <em>comment</em> to come" in draft
    assert '<strong class="notice">Due December 1, 2026</strong>' in future
    assert "Another <em>comment</em>" in future
    for page in ("index.html", "archive/2026/12/index.html", "topics/topic-0/index.html"):
        assert '<strong class="notice">Due December 1, 2026</strong>' in shown[page], page
    assert '<strong class="notice">Draft</strong>' in shown["archive/2024/05/index.html"]
    assert '<strong class="notice">' not in shown["2024/05/01/1/index.html"].partition("<aside")[0]


def test_without_drafts_nothing_of_them_is_shown(tmp_path: Path) -> None:
    site = with_drafts(tmp_path)
    seen = previewed(site)

    seen.refresh(NOW)

    told = b"".join(files(seen).values())
    assert not [
        word for word in (b"Not yet", b"In time", b"to come", b"notice", b"/draft/", b"/future/") if word in told
    ]


def test_where_everything_is_published_drafts_make_no_difference(tmp_path: Path) -> None:
    site = digest(tmp_path)
    plain, marked = previewed(site), previewed(site, drafts=True)
    plain.refresh(NOW)
    marked.refresh(NOW)

    assert files(plain) == files(marked)


def test_a_mark_goes_when_its_reason_does(tmp_path: Path) -> None:
    site = with_drafts(tmp_path)
    seen = previewed(site, drafts=True)
    seen.refresh(NOW)

    write(site, {"content/draft.md": record(20, title="Not yet", body="A *comment* to come")})
    due = datetime(2026, 12, 2, tzinfo=UTC)

    assert seen.is_over(due)
    assert seen.refresh(due).kind == "pages"
    plain = previewed(site)
    plain.refresh(due)
    assert files(seen) == files(plain)


def test_the_key_of_a_page_holds_its_marks(tmp_path: Path) -> None:
    site = with_drafts(tmp_path)
    marked, plain = previewed(site, drafts=True), previewed(site)
    marked.refresh(NOW)
    write(site, {"content/draft.md": record(20, title="Not yet", body="A *comment* to come")})
    plain.refresh(datetime(2026, 12, 2, tzinfo=UTC))

    differing = [path for path, data in files(plain).items() if files(marked).get(path, data) != data]

    assert "2024/05/01/draft/index.html" in differing
    assert "archive/2026/12/index.html" in differing
    assert [path for path in differing if keys(plain)[path] == keys(marked)[path]] == []


@pytest.mark.parametrize("title", ["A draft of the same", "Ahead of it in the order of names"])
def test_a_draft_of_a_published_story_gives_way_to_it(tmp_path: Path, title: str) -> None:
    site = digest(tmp_path)
    write(site, {"content/a.md": record(1, title=title, pub="false"), "content/news/1.md": record(1)})
    seen = previewed(site, drafts=True)

    change = seen.refresh(NOW)

    assert (change.kind, change.articles) == ("pages", 5)
    assert [(p.code, p.severity, p.location.path.rpartition("/")[2]) for p in change.problems] == [
        ("duplicate-id", "warning", "a.md")
    ]


def test_no_build_can_be_asked_for_drafts() -> None:
    assert not [name for name in Options.__struct_fields__ if "draft" in name]


LEFT_ALONE: dict[str, Callable[[Path], None]] = {
    "a hidden file": lambda content: (content / ".draft.md.swp").touch(),
    "one that came and went": lambda _: None,
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_editors_leave_needs_no_look_at_all_files(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = digest(tmp_path)
    seen = previewed(site)
    seen.refresh(NOW)
    LEFT_ALONE[name](site / "content")
    write(site, {"content/news/1.md": record(1, title="Edited")})
    monkeypatch.setattr(disk, "find_content", None)

    change = seen.refresh(NOW, (), [site / "content" / file for file in ("news/1.md", ".draft.md.swp", "4913")])

    assert (change.kind, change.parsed) == ("pages", 1)


def test_a_link_in_place_of_a_record_is_looked_at(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    write(tmp_path, {"secret.md": record(50, title="Secret")})
    path = site / "content/news/1.md"
    seen = previewed(site)
    seen.refresh(NOW)
    path.unlink()
    path.symlink_to(tmp_path / "secret.md")

    change = seen.refresh(NOW, (), [path])

    assert change.kind == "errors"
    assert [problem.code for problem in change.problems] == ["unreadable"]
