"""The tour in the README, as a new user would follow it: from nothing to a site with a story of a page in it."""

import json
import re
import shlex
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import ROOT
from terminal import Said, broadsheet

from broadsheet.cli import broadsheet as group

STORY = "https://example.org/news/map-archive"
HEADLINE = "Town library opens its map archive"
PAGE = f"""<!doctype html>
<html lang="en"><head><title>{HEADLINE} - Example News</title>
<meta property="og:title" content="{HEADLINE}">
<meta property="og:site_name" content="Example News">
<meta property="og:description" content="Four thousand maps can be read online now, and an RSS feed tells of new ones.">
<meta property="article:published_time" content="2023-06-08T23:51:00+02:00">
</head><body><p>Text.</p></body></html>
"""


class Newspaper(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_there = self.path == "/news/map-archive"
        body = PAGE.encode() if is_there else b""
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def newspaper() -> Iterator[str]:
    """The address of a newspaper on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Newspaper) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def tour() -> list[list[str]]:
    """Return the commands of the README's tour."""
    section = (ROOT / "README.md").read_text().partition("## A digest of your own\n")[2].partition("\n## ")[0]
    return [shlex.split(line) for line in re.findall(r"^\$ (.*)$", section, re.MULTILINE)]


def test_the_tour_leads_to_a_site_with_the_story_on_the_front_page_and_in_the_feeds(
    tmp_path: Path, newspaper: str
) -> None:
    here, said = tmp_path, dict[str, Said]()
    for command in tour():
        if command[0] == "cd":
            here /= command[1]
            continue
        program, name, *arguments = command
        assert program == "broadsheet"
        if name == "new":
            arguments = [argument.replace("https://example.org", newspaper) for argument in arguments]
            arguments.append("--allow-private")
        said[name] = broadsheet(name, *arguments, cwd=here)
        assert said[name].code == 0, said[name]

    assert list(said) == ["init", "new", "list", "check", "publish", "build"]
    assert set(re.findall(r"^  broadsheet (\w+)", said["init"].out, re.MULTILINE)) <= set(group.commands)
    assert HEADLINE in said["list"].out
    assert "RFC 5005" not in said["list"].out
    assert "error" not in said["check"].out + said["check"].err
    assert said["build"].err == ""
    assert "2 articles" in said["build"].out
    assert HEADLINE in (here / "public/index.html").read_text()
    assert HEADLINE in (here / "public/topics/feeds/index.html").read_text()  # by a keyword of the topic
    for feed in ("feed.xml", "atom.xml"):
        assert f"<title>{HEADLINE}</title>" in (here / "public" / feed).read_text(), feed
    items = json.loads((here / "public/feed.json").read_text())["items"]
    assert [item["title"] for item in items] == [HEADLINE, "RFC 5005: Feed Paging and Archiving"]
