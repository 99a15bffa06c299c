"""Run every everyday check: formatting, linting, strict typing and the fast tests. `python -m tests`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("pytest", "-n", "2", "-m", "not slow"),
)


def main() -> int:
    """Run the checks in turn; the first that fails ends the run with its exit status."""
    for module, *arguments in CHECKS:
        print(f"$ {module} {' '.join(arguments)}".rstrip(), flush=True)
        status = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
