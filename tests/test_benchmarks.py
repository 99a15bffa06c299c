"""The benchmark works: the same records every time, and a command that measures and draws."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from site_builder import run, snapshot

from benchmarks.generate import generate


def test_the_same_number_and_seed_give_the_same_records(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        generate(tmp_path / name, 60, seed)

    one = snapshot(tmp_path / "one")
    assert one == snapshot(tmp_path / "two")
    assert one != snapshot(tmp_path / "other")
    assert len([name for name in one if name.startswith("content/20")]) == 60


def test_the_records_are_without_fault(tmp_path: Path) -> None:
    generate(tmp_path, 300)

    report = run(tmp_path)

    assert report.problems == ()
    assert 180 < report.articles < 240


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the benchmark reads /proc")
def test_the_benchmark_measures_and_draws(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--records", "60", "--repeat", "1", "--verify"]
    places = ["--tools", "broadsheet", "--work", str(tmp_path), "--out", str(tmp_path / "out")]

    result = subprocess.run([*command, *places], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert "one article edited" in result.stdout
    names = {"results.json", "table.md", "ratios.svg", "times.svg", "memory.svg"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
