"""What all commands have in common on a terminal: help, colours, progress, completion, suggestions."""

import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import click
import pytest
from conftest import ROOT
from site_builder import NOW, digest, record, run, write
from terminal import broadsheet

from broadsheet import __version__
from broadsheet.building.builder import build
from broadsheet.building.report import Options
from broadsheet.building.stages import STAGES
from broadsheet.cli import broadsheet as group
from broadsheet.commands.progress import Progress

COMMANDS = sorted(group.commands)
ESC = "\x1b"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples_of_itself(name: str) -> None:
    result = broadsheet(name, "--help", cwd=ROOT)

    _, found, examples = result.out.partition("  Examples:\n")
    assert found
    assert examples.startswith(f"    broadsheet {name}")
    assert "\\b" not in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    options = [option for option in group.commands[name].params if isinstance(option, click.Option)]

    assert [option.name for option in options if not option.help] == []


def test_the_program_itself_has_examples_and_a_whole_line_for_each_command() -> None:
    result = broadsheet("--help", cwd=ROOT)

    assert "  Examples:\n    broadsheet init" in result.out
    listed = result.out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS
    assert [line for line in listed if line.endswith("...")] == []


def test_the_version() -> None:
    assert broadsheet("--version", cwd=ROOT).out == f"broadsheet {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "meant"), [(["buidl"], "'build'"), (["publsh"], "'publish'"), (["build", "--bse-url", "x"], "--base-url")]
)
def test_what_is_mistyped_gets_a_suggestion(typed: list[str], meant: str) -> None:
    result = broadsheet(*typed, cwd=ROOT)

    assert result.code == 2
    assert "Did you mean" in result.err
    assert meant in result.err


@pytest.mark.parametrize(
    ("setting", "meant"), [("titel: x", "title"), ("baseurl: x", "base_url"), ("feeds: {limt: 3}", "limit")]
)
def test_an_unknown_setting_gets_a_suggestion(tmp_path: Path, setting: str, meant: str) -> None:
    write(digest(tmp_path), {"site.yaml": setting})

    (problem,) = run(tmp_path).problems

    assert (problem.code, problem.hint) == ("unknown-field", f"did you mean '{meant}'?")


@pytest.mark.parametrize(
    ("is_terminal", "environment", "is_coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "0"}, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals_unless_the_environment_says_otherwise(
    tmp_path: Path, *, is_terminal: bool, environment: dict[str, str], is_coloured: bool
) -> None:
    write(digest(tmp_path), {"content/news/bad.md": "# x"})
    clean = {"NO_COLOR": None, "FORCE_COLOR": None, "TERM": "xterm"}

    result = broadsheet("build", cwd=tmp_path, color=is_terminal, **{**clean, **environment})

    place, code = "content/news/bad.md:1:1", "error[no-front-matter]"
    assert (f"{ESC}[31m{ESC}[1m{code}{ESC}[0m: " in result.err) == is_coloured
    assert (f"{place}: {code}: " in result.err) == (not is_coloured)
    assert (ESC in result.err) == is_coloured


class Terminal(StringIO):
    """A terminal that shows what was written last on its line."""

    def isatty(self) -> bool:
        return True

    @property
    def line(self) -> str:
        shown = ""
        for text in self.getvalue().split("\r"):
            shown = text + shown[len(text) :]
        return shown.rstrip()


class Ticks:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal; a fixture's would be gone by the time of the test."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "30")
    return terminal


def test_progress_shows_up_after_a_while_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, clock = watched(monkeypatch), Ticks()
    with Progress(clock=clock) as progress:
        progress("parse", 100, 5000)
        assert terminal.getvalue() == ""
        clock.now = 0.6
        progress("parse", 2500, 5000)
        assert terminal.line == "parse: 2,500 of 5,000"
        clock.now = 0.65
        progress("parse", 2600, 5000)
        assert terminal.line == "parse: 2,500 of 5,000"
        progress("lay out", 0, 0)
        assert terminal.line == "lay out …"
        clock.now = 0.8
        progress("a stage with a long name", 1_000_000, 2_000_000)
        assert terminal.line == "a stage with a long name: 1,…"
    assert terminal.line == ""
    assert terminal.getvalue().endswith("\r")


def test_progress_goes_away_before_an_error_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, clock = watched(monkeypatch), Ticks()

    def fail() -> None:
        with Progress(clock=clock) as progress:
            clock.now = 1
            progress("parse", 0, 0)
            assert terminal.line == "parse …"
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert terminal.line == ""


def test_there_is_no_progress_but_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, clock, pipe = watched(monkeypatch), Ticks(), StringIO()
    shown = [Progress(is_wanted=False, clock=clock)]
    monkeypatch.setenv("TERM", "dumb")
    shown.append(Progress(clock=clock))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", pipe)
    shown.append(Progress(clock=clock))
    clock.now = 10

    for progress in shown:
        with progress:
            progress("parse", 1, 2)

    assert terminal.getvalue() + pipe.getvalue() == ""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_build_tells_how_far_it_is(tmp_path: Path, jobs: int) -> None:
    digest(tmp_path, 120)
    told: list[tuple[str, int, int]] = []

    build(
        Options(site=tmp_path, content=tmp_path / "content", out=tmp_path / "public", now=NOW, jobs=jobs),
        lambda stage, done, total: told.append((stage, done, total)),
    )

    assert list(dict.fromkeys(stage for stage, _, _ in told)) == [*STAGES[1:]]
    parsed = [(done, total) for stage, done, total in told if stage == "parse" and total]
    rendered = [(done, total) for stage, done, total in told if stage == "render" and total]
    for counts in (parsed, rendered):
        assert len(counts) > 2
        assert counts == sorted(counts)
        assert counts[-1][0] == counts[-1][1]
    assert parsed[-1] == (120, 120)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_build_shows_progress_on_a_terminal(tmp_path: Path, quiet: list[str]) -> None:
    digest(tmp_path)
    code = (
        "from broadsheet.commands import progress; progress._FIRST = progress._STEP = 0\n"
        "from broadsheet.cli import main; main()"
    )
    master, slave = os.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    command = [sys.executable, "-c", code, "build", *quiet]
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, stderr=slave, stdout=subprocess.PIPE, check=True, text=True
    )
    os.close(slave)
    said = b""
    try:
        while part := os.read(master, 65536):
            said += part
    except OSError:  # Linux says so that nothing is left
        pass
    os.close(master)

    assert ("parse: 5 of 5" in said.decode()) == (not quiet)
    assert ("render: " in said.decode()) == (not quiet)
    assert said.endswith(b"\r" if not quiet else b"")
    assert "parse: " not in result.stdout


def test_a_summary_says_what_changed_and_where_time_went(tmp_path: Path) -> None:
    digest(tmp_path)
    first = broadsheet("build", cwd=tmp_path).out
    write(tmp_path, {"content/news/new.md": record(12)})
    second = broadsheet("build", cwd=tmp_path).out
    (tmp_path / "content/news/new.md").unlink()
    third = broadsheet("build", cwd=tmp_path).out
    fourth = broadsheet("build", cwd=tmp_path).out

    assert "\n  articles: 5 new\n" in first
    assert "\n  articles: 1 new (/2024/05/01/new/)" in second
    assert "\n  feeds: " in second
    assert " removed (/2024/05/01/new/)\n" in third
    assert "\n  time: " in second
    assert "render " in second.partition("\n  time: ")[2]
    assert "articles:" not in fourth


BASH = shutil.which("bash")


@pytest.mark.skipif(BASH is None or sys.platform == "win32", reason="there is no bash, or it is not one of POSIX")
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("broadsheet pub", ["publish"]),
        ("broadsheet build --ba", ["--base-url"]),
        ("broadsheet build --format ", ["text", "json", "github"]),
        ("broadsheet build con", ["content"]),
        ("broadsheet publish content/news/1", ["content/news/1.md"]),
        ("broadsheet list --topic a", ["AI"]),
        ("broadsheet list --topic ", ["AI", "Big Data"]),
    ],
)
def test_bash_completes(tmp_path: Path, typed: str, completed: list[str]) -> None:
    assert BASH is not None
    topics = {"content/topics/ai.yaml": "name: AI", "content/topics/b.yaml": "name: Big Data"}
    write(digest(tmp_path / "site", 2), topics)
    program = tmp_path / "bin/broadsheet"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from broadsheet.cli import main; main()' \"$@\"\n")
    program.chmod(0o755)
    script = f"""
        set -e
        eval "$(_BROADSHEET_COMPLETE=bash_source broadsheet)"
        type compopt >/dev/null && compopt() {{ :; }}
        COMP_WORDS=({typed}{' ""' if typed.endswith(" ") else ""})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        word="${{COMP_WORDS[COMP_CWORD]}}"
        _broadsheet_completion broadsheet "$word" ""
        if [ ${{#COMPREPLY[@]}} = 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    result = subprocess.run(
        [BASH, "--norc", "-c", script],
        cwd=tmp_path / "site",
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == completed
