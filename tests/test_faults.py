"""When the disk fails, the output folder is the whole old site or the whole new one, and the next build is right."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, skip
from faults import CODES, failing_disk
from site_builder import digest, record, run, snapshot, write

from broadsheet.files.publication import OutputError

pytestmark = pytest.mark.slow


def command(site: Path, out: Path) -> list[str]:
    return [sys.executable, str(ROOT / "build.py"), str(site), "--out", str(out), "--now", "2026-01-01", "--quiet"]


def contents_of(count: int, records: int) -> list[dict[str, str]]:
    """Return contents that differ in half of the articles, and in one that comes and goes."""
    return [
        {
            **{f"content/news/{n}.md": record(n, title=f"Version {version} of {n}") for n in range(0, records, 2)},
            "content/news/extra.md": record(500, day=f"2024-06-{version + 1:02}", pub=("true", "false")[version % 2]),
        }
        for version in range(count)
    ]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_build_killed_at_any_moment_leaves_the_old_site_or_the_new(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    site, out = digest(tmp_path / "site", 40), tmp_path / "public"
    contents = contents_of(3, 40)
    sites = []
    for number, files in enumerate(contents):
        write(site, files)
        run(site, tmp_path / f"cold-{number}")
        sites.append(snapshot(tmp_path / f"cold-{number}"))
    run(site, out)
    draw = random.Random(seed)  # noqa: S311 - only moments are drawn
    write(site, contents[0])
    started = time.monotonic()
    subprocess.run(command(site, out), check=True)
    length = time.monotonic() - started
    killed = attempts = 0

    while killed < 80 and attempts < 400:
        attempts += 1
        version = attempts % len(contents)
        write(site, contents[version])
        process = subprocess.Popen(command(site, out))
        time.sleep(draw.uniform(length * 0.4, length * 1.05))
        process.kill()
        killed += process.wait() == -signal.SIGKILL

        assert snapshot(out) in sites, f"attempt {attempts}"
        run(site, out)
        assert snapshot(out) == sites[version], f"attempt {attempts}"

    record_property("builds killed", killed)
    assert killed == 80


@pytest.mark.parametrize("code", CODES, ids=[errno.errorcode[code] for code in CODES])
def test_an_error_at_every_single_call_leaves_the_old_site_or_the_new(
    tmp_path: Path, code: int, record_property: Callable[[str, object], None]
) -> None:
    site, out = tmp_path / "site", tmp_path / "public"
    digest(site, 3)
    contents = [
        {"content/news/1.md": record(1, title=title), "content/news/9.md": record(9, pub=pub)}
        for title, pub in (("One", "true"), ("Another", "false"))
    ]
    sites = []
    for number, files in enumerate(contents):
        write(site, files)
        run(site, tmp_path / f"cold-{number}")
        sites.append(snapshot(tmp_path / f"cold-{number}"))
    fails = 0
    said: list[str] = []

    while True:
        version = fails % 2
        write(site, contents[1 - version])
        run(site, out)
        write(site, contents[version])
        with failing_disk(fails, code) as disk:
            try:
                run(site, out)
            except OutputError as error:
                said.append(str(error))
        if not disk.has_failed:
            break

        assert snapshot(out) in sites, f"call {fails}"
        run(site, out)
        assert snapshot(out) == sites[version], f"call {fails}"
        fails += 1

    record_property("calls that failed", fails)
    assert fails > 40
    assert len(said) > fails / 2
    assert [line for line in said if "cannot write" not in line] == []


def test_the_first_build_of_a_site_fails_whole_too(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 3)
    run(site, tmp_path / "cold")
    whole = snapshot(tmp_path / "cold")
    fails = 0
    said: list[str] = []

    while True:
        out = tmp_path / f"{fails}" / "public"
        out.parent.mkdir()
        with failing_disk(fails, errno.EIO) as disk:
            try:
                run(site, out)
            except OutputError as error:
                said.append(str(error))
        if not disk.has_failed:
            break

        assert not out.exists() or snapshot(out) == whole, f"call {fails}"
        run(site, out)
        assert snapshot(out) == whole, f"call {fails}"
        fails += 1

    assert fails > 40
    assert [line for line in said if "cannot write" not in line] == []


def mount(*arguments: str, program: str = "mount") -> bool:
    """Mount something; say whether that was possible."""
    return subprocess.run([program, *arguments], check=False, capture_output=True).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)):
        skip("no file system can be mounted here")
    yield disk
    mount(str(disk), program="umount")


def test_a_full_disk_leaves_the_old_site(tmp_path: Path, small_disk: Path) -> None:
    site, out = digest(tmp_path / "site", 9), small_disk / "public"
    run(site, tmp_path / "old")
    subprocess.run(command(site, out), check=True)
    write(site, {f"content/news/{n}.md": record(n, body=f"New {n}. " + "word " * 2_000) for n in range(9)})
    run(site, tmp_path / "new")
    old, new = snapshot(tmp_path / "old"), snapshot(tmp_path / "new")
    filler = small_disk / "filler"
    outcomes = set()

    for left in (0, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048):
        with filler.open("wb") as file:
            size = os.statvfs(small_disk)
            file.truncate(0)
            file.write(b"\0" * max(0, size.f_bavail * size.f_frsize - left * 1024))
        result = subprocess.run(command(site, out), check=False, capture_output=True, text=True)
        filler.unlink()

        outcomes.add(result.returncode)
        assert "Traceback" not in result.stderr
        assert snapshot(out) == (new if result.returncode == 0 else old), result.stderr
        if result.returncode == 0:
            break
        assert "No space left on device" in result.stderr

    subprocess.run(command(site, out), check=True)
    assert snapshot(out) == new
    assert 1 in outcomes


def test_a_disk_that_nobody_may_write_to_keeps_its_site(tmp_path: Path, small_disk: Path) -> None:
    site, out = digest(tmp_path / "site", 9), small_disk / "public"
    subprocess.run(command(site, out), check=True)
    old = snapshot(out)
    write(site, {"content/news/1.md": record(1, title="Another")})
    assert mount("-o", "remount,ro", str(small_disk))

    result = subprocess.run(command(site, out), check=False, capture_output=True, text=True)

    assert mount("-o", "remount,rw", str(small_disk))
    assert result.returncode == 1
    assert "Read-only file system" in result.stderr
    assert "Traceback" not in result.stderr
    assert snapshot(out) == old
    subprocess.run(command(site, out), check=True)
    assert snapshot(out) != old


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit on Windows")
def test_too_few_file_handles_leave_the_old_site_or_the_new(tmp_path: Path) -> None:
    site, out = digest(tmp_path / "site", 120), tmp_path / "public"
    run(site, out)
    old = snapshot(out)
    write(site, {f"content/news/{n}.md": record(n, title=f"Another {n}") for n in range(120)})
    run(site, tmp_path / "new")
    new = snapshot(tmp_path / "new")
    failed = 0

    for handles in range(8, 40, 2):
        script = (
            "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2);"
            "sys.argv[:] = sys.argv[2:]; runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        limited = [sys.executable, "-c", script, str(handles), *command(site, out)[1:], "--jobs", "2"]
        result = subprocess.run(limited, check=False, capture_output=True, text=True)

        failed += result.returncode != 0
        assert snapshot(out) == (new if result.returncode == 0 else old), result.stderr
        if result.returncode == 0:
            break

    assert failed > 0
    run(site, out)
    assert snapshot(out) == new
