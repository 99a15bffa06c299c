"""Measures Broadsheet and Hugo on the same made-up digest: `python benchmarks/run.py --help`."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import figures, generate, plots, process, tools, trees

NEWEST = datetime(2026, 5, 26, 12, tzinfo=UTC)
_WARM_UP = 20


class Bench:
    """A digest of one size, the tools that build it, and what they left so far."""

    def __init__(self, work: Path, records: int, names: Sequence[str]) -> None:
        self.work = work
        self.records = records
        self.site = work / "site"
        generate.generate(self.site, records)
        self.tools, self.missing = tools.choose(names, self.site, work / "tools")
        for tool in self.tools:
            tool.prepare()
        self.trees: dict[str, trees.Tree] = {}

    def change(self, change: str, counter: int) -> None:
        """Change the site, and let every tool take it over."""
        path = None
        if change == "edit":
            path = generate.edit_one(self.site, counter)
        elif change == "add":
            path = generate.add_one(self.site, NEWEST + timedelta(minutes=counter), counter)
        elif change == "template":
            path = generate.change_template(self.site, counter)
        for tool in self.tools:
            tool.follow(change, path, counter)

    def run(self, tool: tools.Tool, change: str, counter: int) -> figures.Run:
        """Build with one tool, and measure it."""
        if change == "cold":
            tool.reset()
            self.trees[tool.name] = {}
        os.sync()  # What earlier runs wrote shall not be written back during this one.
        used = process.measure(tool.command(), self.work, tool.environment(), is_silent=tool.is_silent)
        before = self.trees[tool.name]
        after = self.trees[tool.name] = trees.look(tool.out, before)
        difference = trees.compare(before, after)
        return figures.Run(
            records=self.records,
            round=counter,
            tool=tool.name,
            change=change,
            wall=round(used.wall, 4),
            cpu=round(used.cpu, 3),
            memory=used.memory,
            resident=used.resident,
            largest=used.largest,
            changed=difference.changed,
            written=difference.written,
            files=len(after),
            bytes=sum(stamp.size for stamp in after.values()),
        )

    def verify(self, tool: tools.Broadsheet) -> list[str]:
        """Return the paths in which a build from nothing into another folder differs from what the tool left."""
        out = Path(tempfile.mkdtemp(dir=self.work)) / "public"
        process.measure(tool.command_for(out), self.work, tool.environment(), is_silent=True)
        return trees.differences(self.trees[tool.name], trees.look(out))


def bench(work: Path, records: int, options: argparse.Namespace) -> list[figures.Run]:
    """Measure all tools on a digest of one size: every change in turn, every tool after every change."""
    _say(f"{records:,} records: writing them")
    bench = Bench(work, records, options.tools)
    for line in bench.missing:
        _say(line)
    runs = []
    for counter in range(1, options.repeat + 1):
        for change in figures.CHANGES:
            bench.change(change, counter)
            for tool in bench.tools:
                run = bench.run(tool, change, counter)
                runs.append(run)
                place = f"{records:,} records, round {counter}, {change}, {tool.name}"
                _say(f"{place}: {run.wall:.2f} s, {run.changed:,} changed")
                if options.verify and change != "cold" and isinstance(tool, tools.Broadsheet):
                    wrong = bench.verify(tool)
                    if wrong:
                        raise process.CommandError(
                            f"other bytes than from nothing after {change}: {', '.join(wrong[:20])}"
                        )
    return runs


def report(folder: Path, about: dict[str, Any], runs: Sequence[figures.Run]) -> None:
    """Write the results, a table and the plots."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = figures.summarize(runs)
    figures.save(folder / "results.json", about, runs)
    (folder / "table.md").write_text(figures.table(rows, is_markdown=True), "utf-8")
    for name, plot in (("ratios", plots.ratios), ("times", plots.times), ("memory", plots.memory)):
        (folder / f"{name}.svg").write_text(plot(rows), "utf-8")


def machine() -> dict[str, Any]:
    """Describe what is measured on."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown"),
        "processors": len(os.sched_getaffinity(0)),
        "memory_bytes": pages,
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }


def main() -> None:
    """Measure what the command line asks for."""
    options = _options()
    process.adopt_orphans()
    # What is deleted is deleted at the end: see put_away.
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        measure(Path(folder), options)


def measure(work: Path, options: argparse.Namespace) -> None:
    """Measure what the command line asks for, in a folder that is deleted later."""
    for name in ("warm-up", *(f"{records}" for records in options.records)):
        (work / name).mkdir()
    warm_up = Bench(work / "warm-up", _WARM_UP, options.tools)  # Program files come into memory first.
    for tool in warm_up.tools:
        warm_up.run(tool, "cold", 0)
    about = machine() | {tool.name: tool.version for tool in warm_up.tools} | {"repeat": options.repeat}
    runs: list[figures.Run] = []
    if options.keep and (options.out / "results.json").exists():
        runs = [run for run in figures.load(options.out / "results.json")[1] if run.records not in options.records]
    for records in options.records:
        runs += bench(work / f"{records}", records, options)
        report(options.out, about, runs)
    sys.stdout.write(figures.table(figures.summarize(runs), is_markdown=False))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":")[0])
    parser.add_argument("--records", type=_numbers, default=[1000, 10000], help="sizes, such as 1000,10000,100000")
    parser.add_argument("--repeat", type=int, default=3, help="how many rounds")
    parser.add_argument("--tools", type=_names, default=["broadsheet", "hugo"], help=",".join(tools.NAMES))
    parser.add_argument("--out", type=Path, default=Path("docs/performance"), help="where the results go")
    parser.add_argument(
        "--work", type=Path, help="where the digests are built; the system's temporary folder by default"
    )
    parser.add_argument("--keep", action="store_true", help="keep the results of other sizes in OUT/results.json")
    parser.add_argument("--verify", action="store_true", help="compare each of our warm builds with one from nothing")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in tools.NAMES:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(tools.NAMES)}")
    return names


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
