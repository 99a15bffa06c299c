"""Bring the catalogs up to date with the words of templates and package: `python -m tests.catalogs`.

New messages are added to each catalog without a translation, and those that nothing uses are dropped. What is
left to translate is printed.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "locale"
METHODS = [("broadsheet/**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def template() -> Catalog:
    """Return every message of the templates and the package, in the order of their first places."""
    found = Catalog(fuzzy=False)
    for name, _, message, _, _ in extract_from_dir(
        ROOT,
        METHODS,
        OPTIONS,
        KEYWORDS,
        callback=None,
        directory_filter=lambda folder: Path(folder).name not in {".venv", ".git", "public", "node_modules"},
    ):
        found.add(message, locations=[(name.removeprefix(f"{ROOT}/"), 0)])
    return found


def catalog(path: Path) -> Catalog:
    """Read a catalog."""
    with path.open(encoding="utf-8") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def written(messages: Catalog) -> str:
    """Write a catalog as text, without what changes by itself: line numbers and dates."""
    data = io.BytesIO()
    write_po(data, messages, width=120, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    plural = messages.plural_forms
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return f'{header}"Plural-Forms: {plural}\\n"\n\n{data.getvalue().decode().strip()}\n'


def missing(messages: Catalog) -> Iterator[str]:
    """Yield messages that are not translated."""
    for message in messages:
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and not all(texts):
            yield str(message.id)


def main() -> int:
    """Update every catalog; exit status 1 where messages are left to translate."""
    found = template()
    left = 0
    for path in sorted(FOLDER.glob("*.po")):
        messages = catalog(path)
        messages.update(found, no_fuzzy_matching=True)
        path.write_text(written(messages), encoding="utf-8")
        for name in missing(messages):
            left += 1
            print(f"{path.name}: {name}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
