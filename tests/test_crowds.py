"""100,000 files in one folder: a site, or a clear answer, in bounded time and memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT
from site_builder import record, write

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs wait4 to measure memory")]

CROWD = 100_000
SHM = Path("/dev/shm")  # noqa: S108 - memory, where there is some: the files are many, not large
TINY = "---\ntitle: T{0}\npublishedDateTime: 2024-01-01T00:00:00Z\nwebUrl: https://e.org/{0}\npublished: true\n---\n"


class Outcome(NamedTuple):
    """How a build ended, what it said line by line, and what it took."""

    status: int
    lines: list[str]
    seconds: float
    megabytes: float


@pytest.fixture
def site() -> Iterator[Path]:
    """An empty folder for a site, in memory where there is some."""
    with tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as folder:
        yield Path(folder)


def crowd(site: Path, ending: str, text: str) -> None:
    """Write 100,000 files into one folder; `{0}` in the text is a file's number."""
    folder = site / "content" / "news"
    folder.mkdir(parents=True)
    for number in range(CROWD):
        (folder / f"{number}{ending}").write_text(text.format(number), encoding="utf-8")


def build(site: Path) -> Outcome:
    """Build in a process of its own; megabytes are those of the largest process."""
    command = [sys.executable, str(ROOT / "build.py"), str(site), "--now", "2026-01-01"]
    with (site / "said").open("w+", encoding="utf-8") as said:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return Outcome(process.returncode, said.read().splitlines(), seconds, usage.ru_maxrss / 1024)


def test_100_000_records_in_one_folder_are_a_site(site: Path, record_property: Callable[[str, object], None]) -> None:
    crowd(site, ".md", TINY)

    outcome = build(site)

    record_property("seconds for 100,000 records in one folder", outcome.seconds)
    record_property("MB for 100,000 records in one folder", outcome.megabytes)
    assert outcome.status == 0, outcome.lines[-5:]
    assert sum(1 for _ in (site / "public/2024/01/01").iterdir()) == CROWD
    assert outcome.seconds < 900
    assert outcome.megabytes < 2_000


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [("empty", "", "no-front-matter"), ("broken", TINY.replace("title", "titel"), "missing-field")],
)
def test_100_000_files_that_are_no_records_are_each_named(
    site: Path, kind: str, text: str, code: str, record_property: Callable[[str, object], None]
) -> None:
    crowd(site, ".md", text)

    outcome = build(site)

    record_property(f"seconds for 100,000 {kind} files in one folder", outcome.seconds)
    record_property(f"MB for 100,000 {kind} files in one folder", outcome.megabytes)
    assert outcome.status == 1
    assert sum(f" error[{code}]: " in line for line in outcome.lines) == CROWD
    assert not (site / "public").exists()
    assert outcome.seconds < 300
    assert outcome.megabytes < 2_000


def test_100_000_files_of_another_kind_are_passed_over(
    site: Path, record_property: Callable[[str, object], None]
) -> None:
    crowd(site, ".txt", "no record")
    write(site, {f"content/news/{n}.md": record(n) for n in range(3)})

    outcome = build(site)

    record_property("seconds for 3 records beside 100,000 other files", outcome.seconds)
    record_property("MB for 3 records beside 100,000 other files", outcome.megabytes)
    assert outcome.status == 0, outcome.lines[-5:]
    assert len(list((site / "public/2024/05/01").iterdir())) == 3
    assert outcome.seconds < 60
    assert outcome.megabytes < 500
