"""The size of a site: what it counts, what it expects, and how it says so."""

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from site_builder import digest, run

from broadsheet.cli import broadsheet
from broadsheet.site.sizeplots import as_lines, as_markdown, as_svg
from broadsheet.site.sizes import BYTES_LIMIT, Sizes, course_of, sizes_of, warnings_of

NOW = datetime(2026, 3, 15, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def articles(*counts: int, size: int = 1_000) -> dict[str, int]:
    """Files of articles: so many in each of the last whole months before March 2026, the oldest first."""
    months = [divmod(2026 * 12 + 2 - len(counts) + number, 12) for number in range(len(counts))]
    return {
        f"{year}/{month + 1:02}/{1 + n % 28:02}/story-{n}/index.html": size
        for (year, month), count in zip(months, counts, strict=True)
        for n in range(count)
    }


def command(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(broadsheet, ["size", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_every_file_is_of_one_kind() -> None:
    files = {
        "2024/05/01/a-story/index.html": 1,
        "2024/05/index.html": 2,
        "2024/05/01/a-story/more/index.html": 4,
        "index.html": 8,
        "editions/2024-05-01/email.html": 16,
        "editions/2024-05-01/email.txt": 32,
        "feed.xml": 64,
        "topics/ai/atom.xml": 128,
        "topics/ai/feed.json": 256,
        "pagefind/pagefind.js": 512,
        "static/feed.css": 1024,
        "sitemap.xml": 2048,
        "odd\nname": 4096,
    }

    sizes = sizes_of(files, NOW)

    assert {kind.name: (kind.files, kind.bytes) for kind in sizes.kinds} == {
        "articles": (1, 1),
        "mails": (2, 48),
        "lists and other pages": (3, 14),
        "feeds": (3, 448),
        "search index": (1, 512),
        "other files": (3, 7168),
    }
    assert (sizes.files, sizes.bytes, sizes.articles) == (13, 8191, 1)
    assert sizes.largest[0] == ("editions/2024-05-01/email.html", 16)


def test_growth_goes_by_whole_months_and_by_any_three_in_a_row() -> None:
    files = {**articles(12, 0, 0, 3, 6, 9), "2026/03/01/now/index.html": 1_000, "static/x.png": 5_000}

    growth = sizes_of(files, NOW).growth

    assert growth is not None
    assert [month.month for month in growth.history] == [f"2025-{n:02}" for n in range(9, 13)] + ["2026-01", "2026-02"]
    assert (growth.mean, growth.least, growth.most) == (5, 1, 6)
    assert (growth.bytes_per_article, growth.files_per_article) == (1_000, 1)  # what does not grow is not counted


def test_only_a_year_counts() -> None:
    growth = sizes_of(articles(*[500] * 20, *[1] * 12), NOW).growth

    assert growth is not None
    assert (len(growth.history), growth.mean) == (12, 1)


def test_the_limit_is_met_when_so_many_articles_have_come() -> None:
    # 100 articles of a megabyte a month; 900 of them fit before the limit.
    sizes = sizes_of({**articles(100, size=1_000_000)}, NOW, last=3, cold=60)

    assert sizes.space is not None
    assert (sizes.space.months, sizes.space.expected) == (9, "2026-12")
    assert sizes.time is not None
    assert (sizes.time.months, sizes.time.expected) == (9, "2026-12")
    assert (sizes.last, sizes.cold) == (3, 60)


def test_a_range_is_given_where_months_differ() -> None:
    sizes = sizes_of(articles(*[10] * 6, *[40] * 6, size=1_000_000), NOW)

    assert sizes.space is not None
    assert sizes.space.earliest is not None
    assert sizes.space.latest is not None
    assert sizes.space.earliest < str(sizes.space.expected) < sizes.space.latest


@pytest.mark.parametrize(
    "files",
    [{}, {"index.html": 5}, {"2026/03/02/this-month/index.html": 5}, {"2020/03/02/long-ago/index.html": 5}],
)
def test_without_articles_of_late_there_is_no_forecast(files: dict[str, int]) -> None:
    sizes = sizes_of(files, NOW, 1.0, 1.0)

    assert (sizes.growth, sizes.space, sizes.time) == (None, None, None)
    assert course_of(sizes, NOW) == []
    assert "No forecast" in as_lines(sizes)[-1]
    assert ET.fromstring(as_svg(sizes, NOW, "Size")).tag == f"{SVG}svg"  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("size", "cold", "said"),
    [
        (1_000, 1, []),
        (10_000_000, 1, ["the site has 1,000 MB, which is past the limit of GitHub Pages"]),
        (8_000_000, 1, ["the site has 800 MB, and will pass the limit of GitHub Pages in 2026-05"]),
        (1_000, 600, ["a build from nothing takes about 10.0 minutes, which is past the limit of GitHub Pages"]),
    ],
)
def test_what_is_urgent_is_said_first(size: int, cold: float, said: list[str]) -> None:
    sizes = sizes_of(articles(10, 10, 10, *[10] * 7, size=size), NOW, 1.0, cold)

    assert warnings_of(sizes) == said
    assert [line for line in as_lines(sizes) if line.startswith("warning")] == [f"warning: {text}" for text in said]
    assert [line for line in as_markdown(sizes, NOW) if line == "> [!WARNING]"] == ["> [!WARNING]"] * len(said)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=30), st.integers(1, 10**6))
def test_the_course_leads_through_today_to_the_limit(counts: list[int], size: int) -> None:
    sizes = sizes_of(articles(*counts, size=size), NOW)
    points = course_of(sizes, NOW, ahead=600)

    for month, least, mean, most in points:
        assert least <= mean * (1 + 1e-9)
        assert mean <= most * (1 + 1e-9)
        if month == "2026-03":
            assert mean == pytest.approx(sizes.bytes)
    if sizes.space is not None and sizes.space.months:
        after = points[len(points) - 601 + int(sizes.space.months)][2]
        assert after <= BYTES_LIMIT * (1 + 1e-9)


def test_the_terminal_shows_it_whole() -> None:
    files = {**articles(4, 2, size=150_000), "index.html": 50_000, "feed.xml": 250_000}

    assert as_lines(sizes_of(files, NOW, 12.34, 11.0)) == [
        "8 files, 1.2 MB: 0.1% of the 1 GB that GitHub Pages takes",
        "",
        "  articles                        6        0.9 MB  ██████████████████",
        "  mails                           0        0.0 kB",
        "  lists and other pages           1       50.0 kB  █",
        "  feeds                           1        0.2 MB  █████",
        "  search index                    0        0.0 kB",
        "  other files                     0        0.0 kB",
        "",
        "largest pages",
        *[f"        0.1 MB  /2026/01/0{n}/story-{n - 1}/" for n in range(1, 5)],
        *[f"        0.1 MB  /2026/02/0{n}/story-{n - 1}/" for n in range(1, 3)],
        "       50.0 kB  /",
        "",
        "3.0 articles a month (3.0 to 3.0 in any three of the last 2 months); each brings 1.3 files and 0.2 MB.",
        "1 GB: not within fifty years at this pace.",
        "The last build took 12.3 s; from nothing about 11.0 s. 10 minutes: in 2035-02 (between 2035-02 and 2035-02).",
    ]


def test_the_summary_of_a_job_has_a_chart_that_github_draws() -> None:
    lines = as_markdown(sizes_of(articles(3, 3), NOW), NOW)

    chart = lines[lines.index("```mermaid") :]
    assert chart[1] == "xychart-beta"
    assert chart[3].startswith('  x-axis ["2026-01", "2026-02", "2026-03", ')
    assert chart[4].count(",") == chart[3].count(",")
    assert "| articles | 6 | 6.0 kB |" in lines


def test_the_picture_is_described_and_has_no_script() -> None:
    text = as_svg(sizes_of(articles(9, 9, size=20_000_000), NOW), NOW, "Size & growth")
    root = ET.fromstring(text)  # noqa: S314 - our own

    assert root.findtext(f"{SVG}title") == "Size & growth"
    assert "articles a month" in (root.findtext(f"{SVG}desc") or "")
    assert root.find(f"{SVG}script") is None
    assert "1 GB, the limit of GitHub Pages" in text
    assert "prefers-color-scheme: dark" in text


# The command


def test_a_site_is_measured_as_it_lies_there(tmp_path: Path) -> None:
    digest(tmp_path, 60)
    run(tmp_path)
    (tmp_path / "public" / "CNAME").write_text("x.example")

    status, text, _ = command(
        str(tmp_path), "--now", "2024-07-01", "--format", "json", "--plot", str(tmp_path / "s.svg")
    )
    found = json.loads(text)

    assert status == 0
    paths = [path for path in (tmp_path / "public").rglob("*") if path.is_file()]
    assert found["files"] == len(paths)
    assert found["bytes"] == sum(path.stat().st_size for path in paths)
    assert list(found) == list(Sizes.__struct_fields__)
    assert found["growth"]["history"] == [{"month": "2024-05", "articles": 60}, {"month": "2024-06", "articles": 0}]
    assert found["cold"] > 0
    assert found["last"] > 0
    assert ET.parse(tmp_path / "s.svg").getroot().tag == f"{SVG}svg"  # noqa: S314 - our own


def test_what_a_small_change_took_does_not_count_for_a_build_from_nothing(tmp_path: Path) -> None:
    digest(tmp_path, 60)
    run(tmp_path)
    before = json.loads(command(str(tmp_path), "--format", "json")[1])
    path = tmp_path / "content/news/3.md"
    path.write_text(path.read_text().replace("Excerpt", "Another excerpt"))
    run(tmp_path)

    after = json.loads(command(str(tmp_path), "--format", "json")[1])

    assert after["cold"] == pytest.approx(before["cold"])
    assert after["last"] != before["last"]


def test_without_a_site_the_command_says_so(tmp_path: Path) -> None:
    status, _, errors = command(str(tmp_path))

    assert status == 2
    assert "build it first" in errors


def test_a_picture_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()

    status, _, errors = command(str(tmp_path), "--plot", str(tmp_path / "no" / "where.svg"))

    assert status == 2
    assert "cannot be written" in errors
