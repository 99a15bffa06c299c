"""Check a release, and print what it brings: `python -m tests.release v1.2.3`.

The tag, the package's version and the newest release in CHANGELOG.md must agree; what is printed is that release's part.
"""

import re
import sys
from datetime import date
from pathlib import Path

from broadsheet import __version__

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def releases(changelog: str) -> dict[str, tuple[str, str]]:
    """Return the date and the text of each release of a changelog, newest first; that of "Unreleased" is empty.

    Raises ValueError where it is not in the form of Keep a Changelog 1.1: the headings, their order, and their dates.
    """
    head, *parts = re.split(r"^## ", changelog, flags=re.MULTILINE)
    if not head.startswith("# Changelog\n"):
        raise ValueError("it does not begin with '# Changelog'")
    found: dict[str, tuple[str, str]] = {}
    for number, part in enumerate(parts):
        heading, _, text = part.partition("\n")
        name, _, day = heading.partition(" - ")
        name = name.removeprefix("[").removesuffix("]")
        if name == "Unreleased":
            if number or day:
                raise ValueError("'Unreleased' comes first, and has no date")
        elif not _VERSION.fullmatch(name):
            raise ValueError(f"'{heading}' is no version")
        else:
            date.fromisoformat(day)
        unknown = set(re.findall(r"^### (.*)$", text, re.MULTILINE)) - set(SECTIONS)
        if unknown or name in found:
            raise ValueError(f"'{heading}' stands twice, or has other sections than {', '.join(SECTIONS)}")
        found[name] = (day, text.strip())
    dated = [(tuple(map(int, name.split("."))), day) for name, (day, _) in found.items() if name != "Unreleased"]
    if dated != sorted(dated, reverse=True):
        raise ValueError("releases stand newest first")
    return found


def notes(tag: str, version: str, changelog: str) -> str:
    """Return what a release brings. Raises ValueError where tag, version and changelog do not agree."""
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, and the package's version {version}")
    found = releases(changelog)
    newest = next((name for name in found if name != "Unreleased"), "")
    if newest != version:
        raise ValueError(f"the newest release in CHANGELOG.md is {newest or 'none'}, not {version}")
    if found.get("Unreleased", ("", ""))[1]:
        raise ValueError(f"something still stands under 'Unreleased' in CHANGELOG.md; it belongs under {version}")
    return found[version][1]


def main() -> int:
    """Print the notes of the release that a tag names; 1 where something does not agree."""
    try:
        print(notes(sys.argv[1], __version__, (ROOT / "CHANGELOG.md").read_text("utf-8")))
    except (ValueError, IndexError) as error:
        print(f"no release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
