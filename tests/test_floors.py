"""The house has floors: an import points down, each library has one door, and the lower floors are pure."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import broadsheet

PACKAGE = Path(broadsheet.__file__).parent

HOUSE: dict[str, str] = {
    "core": "escapes diagnostics annotated model seals text columns urls dates periods language",
    "records": "blocks fields markup config articles topics pins flags redirecting starter schemas",
    "sources": "charsets ldnodes extraction drafting robots linkanswers",
    "editing": "taxonomy related marks sidebars ranking editions digest activity",
    "checks": "suggestions rewriting dossiers samestory headlines rules topicrules",
    "site": "charts views machine sitemaps titles jsonld pages desk search editionpages listings timelines topicpages"
    " providerpages archivepages discovery hosting sizes sizeplots",
    "feeds": "entries channels feeddiff syndication",
    "mail": "plainmail mails letters inlining",
    "moving": "jekyll lists",
    "rendering": "plan audit render",
    "files": "disk cache publication indexer extras saving",
    "network": "fetching linkstore cluster",
    "building": "report materials themes standing processes layouts shards indexing remote stages builder digests",
    "curating": "examination mending filing posting sending collecting links pinning arrivals importing",
    "serving": "preview server watching",
    "commands": "asked progress build_all build links check edition feed_diff new schema init listing moving publish serve size",
    "": "api cli __main__",
}
"""The packages from the ground up, and their modules. A module may import those before it: of the packages above, and left of it in its own."""

PURE = "core records sources editing checks site feeds mail moving rendering".split()
"""The packages that touch no file, clock, environment, network or log."""

DOORS = {
    "anyascii": "core.text",
    "babel": "core.language",
    "click": "commands",
    "css_inline": "mail.inlining",
    "dask": "network.cluster",
    "distributed": "network.cluster",
    "feedgen": "feeds.channels",
    "filelock": "files.publication",
    "httpcore": "network.fetching",
    "httpx": "network.fetching",
    "jinja2": "rendering.render",
    "lxml": "sources.extraction",
    "markdown_it": "records.markup",
    "markupsafe": "rendering.render",
    "mdit_py_plugins": "records.markup",
    "pagefind_bin": "files.indexer",
    "watchfiles": "serving.watching",
    "yaml": "records.fields",
}
"""The one module that imports each third-party library."""

EVERYWHERE = {"msgspec"}
"""Third-party libraries that make values, and are at home on every floor."""

IMPURE_MODULES = set(
    "os pathlib time socket logging subprocess shutil tempfile glob random secrets threading multiprocessing http ssl".split()
) | {"urllib.request", "importlib"}
IMPURE_CALLS = {"open", "print", "input", "__import__", "now", "today", "utcnow", "getenv"}

ORDER = [f"{package}.{module}".lstrip(".") for package, modules in HOUSE.items() for module in modules.split()]
LOWER = [module for module in ORDER if module.partition(".")[0] in PURE]
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


def test_every_module_has_its_place() -> None:
    assert sorted(ORDER) == MODULES


def test_the_package_itself_loads_nothing_before_it_is_asked() -> None:
    loaded = "import sys, broadsheet; print(sorted(name for name in sys.modules if name.startswith('broadsheet')))"

    result = subprocess.run(
        [sys.executable, "-c", loaded], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )

    assert result.stdout == "['broadsheet']\n"


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
                doors.setdefault(name, set()).add("commands" if module.startswith(("cli", "commands.")) else module)

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
