"""Releases: the form of the changelog, and that tag, version and changelog agree."""

import re

import pytest
from conftest import ROOT
from release import notes, releases

TEXT = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-02-01

### Added

- A thing.

## [0.1.0] - 2026-01-01

### Added

- All of it.
"""


def test_our_changelog_has_the_form_and_says_something() -> None:
    found = releases((ROOT / "CHANGELOG.md").read_text("utf-8"))

    assert next(iter(found)) == "Unreleased"
    assert any(text.count("\n- ") > 3 for _, text in found.values())


def test_the_notes_are_the_part_of_the_release() -> None:
    assert notes("v0.2.0", "0.2.0", TEXT) == "### Added\n\n- A thing."


@pytest.mark.parametrize(
    ("tag", "version", "text", "said"),
    [
        ("v0.2.1", "0.2.0", TEXT, "the tag is v0.2.1"),
        ("0.2.0", "0.2.0", TEXT, "the tag is 0.2.0"),
        ("v0.3.0", "0.3.0", TEXT, "newest release in CHANGELOG.md is 0.2.0"),
        ("v0.1.0", "0.1.0", TEXT, "newest release in CHANGELOG.md is 0.2.0"),
        (
            "v0.2.0",
            "0.2.0",
            TEXT.replace("[Unreleased]\n", "[Unreleased]\n\n- More\n"),
            "still stands under 'Unreleased'",
        ),
        ("v0.2.0", "0.2.0", TEXT.replace("2026-02-01", "soon"), "Invalid isoformat"),
        ("v0.2.0", "0.2.0", TEXT.replace(" - 2026-02-01", ""), "Invalid isoformat"),
        ("v0.2.0", "0.2.0", TEXT.replace("Added", "News"), "other sections"),
        ("v0.2.0", "0.2.0", TEXT.replace("[0.2.0] - 2026-02-01", "[0.0.9] - 2026-02-01"), "newest first"),
        ("v0.2.0", "0.2.0", TEXT.replace("[0.1.0]", "[v0.1]"), "is no version"),
        ("v0.2.0", "0.2.0", TEXT.replace("# Changelog\n", ""), "does not begin"),
        ("v0.2.0", "0.2.0", TEXT.replace("## [Unreleased]\n", "") + "\n## [Unreleased]\n", "comes first"),
    ],
)
def test_what_does_not_agree_is_no_release(tag: str, version: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        notes(tag, version, text)
