"""`broadsheet serve`: what it says, how it ends, and that builds and it do not meet."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import ROOT
from site_builder import digest, record, run, snapshot, write
from test_cli import broadsheet

from benchmarks.serve import save, serving


def text(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            found: str = answer.read().decode()
            return found
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()


def wait_for(address: str, words: str) -> str:
    """Return a page as soon as it says something."""
    found = ""
    for _ in range(400):
        found = text(address)
        if words in found:
            return found
        time.sleep(0.025)
    pytest.fail(f"{address} never said {words}: {found}")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal to one process")
def test_it_serves_follows_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    before = snapshot(tmp_path)

    with serving(site) as served:
        assert served.address.endswith("/digest/")
        first = text(served.address)
        save(site / "content/news/1.md", record(1, title="Another headline"))
        wait_for(f"{served.address}2024/05/01/1/", "Another headline")
        save(site / "templates/page.html", "A page of its own")  # a folder that was not there
        save(site / "content/pages/about.md", "---\ntitle: About\n---\n")
        wait_for(f"{served.address}about/", "A page of its own")
        save(site / "site.yaml", "title: Renamed\nbase_url: https://user.github.io/digest/\n")
        wait_for(served.address, "Renamed")
        served.process.send_signal(signal.SIGINT)
        told, _ = served.process.communicate(timeout=20)

    assert "Story 4" in first
    assert served.process.returncode == 0
    assert told.rstrip().endswith("Stopped.")
    assert "Traceback" not in told
    left = snapshot(tmp_path).keys() - before.keys()
    assert left == {"site/templates/page.html", "site/content/pages/about.md"}


def test_a_taken_port_is_said_and_another_one_used(tmp_path: Path) -> None:
    site = digest(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        result = broadsheet("serve", "--port", port, cwd=site)

    assert result.returncode == 1
    assert f"port {port}" in result.stderr
    assert "Traceback" not in result.stderr


def test_two_at_once_have_ports_of_their_own(tmp_path: Path) -> None:
    site = digest(tmp_path)

    with serving(site) as one, serving(site) as other:
        assert one.address != other.address
        assert text(one.address).replace(one.address, "") != ""
        assert "Test Digest" in text(other.address)


def test_a_build_and_it_do_not_meet(tmp_path: Path) -> None:
    site = digest(tmp_path / "site", 30)
    write(site, {"content/draft.md": record(40, title="Not yet", pub="false")})

    with serving(site, "--drafts") as served:
        for number in range(5):
            save(site / "content/news/1.md", record(1, title=f"Edit {number}"))
            run(site)
            assert run(site).problems == ()
            wait_for(f"{served.address}2024/05/01/1/", f"Edit {number}")
        assert "Not yet" in text(f"{served.address}2024/05/01/draft/")

    public = snapshot(site / "public")
    run(site, tmp_path / "cold", is_clean=True)
    assert public == snapshot(tmp_path / "cold")
    assert not [path for path, data in public.items() if b"Not yet" in data or b"127.0.0.1" in data]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal to one process")
def test_others_that_can_see_the_site_are_warned_of(tmp_path: Path) -> None:
    command = "from broadsheet.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", command, "serve", str(digest(tmp_path)), "--host", "0.0.0.0"],  # noqa: S104
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stderr is not None
    warning = process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)

    assert warning.startswith("warning: whoever reaches this machine's port")
    assert process.returncode == 0


def test_without_watchfiles_one_line_says_what_to_install(tmp_path: Path) -> None:
    command = "import sys; sys.modules['watchfiles'] = None; from broadsheet.cli import main; main(['serve'])"

    result = subprocess.run(
        [sys.executable, "-c", command, str(digest(tmp_path))], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert result.returncode == 2
    assert "pip install 'broadsheet[serve]'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "nowhere"], "does not exist"),
        (["serve", "--content", "nowhere"], "no content folder"),
        (["serve", "--base-url", "example.org"], "http or https"),
        (["serve", "--now", "yesterday"], "not a timestamp"),
        (["serve", "--port", "0"], "--port"),
        (["build", "--drafts"], "No such option"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = broadsheet(*arguments, cwd=digest(tmp_path))

    assert result.returncode == 2
    assert said in result.stderr
