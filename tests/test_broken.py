"""A broken digest: every problem is named in one run, in every form, and nothing is published."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

BROKEN = ROOT / "tests" / "broken"


def run(tmp_path: Path, *options: str, cwd: Path = BROKEN) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "build.py"), "--out", str(tmp_path / "out"), "--now", "2026-01-01", *options]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_the_report_of_the_broken_digest(tmp_path: Path, form: str) -> None:
    expected = (BROKEN / f"expected.{form}").read_text(encoding="utf-8")

    result = run(tmp_path, "--format", form)

    assert result.returncode == 1
    assert result.stderr == expected
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()


def test_the_forms_say_the_same(tmp_path: Path) -> None:
    del tmp_path
    text = (BROKEN / "expected.text").read_text(encoding="utf-8")
    values = [json.loads(line) for line in (BROKEN / "expected.json").read_text(encoding="utf-8").splitlines()]
    github = (BROKEN / "expected.github").read_text(encoding="utf-8").splitlines()

    lines = re.findall(r"^(\S+):(\d+):(\d+): (\w+)\[([a-z-]+)\]: (.*)$", text, re.MULTILINE)

    shown = [(v["path"], str(v["line"]), str(v["column"]), v["severity"], v["code"], v["message"]) for v in values]
    assert shown == lines
    assert len(github) == len(values)
    for line, value in zip(github, values, strict=True):
        assert line.startswith(f"::{value['severity']} file={value['path']},line={value['line']},col={value['column']}")


def test_keep_going_publishes_what_holds(tmp_path: Path) -> None:
    shutil.copytree(BROKEN, tmp_path / "mended")
    (tmp_path / "mended" / "site.yaml").write_text("title: Settings that hold\n")

    result = run(tmp_path, "--keep-going", cwd=tmp_path / "mended")

    published = sorted(path.parent.name for path in (tmp_path / "out" / "2024").rglob("index.html"))
    assert result.returncode == 0
    assert "error[bad-url]" in result.stderr
    assert published == [
        "bad-character",
        "bad-embed",
        "duplicate-id-one",
        "later",
        "no-time-zone",
        "not-a-slug",
        "odd-host",
        "related-left-out",
        "same",
        "unknown-type",
    ]


def test_nothing_is_kept_going_without_settings(tmp_path: Path) -> None:
    result = run(tmp_path, "--keep-going")

    assert result.returncode == 1
    assert result.stderr == (BROKEN / "expected.text").read_text(encoding="utf-8")
    assert not (tmp_path / "out").exists()


def test_every_example_in_the_documentation_is_real() -> None:
    cases = [BROKEN / "expected.text", *(ROOT / "tests" / "cases").glob("*/*.found.txt")]
    real = {line for case in cases for line in case.read_text(encoding="utf-8").splitlines()}
    text = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")

    examples = [line for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]

    assert len(examples) > 25
    assert [line for line in examples if line not in real] == []
