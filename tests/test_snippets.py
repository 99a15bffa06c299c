"""Every command and snippet of the README and the documentation does what its page says."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import NOW, ROOT, skip
from newspaper import printing
from snippets import NOT_RUN, Command, Shell, WrongError, agrees, blocks, commands, follow

TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NEWS = """#!/usr/bin/env bash
# The program, with this machine's newspaper in the place of https://example.org where something is fetched.
if [ "$1" = new ]; then set -- "${@//https:\\/\\/example.org/$NEWSPAPER}" --allow-private; fi
exec $PROGRAM "$@"
"""


@pytest.fixture(scope="session")
def newspaper() -> Iterator[str]:
    with printing() as address:
        yield address


def environment(folder: Path, newspaper: str, program: str) -> dict[str, str]:
    """What commands of a page find: `broadsheet`, `python` and `git`, a time, and a home of their own."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "broadsheet").write_text(NEWS, encoding="utf-8")
    (programs / "broadsheet").chmod(0o755)
    for name in ("python", "python3"):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "REPO": str(ROOT),
        "NEWSPAPER": newspaper,
        "PROGRAM": program,
        "SOURCE_DATE_EPOCH": str(int(NOW.timestamp())),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ada Example",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada Example",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }


def steady(newspaper: str) -> dict[str, str]:
    return {newspaper: "https://example.org", "(127.0.0.1)": "(example.org)"}


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if page != TUTORIAL], ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path, newspaper: str) -> None:
    if shutil.which("bash") is None or sys.platform == "win32":
        skip("commands of the documentation are for bash")

    variables = environment(tmp_path, newspaper, f"{sys.executable} -m broadsheet")
    with Shell(tmp_path, variables) as shell:
        follow(page.read_text("utf-8"), shell, ROOT, steady(newspaper))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_says_how_it_is_tested(page: Path) -> None:
    for block in blocks(page.read_text("utf-8")):
        where = f"{page.name}:{block.line}"
        assert block.notes.get("not run", next(iter(NOT_RUN))) in NOT_RUN, where
        is_tested = {"file", "includes", "not run"} & set(block.notes)
        assert is_tested or block.language in {"console", "text", "setup"} or block.language.startswith("{"), where
        assert "exits" not in block.notes or block.language == "console", where


def test_the_runner_notices(tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"]}
    for number, (page, message) in enumerate(
        {
            "```console\n$ false\n```\n": "exit status 1, not 0",
            "<!-- exits: 1 -->\n```console\n$ true\n```\n": "exit status 0, not 1",
            "```console\n$ echo a\nb\n```\n": "-- said\na",
            "```console\n$ echo a\n$ echo b\nb\nc\n```\n": "-- shown\nb\nc",
            "<!-- file: a/b.txt -->\n```ini\nx\n```\n```console\n$ cd a\n$ cat b.txt\ny\n```\n": "-- said\nx",
            "<!-- setup: false -->\n": "exit status 1",
            "<!-- setup: exit 1 -->\n": "ended the shell",
            "<!-- includes: pyproject.toml -->\n```toml\nnot in it\n```\n": "not in pyproject.toml",
            "<!-- file: a -->\ntext\n\n```yaml\n```\n": "stands before no block",
            "<!-- file: a -->\n": "stands before no block",
            "```console\nlost\n```\n": "output without a command",
        }.items()
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with Shell(folder, variables) as shell, pytest.raises(WrongError) as wrong:
            follow(page, shell, ROOT, {})
        assert message in str(wrong.value), page


def test_the_runner_keeps_folder_and_variables_and_ends_what_it_started(tmp_path: Path) -> None:
    with Shell(tmp_path, {"PATH": os.environ["PATH"]}) as shell:
        shell.run("mkdir a && cd a && x=1")
        assert shell.run("echo $x; pwd") == (0, f"1\n{tmp_path}/page/a\n")
        process = int(shell.run("sleep 600 & echo $!")[1])

    with pytest.raises(ProcessLookupError):  # noqa: PT012 - a process that has ended may still be listed
        for _ in range(1000):
            os.kill(process, 0)
            is_zombie = ") Z " in Path(f"/proc/{process}/stat").read_text()
            if is_zombie:
                raise ProcessLookupError


def test_what_may_differ_in_output() -> None:
    assert agrees("a ... c\n...\nend in 0.35 s.\n", "a b c\n1\n2\nend in 12.01 s.\n")
    assert agrees("...\nend\n", "end\n")
    assert not agrees("a\n", "a\nb\n")
    assert not agrees("a (b)\n", "a b\n")
    assert commands("$ a \\\n> b\nout\n$ c\n") == [Command("a \\\nb", "out\n"), Command("c", "")]
