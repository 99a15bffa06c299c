"""Build the documentation site, strictly, and ask it for everything that it links to."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from crawling import crawl
from github_pages import serving

ROOT = Path(__file__).resolve().parent.parent
_STRICT = ("-b", "dirhtml", "-W", "--keep-going", "-n", "-q", "-E")


def make(out: Path) -> int:
    """Build the site of docs/ into a folder; return how many warnings' worth of trouble there was, as an exit status."""
    with TemporaryDirectory() as cache:
        command: list[str | Path] = [sys.executable, "-m", "sphinx", *_STRICT, "-d", cache, ROOT / "docs", out]
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
    (out / ".buildinfo").unlink(missing_ok=True)
    return status


def faults(out: Path) -> list[str]:
    """Say which links of a built site lead nowhere, and what its pages load from other hosts."""
    with serving(out.parent) as address:
        found = crawl(f"{address}{out.name}/")
    return [f"broken: {link}" for link in found.broken] + [f"from another host: {link}" for link in found.outside]


def main() -> int:
    """Build into the folder that is named, or into one that is thrown away."""
    with TemporaryDirectory() as folder:
        out = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(folder, "docs")
        status = make(out)
        found = faults(out)
    for fault in found:
        print(fault)
    return status or bool(found)


if __name__ == "__main__":
    sys.exit(main())
