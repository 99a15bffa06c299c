"""The hook for pre-commit: its definition is one, and it stops a commit of what is in error."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from builders import record
from conftest import ROOT, skip

MANIFEST = ROOT / ".pre-commit-hooks.yaml"


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(folder / ".cache"), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_definition_is_one(tmp_path: Path) -> None:
    result = pre_commit(tmp_path, "validate-manifest", str(MANIFEST))

    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_it_stops_a_commit_of_what_is_in_error(tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        skip("git is not installed")
    (hook,) = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert hook["entry"] == "broadsheet check"
    program = json.dumps("from broadsheet.cli import main; main(['check'])")
    hook |= {"language": "system", "entry": f"{sys.executable} -c {program}"}
    (tmp_path / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [{"repo": "local", "hooks": [hook]}]}))
    (tmp_path / "content").mkdir()
    path = tmp_path / "content" / "a.md"
    subprocess.run([git, "init", "-q"], cwd=tmp_path, check=True)

    outcomes = []
    for text in (record(), record(title=None), record(excerpt="Mended.")):
        path.write_bytes(text)
        subprocess.run([git, "add", "content"], cwd=tmp_path, check=True)
        result = pre_commit(tmp_path, "run", "broadsheet-check")
        outcomes.append((result.returncode, "error[missing-field]" in result.stdout))
    (tmp_path / "notes.txt").write_text("No part of the digest.")
    subprocess.run([git, "rm", "-rq", "--cached", "content"], cwd=tmp_path, check=True)
    subprocess.run([git, "add", "notes.txt"], cwd=tmp_path, check=True)

    assert outcomes == [(0, False), (1, True), (0, False)]
    assert "Skipped" in pre_commit(tmp_path, "run", "broadsheet-check").stdout
