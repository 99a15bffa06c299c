"""Moving a Jekyll site in: what comes, what stays, and that every old address answers."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from conftest import skip
from github_pages import serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from site_builder import record, run, snapshot, write
from test_jekyll import PERMALINKS

from broadsheet.cli import broadsheet
from broadsheet.core.model import Source
from broadsheet.records.articles import Rules, parse_filed
from broadsheet.records.redirecting import add_redirects

CONFIG = "title: Old Digest\nurl: https://user.github.io\nbaseurl: /digest\nlang: de\ntimezone: Europe/Berlin\ncollections:\n  news:\n    output: true\n"


def old_site(folder: Path, config: str = CONFIG) -> Path:
    """A Jekyll site of the family: records in a collection, topics as data, a page, files, and a theme."""
    write(
        folder,
        {
            "_config.yml": config,
            "_news/2024-05-01-first.md": record(1),
            "_news/deep/2024-05-02-second.md": record(2, body="A comment."),
            "_news/2024-05-03-unsaid.md": record(3).replace("published: true\n", ""),
            "_news/2024-05-04-withheld.md": record(4, pub="false"),
            "_data/topics/00-first.yaml": "name: Topic 1\n_id: topic-1\n",
            "_data/nav.yml": "- a\n",
            "_layouts/post.html": "{{ content }}\n",
            "_drafts/2024-06-01-draft.md": record(5, pub="true"),
            "about.md": "---\ntitle: About\n---\nWho we are.\n",
            "index.html": "---\n---\n{% for post in site.news %}{% endfor %}\n",
            "assets/a.png": "not really",
            "README.md": "# Read me",
        },
    )
    (folder / "_news/2024-05-01-first.md").write_bytes(record(1).replace("\n", "\r\n").encode())
    return folder


def command(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(broadsheet, ["import", "--now", "2026-01-01", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def report(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command(*arguments, "--format", "json")[1])
    return found


def test_what_belongs_to_a_digest_comes_and_the_rest_is_named(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")

    status, text, errors = command(old, tmp_path / "new")

    assert (status, errors) == (0, "")
    assert sorted(snapshot(tmp_path / "new")) == [
        "content/drafts/2024-06-01-draft.md",
        "content/news/2024-05-01-first.md",
        "content/news/2024-05-03-unsaid.md",
        "content/news/2024-05-04-withheld.md",
        "content/news/deep/2024-05-02-second.md",
        "content/pages/about.md",
        "content/topics/00-first.yaml",
        "site.yaml",
        "static/assets/a.png",
    ]
    assert "read: 5 records, 2 drafts among them, 1 topic, 1 page, 1 other file" in text
    assert "'published: true' added to 1 record that the old site showed" in text
    assert "old addresses that answer: 5 of 5" in text
    for path in ("_layouts/post.html", "_data/nav.yml", "index.html", "README.md"):
        assert f"    {path}\n" in text


def test_records_keep_their_bytes_but_for_what_had_to_be_said(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    command(old, tmp_path / "new")

    def pair(name: str) -> tuple[bytes, bytes]:
        return (old / "_news" / name).read_bytes(), (tmp_path / "new/content/news" / name).read_bytes()

    one, other = pair("2024-05-01-first.md")
    assert other == one.replace(b"---\r\n\r\n", b'redirect_from: ["/news/2024-05-01-first.html"]\r\n---\r\n\r\n')
    one, other = pair("2024-05-03-unsaid.md")
    assert b"published: true\n" in other
    assert len(other.splitlines()) == len(one.splitlines()) + 2
    one, other = pair("2024-05-04-withheld.md")
    assert one == other


def test_nothing_comes_out_that_the_old_site_did_not_show(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    command(old, tmp_path / "new")

    run(tmp_path / "new")

    shown = "".join(path.read_text("utf-8") for path in (tmp_path / "new/public").rglob("*.html"))
    assert "Story 3" in shown
    assert "Story 4" not in shown
    assert "Story 5" not in shown


def test_settings_come_along(tmp_path: Path) -> None:
    command(old_site(tmp_path / "old"), tmp_path / "new")

    text = (tmp_path / "new/site.yaml").read_text("utf-8")

    for line in (
        'title: "Old Digest"',
        'base_url: "https://user.github.io/digest/"',
        'language: "de"',
        'timezone: "Europe/Berlin"',
    ):
        assert f"\n{line}\n" in text


def test_twice_is_once(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    command(old, tmp_path / "new")
    before = snapshot(tmp_path / "new")

    status, text, _ = command(old, tmp_path / "new")

    assert status == 0
    assert snapshot(tmp_path / "new") == before
    assert "written: 0 files; there already: 9" in text


def test_what_was_edited_stays_and_what_is_new_comes(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    command(old, tmp_path / "new")
    edited = tmp_path / "new/content/news/2024-05-01-first.md"
    edited.write_bytes(edited.read_bytes() + b"My own words.\n")
    before = snapshot(tmp_path / "new")
    write(old, {"_news/2024-07-01-later.md": record(7)})

    status, text, _ = command(old, tmp_path / "new")

    assert status == 0
    assert "left as it is, since it was edited here: content/news/2024-05-01-first.md" in text
    after = snapshot(tmp_path / "new")
    assert set(after) - set(before) == {"content/news/2024-07-01-later.md"}
    assert {name: after[name] for name in before} == before


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")

    dry = report(old, tmp_path / "new", "--dry-run")
    was_there = (tmp_path / "new").exists()
    wet = report(old, tmp_path / "new")

    assert not was_there
    assert dry == wet


def test_a_broken_record_is_named_and_the_others_come(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    write(old, {"_news/bad.md": record(8, day="2024-99-99"), "_news/worse.md": "---\nwebUrl: [\n---\n"})

    status, text, errors = command(old, tmp_path / "new")

    assert status == 1
    assert "bad.md:4:20: error[bad-date]" in errors
    assert "worse.md:3:1: error[bad-yaml]" in errors or "worse.md:2:" in errors
    assert "read: 5 records" in text
    assert not (tmp_path / "new/content/news/bad.md").exists()


def test_liquid_is_named_where_it_stands(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    write(old, {"_news/2024-08-01-liquid.md": record(9, body="One\n{% include x %}")})

    text = command(old, tmp_path / "new")[1]
    lines = (old / "_news/2024-08-01-liquid.md").read_text().splitlines()

    assert f"    _news/2024-08-01-liquid.md:{lines.index('{% include x %}') + 1}\n" in text


def test_attributes_of_kramdown_are_named_where_they_stand(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    write(old, {"about.md": "---\ntitle: About\n---\nWho we are.\n{: .lead}\n"})

    text = command(old, tmp_path / "new")[1]

    assert "an attribute of kramdown, which would be shown as text (1)\n    about.md:5\n" in text


def test_addresses_of_lists_and_of_plug_ins_are_asked_for_and_those_that_are_gone_are_named(tmp_path: Path) -> None:
    plugins = "plugins: [jekyll-feed, jekyll-sitemap, jekyll-paginate]\npaginate: 1\n"
    old = old_site(tmp_path / "old", CONFIG + plugins)
    write(old, {f"_posts/2024-08-0{n}-post.md": record(20 + n, day=f"2024-08-0{n}") for n in (1, 2)})
    write(old, {"all.html": "---\n---\n{{ site.posts }}\n"})

    status, text, errors = command(old, tmp_path / "new")
    found = report(old, tmp_path / "new")

    assert (status, errors) == (0, "")
    assert [one["address"] for one in found["lists"]] == [
        "/all.html",
        "/",
        "/feed.xml",
        "/sitemap.xml",
        "/robots.txt",
        "/page2/",
    ]
    assert [one["address"] for one in found["gone"]] == ["/all.html", "/page2/"]
    assert "of what the old theme and its plug-ins made, 4 of 6 addresses answer" in text
    assert "  nothing answers at /all.html (all.html)\n" in text


def test_a_post_whose_date_had_not_come_is_a_draft(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    write(old, {"_posts/2031-01-01-early.md": record(12)})

    status, text, _ = command(old, tmp_path / "new")

    assert status == 0
    assert "published: false\n" in (tmp_path / "new/content/news/2031-01-01-early.md").read_text("utf-8")
    assert "its date has not come: Jekyll did not show it, and it is a draft here (1)" in text


def test_an_unknown_time_zone_is_left(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old", CONFIG.replace("Europe/Berlin", "Europe/Nowhere"))

    assert command(old, tmp_path / "new")[0] == 0
    assert "Nowhere" not in (tmp_path / "new/site.yaml").read_text("utf-8")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    write(tmp_path / "new", {"letters/one.txt": "Dear reader"})
    before = snapshot(tmp_path)

    status, _, errors = command(old, tmp_path / "new")

    assert (status, snapshot(tmp_path)) == (2, before)
    assert "holds other things, and no digest" in errors


def test_nothing_is_written_through_a_link_out_of_the_digest(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path / "new", {"site.yaml": "title: Mine\n"})
    (tmp_path / "new/content").symlink_to(tmp_path / "elsewhere")
    before = snapshot(tmp_path)

    status, _, errors = command(old, tmp_path / "new")

    assert (status, snapshot(tmp_path)) == (1, before)
    assert "leads out of the digest; nothing was written" in errors


def test_links_are_not_followed_and_sealed_text_is_not_shown(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    write(tmp_path, {"outside/2024-01-01-x.md": record(10)})
    (old / "_news/linked").symlink_to(tmp_path / "outside")
    (old / "_news/2024-01-01-x.md").symlink_to(tmp_path / "outside/2024-01-01-x.md")
    write(old, {"_news/2024-09-01-sealed.md": record(11, 'secured: "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"')})

    found = report(old, tmp_path / "new")

    assert "AbCdEfGhIjKlMnOpQrStUvWxYz" not in json.dumps(found)
    assert not any("linked" in name or name.endswith("2024-01-01-x.md") for name in found["written"])


def test_what_jekyll_does_not_read_stays_unless_it_is_asked_to(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old", CONFIG + "include: [.well-known, .htaccess]\n")
    for name in (".htaccess", ".well-known/key.txt", ".secret", "assets/.DS_Store", "assets/b.png~", "#c#", ".git/d"):
        write(old, {name: "x"})

    found = report(old, tmp_path / "new")

    static = {name for name in found["written"] if name.startswith("static/")}
    assert static == {"static/.htaccess", "static/.well-known/key.txt", "static/assets/a.png"}


def test_two_files_that_become_one_are_an_error(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old")
    write(old, {"_posts/2024-05-01-first.md": record(12)})

    status, _, errors = command(old, tmp_path / "new")

    assert status == 1
    assert "another file becomes content/news/2024-05-01-first.md too" in errors


@pytest.mark.parametrize("how", ["--verbose", "--dry-run"])
def test_two_records_that_want_one_new_address_are_named(tmp_path: Path, how: str) -> None:
    old = old_site(tmp_path / "old")
    write(old, {"_news/other/2024-05-02-first.md": record(21)})

    status, _, errors = command(old, tmp_path / "new", how)

    assert status == 1
    assert "/new/content/news/other/2024-05-02-first.md:2:8: error[address-collision]: /2024/05/01/first/" in errors
    assert "/digest/content" not in errors


def test_an_address_that_nothing_answers_at_is_named(tmp_path: Path) -> None:
    old = old_site(tmp_path / "old", CONFIG + "    permalink: /news/:year/con/:title/\n")

    status, text, _ = command(old, tmp_path / "new")

    assert status == 1
    assert "nothing answers at /news/2024/con/first/ (_news/2024-05-01-first.md)" in text
    assert "/news/2024/con/first/ is no address that a site of ours can have" in text


@pytest.mark.parametrize("where", ["empty", "same", "inside"])
def test_wrong_usage_is_told_and_nothing_is_written(tmp_path: Path, where: str) -> None:
    old = old_site(tmp_path / "top" / "old")
    (tmp_path / "empty").mkdir()
    source, target = {
        "empty": (tmp_path / "empty", tmp_path / "new"),
        "same": (old, old),
        "inside": (old, tmp_path / "top"),
    }[where]
    before = snapshot(tmp_path)

    status, _, errors = command(source, target)

    assert status == 2
    assert "no Jekyll site" in errors or "choose another folder" in errors
    assert snapshot(tmp_path) == before


def answers(base: str, address: str) -> bool:
    try:
        with urlopen(f"{base}{address}") as reply:
            return bool(reply.status == 200)
    except HTTPError:
        return False


@pytest.mark.parametrize(
    "permalink", ["", "/api/:categories/:year/:month/:day/:title/index.json", "/:year/:month/:day/:title/"]
)
def test_the_real_records_move_twice_is_once_and_every_old_address_answers(
    real_records: Path, tmp_path: Path, permalink: str
) -> None:
    old = tmp_path / "old"
    shutil.copytree(real_records / "power-apps", old / "_news/power-apps")
    shutil.copytree(real_records / "topics", old / "_data/topics")
    for path in real_records.glob("*.md"):
        shutil.copy(path, old / "_news")
    values: dict[str, Any] = {"title": "Old", "url": "https://user.github.io", "baseurl": "/digest"}
    values["collections"] = {"news": {"output": True, **({"permalink": permalink} if permalink else {})}}
    write(old, {"_config.yml": json.dumps(values)})

    first = report(old, tmp_path / "new")
    before = snapshot(tmp_path / "new")
    second = report(old, tmp_path / "new")
    run(tmp_path / "new", tmp_path / "www" / "digest", base_url="https://user.github.io/digest/")

    assert first["records"] == len(list((old / "_news").rglob("*.md")))
    assert (first["lost"], first["silent"]) == ([], [])
    assert second["written"] == []
    assert snapshot(tmp_path / "new") == before
    with serving(tmp_path / "www") as base:
        silent = [one["address"] for one in first["old"] if not answers(f"{base.rstrip('/')}/digest", one["address"])]
    assert first["old"]
    assert silent == []


@pytest.mark.slow
def test_every_file_that_jekyll_made_of_records_answers(tmp_path: Path) -> None:
    if shutil.which("jekyll") is None:
        skip("Jekyll is not installed")
    old = old_site(tmp_path / "old", CONFIG + "include: [.htaccess]\n")
    write(old, dict.fromkeys((".htaccess", ".secret", "assets/.DS_Store", "assets/b.png~", "#c#"), "x"))
    write(old, {"About Them.md": "---\ntitle: Them\n---\nText.\n"})
    made = [old / "_site"]
    subprocess.run(["jekyll", "build", "--quiet", "--safe", "--source", old, "--destination", made[0]], check=True)  # noqa: S607 - the one on the path
    files = {path.relative_to(made[0]).as_posix() for path in made[0].rglob("*") if path.is_file()}
    shutil.rmtree(made[0])

    found = report(old, tmp_path / "new")

    known = {one["address"].lstrip("/") for one in (*found["old"], *found["lists"])}
    known = {f"{path}index.html" if path.endswith("/") or not path else path for path in known}
    assert files - known == {"README.md"}
    assert known - files == set()


@pytest.mark.slow
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    permalink=st.sampled_from(PERMALINKS),
    names=st.lists(
        st.from_regex(r"2024-0[1-9]-1[0-9]-[a-z]{1,5}[ ._-]?[A-Za-z]{0,4}", fullmatch=True),
        min_size=1,
        max_size=4,
        unique_by=str.lower,
    ),
)
def test_any_permalink_answers_or_is_named(
    tmp_path_factory: pytest.TempPathFactory, permalink: str, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    write(folder, {f"old/_posts/{name}.md": record(n, title=name) for n, name in enumerate(names)})
    write(folder, {"old/_config.yml": json.dumps({"permalink": permalink} if permalink else {})})

    found = report(folder / "old", folder / "new")

    assert len(found["old"]) == len(names)
    named = " ".join(one["why"] for one in found["odd"]) + json.dumps(found["lost"])
    assert [
        one
        for one in found["silent"]
        if one["path"].rpartition("/")[2] not in named and "redirect_from" not in named and "no address" not in named
    ] == []


# Adding old addresses


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'redirect_from: ["/old/"]\n'),
        ("redirect_from: /a/\n", 'redirect_from: ["/a/", "/old/"]\n'),
        ("redirect_from:\n  - /a/\n  - /b/\n", 'redirect_from: ["/a/", "/b/", "/old/"]\n'),
        ("redirect_from:\n- /a/\n", 'redirect_from: ["/a/", "/old/"]\n'),
        ("redirect_from: [/old/]\n", "redirect_from: [/old/]\n"),
        ("redirect_from:\n  - /old/\n", "redirect_from:\n  - /old/\n"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_old_addresses_are_added_to_those_that_are_there(before: str, after: str, end: str) -> None:
    text = f"---\ntitle: A # a comment\n{before}publishedDateTime: 2024-05-01T00:00:00Z\nwebUrl: https://a.example/\n---\nText\n"
    place = (
        text if before else text.replace("---\nText", "redirect_from: []\n---\nText").replace("redirect_from: []\n", "")
    )
    expected = text.replace(before, after, 1) if before else place.replace("\n---\nText", f"\n{after}---\nText")
    source = Source(path="a.md", name="a.md", data=text.replace("\n", end).encode())

    data = add_redirects(source, Rules(), ["/old/"])

    assert data == expected.replace("\n", end).encode()
    assert parse_filed(Source(path="a.md", name="a.md", data=data), Rules()).value is not None


def test_a_record_in_error_is_left_alone() -> None:
    assert add_redirects(Source(path="a.md", name="a.md", data=b"---\ntitle: x\n---\n"), Rules(), ["/old/"]) is None
    whole = record(1).encode()
    assert add_redirects(Source(path="a.md", name="a.md", data=whole), Rules(), ["not a path"]) is None
