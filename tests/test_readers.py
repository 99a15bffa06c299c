"""Real feed readers, fed from loopback, show what the records say, and nothing comes back as new."""

import json
import os
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from conftest import skip
from github_pages import serving
from site_builder import digest, record, run, write

pytestmark = pytest.mark.slow

JSON_SCRIPT = """
const FeedMe = require("feedme");
require("http").get(process.argv[1], (response) => {
  const parser = new FeedMe(true);
  parser.on("finish", () => {
    const items = parser.done().items.map((item) => ({ id: item.id, title: item.title, date: item.date_published }));
    console.log(JSON.stringify(items));
  });
  response.pipe(parser);
});
"""
SCRIPT = """
const Parser = require("rss-parser");
new Parser().parseURL(process.argv[1]).then((feed) => {
  const items = feed.items.map((item) => ({
    id: item.guid ?? item.id, title: item.title, link: item.link, date: item.isoDate,
  }));
  console.log(JSON.stringify(items));
});
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder whose `digest/` holds a site, and the address it is served at."""
    site = digest(tmp_path / "site", 12)
    root = tmp_path / "served"
    with serving(root) as origin:
        url = f"{origin}digest/"
        run(site, root / "digest", base_url=url)
        yield site, url


def expected() -> list[tuple[str, str, int]]:
    """Return id, title and time of each article, as the records have them."""
    moments = [datetime(2024, 5, 1, n, tzinfo=UTC) for n in range(12)]
    urls = [f"https://p{n % 5}.example/{n}" for n in range(12)]
    return sorted(
        (uuid.uuid5(uuid.NAMESPACE_URL, url).urn, f"Story {n}", int(moment.timestamp()))
        for n, (url, moment) in enumerate(zip(urls, moments, strict=True))
    )


def newsboat(home: Path, *command: str) -> str:
    """Run newsboat with files of its own; return what it prints."""
    program = shutil.which("newsboat")
    if program is None:
        skip("newsboat is not installed")
        raise AssertionError
    arguments = [program, "-u", str(home / "urls"), "-c", str(home / "cache.db"), "-C", str(home / "config")]
    result = subprocess.run([*arguments, "-x", *command], capture_output=True, text=True, check=True, timeout=120)
    return result.stdout


@pytest.mark.parametrize("name", ["feed.xml", "atom.xml"])
def test_newsboat_shows_the_records_and_nothing_comes_back(served: tuple[Path, str], tmp_path: Path, name: str) -> None:
    site, url = served
    out = tmp_path / "served" / "digest"
    home = tmp_path / "newsboat"
    write(home, {"urls": f"{url}{name}\n", "config": "auto-reload no\n"})

    newsboat(home, "reload")
    with sqlite3.connect(home / "cache.db") as database:
        shown = sorted(database.execute("select guid, title, pubDate from rss_item"))
        database.execute("update rss_item set unread = 0")
    (site / "content/news/1.md").rename(site / "content/renamed.md")
    write(site, {"content/news/2.md": record(2, title="Another headline")})
    run(site, out, base_url="https://example.com/moved/")
    newsboat(home, "reload")
    with sqlite3.connect(home / "cache.db") as database:
        titles = {title for (title,) in database.execute("select title from rss_item where deleted = 0")}
        links = {link for (link,) in database.execute("select url from rss_item where deleted = 0")}

    assert shown == expected()
    assert len(shown) == 12
    assert newsboat(home, "print-unread").startswith("0 ")
    assert "Another headline" in titles
    assert all(link.startswith("https://example.com/moved/") for link in links)
    database.close()


@pytest.mark.parametrize("name", ["feed.xml", "atom.xml"])
def test_feedparser_over_http(served: tuple[Path, str], name: str) -> None:
    _, url = served

    feed = feedparser.parse(url + name)

    shown = sorted(
        (e.id, e.title, int(datetime(*e.published_parsed[:6]).astimezone().timestamp())) for e in feed.entries
    )
    assert not feed.bozo
    assert [(i, t) for i, t, _ in shown] == [(i, t) for i, t, _ in expected()]


@pytest.mark.parametrize(
    ("name", "package", "script"),
    [("feed.xml", "rss-parser", SCRIPT), ("atom.xml", "rss-parser", SCRIPT), ("feed.json", "feedme", JSON_SCRIPT)],
)
def test_npm_parsers_show_the_records(served: tuple[Path, str], name: str, package: str, script: str) -> None:
    _, url = served
    node, modules = shutil.which("node"), os.environ.get("BROADSHEET_NODE_MODULES", "")
    if node is None or not Path(modules, package).is_dir():
        skip(f"node, or {package} in BROADSHEET_NODE_MODULES, is not there")
        raise AssertionError
    environment = {**os.environ, "NODE_PATH": modules}

    result = subprocess.run(
        [node, "-e", script, url + name], env=environment, capture_output=True, text=True, check=True
    )

    items = json.loads(result.stdout)
    shown = sorted((i["id"], i["title"], int(datetime.fromisoformat(i["date"]).timestamp())) for i in items)
    assert shown == expected()
