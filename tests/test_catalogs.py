"""The theme's catalogs: every message translated, nothing else in them, and each value in its place."""

import re
from collections.abc import Iterator

import pytest
from catalogs import FOLDER, catalog, missing, template, written

from broadsheet.core.language import is_language

TAGS = sorted(path.stem for path in FOLDER.glob("*.po"))


def values(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


def pairs(tag: str) -> Iterator[tuple[str, str]]:
    """Yield each message with each of its translations; forms of a number may leave the number out."""
    for message in catalog(FOLDER / f"{tag}.po"):
        if isinstance(message.id, str):
            yield message.id, str(message.string)
        else:
            for text in message.string or ():
                yield message.id[1] if "%(num)s" in text else message.id[1].replace("%(num)s", ""), text


def test_there_are_two_languages_beside_english_and_one_is_written_from_the_right() -> None:
    assert {"ar", "de"} <= set(TAGS)
    assert all(is_language(tag) for tag in TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_every_message_is_translated_and_no_other(tag: str) -> None:
    found = catalog(FOLDER / f"{tag}.po")

    assert list(missing(found)) == []
    assert {str(m.id) for m in found if m.id} == {str(m.id) for m in template() if m.id}


@pytest.mark.parametrize("tag", TAGS)
def test_every_value_keeps_its_place(tag: str) -> None:
    assert [(message, text) for message, text in pairs(tag) if values(message) != values(text)] == []


@pytest.mark.parametrize("tag", TAGS)
def test_a_catalog_is_as_the_tool_writes_it(tag: str) -> None:
    path = FOLDER / f"{tag}.po"

    assert path.read_text(encoding="utf-8") == written(catalog(path))
