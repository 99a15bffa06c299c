"""The rules of `check`, by case files: for each one that triggers it and one that does not.

A case holds files, each after a line `>>> PATH`, and begins with the lines that are expected.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import CASES, case_names

from broadsheet.building.report import Options
from broadsheet.core.diagnostics import RULES, as_text
from broadsheet.curating.examination import examine

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NO_LINE_END = "\n<<< no line end\n"


def lay(case: str, folder: Path) -> str:
    """Write the files of a case, and return what it expects."""
    expected, *parts = re.split(r"^>>> (.*)\n", case, flags=re.MULTILINE)
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        path = folder / name if name == "site.yaml" else folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.removesuffix(NO_LINE_END).encode())
    return expected


def check(folder: Path) -> list[str]:
    options = Options(site=folder, content=folder / "content", out=folder / "public", now=NOW, jobs=1)
    return [as_text(problem) for problem in examine(options).problems]


def test_every_rule_has_its_two_cases() -> None:
    names = case_names("rules", ".txt")

    assert names == sorted(
        f"{code}.{kind}" for code in RULES if not code.startswith("link-") for kind in ("found", "quiet")
    )


@pytest.mark.parametrize("name", case_names("rules", ".txt"))
def test_a_rule_finds_what_its_cases_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = lay((CASES / "rules" / f"{name}.txt").read_text(encoding="utf-8"), tmp_path)
    monkeypatch.chdir(tmp_path)

    found = "".join(f"{line}\n" for line in check(tmp_path))

    assert found == expected
    assert (f"[{name.removesuffix('.found')}]" in found) == name.endswith(".found")
    assert not (tmp_path / "public").exists()
