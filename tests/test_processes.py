"""Files are found by another process where there are many, with the same result, and no process is left behind."""

import os
import signal
import sys
from pathlib import Path

import pytest
from site_builder import digest, record, run, snapshot, write

from broadsheet.building import processes
from broadsheet.building.processes import finding
from broadsheet.files.disk import find_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that find files, however few there are."""
    monkeypatch.setattr(processes, "_MANY_FILES", 0)
    found: list[int] = []
    fork = os.fork

    def counted() -> int:
        process = fork()
        found.append(process)
        return process

    monkeypatch.setattr(os, "fork", counted)
    return found


def assert_over(process: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_another_process_finds_the_same(tmp_path: Path, started: list[int]) -> None:
    write(tmp_path, {"a/b.txt": "", "c.txt": "x", ".hidden": "y"})
    (tmp_path / "empty").mkdir()
    (tmp_path / os.fsdecode(b"\xff.txt")).touch()

    with finding(tmp_path, 9) as files:
        assert files() == find_files(str(tmp_path))
        assert files() is files()

    assert len(started) == 1
    assert_over(started[0])


def test_few_files_are_found_here(tmp_path: Path, started: list[int]) -> None:
    with finding(tmp_path, 0) as files:
        assert files() == {}

    assert started == []


def test_what_a_process_cannot_find_is_found_here(tmp_path: Path, started: list[int]) -> None:
    write(tmp_path, {"a.txt": ""})

    with finding(tmp_path, 9) as files:
        os.kill(started[0], signal.SIGKILL)
        found = files()

    assert found == find_files(str(tmp_path))
    assert_over(started[0])


def test_a_process_that_nobody_asks_is_ended(tmp_path: Path, started: list[int]) -> None:
    write(tmp_path, {f"{n}.txt": "" for n in range(5_000)})  # more than a pipe holds

    with finding(tmp_path, 9):
        pass

    assert_over(started[0])


def test_builds_with_and_without_it_are_the_same(tmp_path: Path, started: list[int]) -> None:
    site = digest(tmp_path / "site", 9)
    for path in site.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    run(site, jobs=2)
    idle = run(site, jobs=2)
    write(site, {"public/CNAME": "example.org", "content/news/1.md": record(1, title="Edited")})
    edited = run(site, jobs=2)
    assert len(started) >= 2
    begun = len(started)
    run(site, tmp_path / "cold")
    run(site, tmp_path / "cold")

    assert len(started) == begun, "one process was asked for"
    assert (idle.parsed, idle.rendered, edited.parsed) == (0, 0, 1)
    assert snapshot(site / "public") == {**snapshot(tmp_path / "cold"), "CNAME": b"example.org"}
