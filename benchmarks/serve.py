"""Measures `broadsheet serve` in Chromium: from a saved file to the text that a reader sees.

python benchmarks/serve.py --records 1000,10000 --repeat 10
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.generate import THEME, generate, published

ROOT = THEME.parent
_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu"]
_SERVE = "from broadsheet.cli import main; main()"
_TEXT = "(text) => document.body !== null && document.body.innerText.includes(text)"
_COLOR = "(color) => getComputedStyle(document.querySelector('h1')).outlineColor === color"


@dataclass(frozen=True)
class Served:
    """A site that is served: its address, its process, and the seconds until it answered."""

    address: str
    process: "subprocess.Popen[str]"
    seconds: float


@contextmanager
def serving(site: Path, *options: str) -> Iterator[Served]:
    """Serve a site for a while."""
    command = [sys.executable, "-u", "-c", _SERVE, "serve", str(site), *options]
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, encoding="utf-8"
    )
    try:
        lines = process.stdout or ()
        address = next((found[0] for line in lines if (found := re.search(r"http://\S+", line))), "")
        yield Served(address, process, time.perf_counter() - start)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def save(path: Path, text: str) -> None:
    """Save a file as editors do: the new one takes the place of the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, "utf-8")
    os.replace(new, path)  # noqa: PTH105 - what is measured


def _edits(site: Path, record: Path) -> dict[str, Callable[[int], tuple[Path, str, str, str]]]:
    """Return for each kind of edit what is saved where, and how it is seen: a JavaScript function, and its argument."""

    def excerpt(number: int) -> tuple[Path, str, str, str]:
        said = f"Edit {number} of the excerpt."
        text = re.sub(r'^excerpt: ".*"$', f'excerpt: "{said}"', record.read_text("utf-8"), count=1, flags=re.MULTILINE)
        return record, text, _TEXT, said

    def headline(number: int) -> tuple[Path, str, str, str]:
        said = f"Edit {number} of the headline"
        text = re.sub(r'^title: ".*"$', f'title: "{said}"', record.read_text("utf-8"), count=1, flags=re.MULTILINE)
        return record, text, _TEXT, said

    def template(number: int) -> tuple[Path, str, str, str]:
        said = f"Edit {number} of the template."
        text = (THEME / "article.html").read_text("utf-8").replace("</article>", f"<p>{said}</p>\n</article>", 1)
        return site / "templates" / "article.html", text, _TEXT, said

    def style(number: int) -> tuple[Path, str, str, str]:
        color = f"rgb({number}, 2, 3)"
        text = (ROOT / "static" / "hashed" / "broadsheet.css").read_text("utf-8")
        return (
            site / "static" / "hashed" / "broadsheet.css",
            f"{text}\nh1 {{ outline-color: {color}; }}\n",
            _COLOR,
            color,
        )

    return {"an excerpt": excerpt, "a headline": headline, "a template": template, "a style sheet": style}


def _measure(page: Page, edit: Callable[[int], tuple[Path, str, str, str]], repeat: int, pause: float) -> list[float]:
    """Return the milliseconds of each edit, but for the first, after which templates and folders are there."""
    times = []
    for number in range(1, repeat + 2):
        path, text, seen, said = edit(number)
        time.sleep(pause)
        start = time.perf_counter()
        save(path, text)
        page.wait_for_function(seen, arg=said, polling="raf", timeout=30_000)
        times.append((time.perf_counter() - start) * 1000)
    return times[1:]


def _run(browser: Browser, work: Path, records: int, repeat: int, pause: float) -> None:
    site = work / f"serve-{records}"
    generate(site, records)
    record = published(site, 1)
    slug = re.sub(r"^[\d-]+-|\.md$", "", record.name)
    found = re.search(r"^publishedDateTime: (\d+)-(\d+)-(\d+)", record.read_text("utf-8"), re.MULTILINE)
    day = "/".join(found.groups()) if found else ""
    with serving(site, "--now", "2026-06-01T00:00:00Z") as served:
        print(f"{records:>9,} records: {served.seconds:.2f} s until the site is there")  # noqa: T201
        page = browser.new_page()
        page.goto(f"{served.address}{day}/{slug}/")
        for what, edit in _edits(site, record).items():
            times = sorted(_measure(page, edit, repeat, pause))
            told = f"median {median(times):.0f} ms, least {times[0]:.0f}, most {times[-1]:.0f}"
            print(f"{what:>17}: {told}", flush=True)  # noqa: T201
        page.close()


def main() -> None:
    """Measure as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--records", default="1000,10000", help="sizes of the digest")
    parser.add_argument("--repeat", type=int, default=10, help="edits of each kind")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between edits")
    parser.add_argument("--work", type=Path, help="where digests are made; the system's temporary folder otherwise")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as work, sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        for records in options.records.split(","):
            _run(browser, Path(work), int(records), options.repeat, options.pause)
        browser.close()


if __name__ == "__main__":
    main()
