"""robots.txt: which rules are ours, and what they allow."""

import pytest

from broadsheet.sources.robots import Robots, read_robots

SITE = "https://example.org"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Robots()),
        ("<!doctype html><title>No such page</title>", Robots()),
        ("User-agent: *\nDisallow:", Robots()),
        ("User-agent: *\nDisallow: /a # all of it\n", Robots((("/a", False),))),
        ("\ufeffUSER-AGENT : broadsheet\r\ndisallow:/a\r\nCrawl-Delay: 2.5", Robots((("/a", False),), 2.5)),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Broadsheet\nAllow: /", Robots((("/", True),))),
        ("User-agent: *\nDisallow: /\nUser-agent: Broadsheet\nUser-agent: Other\nCrawl-delay: 1", Robots((), 1.0)),
        ("User-agent: Other\nDisallow: /\n", Robots()),
        ("User-agent: Other\nSitemap: /x\nUser-agent: *\nDisallow: /a", Robots((("/a", False),))),
        ("User-agent: *\nCrawl-delay: soon", Robots()),
        ("User-agent: *\nCrawl-delay: -1\nCrawl-delay: inf\nCrawl-delay: nan", Robots()),
        ("Disallow: /\nUser-agent: *\nAllow: /a", Robots((("/a", True),))),
        ("User-agent: *\nDisallow: /\u00e4", Robots((("/%C3%A4", False),))),
        (f"User-agent: *\nDisallow: /{'a' * 600}", Robots()),
    ],
)
def test_rules_are_read(text: str, expected: Robots) -> None:
    assert read_robots(text, "Broadsheet") == expected


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        ("", "/a", True),
        ("-/a", "/a/b", False),
        ("-/a", "/b/a", True),
        ("-/ +/a", "/a/b", True),
        ("-/a +/a", "/a", True),
        ("-/a/ +/a", "/a/b", False),
        ("-/*?", "/a?b=c", False),
        ("-/*?", "/a", True),
        ("-/*.pdf$", "/a/b.pdf", False),
        ("-/*.pdf$", "/a.pdf/b", True),
        ("-/*.pdf$", "/a.pdf?x=.pdf", False),
        ("-/a$", "/a", False),
        ("-/a$", "/ab", True),
        ("-*/b*c", "/a/bxxc/d", False),
        ("-*/b*c", "/c/b", True),
        ("-/a*a$", "/a", True),
        ("-/a*$", "/abc", False),
    ],
)
def test_the_longest_rule_that_matches_decides(rules: str, path: str, is_allowed: bool) -> None:
    robots = Robots(tuple((rule[1:], rule[0] == "+") for rule in rules.split()))

    assert robots.allows(SITE + path) is is_allowed


def test_a_site_without_a_path_is_its_root() -> None:
    assert not Robots((("/", False),)).allows(SITE)


def test_many_stars_take_no_time() -> None:
    assert Robots((("/" + "*a" * 200 + "$", False),)).allows(SITE + "/" + "a" * 100_000 + "b")
