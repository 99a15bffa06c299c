"""The HTML of every page is valid, and its policy lets nothing run but scripts of the site's own."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from pprint import pformat
from xml.etree import ElementTree as ET

import html5lib
import pytest
from conftest import skip
from showcase import Site

pytestmark = pytest.mark.slow

# Warnings of the checker that are no faults, each with the reason.
ALLOWED = {
    r"(Resource|Inline script) violates Content Security Policy.*": (
        "the checker reads files, which have no host that could be 'self', and takes JSON-LD for a script that runs; "
        "test_browser.py hears what a browser says of the policy"
    ),
}
DATA = {"application/ld+json"}
"""Types of <script> that are data: they do not run."""


MAIL = "email.html"


def _pages(sites: dict[str, Site]) -> Iterator[tuple[str, ET.Element]]:
    """Yield every HTML page of the sites with its tree; mails have rules of their own."""
    for site in sites.values():
        for path in sorted(path for path in site.out.rglob("*.html") if path.name != MAIL):
            tree: ET.Element = html5lib.parse(path.read_text(encoding="utf-8"), namespaceHTMLElements=False)
            yield f"{site.name}/{path.relative_to(site.out).as_posix()}", tree


def test_the_nu_html_checker_finds_nothing(sites: dict[str, Site], node_modules: Path) -> None:
    java = shutil.which("java")
    if java is None:
        skip("java is not installed")
    jar = node_modules / "vnu-jar/build/dist/vnu.jar"
    options = ["--stdout", "--format", "json", "--exit-zero-always", "--skip-non-html", "--also-check-svg"]
    folders = [str(site.out) for site in sites.values()]

    ran = subprocess.run(
        [java, "-jar", str(jar), *options, *folders], capture_output=True, text=True, check=True, timeout=300
    )

    found: dict[str, list[str]] = {}
    for told in json.loads(ran.stdout)["messages"]:
        counts = told["type"] == "error" or told.get("subType") == "warning"
        if (
            counts
            and not told["url"].endswith(MAIL)
            and not any(re.fullmatch(pattern, told["message"]) for pattern in ALLOWED)
        ):
            place = f"{told['url'].split('/served/')[-1]}:{told.get('lastLine')}"
            found.setdefault(told["message"], []).append(place)
    assert not found, pformat({message: places[:3] for message, places in found.items()})


def test_every_page_has_a_policy_that_begins_with_nothing(sites: dict[str, Site]) -> None:
    for name, tree in _pages(sites):
        head = next(tree.iter("head"))
        policies = [meta for meta in head.iter("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
        assert len(policies) == 1, name
        directives = {
            words[0]: words[1:] for words in (part.split() for part in policies[0].get("content", "").split(";"))
        }
        values = [value for words in directives.values() for value in words]
        before = [element.tag for element in list(head)[: list(head).index(policies[0])]]
        assert directives["default-src"] == ["'none'"], name
        assert set(directives.get("script-src", [])) <= {"'self'", "'wasm-unsafe-eval'"}, name
        assert set(directives.get("style-src", [])) <= {"'self'"}, name
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"} & set(values), name
        assert set(before) <= {"meta"}, f"{name}: what stands before the policy is not under it"


def test_nothing_stands_in_a_page_that_runs_or_styles(sites: dict[str, Site]) -> None:
    found = []

    for name, tree in _pages(sites):
        for element in tree.iter():
            runs = element.tag == "script" and not element.get("src") and element.get("type") not in DATA
            if runs or element.tag == "style":
                found.append(f"{name}: <{element.tag}>")
            found += [
                f"{name}: {key}={value}"
                for key, value in element.attrib.items()
                if re.match(r"on|style$", str(key), re.IGNORECASE) or re.match(r"\s*javascript:", value, re.IGNORECASE)
            ]

    assert not found, pformat(found)
