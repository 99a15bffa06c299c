"""The documentation says what the program does."""

import re
from pathlib import Path

import pytest
from conftest import ROOT
from reference import PAGES

import docs
from broadsheet.core.diagnostics import CODES
from broadsheet.records.articles import LEAF, RECORD, STORY
from broadsheet.records.config import EDITIONS, FEEDS, MAIL, SITE
from broadsheet.records.pins import GROUP, PIN
from broadsheet.records.topics import TOPIC

DOCS = ROOT / "docs"


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    documented = re.findall(r"^## `?([a-z-]+)`?$", (DOCS / "diagnostics.md").read_text(), re.MULTILINE)

    assert documented == sorted(CODES)


def test_every_code_that_is_used_is_declared() -> None:
    used = set()
    for path in (ROOT / "broadsheet").rglob("*.py"):
        text = path.read_text()
        used |= set(re.findall(r'(?:code=|problem\(|warning\(|add\(|warn\()\s*"([a-z]+(?:-[a-z]+)*)"', text))

    assert used >= set(CODES)
    assert {code for code in used if "-" in code} <= set(CODES)


def test_every_field_is_documented() -> None:
    text = (DOCS / "record-format.md").read_text()

    for shape in (RECORD, STORY, TOPIC, LEAF):
        for name in shape:
            assert f"`{name}`" in text, name


def test_every_setting_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text()

    for name in (*SITE, *FEEDS, *EDITIONS):
        assert f"`{name}`" in text, name


def test_every_field_of_an_edition_is_documented() -> None:
    text = (DOCS / "editions.md").read_text()

    for name in (*PIN, *GROUP):
        assert f"`{name}`" in text, name


def test_every_setting_of_mails_is_documented() -> None:
    text = (DOCS / "mail.md").read_text()

    for name in MAIL:
        assert f"`{name}`" in text, name


def test_every_link_between_documents_leads_somewhere() -> None:
    for path in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            if not target.startswith("/"):
                assert (path.parent / target).exists(), (path.name, target)


def test_the_readme_opens_with_its_two_commands() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)

    assert len(blocks) == 2
    assert blocks[0].rstrip().endswith("python build.py")
    assert blocks[1].rstrip().endswith("python -m tests")


def test_every_dependency_has_its_reason() -> None:
    text = (DOCS / "architecture.md").read_text()
    project = (ROOT / "pyproject.toml").read_text()

    for name in re.findall(r'^  "([a-z0-9-]+)>=', project, re.MULTILINE):
        assert name in text, name


def test_no_machine_path_is_in_the_texts() -> None:
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")]:
        assert not re.search(r"/(?:work|root|tmp|home)/", path.read_text()), path.name


def test_every_template_is_documented() -> None:
    text = (DOCS / "templates.md").read_text()
    templates: list[Path] = sorted((ROOT / "templates").glob("*.html"))

    assert [path.name for path in templates if f"`{path.name}`" not in text] == []


@pytest.mark.parametrize("name", list(PAGES))
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "python -m tests.reference"


@pytest.mark.slow
def test_the_documentation_site_is_built_without_a_warning_and_every_link_works(tmp_path: Path) -> None:
    assert docs.make(tmp_path / "docs") == 0
    assert docs.faults(tmp_path / "docs") == []
