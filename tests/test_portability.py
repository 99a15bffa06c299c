"""Other systems: what Windows and macOS have otherwise, as far as it can be told here."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import get_all_start_methods
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from conftest import ROOT
from site_builder import digest, record, run, snapshot, write
from test_cli import broadsheet

from broadsheet.building import processes
from broadsheet.core.text import safe_name
from broadsheet.core.urls import site_path
from broadsheet.files import cache, publication
from broadsheet.files.cache import Cache

SOURCES = [*sorted((ROOT / "broadsheet").rglob("*.py")), ROOT / "build.py"]
POSIX_MODULES = {"crypt", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios"}
POSIX_NAMES = """
    fork forkpty getuid geteuid getgid getegid getppid waitpid kill killpg setsid chown fchmod fchown mkfifo mknod statvfs
    sched_getaffinity SIGKILL SIGALRM SIGHUP SIGUSR1 alarm setitimer pthread_sigmask pthread_kill
""".split()
# A build where nothing is that Windows has not, and renames are as strict as there.
WINDOWS = """
import os, pathlib, signal, sys
import asyncio, click, concurrent.futures.process, filelock, jinja2, lxml, multiprocessing.connection, socketserver
import sqlite3, subprocess, sysconfig, tempfile, uuid, zoneinfo
sysconfig.get_config_vars()
names = "fork getuid geteuid sched_getaffinity getppid waitpid kill".split()
for module, name in [*((os, name) for name in names), *((signal, n) for n in ("SIGKILL", "SIGALRM", "pthread_sigmask"))]:
    delattr(module, name)
for name in ("resource", "fcntl", "termios", "pwd", "grp"):
    sys.modules[name] = None
def unsupported(*_):
    raise NotImplementedError("not on this system")
pathlib.Path.is_mount = pathlib.Path.owner = pathlib.Path.group = unsupported
os.supports_follow_symlinks.discard(os.link)
rename, forbidden = os.rename, set('<>:"|?*\\\\')
def strict(source, target, **rest):
    if os.path.lexists(target):
        raise FileExistsError(17, "there is something", str(target))
    rename(source, target, **rest)
os.rename = strict
opened = os.open
def checked(path, *rest, **more):
    name = os.path.basename(os.fspath(path))
    if forbidden & set(name) or name.endswith((".", " ")):
        raise OSError(22, "no such name", name)
    return opened(path, *rest, **more)
os.open = checked
sys.platform = "win32"
from broadsheet.cli import main
main(sys.argv[1:])
"""


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def names_no_encoding(call: ast.Call) -> bool:
    """Whether a call opens a file as text, in whatever encoding the system has."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return False
    values = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    if name in {"open", "fdopen"}:
        return not (isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "os") and not any(
            isinstance(value, str) and "b" in value for value in values
        )
    if name == "write_text":
        return len(call.args) < 2
    return name == "read_text" and not call.args


def test_what_opens_text_is_told_from_what_does_not() -> None:
    text = "open(p)\np.open('w')\np.read_text()\np.write_text(t)\n"
    fine = "open(p, 'rb')\np.open('wb')\np.read_text('utf-8')\np.write_text(t, encoding='utf-8')\nos.open(p, 1)\n"

    assert [names_no_encoding(call) for call in calls(ast.parse(text))] == [True] * 4
    assert [names_no_encoding(call) for call in calls(ast.parse(fine))] == [False] * 5


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_names_encodings_and_needs_no_posix(path: Path) -> None:
    tree = ast.parse(path.read_bytes())

    assert [call.lineno for call in calls(tree) if names_no_encoding(call)] == []
    imported = {
        name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert imported & POSIX_MODULES == set()
    if path.name != "processes.py":
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in {"os", "signal"}
        }
        assert used & set(POSIX_NAMES) == set()
    # Path has it on Windows from Python 3.12 on; os.path.ismount is everywhere.
    assert [call.lineno for call in calls(tree) if getattr(call.func, "attr", "") == "is_mount"] == []


@pytest.mark.slow
@pytest.mark.parametrize("method", get_all_start_methods())
def test_however_processes_start_the_site_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    site = digest(tmp_path / "site", 230)
    run(site, tmp_path / "one")
    monkeypatch.setattr(processes, "START", method)

    report = run(site, tmp_path / "two", jobs=2)

    assert report.outcome is not None
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")


def test_no_more_processes_start_than_a_system_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_MOST", 3)

    with processes.pool_of(200, 200, 1_000) as pool:
        assert getattr(pool, "_max_workers", None) == 3


def test_a_build_needs_nothing_that_windows_has_not(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    write(site, {"site.yaml": "title: Test Digest\nbase_url: https://x.example/b/\nsearch: false\n"})

    def build(out: str) -> None:
        arguments: list[str | Path] = ["build", site, "--out", tmp_path / out, "--now", "2026-01-01", "--jobs", "1"]
        result = subprocess.run(
            [sys.executable, "-c", WINDOWS, *arguments],
            cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr

    build("warm")
    for text in (record(1, title="Edited"), record(1, title="Once more")):
        write(site, {"content/news/1.md": text})
        build("warm")
    run(site, tmp_path / "cold")

    assert snapshot(tmp_path / "warm") == snapshot(tmp_path / "cold")


# Publishing


@pytest.mark.parametrize("failing", [2, 3])
def test_a_folder_that_is_in_use_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    site = digest(tmp_path / "site")
    run(site)
    write(site, {"public/CNAME": "example.org", "content/news/1.md": record(1, title="Edited")})
    renames: list[Path] = []
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if {self.name, Path(target).name} <= {"public", "spare", "old"}:
            renames.append(self)
            if len(renames) == failing:
                raise PermissionError(13, "Somebody has a file open", str(self))
        return rename(self, target)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(Path, "rename", refused)
    run(site)
    monkeypatch.undo()
    assert len(renames) >= failing, "the renames of an exchange"

    assert (site / "public/CNAME").is_file()
    run(site)
    run(site, tmp_path / "cold")
    assert snapshot(site / "public") == {**snapshot(tmp_path / "cold"), "CNAME": b"example.org"}


def test_a_mount_is_told_without_what_windows_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(_: Path) -> bool:
        raise NotImplementedError

    monkeypatch.setattr(Path, "is_mount", unsupported)

    assert not publication._is_mount(tmp_path)  # noqa: SLF001 - what differs by system
    assert publication._is_mount(Path("/"))  # noqa: SLF001


# Names


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/a b/c?.db"), "file:///a%20b/c%3F.db"),
        (PureWindowsPath(r"C:\a b\c#.db"), "file:///C:/a%20b/c%23.db"),
        (PureWindowsPath(r"\\server\share\a b"), "file:////server/share/a%20b"),
    ],
)
def test_a_cache_is_found_on_every_system(path: PurePosixPath | PureWindowsPath, uri: str) -> None:
    assert cache._uri(path) == uri  # noqa: SLF001 - what differs by system


def test_a_path_that_begins_with_two_slashes_is_no_host(tmp_path: Path) -> None:
    """As a share of Windows does."""
    path = Path(f"/{tmp_path}/cache")
    written = Cache(path, "program")
    written.save([], [], [("key", "value")])
    written.close()

    read = Cache(path, "program")

    assert (read.get("key", str), read.note) == ("value", "")
    read.close()


@pytest.mark.parametrize(
    "name", ["con", "NUL", "aux.html", "Com1", "lpt9.tar.gz", "com\u00b9", "LPT\u00b3.x", "conin$", "CONOUT$.txt"]
)
def test_names_of_devices_are_no_names_of_files(name: str) -> None:
    assert safe_name(name) == f"x-{name}"
    with pytest.raises(ValueError, match="device"):
        site_path(f"/a/{name}/")


@pytest.mark.parametrize("name", ["console", "nulla", "com", "com10", "aux-b", "conin", "x.con"])
def test_names_that_only_look_like_devices_stay(name: str) -> None:
    assert safe_name(name) == name
    assert site_path(f"/{name}") == f"/{name}"


@pytest.mark.parametrize(
    "path",
    [r"/a\b", r"\a", r"C:\a", "C:/a", "/C:/a", "/a:b", "/a.", "/a./b", "/a ", "/a /b", "/a?", "/a*", "/a|b", "/a<b", '/"',
     "//server/share", r"\\server\share", "/..", r"/..\x", "/%2e%2e/"],
)  # fmt: skip
def test_a_path_means_the_same_on_every_system(path: str) -> None:
    address = path if path != "/a " else "/a /"
    with pytest.raises(ValueError, match=r"path of this site|host"):
        site_path(address)


def test_addresses_that_differ_by_case_alone_are_an_error(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(
        site, {"static/Feed.xml": "x", "static/about/INDEX.HTML": "x", "content/pages/about.md": "---\ntitle: A\n---\n"}
    )

    problems = run(site).problems

    assert {p.code for p in problems if p.severity == "error"} == {"address-collision"}
    assert len(problems) == 2


# Line endings and encodings


def test_line_endings_of_what_a_site_is_made_of_do_not_matter(tmp_path: Path) -> None:
    one, other = tmp_path / "lf", tmp_path / "crlf"
    for folder in (one, other):
        for name in ("content", "templates", "locale"):
            shutil.copytree(ROOT / name, folder / name)
        write(folder, {"site.yaml": (ROOT / "site.yaml").read_text("utf-8") + "search: false\n"})
        ending = b"\n" if folder is one else b"\r\n"
        for path in folder.rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ending))
        assert run(folder, folder / "out").outcome is not None

    assert snapshot(one / "out") == snapshot(other / "out")


@pytest.mark.slow
def test_what_a_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    write(
        tmp_path, {"content/a.md": record(1, "oddity: 1", title="Жук – bug"), "content/b.md": "---\ntitle: Жук\n---\n"}
    )

    for encoding in ("cp1252", "cp437", "ascii"):
        for command in ("check", "list", "build"):
            result = subprocess.run(
                [sys.executable, "-m", "broadsheet", command, "."],
                cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "PATH": ""},
                capture_output=True, check=False,
            )  # fmt: skip
            assert b"Traceback" not in result.stderr, (encoding, command)
        assert broadsheet("check", ".", cwd=tmp_path, PYTHONIOENCODING="cp1252").stdout.count(r"\u0416") >= 1


@pytest.mark.parametrize("command", [("list", ".", "--all"), ("check", ".")])
def test_json_is_utf_8_whatever_the_terminal_is(tmp_path: Path, command: tuple[str, ...]) -> None:
    write(tmp_path, {"content/a.md": record(1, "caf\u00e9: 1", title="Caf\u00e9 \U0001f600")})

    result = subprocess.run(
        [sys.executable, "-m", "broadsheet", *command, "--format", "json"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252", "PATH": ""},
        capture_output=True, check=False,
    )  # fmt: skip

    lines = [json.loads(line) for line in result.stdout.decode("utf-8").splitlines()]
    assert "caf\u00e9" in json.dumps(lines, ensure_ascii=False).casefold()
