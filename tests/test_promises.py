"""The promises: warm is cold, the same input gives the same bytes, and nothing withheld is published."""

import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import html5lib
import pytest
from conftest import ROOT
from site_builder import digest, record, run, snapshot, write


def edit(site: Path, draw: random.Random, step: int) -> str:
    """Change something about a digest; return what."""
    records = sorted((site / "content/news").glob("*.md"))
    choice = draw.choice(
        ["add", "edit", "rename", "publish", "delete", "topic", "config", "template", "static", "page", "future"]
    )
    path = draw.choice(records) if records else None
    if choice in {"edit", "rename", "publish", "delete"} and path is not None:
        if choice == "edit":
            path.write_text(path.read_text().replace("title: ", f"title: E{step} ", 1).replace("E0 ", ""))
        elif choice == "rename":
            path.rename(path.with_name(f"renamed-{step}.md"))
        elif choice == "publish":
            text = path.read_text()
            old, new = (
                ("published: true", "published: false")
                if "published: true" in text
                else ("published: false", "published: true")
            )
            path.write_text(text.replace(old, new))
        else:
            path.unlink()
    elif choice == "topic":
        write(
            site, {"content/topics/t.yaml": f"name: Topic {step % 3}\ndescription: Step {step}\nsynonyms: [S{step}]\n"}
        )
    elif choice == "config":
        write(
            site,
            {"site.yaml": f"title: Title {step}\npage_size: {2 + step % 3}\nlanguage: {draw.choice(['en', 'de'])}\n"},
        )
    elif choice == "template":
        write(
            site,
            {
                "templates/page.html": "{% extends 'base.html' %}{% block content %}<h1>"
                + str(step)
                + "</h1>{% endblock %}"
            },
        )
    elif choice == "static":
        write(site, {f"static/file-{step % 2}.txt": str(step)})
    elif choice == "page":
        write(site, {"content/pages/about.md": f"---\ntitle: About {step}\n---\nText {step}"})
    else:
        day = "2030-01-01" if choice == "future" else f"2024-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}"
        write(site, {f"content/news/added-{step}.md": record(1000 + step, day=day)})
    return choice


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_warm_build_is_byte_for_byte_the_cold_one(tmp_path: Path, seed: int) -> None:
    site = digest(tmp_path / "site", 9)
    draw = random.Random(seed)  # noqa: S311 - only edits are drawn
    for step in range(1, 16):
        choice = edit(site, draw, step)
        cold = tmp_path / f"cold-{step}"

        warm_report = run(site)
        cold_report = run(site, cold, is_clean=True)

        assert warm_report.problems == cold_report.problems
        assert (warm_report.outcome is None) == (cold_report.outcome is None)
        if warm_report.outcome is not None:
            assert snapshot(site / "public") == snapshot(cold), choice


def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 250)

    reports = [run(site, tmp_path / f"out-{jobs}", jobs=jobs) for jobs in (1, 2, 3)]

    assert [report.articles for report in reports] == [250, 250, 250]
    assert snapshot(tmp_path / "out-1") == snapshot(tmp_path / "out-2") == snapshot(tmp_path / "out-3")


def test_the_environment_and_the_order_of_files_change_nothing(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 30)
    twin = tmp_path / "twin"
    for path in sorted((p for p in site.rglob("*") if p.is_file()), reverse=True):
        write(twin, {path.relative_to(site).as_posix(): path.read_text()})
    shots = []
    for number, (folder, settings) in enumerate(
        [
            (site, {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}),
            (twin, {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}),
        ]
    ):
        out = tmp_path / f"out-{number}"
        command = [sys.executable, str(ROOT / "build.py"), str(folder), "--out", str(out), "--now", "2026-01-01"]
        subprocess.run(command, env={**os.environ, **settings}, check=True, capture_output=True)
        shots.append(snapshot(out))

    assert shots[0] == shots[1]


def test_another_now_at_which_nothing_else_is_due_gives_the_same_bytes(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 9)
    write(site, {"content/news/future.md": record(99, day="2030-01-01")})

    run(site, tmp_path / "one", now=datetime(2025, 1, 1, tzinfo=UTC))
    run(site, tmp_path / "two", now=datetime(2029, 12, 31, tzinfo=UTC))
    run(site, tmp_path / "three", now=datetime(2030, 1, 2, tzinfo=UTC))

    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")
    assert "2030/01/01/future/index.html" in snapshot(tmp_path / "three")


def test_nothing_withheld_is_in_any_published_file(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 9)
    secret = "kXq81zSealedData"  # noqa: S105 - sealed data of a test
    hidden = [
        record(
            50,
            "topics: [Draft Topic]",
            "provider: {name: Draft Provider, domain: drafts.example}",
            title="Draft Headline",
            pub="false",
        ).replace("topics: [Topic 2]\n", ""),
        record(51, title="Future Headline", day="2031-01-01"),
    ]
    write(site, {"content/news/draft-file.md": hidden[0], "content/news/future-file.md": hidden[1]})
    pick = "related: [{title: Picked Draft, webUrl: 'https://p0.example/50'}]"
    write(site, {"content/news/1.md": record(1, f"secured: {secret}", pick)})

    report = run(site)

    everything = snapshot(site / "public")
    assert report.outcome is not None
    for text in (
        secret,
        "Draft",
        "drafts.example",
        "draft-file",
        "Future Headline",
        "future-file",
        "p0.example/50",
        "p1.example/51",
    ):
        found = [name for name, data in everything.items() if text.encode() in data or text in name]
        assert found == [], text


@pytest.mark.parametrize("damage", [b"", b"x", b"broadsheet-cache-1\n", "truncate", "flip"])
def test_a_damaged_cache_is_no_cache(tmp_path: Path, damage: bytes | str) -> None:
    site = digest(tmp_path / "site", 9)
    run(site)
    before = snapshot(site / "public")
    store = site / ".broadsheet/public/cache"
    data = store.read_bytes()
    if damage == "truncate":
        store.write_bytes(data[: len(data) // 2])
    elif damage == "flip":
        store.write_bytes(data[:-9] + bytes(byte ^ 255 for byte in data[-9:]))
    elif isinstance(damage, bytes):
        store.write_bytes(damage)

    report = run(site)

    assert report.outcome is not None
    assert report.parsed == 9 or damage == "flip"  # a database may hold its records in spite of it
    assert report.outcome.written == ()
    assert snapshot(site / "public") == before


def test_warm_builds_parse_and_render_only_what_changed(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 60)
    write(site, {"site.yaml": "page_size: 10\n"})
    first = run(site)
    idle = run(site)
    write(site, {"content/news/59.md": record(59, body="A comment")})
    commented = run(site)
    write(site, {"content/news/59.md": record(59, title="Edited")})
    renamed = run(site)

    assert first.parsed == 60
    assert (idle.parsed, idle.rendered) == (0, 0)
    assert commented.parsed == renamed.parsed == 1
    assert 0 < commented.rendered < 15
    assert commented.rendered < renamed.rendered < first.rendered
    assert renamed.outcome is not None
    assert len(renamed.outcome.written) < first.rendered / 3


@pytest.mark.parametrize(
    "title",
    ["../../etc/passwd", "\U0001f600" * 300, "<script>alert(1)</script>", "C:\\\\con", "a\\u202eb", "{{ 7*7 }}"],
)
def test_odd_titles_make_ordinary_safe_pages(tmp_path: Path, title: str) -> None:
    site = tmp_path / "site"
    write(site, {"content/2024-05-01.md": record(0, title=title)})

    report = run(site)

    pages = [name for name in snapshot(site / "public") if name.startswith("2024/05/01/")]
    assert report.outcome is not None
    assert len(pages) == 1
    assert len(pages[0].encode()) < 255
    root = html5lib.parse((site / "public" / pages[0]).read_text(), namespaceHTMLElements=False)
    assert {script.get("type") for script in root.iter("script")} == {"module", "application/ld+json"}
    assert root.findtext(".//h1")
    assert {path.name for path in tmp_path.iterdir()} == {"site"}


def test_an_empty_digest_is_a_site_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()

    report = run(tmp_path)

    assert report.outcome is not None
    assert "No articles have been published yet" in (tmp_path / "public/index.html").read_text()
    for name in ("feed.xml", "atom.xml", "feed.json", "sitemap.xml", "topics/index.html", "archive/index.html"):
        assert (tmp_path / "public" / name).stat().st_size > 0
