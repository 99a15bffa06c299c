"""The house: imports point down, each library has one door, and the pure floors stay pure."""

import ast
from pathlib import Path

import pytest
from conftest import ROOT

FLOORS: tuple[tuple[str, ...], ...] = (
    ("diagnostics", "model"),
    ("text", "urls", "dates", "markup", "fields"),
    ("articles", "topics", "config"),
    ("related", "taxonomy", "digest"),
    ("views", "feeds", "machine", "pages", "desk", "listings", "syndication", "plan", "render"),
    ("disk", "publication", "cache"),
    ("builder", "cli"),
)
"""The modules, floor by floor; within a floor, one may import those before it."""
PURE = 5
DOORS = {
    "yaml": {"fields"},
    "jinja2": {"render"},
    "markdown_it": {"markup"},
    "mdit_py_plugins": {"markup"},
    "feedgen": {"feeds"},
    "babel": {"dates"},
    "anyascii": {"text"},
    "filelock": {"publication"},
    "click": {"cli"},
}
IMPURE = {
    "os",
    "pathlib",
    "time",
    "socket",
    "logging",
    "subprocess",
    "io",
    "shutil",
    "random",
    "urllib.request",
    "tempfile",
}
ORDER = [module for floor in FLOORS for module in floor]


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "broadsheet":
                found |= {f"broadsheet.{alias.name}" for alias in node.names}
    return found


MODULES = {path.stem: imports(path) for path in sorted((ROOT / "broadsheet").glob("*.py")) if path.stem != "__init__"}


def test_every_module_has_its_place() -> None:
    assert set(ORDER) == set(MODULES)
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    ours = {name.removeprefix("broadsheet.") for name in MODULES[module] if name.startswith("broadsheet.")}
    ours &= set(ORDER)

    assert [name for name in ours if ORDER.index(name) >= ORDER.index(module)] == []


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    users = {
        module for module, names in MODULES.items() if any(n == library or n.startswith(f"{library}.") for n in names)
    }

    assert users == DOORS[library]


@pytest.mark.parametrize("module", [module for floor in FLOORS[:PURE] for module in floor])
def test_the_lower_floors_are_pure(module: str) -> None:
    assert not MODULES[module] & IMPURE
    text = (ROOT / "broadsheet" / f"{module}.py").read_text()
    assert "datetime.now" not in text
    assert "open(" not in text.replace("_open(", "")


def test_the_architecture_page_names_every_module_on_its_floor() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()

    for number, floor in enumerate(FLOORS):
        name = str(number) if number < len(FLOORS) - 1 else "top"
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        listed = [part.strip("`") for part in row.split("|")[2].replace(";", ",").split(",")]
        assert [module.strip().strip("`") for module in listed][: len(floor)] == list(floor)
