"""A server on loopback that follows `_headers` and `_redirects`, as Netlify and Cloudflare Pages document them.

Both files are read by the rules that the two have in common, and anything else in them is an error. Where several rules
give a path one header, Cloudflare joins the values, and so does this server.
"""

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import unquote

from github_pages import Handler

RULES_LIMIT, LINE_LIMIT = 100, 2_000
"""Cloudflare's bounds for `_headers`."""
CONTROL = {"/_headers", "/_redirects"}
"""What a host reads and does not serve."""


@dataclass(frozen=True)
class Rule:
    """A path, in which `*` stands for anything, and the headers that it gets."""

    path: str
    headers: tuple[tuple[str, str], ...]

    def meets(self, path: str) -> bool:
        """Whether the rule is one for a path."""
        return re.fullmatch(".*".join(map(re.escape, self.path.split("*"))), path) is not None


def read_headers(text: str) -> list[Rule]:
    """Read a file of headers."""
    rules: list[tuple[str, list[tuple[str, str]]]] = []
    for line in text.splitlines():
        assert len(line) <= LINE_LIMIT
        if found := re.fullmatch(r"\s+([A-Za-z-]+): (\S.*)", line):
            rules[-1][1].append((found[1], found[2]))
        else:
            assert re.fullmatch(r"/[^\s*]*\*?", line), line
            rules.append((line, []))
    assert len(rules) <= RULES_LIMIT
    return [Rule(path, tuple(headers)) for path, headers in rules]


def headers_of(rules: list[Rule], path: str) -> dict[str, str]:
    """Return the headers that a path gets."""
    given: dict[str, str] = {}
    for rule in rules:
        if rule.meets(path):
            for name, value in rule.headers:
                given[name] = f"{given[name]}, {value}" if name in given else value
    return given


def read_redirects(text: str) -> dict[str, tuple[str, int]]:
    """Read a file of redirects: old paths, with new ones and the status."""
    found = {}
    for line in text.splitlines():
        old, new, status = line.split(" ")
        assert re.fullmatch(r"301!?", status), line
        assert old.startswith("/")
        assert new.startswith("/")
        found[unquote(old)] = (new, 301)
    return found


class HostHandler(Handler):
    """Answers for the one site in `root`."""

    is_user_page: ClassVar[bool] = True

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(self.path.partition("?")[0])
        moved = read_redirects((self.root / "_redirects").read_text("utf-8")).get(path)
        if path in CONTROL:
            self._send(404, {}, b"", with_body=with_body)
        elif moved:
            self._send(moved[1], {"Location": moved[0]}, b"", with_body=with_body)
        else:
            super()._answer(with_body=with_body)

    def _send(self, status: int, headers: dict[str, str], body: bytes, *, with_body: bool) -> None:
        rules = read_headers((self.root / "_headers").read_text("utf-8"))
        ours = headers_of(rules, self.path.partition("?")[0]) if status in {200, 304, 404} else {}
        default = {"Cache-Control": "public, max-age=0, must-revalidate"}  # of both hosts
        super()._send(status, {**headers, **default, **ours}, body, with_body=with_body)
