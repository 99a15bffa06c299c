"""Mending: what `check --fix` does to the curator's files."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from broadsheet.checks.dossiers import Dossier
from broadsheet.checks.rewriting import Change, rewrite
from broadsheet.checks.rules import Material
from broadsheet.checks.topicrules import spellings, uses_of
from broadsheet.core.diagnostics import RULES
from broadsheet.files.saving import replace_file


class Mended(msgspec.Struct, frozen=True):
    """A record that was mended: its path as shown to people, and what was done."""

    path: str
    changes: tuple[Change, ...]


def mend(material: Material) -> Iterator[Mended]:
    """Mend records as the rules ask that are not off, and yield what was done; what is in error is left alone.

    Raises OSError where a file cannot be read or written; each is the whole old one or the whole new one.
    """
    levels = {**RULES, **dict(material.config.checks)}
    codes = frozenset(code for code, level in levels.items() if level != "off")
    found = spellings(material.topics, uses_of(material.records))
    names = {spelling.written: spelling.right for spelling in found if spelling.is_sure and spelling.is_defined}
    for record in material.records:
        if _may_need_it(record, names):
            path = Path(record.path)
            rewritten = rewrite(path.read_bytes(), codes, names)
            if rewritten.changes:
                replace_file(path, rewritten.data)
                yield Mended(record.path, rewritten.changes)


def _may_need_it(record: Dossier, names: dict[str, str]) -> bool:
    is_odd = record.loose is not None or record.unordered is not None
    return is_odd or any(used.name in names for used in record.article.topics)
