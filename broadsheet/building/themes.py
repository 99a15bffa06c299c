"""Themes: where that of a site lies, told before anything is parsed."""

import re
from pathlib import Path

from broadsheet.core.diagnostics import ContentError
from broadsheet.files import disk

_NAMED = re.compile(rb"^[^#\r\n]*\btheme\b", re.MULTILINE)
"""The word, where no comment begins before it."""


def named_theme(site: Path) -> tuple[Path, ...]:
    """Return the folder of the theme that the settings of a site name, if they name one.

    This is asked of every build. Settings that do not name one are not parsed, and nothing that parses is loaded.
    """
    path = site / "site.yaml"
    try:
        text = disk.read_source(path, path.name, disk.SIZE_LIMIT).data if path.is_file() else b""
    except ContentError:
        text = b""  # whoever reads the settings says so
    if not _NAMED.search(text):
        return ()
    from broadsheet.building.materials import read_config, theme_folders  # noqa: PLC0415

    return theme_folders(site, read_config(site, []), [])[1:-1]
