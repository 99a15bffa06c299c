"""Whole builds where things go wrong: odd names, broken sites, stopped and simultaneous builds, long histories."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import ROOT
from site_builder import digest, record, run, snapshot, tree, write

from broadsheet.building.report import Report
from broadsheet.files.publication import MANIFEST, OutputError

NOW = "2026-01-01"


def start(site: Path, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    """Start `python build.py` in a site's folder, in a process group of its own."""
    environment = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"} | settings
    command = [sys.executable, str(ROOT / "build.py"), "--now", NOW, *arguments]
    return subprocess.Popen(
        command,
        cwd=site,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def build(site: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run `python build.py` in a site's folder; return its exit status and what it said of problems."""
    process = start(site, *arguments, **settings)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def make_bytes(folder: Path, name: bytes, text: str) -> None:
    """Write a file whose name need not be UTF-8; skip where the file system refuses it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.path.join(os.fsencode(folder), name), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123 - bytes
            file.write(text)
    except OSError:
        pytest.skip("this file system has no such names")


# Publication


def test_the_first_publication_is_what_the_manifest_lists(tmp_path: Path) -> None:
    site = digest(tmp_path)

    report = run(site)

    found = set(snapshot(site / "public")) - {MANIFEST}
    listed = (site / "public" / MANIFEST).read_text().splitlines()[1:]
    assert report.outcome is not None
    assert set(report.outcome.written) == found
    assert set(listed) == found
    assert (report.outcome.removed, report.outcome.kept) == ((), 0)


def test_an_idle_build_touches_no_file_and_no_folder(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = tree(site / "public")

    run(site)

    assert tree(site / "public") == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("content/news/x.md", "---\n---\n"),
        ("templates/subscribe.html", "{{ nope }}"),
        ("templates/redirect.html", "{{"),
    ],
)
def test_a_failed_build_touches_no_folder(tmp_path: Path, name: str, text: str) -> None:
    site = digest(tmp_path)
    run(site)
    before = tree(site / "public")
    write(site, {name: text, "content/news/0.md": record(0, "redirect_from: [/old/]", title="Changed")})

    report = run(site)

    assert report.outcome is None
    assert tree(site / "public") == before


def test_folders_that_become_empty_go_up_to_the_top(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/lone.md": record(9, day="2019-03-04")})
    run(site)
    assert (site / "public/2019/03/04/lone/index.html").is_file()
    (site / "content/news/lone.md").unlink()

    run(site)

    assert not (site / "public/2019").exists()
    assert not (site / "public/archive/2019").exists()


def test_a_foreign_file_keeps_the_folder_of_a_page_that_goes(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    write(site / "public", {"2024/05/01/3/notes.txt": "Mine."})
    (site / "content/news/3.md").unlink()

    run(site)

    assert snapshot(site / "public/2024/05/01/3") == {"notes.txt": b"Mine."}


def test_what_a_foreign_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    site, outside = digest(tmp_path / "site"), tmp_path / "outside"
    write(outside, {"deep/file.txt": "Outside."})
    run(site)
    (site / "public/folder").symlink_to(outside)
    (site / "public/file").symlink_to(outside / "deep/file.txt")
    (site / "public/dangling").symlink_to("nowhere")
    before = tree(outside)
    (site / "content/news/3.md").unlink()

    run(site)

    assert tree(outside) == before
    for name, target in {"folder": outside, "file": outside / "deep/file.txt", "dangling": Path("nowhere")}.items():
        assert (site / "public" / name).readlink() == target


def test_a_foreign_file_where_a_folder_of_pages_goes_is_not_moved(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site / "public", {"topics": "By hand."})

    with pytest.raises(OutputError):
        run(site)

    assert snapshot(site / "public") == {"topics": b"By hand."}


def test_a_foreign_folder_where_a_page_goes_is_left_alone(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site / "public", {"feed.xml/notes.txt": "By hand."})

    with pytest.raises(OutputError, match=r"feed\.xml stands where a page goes"):
        run(site)

    assert snapshot(site / "public") == {"feed.xml/notes.txt": b"By hand."}


def test_a_file_put_into_a_new_output_folder_is_not_removed_for_an_old_build(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/pages/about.md": "---\ntitle: About\n---\n"})
    run(site)
    (site / "content/pages/about.md").unlink()
    shutil.rmtree(site / "public")
    write(site / "public", {"about/index.html": "By hand."})

    run(site)

    assert (site / "public/about/index.html").is_file()
    assert (site / "public/about/index.html").read_text() == "By hand."


def test_a_file_put_into_a_new_output_folder_is_not_replaced_for_an_old_build(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    shutil.rmtree(site / "public")
    write(site / "public", {"index.html": "By hand."})

    with pytest.raises(OutputError, match="no build of Broadsheet wrote it"):
        run(site)

    assert snapshot(site / "public") == {"index.html": b"By hand."}


def test_a_lost_manifest_is_written_anew(tmp_path: Path) -> None:
    site, fresh = digest(tmp_path / "site"), digest(tmp_path / "fresh")
    run(site)
    (site / "public" / MANIFEST).unlink()
    for place in (site, fresh):
        (place / "content/news/3.md").unlink()

    run(site)

    run(fresh)
    assert snapshot(site / "public") == snapshot(fresh / "public")


def test_without_manifest_and_cache_nothing_is_replaced(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    (site / "public" / MANIFEST).unlink()
    shutil.rmtree(site / ".broadsheet")
    write(site, {"content/news/3.md": record(3, title="Changed")})
    before = tree(site / "public")

    with pytest.raises(OutputError, match="no build of Broadsheet wrote it"):
        run(site)

    assert tree(site / "public") == before


@pytest.mark.parametrize("separator", ["\n", "\r", "\x0b", "\x85", "\u2028"])
def test_a_static_file_with_a_line_break_in_its_name_endangers_no_other(tmp_path: Path, separator: str) -> None:
    site = digest(tmp_path)
    make_bytes(site / "static", f"CNAME{separator}x".encode(), "odd")
    build(site)
    write(site / "public", {"CNAME": "example.org\n"})
    shutil.rmtree(site / "static")

    run(site)

    assert (site / "public/CNAME").is_file()
    assert (site / "public/CNAME").read_text() == "example.org\n"


@pytest.mark.parametrize("inside", ["static", "templates", "static/deep/er", "templates/x"])
def test_no_site_goes_into_what_it_is_made_of(tmp_path: Path, inside: str) -> None:
    site = digest(tmp_path)
    write(site, {"static/a.txt": "a", "templates/404.html": "Gone"})
    before = snapshot(site)

    with pytest.raises(OutputError, match="choose another --out"):
        run(site, site / inside)

    assert snapshot(site) == before


@pytest.mark.parametrize("text", [record(9), "---\n---\n"], ids=["a good build", "a failed build"])
def test_a_site_that_a_killed_build_moved_aside_is_put_back_by_a_build(tmp_path: Path, text: str) -> None:
    site = digest(tmp_path)
    run(site)
    before = snapshot(site / "public")
    (site / "public").rename(site / ".broadsheet/public/old")
    write(site, {"content/news/9.md": text})

    report = run(site)

    assert (site / "public").is_dir()
    assert report.outcome is None or "2024/05/01/9/index.html" in snapshot(site / "public")
    assert report.outcome is not None or snapshot(site / "public") == before


# Builds at once, and builds that are stopped


@contextmanager
def holding(work: Path) -> Iterator[int]:
    """Let another process hold the lock of a work folder; give its id."""
    program = (
        "import sys; from pathlib import Path; from broadsheet.files.publication import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(work)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()


def test_a_build_during_another_is_told_its_process_and_changes_nothing(tmp_path: Path) -> None:
    site = digest(tmp_path)
    run(site)
    before = tree(site / "public")
    write(site, {"content/news/3.md": record(3, title="Changed")})

    with holding(site / ".broadsheet/public") as process:
        status, said = build(site)

    after = tree(site / "public")
    assert status == 1
    assert f"another build (process {process}) is writing to this output folder" in said
    assert "Traceback" not in said
    assert after == before
    assert build(site) == (0, "")


def test_builds_at_once_leave_one_whole_site(tmp_path: Path) -> None:
    site = digest(tmp_path, 60)
    run(site, tmp_path / "cold")

    processes = [start(site) for _ in range(4)]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]

    assert 0 in [status for _, status in ends]
    for said, status in ends:
        assert status == 0 or (status == 1 and "another build" in said), said
    assert snapshot(site / "public") == snapshot(tmp_path / "cold")


def members(group: int) -> list[int]:
    """List the living processes of a process group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, process_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(process_group) == group and state != "Z":
                found.append(int(folder.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_build_that_is_stopped_leaves_no_process_behind(tmp_path: Path, name: str) -> None:
    site = digest(tmp_path, 400)
    process = start(site, "--jobs", "2")
    try:
        deadline = time.monotonic() + 20
        while len(members(process.pid)) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(members(process.pid)) >= 3
        process.send_signal(signal.Signals[name])
        process.wait(timeout=20)
        deadline = time.monotonic() + 5
        while members(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)

        left = members(process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    assert left == []
    assert not (site / "public").exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("moment", [0.0, 0.002, 0.005, 0.01, 0.02, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4])
def test_control_c_ends_a_build_and_its_processes_quietly(tmp_path: Path, moment: float) -> None:
    site = digest(tmp_path, 400)
    process = start(site, "--jobs", "2")
    try:
        deadline = time.monotonic() + 20
        while len(members(process.pid)) < 2 and process.poll() is None and time.monotonic() < deadline:
            pass  # The first process of the pool is hit as soon as it can be seen.
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=8)
        is_over = process.poll() is not None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _, said = process.communicate()

    assert is_over
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no groups of processes to kill")
def test_a_build_killed_while_processes_help_it_leaves_the_old_site_or_the_new(tmp_path: Path) -> None:
    site, out = digest(tmp_path / "site", 150), tmp_path / "public"
    versions = []
    for title in ("One", "Two"):
        write(site, {f"content/news/{n}.md": record(n, title=f"{title} {n}") for n in range(150)})
        run(site, tmp_path / title)
        versions.append(snapshot(tmp_path / title))
    run(site, out)
    began = time.monotonic()
    assert build(site, "--out", str(out), "--jobs", "2", "--clean")[0] == 0
    length = time.monotonic() - began
    draw = random.Random(11)  # noqa: S311 - only moments are drawn
    killed = 0

    for attempt in range(8):
        title = ("One", "Two")[attempt % 2]
        write(site, {f"content/news/{n}.md": record(n, title=f"{title} {n}") for n in range(150)})
        process = start(site, "--out", str(out), "--jobs", "2")
        time.sleep(draw.uniform(length * 0.3, length * 1.1))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL

        assert snapshot(out) in versions, f"attempt {attempt}"
        assert build(site, "--out", str(out), "--jobs", "2")[0] == 0
        assert snapshot(out) == versions[attempt % 2], f"attempt {attempt}"

    assert killed > 2


# What is broken is said, whatever it is


@pytest.mark.parametrize("folder", ["content", "content/topics", "content/pages", "static", "templates"])
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_name_that_is_not_utf_8_is_no_traceback(tmp_path: Path, folder: str, form: str) -> None:
    site = digest(tmp_path)
    text = {"content/topics": "name: X\n", "templates": "X", "static": "X"}.get(folder, record(9))
    ending = {"content/topics": b".yaml", "templates": b".html", "static": b".txt"}.get(folder, b".md")
    make_bytes(site / folder, b"caf\xe9" + ending, text)

    status, said = build(site, "--format", form)

    assert "Traceback" not in said
    assert status in {0, 1}


LAUGHS = (
    "images: &a [x, x, x, x, x, x, x, x, x]",
    *(f"{y}: &{y} [{', '.join([f'*{x}'] * 9)}]" for x, y in pairwise("abcdefghijkl")),
)
SITES = {
    "settings that are no mapping": {"site.yaml": "- a\n- b\n"},
    "settings that are no YAML": {"site.yaml": "title: [\n"},
    "a bad language": {"site.yaml": "language: klingonisch!\n"},
    "a bad zone": {"site.yaml": "timezone: Mars/Base\n"},
    "a huge page size": {"site.yaml": "page_size: 99999999999999999999\n"},
    "a negative page size": {"site.yaml": "page_size: -1\n"},
    "a base URL without host": {"site.yaml": "base_url: 'https:///x'\n"},
    "a base URL with a bad port": {"site.yaml": "base_url: 'https://x.example:99999/'\n"},
    "feeds that are a list": {"site.yaml": "feeds: [a]\n"},
    "an unknown embed": {"site.yaml": "embeds: [nowhere]\n"},
    "a topic without name": {"content/topics/t.yaml": "description: x\n"},
    "a topic that is its own parent": {"content/topics/t.yaml": "name: T\nparent: T\n"},
    "a topic whose parent is missing": {"content/topics/t.yaml": "name: T\nparent: Nobody\n"},
    "a cycle of topics": {
        "content/topics/a.yaml": "name: A\nparent: B\n",
        "content/topics/b.yaml": "name: B\nparent: A\n",
    },
    "two topics of one name": {"content/topics/a.yaml": "name: A\n", "content/topics/b.yaml": "name: a\n"},
    "a topic that is a list": {"content/topics/t.yaml": "- x\n"},
    "a page without front matter": {"content/pages/p.md": "Hello"},
    "a page in the place of a list": {"content/pages/topics.md": "---\ntitle: T\n---\n"},
    "a redirect to where a page is": {"content/news/9.md": record(9, "redirect_from: [/topics/]")},
    "two articles at one address": {"content/a/9.md": record(9), "content/b/9.md": record(9).replace("/9", "/other")},
    "two articles with one id": {"content/a/8.md": record(9), "content/b/9.md": record(9)},
    "a lone surrogate": {"content/news/9.md": record(9).replace("Story", "St\\ud800ry")},
    "a billion laughs": {"content/news/9.md": record(9, *LAUGHS)},
    "a title that is a mapping": {"content/news/9.md": record(9).replace('"Story 9"', "{a: b}")},
    "a date in the year 0": {"content/news/9.md": record(9, day="0000-01-01")},
    "an offset before all time": {
        "content/news/9.md": record(9, day="0001-01-01").replace("09:00:00Z", "00:00:00+14:00")
    },
    "a huge integer": {"content/news/9.md": record(9, f"quality: {'9' * 5000}")},
    "images that are texts": {"content/news/9.md": record(9, "images: [a, b]")},
    "a template without text of its own": {"templates/article.html": "{% extends 'nowhere.html' %}"},
}


@pytest.mark.parametrize("name", SITES)
def test_a_broken_site_is_said_in_a_line_and_changes_nothing(tmp_path: Path, name: str) -> None:
    site = digest(tmp_path)
    run(site)
    before = tree(site / "public")
    write(site, SITES[name])

    status, said = build(site)

    assert "Traceback" not in said
    assert status == 1
    assert ": error[" in said
    assert said.startswith(tuple(sorted({path.partition("/")[0] for path in SITES[name]})))
    assert tree(site / "public") == before


def test_all_broken_files_are_named_in_one_run(tmp_path: Path) -> None:
    site = digest(tmp_path)
    broken = {
        **{f"content/news/broken-{number}.md": f"---\nnumber: {number}\n---\n" for number in range(25)},
        "content/topics/t.yaml": "description: x\n",
        "content/pages/p.md": "Hello",
        "site.yaml": "page_size: none\n",
    }
    write(site, broken)

    status, said = build(site)
    status_json, said_json = build(site, "--format", "json")
    status_github, said_github = build(site, "--format", "github")

    assert (status, status_json, status_github) == (1, 1, 1)
    assert [name for name in broken if f"{name}:" not in said] == []
    assert set(broken) == {json.loads(line)["path"] for line in said_json.splitlines()}
    assert [name for name in broken if f" file={name},line=" not in said_github] == []
    assert all(line.startswith(("::error ", "::warning ")) for line in said_github.splitlines())


def test_what_is_left_out_is_in_no_published_file(tmp_path: Path) -> None:
    site, fresh = digest(tmp_path / "site"), digest(tmp_path / "fresh")
    bad = record(9, "heat: very", title="Unsound Headline").replace("[Topic 0]", "[Unsound Topic]")
    write(site, {"content/news/unsound.md": bad})

    status, said = build(site, "--keep-going", "--format", "json")

    run(fresh)
    assert status == 0
    assert [json.loads(line)["severity"] for line in said.splitlines()] == ["error"]
    assert snapshot(site / "public") == snapshot(fresh / "public")


# Promises over time


def leaks(out: Path, *texts: str) -> list[tuple[str, str]]:
    """Return every file and text where one of the texts is in the file or its name."""
    return [
        (name, text) for name, data in snapshot(out).items() for text in texts if text.encode() in data or text in name
    ]


@pytest.mark.parametrize("how", ["unpublished", "put off", "deleted", "left out as broken"])
def test_nothing_remains_of_a_story_that_is_withdrawn(tmp_path: Path, how: str) -> None:
    site = digest(tmp_path)
    lines = ("provider: {name: Quokka Provider, domain: quokka.example}", "id: urn:example:quokka")
    name = "content/news/quokka-file.md"
    live = record(9, *lines, title="Quokka Headline").replace("topics: [Topic 0]", "topics: [Quokka Topic]")
    texts = ("Quokka", "quokka", "p4.example/9")
    write(site, {name: live})
    run(site)
    assert {text for _, text in leaks(site / "public", *texts)} == set(texts)
    if how == "deleted":
        (site / name).unlink()
    else:
        changes = {"unpublished": ("published: true", "published: false"), "put off": ("2024", "2030")}
        write(site, {name: live.replace(*changes.get(how, ("published: true", "published: true\nheat: very")))})

    report = run(site, keep_going=True)

    assert report.outcome is not None
    assert leaks(site / "public", *texts) == []


@pytest.mark.parametrize(("seconds", "is_due"), [(-1, False), (0, True), (1, True)])
def test_a_story_is_due_at_its_very_second(tmp_path: Path, seconds: int, is_due: bool) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/due.md": record(12, day="2025-06-01")})

    run(site, now=datetime.fromtimestamp(datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp() + seconds, UTC))

    assert (site / "public/2025/06/01/due/index.html").exists() == is_due


def test_processes_and_hash_seeds_change_no_byte(tmp_path: Path) -> None:
    site = digest(tmp_path, 150)
    write(site, {f"content/news/{n}.md": record(n, f"category: s{n % 3}") for n in range(150)})
    settings = [("1", "0", "UTC", "C"), ("2", "1", "Asia/Kathmandu", "C.UTF-8"), ("2", "42", "America/St_Johns", "C")]
    shots = []

    for number, (jobs, seed, zone, language) in enumerate(settings):
        out = f"out-{number}"
        status, said = build(
            site, "--out", out, "--jobs", jobs, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=language, LANG=language
        )
        assert (status, said) == (0, "")
        shots.append(snapshot(site / out))

    assert len(shots[0]) > 250
    assert shots[0] == shots[1] == shots[2]


def change(site: Path, draw: random.Random, step: int) -> str:
    """Change something, however unlikely, about a digest or what was built of it; return what."""
    name = draw.choice(
        "add edit move publish delete topic no-topic settings no-settings template no-template static no-static page "
        "no-page break mend tamper lose lose-manifest touch-all".split()
    )
    records = sorted((site / "content").glob("news/**/*.md"))
    pages = sorted((site / "public").rglob("*.html")) if (site / "public").is_dir() else []
    texts = {
        "add": (
            f"content/news/added-{step}.md",
            record(100 + step, day=f"202{draw.randint(1, 5)}-02-0{draw.randint(1, 9)}"),
        ),
        "topic": (
            "content/topics/t.yaml",
            f"name: Topic {step % 3}\nsynonyms: [Topic {(step + 1) % 3}]\ndescription: {step}\n",
        ),
        "settings": (
            "site.yaml",
            f"title: T{step}\npage_size: {1 + step % 4}\nbase_url: https://x.example/{'a/' * (step % 3)}\n",
        ),
        "template": (f"templates/{draw.choice(['card', 'front', 'feed-item'])}.html", f"Step {step}"),
        "static": (draw.choice(["static/robots.txt", "static/hashed/broadsheet.css", "static/d/x"]), str(step)),
        "page": ("content/pages/about.md", f"---\ntitle: About {step}\nredirect_from: [/was-{step}/]\n---\n"),
        "break": ("content/news/broken.md", f"---\nstep: {step}\n---\n"),
    }
    gone = {
        "no-topic": "content/topics",
        "no-settings": "site.yaml",
        "no-template": "templates",
        "no-static": "static",
        "no-page": "content/pages",
        "mend": "content/news/broken.md",
        "lose-manifest": f"public/{MANIFEST}",
    }
    if name in texts:
        write(site, dict([texts[name]]))
    elif name in gone:
        place = site / gone[name]
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    elif name in {"edit", "move", "publish", "delete"}:
        change_record(site, name, draw.choice(records), step)
    elif pages:
        damage(name, pages, draw.choice(pages), step)
    return name


def change_record(site: Path, name: str, path: Path, step: int) -> None:
    """Edit, move, publish, withhold or delete a record; the last few stay."""
    text = path.read_text()
    if name == "edit":
        path.write_text(text.replace("excerpt: ", f"excerpt: E{step} ", 1))
    elif name == "move":
        (site / f"content/news/m{step}").mkdir()
        path.rename(site / f"content/news/m{step}" / path.name)
    elif name == "publish":
        old, new = ("true", "false") if "published: true" in text else ("false", "true")
        path.write_text(text.replace(f"published: {old}", f"published: {new}"))
    elif len(list((site / "content/news").rglob("*.md"))) > 3:
        path.unlink()


def damage(name: str, pages: list[Path], page: Path, step: int) -> None:
    """Change or remove what was published, by hand."""
    if name == "tamper":
        page.write_text(f"Tampered {step}")
    elif name == "lose":
        page.unlink()
    else:
        for each in pages:
            each.touch()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_after_forty_changes_a_warm_build_is_still_the_cold_one(tmp_path: Path, seed: int) -> None:
    site = digest(tmp_path / "site", 9)
    draw = random.Random(seed)  # noqa: S311 - only changes are drawn
    history: list[str] = []
    for step in range(40):
        history.append(change(site, draw, step))
        cold = tmp_path / f"cold-{step}"

        reports: list[Report] = [run(site, keep_going=True), run(site, cold, keep_going=True)]

        assert reports[0].problems == reports[1].problems, history
        assert reports[0].outcome is not None, history
        assert snapshot(site / "public") == snapshot(cold), history
    assert len(set(history)) > 12


def test_strict_and_going_on_leaves_out_what_only_warns(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/9.md": record(9, "flavour: salty")})

    report = run(site, keep_going=True, is_strict=True)

    assert report.articles == 5
    assert [(problem.code, problem.severity) for problem in report.problems] == [("unknown-field", "error")]
    assert not (site / "public/2024/05/01/9").exists()


@pytest.mark.parametrize("text", ["page_size: many\n", "- a\n", "language: klingonish\nfeeds: {limit: 0}\n"])
def test_going_on_needs_settings_that_hold(tmp_path: Path, text: str) -> None:
    site = digest(tmp_path)
    run(site)
    before = tree(site / "public")
    write(site, {"site.yaml": text, "content/news/9.md": "---\n---\n"})

    report = run(site, keep_going=True)

    assert report.outcome is None
    assert {problem.location.path.rpartition("/")[2] for problem in report.problems} == {"site.yaml", "9.md"}
    assert tree(site / "public") == before


def test_a_template_that_cannot_be_read_hides_no_problem_of_the_content(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/news/9.md": "---\n---\n"})
    (site / "templates").mkdir()
    (site / "templates/404.html").write_bytes(b"\xff")

    report = run(site)

    assert {problem.code for problem in report.problems} == {"bad-encoding", "missing-field"}


def test_a_foreign_file_where_a_page_needs_a_folder_stays(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"public/topics": "mine"})

    with pytest.raises(OutputError, match="no build of Broadsheet wrote it"):
        run(site)

    assert snapshot(site / "public") == {"topics": b"mine"}


def test_a_redirect_to_a_file_where_a_page_needs_a_folder_has_a_place(tmp_path: Path) -> None:
    site = digest(tmp_path)
    write(site, {"content/pages/about.md": "---\ntitle: About\n---\n"})
    write(site, {"content/news/9.md": record(9, "redirect_from: [/about]")})

    report = run(site)

    assert [problem.code for problem in report.problems] == ["address-collision"]
    assert report.problems[0].location.path.endswith("9.md")
