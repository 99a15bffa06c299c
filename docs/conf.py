"""How Sphinx makes the documentation site of these pages: `python -m tests docs`."""

import os
import re

from sphinx.application import Sphinx

from broadsheet import __version__

REPOSITORY = f"https://github.com/{os.environ.get('GITHUB_REPOSITORY', 'OWNER/broadsheet')}"

project = "Broadsheet"
author = "Broadsheet's contributors"
copyright = author  # noqa: A001 - Sphinx calls it so
version = release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
highlight_language = "text"
myst_heading_anchors = 4
nitpicky = True
html_theme = "furo"
html_title = f"Broadsheet {__version__}"
html_baseurl = os.environ.get("BROADSHEET_DOCS_URL", "")
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "source_repository": REPOSITORY,
    "source_branch": "main",
    "source_directory": "docs/",
}


def lead_out(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Let relative links to files outside docs/ lead to the repository, as they do where GitHub shows these pages."""
    source[0] = re.sub(r"\]\(\.\./([^)]+)\)", rf"]({REPOSITORY}/blob/main/\1)", source[0])


def setup(app: Sphinx) -> None:
    """Join in where Sphinx has read a page."""
    app.connect("source-read", lead_out)
