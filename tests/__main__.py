"""Run checks. `python -m tests`: formatting, linting, strict typing and the fast tests.

`python -m tests reliability`: kills, faults, fuzzing and attacks, with what they counted.
`python -m tests pages`: every kind of page in a browser, in axe-core, the Nu HTML checker and Lighthouse.
`python -m tests coverage`: the fast tests once more, with the lines and branches of the package that they reach.
`python -m tests docs [DIR]`: the documentation site, built strictly, with every link followed; kept in DIR if it is given.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAST = ("pytest", "-n", "2", "-m", "not slow")
# What measures has loaded modules itself.
UNMEASURED = "tests/test_standing.py::test_nothing_that_parses_or_renders_is_loaded_for_nothing"
SLOW = ("pytest", "-n", "2", "--dist", "worksteal", "-m", "slow")
CHECKS = {
    "": (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",), FAST),
    "reliability": ((*SLOW, *(f"tests/test_{name}.py" for name in "faults fuzz stateful attack crowds".split())),),
    "pages": (
        (*SLOW, *(f"tests/test_{name}.py" for name in "browser reader accessibility validity weight mails".split())),
    ),
    "coverage": ((*FAST, "--cov", "--cov-fail-under=95", "--cov-report=term", "--deselect", UNMEASURED),),
}


def _env() -> dict[str, str]:
    """Let the documentation's builder find the package, from wherever it runs."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def main() -> int:
    """Run the checks in turn; the first that fails ends the run with its exit status."""
    if sys.argv[1:2] == ["docs"] and len(sys.argv) <= 3:
        return subprocess.run(
            [sys.executable, ROOT / "tests" / "docs.py", *sys.argv[2:]], cwd=ROOT, env=_env(), check=False
        ).returncode
    chosen = CHECKS.get(" ".join(sys.argv[1:]))
    if chosen is None:
        print(f"usage: python -m tests [{'|'.join(name for name in CHECKS if name)}|docs [DIR]]")
        return 2
    for module, *arguments in chosen:
        print(f"$ {module} {' '.join(arguments)}".rstrip(), flush=True)
        status = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
