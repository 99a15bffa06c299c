"""Thousands of damaged records: an article or diagnostics, never a traceback, in bounded time and memory."""

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import CASES, RULES, source
from site_builder import record, run, write

from broadsheet.core.diagnostics import has_errors
from broadsheet.core.model import Article
from broadsheet.records.articles import MAX_BODY, parse_article

pytestmark = pytest.mark.slow

SEEDS = [path.read_bytes() for path in sorted((CASES / "records").glob("*.md"))]
PIECES = [
    *(
        b"---\n",
        b"\n",
        b"\r",
        b"\t",
        b" ",
        b": ",
        b"- ",
        b"? ",
        b"#",
        b"'",
        b'"',
        b"|\n",
        b">\n",
        b"&a ",
        b"*a ",
        b"...",
    ),
    *(
        b"!!str ",
        b"!!python/object:os.system ",
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"~",
        b"<<: *a\n",
        b"%YAML 1.1\n",
        b"\\x00",
    ),
    *(
        b"\x00",
        b"\x1b",
        b"\xff",
        b"\xc3",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xef\xbf\xbf",
    ),
    *(b"\xe2\x80\xae", b"\xd7\x90", b"\xf0\x9f\x98\x80", b"e\xcc\x81", b"\xc4\xb0", b"\xef\xac\x81"),
    *(b"&#0;", b"&#xD800;", b"&lt;", b"http://[", b"//", b"javascript:", b"[^1]", b"![", b"](", b"`", b"<", b"]]>"),
    *(b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59", b"<iframe src=", b"true", b"no", b"9" * 5_000),
    *(
        b"[" * 2_000,
        b"- " * 2_000,
        b"a: " * 500,
        b"> " * 2_000,
        b"*" * 3_000,
        b"_a" * 2_000,
        b"[a](" * 1_000,
        b"|" * 2_000,
    ),
]


def mutated(draw: random.Random) -> bytes:
    """Return a record in which a few pieces are cut, doubled, moved or replaced."""
    data = draw.choice(SEEDS)
    for _ in range(draw.randint(1, 6)):
        start = draw.randrange(len(data) + 1)
        end = min(len(data), start + draw.randint(0, 40))
        piece = draw.choice([draw.choice(PIECES), data[start:end] * 2, draw.randbytes(draw.randint(0, 4)), b""])
        data = data[:start] + piece + data[end:]
    if draw.random() < 0.2:
        lines = data.split(b"\n")
        draw.shuffle(lines)
        data = b"\n".join(lines)
    return data


def memory() -> int:
    """Return the resident set size of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
@pytest.mark.parametrize("seed", range(8))
def test_twenty_thousand_damaged_records(seed: int, record_property: Callable[[str, object], None]) -> None:
    draw = random.Random(seed)  # noqa: S311 - only damage is drawn
    longest = 0.0
    before = memory()

    for number in range(2_500):
        data = mutated(draw)
        started = time.perf_counter()
        parsed = parse_article(source(data), RULES)
        longest = max(longest, time.perf_counter() - started)
        assert (parsed.value is None) == has_errors(parsed.problems), f"{seed}, {number}"
        assert all(p.location.line >= 1 and p.location.column >= 1 for p in parsed.problems), f"{seed}, {number}"

    record_property("damaged records parsed", 2_500)
    assert longest < 1
    assert memory() - before < 200_000_000


@pytest.mark.parametrize("seed", range(8))
def test_two_thousand_builds_of_damaged_records(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    draw = random.Random(1_000 + seed)  # noqa: S311 - only damage is drawn
    write(tmp_path, {"content/sound.md": record(1)})
    run(tmp_path)
    longest = 0.0

    for number in range(250):
        (tmp_path / "content/damaged.md").write_bytes(mutated(draw))
        started = time.perf_counter()
        report = run(tmp_path, keep_going=number % 2 == 0)
        longest = max(longest, time.perf_counter() - started)
        assert (report.outcome is None) == (number % 2 == 1 and has_errors(report.problems)), f"{seed}, {number}"
        assert (tmp_path / "public/2024/05/01/sound/index.html").exists()

    record_property("builds of damaged records", 250)
    assert longest < 2


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "*",
            "[",
            "`",
            "> ",
            "- ",
            "![](",
            "a|",
            "<",
            "\\",
            "[^1]",
            "_a",
            "**a",
            "&",
            "* a\n",
            "1. a\n",
            "> a\n",
            "a\n",
            "x ",
        ),
        *("[a](", "|a|\n|-|\n", "[^1]: a\n", "&amp;", "``a`", "~~a", "    a\n", "# a\n", "---\n"),
    ],
)
def test_the_longest_odd_comment_takes_bounded_time(piece: str) -> None:
    data = record(1, body=piece * ((MAX_BODY - 2) // len(piece))).encode()
    started = time.process_time()

    parsed = parse_article(source(data), RULES)

    assert time.process_time() - started < 2
    assert isinstance(parsed.value, Article)


def test_a_longer_comment_is_an_error() -> None:
    parsed = parse_article(source(record(1, body="x" * (MAX_BODY + 1)).encode()), RULES)

    assert [problem.code for problem in parsed.problems] == ["too-large"]
