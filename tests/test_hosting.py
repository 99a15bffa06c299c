"""The ready files for other hosts than GitHub: valid, and run for real where their programs are installed."""

import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, skip
from host_files import CONTROL
from site_builder import digest, record, run, snapshot, write
from test_github_pages import ask
from test_workflows import complaints

READY = ROOT / "examples" / "hosting"
NOT_SENT = {".broadsheet-manifest"}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the ready files are for shells and servers of POSIX")


def published(site: Path) -> dict[str, bytes]:
    return {name: data for name, data in snapshot(site / "public").items() if name not in NOT_SENT}


def shell(command: str, site: Path, programs: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a host would, with this checkout as what is installed."""
    programs.mkdir(exist_ok=True)
    for name, arguments in (("python", '"$@"'), ("broadsheet", '-m broadsheet "$@"')):
        (programs / name).write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} {arguments}\n")
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    given = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600", "PATH": path, **given}
    line = [shutil.which("bash") or "bash", "-ec", command]
    return subprocess.run(line, cwd=site, env=given, capture_output=True, text=True, check=False)


def test_gitlab_s_schema_is_met() -> None:
    assert complaints("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(READY / "gitlab-ci.yml")) == ""


def pipeline(site: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run GitLab's job, with what an earlier one left in the cache."""
    shutil.rmtree(site / ".published", ignore_errors=True)
    job = yaml.safe_load((READY / "gitlab-ci.yml").read_text("utf-8"))["pages"]
    assert job["artifacts"]["paths"] == ["public"]
    steps = [step for step in job["script"] if "pip install" not in step]
    assert len(steps) == len(job["script"]) - 1
    address = {"CI_PAGES_URL": "https://group.gitlab.io/digest"}
    return shell("\n".join(steps), site, site.parent / "programs", **address, **given)


@pytest.mark.slow
def test_gitlab_s_job_publishes_and_stops_where_a_story_would_be_seen_again(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    first = pipeline(site)
    path = site / "content/news/3.md"
    path.write_text(
        path.read_text().replace(
            "published: true", "id: urn:uuid:00000000-0000-4000-8000-000000000001\npublished: true"
        )
    )
    second = pipeline(site)
    write(site, {"content/news/3.md": record(3)})
    pipeline(site)
    third = pipeline(site)

    assert first.returncode == 0, first.stderr
    assert "https://group.gitlab.io/digest/feed.xml" in (site / "public/feed.xml").read_text("utf-8")
    assert second.returncode == 1
    assert "Story 3" in second.stdout
    assert third.returncode == 0, third.stdout


@pytest.mark.slow
def test_gitlab_s_job_goes_on_where_that_is_wanted(tmp_path: Path) -> None:
    site = digest(tmp_path / "site")
    pipeline(site)
    path = site / "content/news/3.md"
    path.write_text(
        path.read_text().replace(
            "published: true", "id: urn:uuid:00000000-0000-4000-8000-000000000001\npublished: true"
        )
    )

    assert pipeline(site, ALLOW_REPEATS="true").returncode == 0


@pytest.mark.parametrize("context", ["build", "deploy-preview", "branch-deploy"])
def test_netlify_s_command_builds_for_the_address_that_it_gives(tmp_path: Path, context: str) -> None:
    settings = tomllib.loads((READY / "netlify.toml").read_text("utf-8"))
    command = (settings["build"] if context == "build" else settings["context"][context])["command"]
    install, _, rest = command.partition(" && ")
    site = digest(tmp_path / "site")
    write(site, {"site.yaml": "title: T\nhost: netlify\n"})
    address = {"URL": "https://digest.example", "DEPLOY_PRIME_URL": "https://preview.example"}

    result = shell(rest, site, tmp_path / "programs", **address)

    assert install == "python -m pip install 'broadsheet[mail,search]'"
    assert result.returncode == 0, result.stderr
    expected = address["URL" if context == "build" else "DEPLOY_PRIME_URL"]
    assert f"{expected}/feed.xml" in (site / settings["build"]["publish"] / "feed.xml").read_text("utf-8")
    assert {f"/{name}" for name in published(site)} >= CONTROL


def test_cloudflare_is_told_the_folder_that_a_build_writes() -> None:
    assert tomllib.loads((READY / "wrangler.toml").read_text("utf-8"))["pages_build_output_dir"] == "public"


def test_rsync_brings_everything_and_takes_away_what_is_gone(tmp_path: Path) -> None:
    if not shutil.which("rsync"):
        skip("rsync is not installed")
    site, there = digest(tmp_path / "site"), tmp_path / "there"
    there.mkdir()
    command = [str(READY / "rsync.sh"), str(site / "public"), str(there)]
    run(site)
    subprocess.run(command, check=True)
    first = snapshot(there)
    assert first == published(site)
    write(site, {"content/news/8.md": record(8)})
    (site / "content/news/1.md").unlink()
    run(site)

    subprocess.run(command, check=True)

    assert snapshot(there) == published(site) != first
    assert "2024/05/01/1/index.html" in first
    assert not (there / "2024/05/01/1").exists()


def test_rsync_sends_what_pages_refer_to_before_the_pages(tmp_path: Path) -> None:
    site, programs = digest(tmp_path / "site"), tmp_path / "programs"
    programs.mkdir()
    (programs / "rsync").write_text('#!/bin/sh\necho "$*" >> "$LOG"\n')
    (programs / "rsync").chmod(0o755)
    given = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LOG": str(tmp_path / "log")}
    subprocess.run([READY / "rsync.sh", site, "host:/srv/digest/"], env=given, check=True)
    first, second = (tmp_path / "log").read_text().splitlines()

    assert "--exclude=*.html" in first
    assert "delete" not in first
    assert "--delay-updates --delete-after" in second
    assert first.endswith(f"{site}/ host:/srv/digest/")


def chosen(arguments: list[str], path: str) -> bool:
    """Whether `aws s3 sync` takes a file: the last filter that meets its path decides."""
    taken = True
    for name, pattern in pairwise(arguments):
        if name in {"--exclude", "--include"} and fnmatchcase(path, pattern):
            taken = name == "--include"
    return taken


def test_every_file_goes_to_s3_once_in_an_order_in_which_nothing_leads_to_what_is_not_there(tmp_path: Path) -> None:
    site, programs = digest(tmp_path / "site"), tmp_path / "programs"
    run(site)
    programs.mkdir()
    (programs / "aws").write_text('#!/bin/sh\nfor one; do printf "%s\\t" "$one"; done >> "$LOG"; echo >> "$LOG"\n')
    (programs / "aws").chmod(0o755)
    given = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LOG": str(tmp_path / "log")}
    subprocess.run([READY / "s3.sh", "public", "s3://digest"], cwd=site, env=given, check=True)
    *sends, last = [line.split("\t")[:-1] for line in (tmp_path / "log").read_text().splitlines()]
    files = published(site)

    assert all(call[:5] == ["s3", "sync", "--no-progress", "public", "s3://digest"] for call in (*sends, last))
    order = {path: [number for number, call in enumerate(sends) if chosen(call, path)] for path in files}
    assert {path for path, numbers in order.items() if len(numbers) != 1} == set()
    assert {path for path, (number,) in order.items() if number == 0} == {p for p in files if p.startswith("hashed/")}
    assert {path for path, (number,) in order.items() if number == 2} == {p for p in files if p.endswith(".html")}
    assert all(order[path] == [3] for path in ("feed.xml", "atom.xml", "feed.json", "sitemap.xml"))
    assert [call[-1] for call in sends] == ["public, max-age=31536000, immutable", *["public, max-age=300"] * 3]
    assert ["--delete" in call for call in (*sends, last)] == [False] * 4 + [True]
    assert not any(chosen(call, ".broadsheet-manifest") for call in (*sends, last))


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The ready server with a small digest."""
    program = shutil.which("nginx")
    if program is None:
        skip("nginx is not installed")
        raise AssertionError
    site = digest(tmp_path / "site")
    write(site, {"site.yaml": "title: T\nbase_url: https://digest.example/\n", "static/.well-known/x.txt": "known"})
    run(site)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/tmp"):  # noqa: S108 - pytest's own are below it
            path.chmod(path.stat().st_mode | 0o055)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = (READY / "nginx.conf").read_text("utf-8")
    assert "listen 8080;" in text
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("/srv/digest", str(site / "public"))
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name}; " for name in "client_body proxy fastcgi uwsgi scgi".split()
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; {temporary}\n{text}\n}}\n"
    )
    server = subprocess.Popen([program, "-e", "stderr", "-c", tmp_path / "nginx.conf"], stderr=subprocess.PIPE)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", site / "public"
    finally:
        server.terminate()
        server.communicate(timeout=10)


def test_nginx_answers_as_the_guide_says(nginx: tuple[str, Path]) -> None:
    origin, out = nginx
    (sheet,) = out.glob("hashed/broadsheet.*.css")
    page, style = ask(origin, "/topics/"), ask(origin, f"/hashed/{sheet.name}")
    missing, folder = ask(origin, "/no/such/"), ask(origin, "/topics")

    assert (page[0], page[2]) == (200, (out / "topics/index.html").read_bytes())
    assert page[1]["Cache-Control"] == "public, max-age=300"
    assert page[1]["Content-Type"] == "text/html; charset=utf-8"
    assert style[1]["Cache-Control"] == "public, max-age=31536000, immutable"
    for _, headers, _ in (page, style, missing):
        assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert (missing[0], missing[2]) == (404, (out / "404.html").read_bytes())
    assert "Cache-Control" not in missing[1]
    assert (folder[0], folder[1]["Location"]) == (301, "/topics/")
    assert ask(origin, "/manifest.webmanifest")[1]["Content-Type"].startswith("application/manifest+json")
    assert ask(origin, "/.broadsheet-manifest")[0] == 404
    assert ask(origin, "/.well-known/x.txt")[0::2] == (200, b"known")
    assert "charset=utf-8" in ask(origin, "/llms.txt")[1]["Content-Type"]
