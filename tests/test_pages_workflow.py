"""The workflow that publishes with GitHub Pages, step by step, as far as it goes without GitHub.

What `run` says is run as it stands; of what `uses` names, the cache is played by a folder, and the rest does nothing here.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from site_builder import digest, record, snapshot, write

WORKFLOWS = {
    "ours": ROOT / ".github" / "workflows" / "pages.yml",
    "a digest's": ROOT / "starter" / "dot-github" / "workflows" / "pages.yml",
}
CACHED = (".broadsheet", "public")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the workflow runs on Linux"),
]


@dataclass
class Runner:
    """A folder with a digest, the cache of earlier runs, and what the last run said."""

    site: Path
    cache: Path
    programs: Path
    base_url: str = "https://user.github.io/digest"
    summary: str = ""
    said: str = ""
    done: list[str] = field(default_factory=list)

    def run(self, path: Path, *, repeats: str = "", now: str = "1767225600") -> bool:
        """Run the job that builds; whether it came to its end."""
        job = yaml.safe_load(path.read_text("utf-8"))["jobs"]["build"]
        assert job["permissions"] == {"contents": "read", "pages": "read"}
        (self.site / "summary.md").write_text("")
        shutil.rmtree(self.site / ".published", ignore_errors=True)
        self.done, self.said = [], ""
        is_well = all(self._step(step, repeats, now) for step in job["steps"])
        self.summary = (self.site / "summary.md").read_text("utf-8")
        return is_well

    def _step(self, step: dict[str, Any], repeats: str, now: str) -> bool:
        action = step.get("uses", "").partition("@")[0]
        if action.startswith("actions/cache/"):
            assert step["with"]["path"].split() == list(CACHED)
            source, target = (self.cache, self.site) if action.endswith("restore") else (self.site, self.cache)
            for name in CACHED:
                shutil.rmtree(target / name, ignore_errors=True)
                if (source / name).is_dir():
                    shutil.copytree(source / name, target / name)
        self.done.append(action or step.get("name", step["run"]))
        command = step.get("run", "")
        if not command or "pip install" in command or "tests docs" in command:
            return True
        values = {"steps.pages.outputs.base_url": self.base_url, "inputs.allow-repeats": repeats}
        given = {
            name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)
            for name, text in step.get("env", {}).items()
        }
        environment = {
            **os.environ,
            **given,
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.site / "summary.md"),
            "SOURCE_DATE_EPOCH": now,
        }
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]  # as GitHub does
        result = subprocess.run(shell, cwd=self.site, env=environment, capture_output=True, text=True, check=False)
        self.said += result.stdout + result.stderr
        return result.returncode == 0


@pytest.fixture(params=list(WORKFLOWS.values()), ids=list(WORKFLOWS))
def workflow(request: pytest.FixtureRequest) -> Path:
    """Our own, and the one that a new digest gets."""
    path: Path = request.param
    return path


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with a small digest, whose programs are this checkout's."""
    site, programs, cache = tmp_path / "site", tmp_path / "programs", tmp_path / "cache"
    digest(site, 5)
    shutil.copy(ROOT / "build.py", site)
    programs.mkdir()
    for name, arguments in (("python", '"$@"'), ("broadsheet", '-m broadsheet "$@"')):
        program = programs / name
        program.write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} {arguments}\n")
        program.chmod(0o755)
    cache.mkdir()
    return Runner(site, cache, programs)


def test_the_first_run_publishes_below_the_address_that_github_gives(runner: Runner, workflow: Path) -> None:
    assert runner.run(workflow), runner.said

    assert runner.done[-2:] == ["actions/upload-pages-artifact", "actions/cache/save"]
    assert "https://user.github.io/digest/feed.xml" in (runner.site / "public/feed.xml").read_text("utf-8")
    assert "## Size" in runner.summary
    assert "/: 5 new, 0 updated, 0 vanished" in runner.summary
    assert snapshot(runner.cache / "public") == snapshot(runner.site / "public")


def test_the_next_run_tells_what_is_new_since_then(runner: Runner, workflow: Path) -> None:
    runner.run(workflow)
    shutil.rmtree(runner.site / "public")
    write(runner.site, {"content/news/new.md": record(77, title="Brand new")})

    assert runner.run(workflow), runner.said

    assert "/: 1 new, 0 updated, 0 vanished" in runner.summary
    assert "Brand new" in runner.summary
    assert re.search(r"public: \d+ written, \d+ removed, [1-9]\d* unchanged", runner.said)


def test_an_error_is_shown_where_it_is_and_nothing_is_published(runner: Runner, workflow: Path) -> None:
    runner.run(workflow)
    before = snapshot(runner.cache / "public")
    write(runner.site, {"content/news/bad.md": record(5, day="2024-99-99")})

    assert not runner.run(workflow)

    assert "::error file=content/news/bad.md,line=4,col=20,title=bad-date::" in runner.said
    assert "actions/upload-pages-artifact" not in runner.done
    assert snapshot(runner.cache / "public") == before


def test_a_story_that_would_be_announced_again_stops_it_unless_that_is_wanted(runner: Runner, workflow: Path) -> None:
    runner.run(workflow)
    path = runner.site / "content/news/3.md"
    path.write_text(
        path.read_text().replace(
            "published: true", "id: urn:uuid:00000000-0000-4000-8000-000000000001\npublished: true"
        )
    )

    assert not runner.run(workflow)
    said, summary = runner.said, runner.summary
    assert runner.run(workflow, repeats="true"), runner.said

    assert "::error title=Stories would be announced again::" in said
    assert "Story 3" in summary
    assert "Story 3" in runner.summary


def test_a_story_comes_out_on_its_day_without_a_push(runner: Runner, workflow: Path) -> None:
    write(runner.site, {"content/news/later.md": record(9, day="2026-02-01", title="Dated ahead")})
    runner.run(workflow)
    address = runner.site / "public/2026/02/01/later/index.html"
    was_there = address.exists()

    assert runner.run(workflow, now="1771000000"), runner.said

    assert (was_there, address.exists()) == (False, True)
    assert "Dated ahead" in runner.summary


def test_another_place_changes_no_id(runner: Runner, workflow: Path) -> None:
    write(runner.site, {"site.yaml": "title: T\nid: tag:user.example,2026:digest\n"})
    runner.run(workflow)
    runner.base_url = "https://news.example"

    assert runner.run(workflow), runner.said

    assert "/: 0 new, 5 updated, 0 vanished" in runner.summary
    assert "https://news.example/feed.xml" in (runner.site / "public/feed.xml").read_text("utf-8")
