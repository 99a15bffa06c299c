"""Jekyll's addresses: as its documentation has them, and as Jekyll itself makes them where it is installed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import skip

from broadsheet.moving.jekyll import (
    Unknowable,
    document_address,
    is_excluded,
    page_address,
    settings_of,
    slugify,
    with_defaults,
)
from broadsheet.moving.lists import plugin_addresses

PERMALINKS = (
    "",
    "date",
    "pretty",
    "ordinal",
    "weekdate",
    "none",
    "/:year/:month/:day/:title/",
    "/:categories/:short_year/:i_month/:i_day/:slug.html",
    "/:title",
    "/x/:title:output_ext",
    "/:year/:short_month/:long_month/:short_day/:long_day/:y_day/:w_year-:week-:w_day/:hour:minute:second/:name/",
    "/api/:categories/:year/:month/:day/:title/index.json",
    "/:slugified_categories/:path/",
    "/a//b/../:title/",
)
DOCUMENTS: dict[str, dict[str, Any]] = {
    "_posts/2019-08-06-a-story.md": {},
    "_posts/2019-08-07-With.dots_and Spaces.md": {"category": "Big News"},
    "_posts/2019-08-08-ünïcode-é.md": {"categories": ["One", "two words", "one"]},
    "_posts/2019-1-9-short-day.md": {"date": "2019-02-03 23:30:00 +0000"},
    "deep/er/_posts/2019-08-10-nested.md": {"categories": "alpha beta"},
    "_posts/2019-08-11-slugged.md": {"slug": "Own Slug!"},
    "_posts/2019-08-12-own.md": {"permalink": "/own/:title/"},
    "_posts/2019-08-13-own-file.md": {"permalink": "/own/file.txt"},
    "_posts/2019-08-14-own-plain.md": {"permalink": "/own/plain"},
    "_posts/2019-08-15-withheld.md": {"published": False},
    "_news/2019-08-06-in-news.md": {"date": "2020-01-02"},
    "_news/power-apps/2019-08-07-deep-news.md": {"category": "news"},
    "_news/plain.md": {"date": "2020-03-04 05:06:07"},
    "_quiet/2019-08-06-not-shown.md": {},
}
PAGES: dict[str, dict[str, Any]] = {
    "about.md": {},
    "folder/page.markdown": {},
    "folder/index.html": {},
    "index.md": {},
    "data.json": {},
    "linked.md": {"permalink": "/over/there/"},
    "named.md": {"permalink": "/over/named.htm"},
}


def config(permalink: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "timezone": "Asia/Tokyo",
        "collections": {"news": {"output": True}, "quiet": {"output": False}},
        "defaults": [
            {"scope": {"path": "", "type": "posts"}, "values": {"category": "general"}},
            {"scope": {"path": "_news/power-apps"}, "values": {"permalink": "/apps/:path:output_ext"}},
            {"scope": {"path": "", "type": "news"}, "values": {"permalink": "/all/:title/"}},
        ],
    }
    return {**values, **({"permalink": permalink} if permalink else {})}


def ours(config: dict[str, Any]) -> set[str]:
    """The files that Jekyll should make, by our own reckoning."""
    settings = settings_of(config)
    found = set()
    for path, front in DOCUMENTS.items():
        name = "posts" if "_posts/" in path else path.split("/")[0].removeprefix("_")
        collection = next(one for one in settings.collections if one.name == name)
        values = with_defaults(settings, path, name, front)
        if collection.is_output and values.get("published") is not False:
            found.add(document_address(settings, collection, path, values))
    found |= {
        page_address(settings, path, with_defaults(settings, path, "pages", front)) for path, front in PAGES.items()
    }
    return {f"{address}index.html".lstrip("/") if address.endswith("/") else address.lstrip("/") for address in found}


def theirs(folder: Path, values: dict[str, Any]) -> set[str]:
    """The files that Jekyll makes."""
    folder.mkdir()
    (folder / "_config.yml").write_text(json.dumps(values), "utf-8")
    for path, front in {**DOCUMENTS, **PAGES}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(
            f"---\n{json.dumps(front)[1:-1]}\n---\nText\n".replace("---\n\n", "---\n")
            if not front
            else f"---\n{json.dumps(front)}\n---\nText\n",
            "utf-8",
        )
    command: list[str | Path] = [
        "jekyll",
        "build",
        "--quiet",
        "--safe",
        "--source",
        folder,
        "--destination",
        folder / "_site",
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return {path.relative_to(folder / "_site").as_posix() for path in (folder / "_site").rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("permalink", PERMALINKS)
def test_jekyll_makes_the_files_that_we_say_it_made(tmp_path: Path, permalink: str) -> None:
    if shutil.which("jekyll") is None:
        skip("Jekyll is not installed")
    values = config(permalink)

    assert {unquote(path) for path in ours(values)} == theirs(tmp_path / "site", values)


@pytest.mark.parametrize(
    ("text", "plain", "pretty"),
    [
        ("A Story", "a-story", "A-Story"),
        ("  Ünïcode – & more!  ", "ünïcode-more", "Ünïcode-&-more!"),
        ("dots.and_under", "dots-and-under", "dots.and_under"),
        ("日本語 2", "日本語-2", "日本語-2"),
        ("---", "", ""),
    ],
)
def test_slugs_are_those_of_jekyll(text: str, plain: str, pretty: str) -> None:
    assert (slugify(text), slugify(text, is_pretty=True)) == (plain, pretty)


@pytest.mark.parametrize(
    ("permalink", "path", "values", "address"),
    [
        ("pretty", "_posts/2019-08-06-a.md", {}, "/2019/08/06/a/"),
        ("date", "_posts/2019-08-06-a.md", {"category": "AI News"}, "/ai%20news/2019/08/06/a.html"),
        ("ordinal", "_posts/2019-08-06-a.md", {}, "/2019/218/a.html"),
        ("/:title", "_posts/2019-08-06-a.md", {}, "/a.html"),
        ("/:year_:month-x/", "_posts/2019-08-06-a.md", {}, "/2019_08-x/"),
        ("/:title/", "_posts/2019-08-06-a.md", {"permalink": "/b/:year.json"}, "/b/2019.json"),
        ("/:year/:title/", "_posts/2019-08-06-a.md", {"date": "2020-01-01 00:00:00 +0900"}, "/2019/a/"),
    ],
)
def test_a_post_has_the_address_of_its_permalink(
    permalink: str, path: str, values: dict[str, Any], address: str
) -> None:
    settings = settings_of({"permalink": permalink})

    assert document_address(settings, settings.collections[0], path, values) == address


@pytest.mark.parametrize(
    ("permalink", "path", "values", "why"),
    [
        ("/:year/:title/", "_posts/undated.md", {}, "the day on which the site was built"),
        ("/:nothing/", "_posts/2019-08-06-a.md", {}, "Jekyll knows no ':nothing'"),
        ("date", "_posts/2019-13-06-a.md", {}, "2019-13-06 is no day"),
        ("date", "_posts/2019-08-06-a.md", {"date": "soon"}, "its date is none: soon"),
    ],
)
def test_some_addresses_nobody_knows(permalink: str, path: str, values: dict[str, Any], why: str) -> None:
    settings = settings_of({"permalink": permalink})

    with pytest.raises(Unknowable, match=why):
        document_address(settings, settings.collections[0], path, values)


def test_settings_of_another_kind_count_as_absent() -> None:
    settings = settings_of(
        {"title": 5, "collections": 7, "defaults": ["x", {"scope": 1}], "exclude": "a", "paginate": "b"}
    )

    assert settings == settings_of({})


def test_what_is_excluded_is_matched_as_paths_and_patterns() -> None:
    settings = settings_of({"exclude": ["README.md", "tools/", "*.log", "docs/*.txt"]})

    found = [is_excluded(settings, path) for path in ("README.md", "tools/x/y.rb", "a.log", "docs/b.txt", "b.txt")]
    assert found == [True, True, True, True, False]


def test_the_base_begins_with_a_slash_whether_it_was_written_or_not() -> None:
    assert [settings_of({"baseurl": base}).base for base in ("", "/", "digest", "/digest/")] == [
        "",
        "",
        "/digest",
        "/digest",
    ]


def test_plug_ins_make_feeds_and_pages_where_their_settings_say() -> None:
    values = {
        "plugins": ["jekyll-feed", "jekyll-paginate", "jekyll-redirect-from"],
        "feed": {"path": "all.xml", "collections": {"news": {"path": "/n.xml"}, "more": {"categories": ["a"]}}},
        "paginate": 2,
        "paginate_path": "/list/page:num/",
    }

    assert [address for address, _ in plugin_addresses(settings_of(values).plugins, 5)] == [
        "/all.xml",
        "/n.xml",
        "/feed/more.xml",
        "/feed/more/a.xml",
        "/redirects.json",
        "/list/page2/",
        "/list/page3/",
    ]
    assert list(plugin_addresses(settings_of({"paginate": 2}).plugins, 5)) == []
