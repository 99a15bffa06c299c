"""Run what documentation shows: commands with their output, files, and parts of files of the repository.

In Markdown, by what stands in a comment right before a fenced block, or by the block's language:

- `console`: lines that begin with `$ ` are commands for bash (`> ` goes on with one), run in order in a folder of the page's own, which
  begins empty. What follows is their output: a line `...` stands for any lines, `...` in a line for any text. Where there
  is none, none is compared. A command that ends in ` &` is a server: it must say its address and answer there.
- `<!-- file: PATH -->`: the block is written to that path, for the commands that follow.
- `<!-- includes: PATH -->`: the block is a part of that file of the repository.
- `<!-- exits: STATUS -->`: how the last command of the block ends; 0 otherwise.
- `<!-- not run: REASON -->`: one of `NOT_RUN`.
- `<!-- setup: COMMAND -->`: a command that readers do not see, with `$REPO` for the repository. It needs no block.
- `text`: shown only.
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Self
from urllib.request import urlopen

NOT_RUN = {
    "the checks of every change run it",
    "it downloads from a package index",
    "it sends to a host",
    "it asks GitHub",
    "it sends mail",
    "it takes minutes",
    "it is a setting of another program",
}
"""Why a block may not be run."""

_BLOCK = re.compile(
    r"^(?P<indent> *)(?P<fence>```+)(?P<language>[^\n`]*)\n(?P<text>.*?)^ *(?P=fence) *$"
    r"|^ *<!-- *(?P<word>file|includes|exits|not run|setup): *(?P<value>.*?) *-->",
    re.MULTILINE | re.DOTALL,
)
_PATIENCE = 120
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*")


class Block(NamedTuple):
    """A fenced block with what the comments before it say, or a setup command."""

    line: int
    language: str
    text: str
    notes: Mapping[str, str]


class Command(NamedTuple):
    """A command and the output that is shown for it."""

    text: str
    output: str


class WrongError(AssertionError):
    """What a page shows is not so."""


def blocks(page: str) -> Iterator[Block]:
    """Give the blocks and setup commands of a page, in order."""
    notes: dict[str, str] = {}
    end = 0
    for found in _BLOCK.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        if notes and page[end : found.start()].strip():
            raise WrongError(f"line {line}: {notes} stands before no block")
        end = found.end()
        if found["word"] == "setup":
            yield Block(line, "setup", found["value"], {})
        elif found["word"]:
            notes[found["word"]] = found["value"]
        else:
            indent = found["indent"]
            text = "".join(part.removeprefix(indent) for part in found["text"].splitlines(keepends=True))
            yield Block(line, found["language"].strip(), text, notes)
            notes = {}
    if notes:
        raise WrongError(f"{notes} stands before no block")


def commands(text: str) -> list[Command]:
    """Take a console block apart."""
    found: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif not found:
            raise WrongError(f"output without a command: {line}")
        elif line.startswith("> ") and not found[-1].output:
            found[-1] = Command(f"{found[-1].text}\n{line[2:]}", "")
        else:
            found[-1] = found[-1]._replace(output=f"{found[-1].output}{line}\n")
    return found


def agrees(shown: str, said: str) -> bool:
    """Whether output is as shown; times, clocks and ports may be others."""
    pattern = ""
    for line in _steady(shown).splitlines():
        pattern += r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r" *\n"
    return re.fullmatch(pattern, _steady(said)) is not None


def _steady(text: str) -> str:
    text = re.sub(r"\b\d\d:\d\d:\d\d\b(?![Z+.-])", "00:00:00", text)
    text = re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:8000", text)
    text = re.sub(r"\b\d+\.\d+ s\b", "0.00 s", text)
    text = re.sub(r"(?<=  time: ).*", "...", text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


class Shell:
    """A bash that keeps its folder and variables from command to command; ends with all that it started."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = self.here = folder / "page"
        self.here.mkdir()
        self._notes = folder / "said"
        self._notes.mkdir()
        self._count = 0
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],  # noqa: S607 - the one on PATH
            cwd=self.here,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._bash.wait()
        for pipe in (self._bash.stdin, self._bash.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)

    def run(self, command: str) -> tuple[int, str]:
        """Run a command; return its exit status and what it printed, on both streams."""
        self._count += 1
        script, said = self._notes / f"{self._count}.sh", self._notes / f"{self._count}.txt"
        script.write_text(f"{command}\n", encoding="utf-8")
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        alarm = threading.Timer(_PATIENCE, self._end)
        alarm.start()
        self._bash.stdin.write(f'. "{script}" >"{said}" 2>&1 </dev/null; echo "$? $PWD"\n')
        self._bash.stdin.flush()
        status, _, here = self._bash.stdout.readline().rstrip("\n").partition(" ")
        alarm.cancel()
        if not status:
            raise WrongError(f"{command}: did not end in {_PATIENCE} s, or ended the shell")
        self.here = Path(here)
        if command.endswith(" &"):
            self._meet(command, said)
        return int(status), said.read_text("utf-8")

    @staticmethod
    def _meet(command: str, said: Path) -> None:
        """Wait until a server has said its address, and ask it."""
        for _ in range(_PATIENCE * 10):
            found = _ADDRESS.search(said.read_text("utf-8"))
            if found:
                with urlopen(found[0], timeout=10) as answer:
                    assert answer.status == 200
                return
            time.sleep(0.1)
        raise WrongError(f"{command}: says no address")


def follow(page: str, shell: Shell, repository: Path, steady: Mapping[str, str]) -> int:
    """Do what a page shows, in order; return how many blocks were run, written or compared.

    `steady` says what stands in the place of what differs from run to run, such as the port of a server.
    """
    count = 0
    for block in blocks(page):
        if block.language == "setup":
            status, said = shell.run(block.text)
            if status:
                raise WrongError(f"line {block.line}: {block.text}: exit status {status}\n{said}")
            continue
        if "not run" in block.notes:
            continue
        if "file" in block.notes:
            path = shell.here / block.notes["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif "includes" in block.notes:
            if block.text not in (repository / block.notes["includes"]).read_text("utf-8"):
                raise WrongError(f"line {block.line}: this is not in {block.notes['includes']}")
        elif block.language == "console":
            _follow_commands(block, shell, steady)
        else:
            continue
        count += 1
    return count


def _follow_commands(block: Block, shell: Shell, steady: Mapping[str, str]) -> None:
    shown = commands(block.text)
    for number, command in enumerate(shown, 1):
        expected = int(block.notes.get("exits", 0)) if number == len(shown) else 0
        status, said = shell.run(command.text)
        for old, new in steady.items():
            said = said.replace(old, new)
        if status != expected:
            raise WrongError(f"line {block.line}: {command.text}: exit status {status}, not {expected}\n{said}")
        if command.output and not agrees(command.output, said):
            raise WrongError(f"line {block.line}: {command.text}\n-- shown\n{command.output}-- said\n{said}")
