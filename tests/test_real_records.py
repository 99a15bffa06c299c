"""The real records: exactly the published ones have pages, complete and with nothing sealed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from broadsheet.building.builder import build
from broadsheet.building.report import Options, Report

SITE = tuple[Path, Report]


def front_matters(folder: Path) -> Iterator[dict[str, str]]:
    for path in sorted(folder.glob("*.md")):
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        yield yaml.load(text.split("---\n")[1], yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts only


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def test_exactly_the_published_ones_have_a_page(real_site: SITE, real_records: Path) -> None:
    out, report = real_site
    records = list(front_matters(real_records / "power-apps"))
    published = [record for record in records if record["published"] == "true"]

    pages = [path for path in out.glob("*/*/*/*/index.html") if path.parts[-5].isdigit()]

    assert report.problems == ()
    assert len(published) == 60
    assert len(pages) == len(published)


def test_every_topic_has_a_page_and_three_feeds(real_site: SITE) -> None:
    out, _ = real_site
    slugs = {"power-apps", "portals", "ai-builder", "teams-integration", "model-driven-apps", "canvas-apps"}

    found = {path.name for path in (out / "topics").iterdir() if path.is_dir()}

    assert found == slugs
    for slug in slugs:
        for name in ("index.html", "feed.xml", "atom.xml", "feed.json"):
            assert (out / "topics" / slug / name).stat().st_size > 0


def test_no_page_shows_a_raw_entity(real_site: SITE) -> None:
    out, _ = real_site

    shown = [name for name, data in files(out) if name.endswith(".html") and re.search(rb"&amp;#?\w+;", data)]

    assert shown == []


def test_nothing_sealed_or_unpublished_is_in_any_file(real_site: SITE, real_records: Path) -> None:
    out, _ = real_site
    records = list(front_matters(real_records / "power-apps"))
    shown = {record["title"] for record in records if record["published"] == "true"}
    hidden = [record["secured"][:40].encode() for record in records]
    hidden += [r["originalUrl"].encode() for r in records if r["published"] == "false" and r["title"] not in shown]

    leaks = [(name, secret) for name, data in files(out) for secret in hidden if secret in data]

    assert hidden
    assert leaks == []


def test_the_unpublished_one_has_a_page_once_it_is_published(real_records: Path, tmp_path: Path) -> None:
    source = next(real_records.glob("2023-06-08-*.md"))
    content = tmp_path / "content"
    content.mkdir()
    page = "2023/06/08/ai-facial-recognition-tech-front-and-center-at-china-security-expo/index.html"

    def build_with(text: str) -> str:
        (content / source.name).write_text(text)
        now = datetime(2026, 1, 1, tzinfo=UTC)
        report = build(Options(site=tmp_path, content=content, out=tmp_path / "public", now=now))
        assert report.outcome is not None
        path = tmp_path / "public" / page
        return path.read_text() if path.exists() else ""

    withheld = build_with(source.read_text())
    shown = build_with(source.read_text().replace("published: false", "published: true"))

    assert withheld == ""
    for topic in ("Computer Vision", "AI", "AI in Security"):
        assert f">{topic}</a>" in shown
    for story in ("The Multidimensional Relationship Between AI", "Scality ARTESCA 2.0 Object Storage"):
        assert story in shown.partition('class="related"')[2]
    for slug in ("computer-vision", "ai", "ai-in-security"):
        assert "AI, facial recognition tech" in (tmp_path / "public" / "topics" / slug / "index.html").read_text()


@pytest.mark.parametrize("name", ["content/topics/power-apps.yaml", "content/topics/portals.yaml"])
def test_the_real_topic_files_are_read_without_a_word(real_records: Path, tmp_path: Path, name: str) -> None:
    topics = tmp_path / "content" / "topics"
    topics.mkdir(parents=True)
    for path in (real_records / "topics").glob("*.yaml"):
        (topics / path.name.partition("-")[2]).write_bytes(path.read_bytes())

    report = build(
        Options(
            site=tmp_path, content=tmp_path / "content", out=tmp_path / "public", now=datetime(2026, 1, 1, tzinfo=UTC)
        )
    )

    assert (tmp_path / name).exists()
    assert report.problems == ()
    assert report.topics == 7
