"""The package: what the wheel and the sdist hold, that they work where the repository is not, and the Python API."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import ROOT, skip, wheel_of
from site_builder import digest, record, run, snapshot, write

import broadsheet
from broadsheet import __version__

NOW = "2026-01-01T00:00:00Z"
THEME = ("templates", "static", "locale", "schemas", "starter")
USER = """
from datetime import UTC, datetime
import broadsheet

def publish(site: str) -> int:
    report: broadsheet.Report = broadsheet.build(site, now=datetime(2026, 1, 1, tzinfo=UTC))
    for problem in report.problems:
        where: broadsheet.Location = problem.location
        print(where.path, where.line, problem.code, problem.message, problem.hint)
    return len(report.outcome.written) if report.outcome else 0

reveal_type(broadsheet.check)
"""


def files(folder: Path) -> list[str]:
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]


def command(installed: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "SOURCE_DATE_EPOCH"}}
    return subprocess.run(
        [installed / arguments[0], *arguments[1:]],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# What they hold


def test_the_wheel_holds_the_package_the_theme_and_nothing_else(built: Path) -> None:
    names = ZipFile(wheel_of(built)).namelist()

    held = [name for name in names if ".dist-info/" not in name]
    package = [f"broadsheet/{name}" for name in files(ROOT / "broadsheet")]
    theme = [f"broadsheet/theme/{name}/{file}" for name in THEME for file in files(ROOT / name)]
    assert sorted(held) == sorted([*package, *theme])
    assert "broadsheet/py.typed" in held
    assert {name.rpartition("/")[2] for name in set(names) - set(held)} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "LICENSE",
    }


def test_the_wheel_says_what_it_is(built: Path) -> None:
    with ZipFile(wheel_of(built)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        lines = archive.read(name).decode().partition("\n\n")[0].splitlines()

    assert f"Version: {__version__}" in lines
    assert "License-Expression: MIT" in lines
    assert [line for line in lines if line.startswith("Provides-Extra")] == [
        f"Provides-Extra: {name}" for name in ("check", "cluster", "mail", "search", "serve")
    ]
    assert {f"Classifier: Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)} <= set(lines)


def test_the_sdist_holds_what_the_repository_does(built: Path) -> None:
    if not (ROOT / ".git").exists():
        skip("only a repository tells what is in it")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(  # noqa: S607
        "\n"
    )
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    assert {name for name in tracked if name and (ROOT / name).exists()} <= held | {'""'}
    assert not {name.partition("/")[0] for name in held} & {".git", ".venv", "public", ".broadsheet"}


def test_the_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=source,
        check=True,
        capture_output=True,
    )

    with ZipFile(wheel_of(built)) as one, ZipFile(wheel_of(tmp_path)) as two:
        assert {name: one.read(name) for name in one.namelist()} == {name: two.read(name) for name in two.namelist()}


# Installed, and used elsewhere


def test_the_command_comes_from_the_installed_package(installed: Path, tmp_path: Path) -> None:
    python = command(installed, "python", "-c", "import broadsheet; print(broadsheet.__file__)", cwd=tmp_path)

    assert command(installed, "broadsheet", "--version", cwd=tmp_path).stdout == f"broadsheet {__version__}\n"
    assert (
        command(installed, "python", "-m", "broadsheet", "--version", cwd=tmp_path).stdout
        == f"broadsheet {__version__}\n"
    )
    assert Path(python.stdout.strip()).is_relative_to(installed.parent)


def test_it_builds_what_the_repository_builds(installed: Path, tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    with (site / "site.yaml").open("a", encoding="utf-8") as file:
        file.write("language: de\nsearch: false\n")

    there = command(installed, "broadsheet", "build", site, "--out", tmp_path / "there", "--now", NOW, cwd=tmp_path)
    run(site, tmp_path / "here")

    assert there.returncode == 0, there.stderr
    assert snapshot(tmp_path / "there") == snapshot(tmp_path / "here")
    assert "Themen" in (tmp_path / "there/index.html").read_text("utf-8")


def test_it_begins_checks_and_describes_a_digest(installed: Path, tmp_path: Path) -> None:
    begun = command(installed, "broadsheet", "init", "my-digest", cwd=tmp_path)
    checked = command(installed, "broadsheet", "check", "my-digest", "--now", NOW, cwd=tmp_path)
    made = command(installed, "broadsheet", "build", "my-digest", "--now", NOW, cwd=tmp_path)
    schema = command(installed, "broadsheet", "schema", "record", cwd=tmp_path)

    assert [result.returncode for result in (begun, checked, made, schema)] == [0, 0, 0, 0]
    assert (tmp_path / "my-digest/public/index.html").is_file()
    assert json.loads(schema.stdout) == json.loads((ROOT / "schemas/record.json").read_text("utf-8"))


@pytest.mark.slow
def test_its_types_are_there_for_others(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER, encoding="utf-8")
    home = command(
        installed, "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path
    ).stdout.strip()
    shutil.copytree(Path(home) / "broadsheet", tmp_path / "site-packages" / "broadsheet")
    environment = {**os.environ, "MYPYPATH": ""}

    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", installed / "python", "user.py"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "Success" in result.stdout, result.stdout
    assert "tuple[broadsheet.core.diagnostics.Diagnostic, ...]" in result.stdout


# The Python API


def test_a_build_gives_a_report(tmp_path: Path) -> None:
    site = digest(tmp_path)

    report = broadsheet.build(site, base_url="https://x.example/b", now=datetime(2026, 1, 1, tzinfo=UTC), jobs=1)

    assert isinstance(report, broadsheet.Report)
    assert isinstance(report.outcome, broadsheet.Outcome)
    assert (report.articles, report.problems) == (5, ())
    assert "https://x.example/b/feed.xml" in (site / "public/feed.xml").read_text("utf-8")
    assert all(isinstance(stage, broadsheet.Stage) for stage in report.stages)


def test_records_and_site_can_lie_elsewhere(tmp_path: Path) -> None:
    digest(tmp_path / "records")

    report = broadsheet.build(tmp_path, content=tmp_path / "records/content", out=tmp_path / "out", jobs=1)

    assert report.articles == 5
    assert (tmp_path / "out/index.html").is_file()


def test_what_is_wrong_is_a_value(tmp_path: Path) -> None:
    write(tmp_path, {"content/a.md": record(1, day="2024-99-99"), "content/b.md": record(2)})

    report = broadsheet.build(tmp_path, jobs=1)
    kept = broadsheet.build(tmp_path, keep_going=True, jobs=1)

    assert report.outcome is None
    assert [(p.code, Path(p.location.path).name, p.location.line) for p in report.problems] == [("bad-date", "a.md", 4)]
    assert kept.outcome is not None
    assert kept.articles == 1


def test_a_check_gives_what_it_finds(tmp_path: Path) -> None:
    write(tmp_path, {"content/a.md": record(1, "pubished: true"), "content/b.md": record(2)})

    found, strict = broadsheet.check(tmp_path), broadsheet.check(tmp_path, strict=True)

    assert {(p.code, p.severity) for p in found} >= {("unknown-field", "warning")}
    assert {(p.code, p.severity) for p in strict} >= {("unknown-field", "error")}
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda site: broadsheet.build(site, base_url="ftp://x"), ValueError),
        (lambda site: broadsheet.build(site, now=datetime(2026, 1, 1)), ValueError),  # noqa: DTZ001 - the point
        (lambda site: broadsheet.check(site, now=datetime(2026, 1, 1)), ValueError),  # noqa: DTZ001 - the point
        (lambda site: broadsheet.build(site / "nowhere"), broadsheet.OutputError),
        (lambda site: broadsheet.check(site / "nowhere"), broadsheet.OutputError),
        (lambda site: broadsheet.build(site, out=site), broadsheet.OutputError),
    ],
)
def test_what_cannot_be_done_is_an_exception(
    tmp_path: Path, call: Callable[[Path], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        call(digest(tmp_path))


def test_the_environment_can_say_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")

    assert broadsheet.build(digest(tmp_path), jobs=1).articles == 0


def test_names_are_those_that_are_documented() -> None:
    text = (ROOT / "docs/python-api.md").read_text("utf-8")

    assert [name for name in broadsheet.__all__ if f"`{name}" not in text] == []
    assert set(broadsheet.__all__) <= set(dir(broadsheet))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        broadsheet.nothing  # noqa: B018 - the point


def test_the_page_on_the_api_says_what_it_prints(installed: Path, tmp_path: Path) -> None:
    text = (ROOT / "docs/python-api.md").read_text("utf-8")
    script = text.partition("<!-- file: make.py -->\n```python\n")[2].partition("```")[0]
    (tmp_path / "make.py").write_text(script, encoding="utf-8")
    command(installed, "broadsheet", "init", "my-digest", cwd=tmp_path)

    said = command(installed, "python", "make.py", cwd=tmp_path)

    assert said.stderr == ""
    start, dots, end = text.partition("$ python make.py\n")[2].partition("\n")[0].partition("...")
    assert dots
    assert said.stdout.startswith(start)
    assert said.stdout.endswith(f"{end}\n")


def test_the_package_index_shows_a_page_that_stands_alone(built: Path) -> None:
    with ZipFile(wheel_of(built)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        shown = archive.read(name).decode().partition("\n\n")[2]

    assert shown.replace("\r\n", "\n").startswith("# Installing")
    assert "](" not in shown, "links and pictures of the repository are not there"
