"""The house has floors: an import points down, each library has one door, and the lower floors are pure."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import broadsheet

PACKAGE = Path(broadsheet.__file__).parent

FLOORS: tuple[tuple[str, ...], ...] = (
    ("escapes", "diagnostics", "annotated", "model"),
    ("blocks", "seals", "text", "columns", "urls", "dates", "periods", "language", "fields", "markup"),
    (
        "config",
        "articles",
        "topics",
        "pins",
        "flags",
        "starter",
        "schemas",
        "charsets",
        "ldnodes",
        "extraction",
        "drafting",
        "robots",
    ),
    (
        "taxonomy",
        "related",
        "marks",
        "sidebars",
        "ranking",
        "editions",
        "digest",
        "activity",
        "suggestions",
        "rewriting",
        "dossiers",
        "samestory",
        "headlines",
        "rules",
        "topicrules",
        "linkanswers",
    ),
    (
        "charts",
        "views",
        "entries",
        "feeds",
        "feeddiff",
        "machine",
        "sitemaps",
        "titles",
        "jsonld",
        "pages",
        "desk",
        "search",
        "editionpages",
        "plainmail",
        "mails",
        "letters",
        "inlining",
        "listings",
        "timelines",
        "topicpages",
        "providerpages",
        "archivepages",
        "syndication",
        "discovery",
        "plan",
        "audit",
        "render",
        "hosting",
    ),
    ("disk", "cache", "publication", "indexer", "extras", "saving", "fetching", "linkstore"),
    (
        "report",
        "materials",
        "standing",
        "processes",
        "layouts",
        "shards",
        "indexing",
        "stages",
        "builder",
        "examination",
        "mending",
        "filing",
        "posting",
        "sending",
        "collecting",
        "links",
        "pinning",
        "preview",
        "server",
        "watching",
        "commands.asked",
        "commands.progress",
        "commands.build",
        "commands.links",
        "commands.check",
        "commands.edition",
        "commands.feed_diff",
        "commands.new",
        "commands.schema",
        "commands.init",
        "commands.listing",
        "commands.publish",
        "commands.serve",
        "cli",
    ),
)
"""The floors from the ground up. A module may import those before it: of the floors below, and left of it on its own."""

PURE = 5
"""How many floors, from the ground, touch no file, clock, environment, network or log."""

DOORS = {
    "anyascii": "text",
    "babel": "language",
    "click": "commands",
    "css_inline": "inlining",
    "feedgen": "feeds",
    "filelock": "publication",
    "httpcore": "fetching",
    "httpx": "fetching",
    "jinja2": "render",
    "lxml": "extraction",
    "markdown_it": "markup",
    "markupsafe": "render",
    "mdit_py_plugins": "markup",
    "pagefind_bin": "indexer",
    "watchfiles": "watching",
    "yaml": "fields",
}
"""The one module that imports each third-party library."""

EVERYWHERE = {"msgspec"}
"""Third-party libraries that make values, and are at home on every floor."""

IMPURE_MODULES = set(
    "os pathlib time socket logging subprocess shutil tempfile glob random secrets threading multiprocessing http ssl".split()
) | {"urllib.request", "importlib"}
IMPURE_CALLS = {"open", "print", "input", "__import__", "now", "today", "utcnow", "getenv"}

ORDER = [module for floor in FLOORS for module in floor]
LOWER = [module for floor in FLOORS[:PURE] for module in floor]
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__init__"
)


def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """Yield the full name of everything that a module imports, wherever in it the import stands."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(module: str) -> set[str]:
    """Return the package's modules that a module imports."""
    found = set()
    for name in imports(module):
        if name.startswith("broadsheet.") and name != "broadsheet.__version__":
            # The longest part of the name that is a module: what follows is something in it.
            parts = name.split(".")[1:]
            found.add(next((".".join(parts[:end]) for end in (2, 1) if ".".join(parts[:end]) in MODULES), parts[0]))
    return found


def test_every_module_has_a_floor() -> None:
    assert sorted(ORDER) == MODULES


def test_the_package_itself_imports_nothing() -> None:
    assert list(imports("__init__")) == []


@pytest.mark.parametrize("module", MODULES)
def test_an_import_points_down(module: str) -> None:
    below = ORDER[: ORDER.index(module)]

    assert own(module) - set(below) == set()


def test_every_library_has_one_door() -> None:
    doors: dict[str, set[str]] = {}
    for module in MODULES:
        for name in {name.partition(".")[0] for name in imports(module)}:
            if name not in sys.stdlib_module_names and name not in EVERYWHERE | {"broadsheet"}:
                # The command line is a house of its own, with one door.
                doors.setdefault(name, set()).add("commands" if module == "cli" else module.partition(".")[0])

    assert doors == {library: {module} for library, module in DOORS.items()}


@pytest.mark.parametrize("module", LOWER)
def test_a_lower_floor_imports_nothing_impure(module: str) -> None:
    found = {name for name in imports(module) for impure in IMPURE_MODULES if f"{name}.".startswith(f"{impure}.")}

    assert found == set()


@pytest.mark.parametrize("module", LOWER)
def test_a_lower_floor_asks_no_file_and_no_clock(module: str) -> None:
    calls = [node.func for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
    names = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}

    assert names & IMPURE_CALLS == set()
