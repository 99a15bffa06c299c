"""The tutorial, word for word: from an empty folder and the built wheel to a digest in which every link works."""

import json
import os
import subprocess
import sys
from pathlib import Path
from sysconfig import get_path

import pytest
from conftest import NOW, ROOT, skip
from crawling import crawl
from github_pages import serving
from snippets import Shell, follow

pytestmark = pytest.mark.slow
HEADLINE = "Town library opens its map archive"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the tutorial was followed; what the wheel needs comes from the environment of the tests."""
    if sys.platform == "win32":
        skip("commands of the tutorial are for a Unix shell")
    folder = tmp_path_factory.mktemp("tutorial")
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    programs = folder / "bin"
    programs.mkdir()
    (programs / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    (programs / "python3").chmod(0o755)
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": get_path("purelib"),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_DEPS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "SOURCE_DATE_EPOCH": str(int(NOW.timestamp())),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    variables |= {
        f"GIT_{role}_{what}": f"ada{at}"
        for role in ("AUTHOR", "COMMITTER")
        for what, at in (("NAME", ""), ("EMAIL", "@example.org"))
    }
    with Shell(folder, variables) as shell:
        count = follow((ROOT / "docs/tutorial.md").read_text("utf-8"), shell, ROOT, {})
        _, package = shell.run('python -c "import broadsheet; print(broadsheet.__file__)"')
        _, tracked = shell.run("git ls-files")
    assert count >= 10
    assert Path(package.strip()).is_relative_to(folder / "page/digests/.venv")
    assert not any(name.startswith(("public/", ".broadsheet/")) for name in tracked.splitlines())
    return folder / "page/digests/my-digest"


def test_it_ends_with_a_digest_in_which_every_link_works(followed: Path, tmp_path: Path) -> None:
    (tmp_path / "my-digest").symlink_to(followed / "public")

    with serving(tmp_path) as address:
        found = crawl(f"{address}my-digest/", own="https://user.github.io/my-digest/", also="robots.txt")

    assert found.broken == ()
    assert found.outside == ()
    for name in ("feed.xml", "atom.xml", "feed.json", "opml.xml", "sitemap.xml", "editions/2023-W23/", "topics/maps/"):
        assert f"{address}my-digest/{name}" in found.asked, name


def test_the_story_is_on_the_front_page_and_in_the_feeds(followed: Path) -> None:
    public = followed / "public"

    assert HEADLINE in (public / "index.html").read_text("utf-8")
    for feed in ("feed.xml", "atom.xml"):
        assert f"<title>{HEADLINE}</title>" in (public / feed).read_text("utf-8"), feed
    assert HEADLINE in [item["title"] for item in json.loads((public / "feed.json").read_text("utf-8"))["items"]]


def test_a_crawl_notices_what_is_missing(followed: Path, tmp_path: Path) -> None:
    site = tmp_path / "my-digest"
    site.mkdir()
    front = (followed / "public/index.html").read_text("utf-8")
    (site / "index.html").write_text(front.replace("</main>", '<a href="#nothing">x</a></main>'), "utf-8")

    with serving(tmp_path) as address:
        broken = crawl(f"{address}my-digest/", own="https://user.github.io/my-digest/").broken

    assert any(link.endswith("#nothing") for link in broken)
    assert any(link.endswith("/topics/maps/") for link in broken)
