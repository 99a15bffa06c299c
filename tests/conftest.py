"""What all tests share: the real records, the built demo site, and when a test may be skipped."""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from sysconfig import get_path
from typing import NoReturn

import pytest
from browsing import browsing, chromium
from playwright.sync_api import Browser
from showcase import Site, showcase

from broadsheet.building.builder import build
from broadsheet.building.report import Options, Report

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT.parent / "shared" / "records"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DEMO_URL = "https://user.github.io/digest/"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted, added up: docs/reliability.md quotes it."""
    figures: dict[str, float] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            figures[name] = figures.get(name, 0) + float(str(value))
    if figures:
        terminalreporter.section("figures")
        for name, total in sorted(figures.items()):
            terminalreporter.write_line(f"{total:>12,.0f}  {name}")


def skip(reason: str) -> NoReturn:
    """Skip a test, unless nothing may be skipped here."""
    if os.environ.get("BROADSHEET_NOTHING_SKIPPED"):
        pytest.fail(f"would be skipped: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def real_records() -> Path:
    """The real records beside the project."""
    if not RECORDS.is_dir():
        skip("the real records are not beside the project")
    return RECORDS


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """The demonstration digest, built under a base path."""
    out = tmp_path_factory.mktemp("demo") / "public"
    report = build(
        Options(site=ROOT, content=ROOT / "content", out=out, now=NOW, base_url=DEMO_URL, jobs=1, is_clean=True)
    )
    return out, report


@pytest.fixture(scope="session")
def real_site(real_records: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """The real records, built as a bare folder of records."""
    content = real_records / "power-apps"
    out = tmp_path_factory.mktemp("real") / "public"
    base_url = "https://example.org/digest/"
    report = build(Options(site=content, content=content, out=out, now=NOW, base_url=base_url, jobs=1))
    return out, report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    program = chromium()
    if program is None:
        skip("Chromium is not installed")
    with browsing(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """The demonstration digest and the digests of hard cases, served as GitHub Pages serves them."""
    with showcase(tmp_path_factory.mktemp("showcase")) as sites:
        yield sites


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of what npm installed for tests."""
    folder = Path(os.environ.get("BROADSHEET_NODE_MODULES", ""))
    for package in ("axe-core", "lighthouse", "vnu-jar"):
        if not (folder / package).is_dir():
            skip(f"{package} is not in BROADSHEET_NODE_MODULES")
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that holds the wheel; what it needs comes from the one that runs the tests."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    python = next(path for path in programs.iterdir() if path.stem == "python")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        wheel_of(built),
    ]
    subprocess.run(command, check=True, capture_output=True)
    found = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    Path(found.stdout.strip(), "needed.pth").write_text(f"{get_path('purelib')}\n", encoding="utf-8")
    return programs


def wheel_of(folder: Path) -> Path:
    return next(folder.glob("*.whl"))
