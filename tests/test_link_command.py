"""`broadsheet check --links`: what it prints, where it keeps what it learned, and that no build asks anybody."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from answering import Answering, Server, html, page, redirect, serving, slow, status
from click.testing import CliRunner, Result
from conftest import ROOT
from site_builder import record, run, write

from broadsheet.cli import broadsheet


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    """Servers that are hosts of their own, so that none waits for the other."""
    answers: list[dict[str, Answering]] = [{"/": status(404)}, {"/": redirect(301, "/new"), "/new": page}, {"/": page}]
    with serving(answers[0]) as gone, serving(answers[1]) as moved, serving(answers[2]) as fine:
        yield [gone, moved, fine]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: list[Server]) -> Path:
    """A digest in the current folder, a record for each server, and a draft."""
    for number, server in enumerate(servers):
        text = record(number, title=f"Headline of its own {'abc'[number] * 9}")
        write(tmp_path, {f"content/{number}.md": text.replace(f"https://p{number}.example/{number}", f"{server.url}/")})
    write(tmp_path, {"content/draft.md": record(9, pub="false"), "site.yaml": "title: Digest\nsearch: false\n"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(broadsheet, ["check", "--now", "2026-01-01", *arguments])


def links_of(result: Result) -> list[tuple[str, int, int, str, str]]:
    """Return what JSON says of links: path, line, column, severity, code."""
    found = [json.loads(line) for line in result.stdout.splitlines()]
    keys = ("path", "line", "column", "severity", "code")
    return [tuple(problem[key] for key in keys) for problem in found if problem["code"].startswith("link-")]


def test_links_are_named_at_their_places_with_the_other_problems(site: Path, servers: list[Server]) -> None:
    result = check("--links", "--allow-private", "--format", "json")

    assert result.exit_code == 0, result.output
    assert links_of(result) == [
        ("content/0.md", 5, 9, "warning", "link-gone"),
        ("content/1.md", 5, 9, "warning", "link-moved"),
    ]
    assert f"has moved for good to {servers[1].url}/new" in result.stdout
    assert result.stderr == "links: 3 asked\n"
    assert (site / ".broadsheet/public/links.sqlite").is_file()


@pytest.mark.usefixtures("site")
def test_the_next_run_remembers_and_says_the_same(servers: list[Server]) -> None:
    first = check("--links", "--allow-private")
    for server in servers:
        server.asked.clear()

    second = check("--links", "--allow-private")
    third = check("--links", "--allow-private", "--max-age", "0", "--concurrency", "1", "--timeout", "5")

    assert first.stdout == second.stdout == third.stdout
    assert "link-gone" in first.stdout
    assert (second.stderr, third.stderr) == ("links: 0 asked, 3 known from the last days\n", "links: 3 asked\n")
    assert servers[2].paths() == ["/robots.txt", "/"]


def test_the_settings_say_how_serious_it_is(site: Path) -> None:
    write(site, {"site.yaml": "title: Digest\nchecks: {link-gone: error, link-moved: off}\n"})

    result = check("--links", "--allow-private", "--format", "json")

    assert result.exit_code == 1
    assert links_of(result) == [("content/0.md", 5, 9, "error", "link-gone")]


@pytest.mark.usefixtures("site")
def test_private_addresses_are_not_asked_unless_allowed(servers: list[Server]) -> None:
    result = check("--links", "--format", "json")

    assert [link[-1] for link in links_of(result)] == ["link-unreachable"] * 3
    assert [server.asked for server in servers] == [[], [], []]


def test_nothing_else_asks_the_network(site: Path, servers: list[Server]) -> None:
    assert check().exit_code == 0
    assert run(site).problems == ()
    assert [server.asked for server in servers] == [[], [], []]


def test_sites_that_ask_to_be_left_alone_are_counted(site: Path) -> None:
    with serving({"/robots.txt": html(b"User-agent: *\nDisallow: /", kind="text/plain")}) as server:
        write(site, {"content/2.md": record(2).replace("https://p2.example/2", f"{server.url}/")})

        result = check("--links", "--allow-private", "--format", "json")

        assert result.stderr == "links: 2 asked, 1 left alone, as their sites ask\n"
        assert server.paths() == ["/robots.txt"]


@pytest.mark.parametrize(
    "option", [["--allow-private"], ["--max-age", "1"], ["--timeout", "1"], ["--concurrency", "1"]]
)
@pytest.mark.usefixtures("site")
def test_what_is_for_links_only_needs_links(option: list[str]) -> None:
    result = check(*option)

    assert result.exit_code == 2
    assert "are for --links" in result.stderr


def test_without_authorities_it_ends_with_one_line(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(site / "nowhere.pem"))

    result = check("--links", "--allow-private")

    assert result.exit_code == 1
    assert result.stderr == "broadsheet: error: what SSL_CERT_FILE names cannot be used: No such file or directory\n"


def test_without_the_library_it_says_what_to_install(site: Path) -> None:
    code = "import sys; sys.modules['httpx'] = None; from broadsheet.cli import main; main()"
    command = [sys.executable, "-c", code, "check", "--links"]

    result = subprocess.run(
        command, cwd=site, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert result.returncode == 2
    assert "Error: This needs more than is installed: pip install 'broadsheet[check]'\n" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
def test_a_terminal_shows_progress_and_ctrl_c_ends_it_cleanly(site: Path) -> None:
    with serving({"/": slow(20)}) as server:
        write(site, {"content/2.md": record(2).replace("https://p2.example/2", f"{server.url}/")})
        ours, theirs = os.openpty()
        code = "from broadsheet.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "check", "--links", "--allow-private", "--format", "json"],
            cwd=site,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        shown = ""
        while "links: 2 of 3" not in shown:
            shown += os.read(ours, 1_000).decode()
        os.kill(process.pid, 2)
        out, _ = process.communicate(timeout=20)
        shown += os.read(ours, 1_000).decode()
        os.close(ours)

    assert process.returncode == 130
    assert shown.startswith("\rlinks: 0 of 3\rlinks: 1 of 3\rlinks: 2 of 3")
    assert shown.endswith("links: 2 asked; interrupted with 1 link to go: the next run goes on from there\r\n")
    assert "Traceback" not in shown
    assert out.count(b'"link-') == 2
