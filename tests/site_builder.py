"""Builders for tests of whole builds: small digests in a folder, builds of them, and what came out."""

from datetime import UTC, datetime
from pathlib import Path

from broadsheet.building.builder import build
from broadsheet.building.report import Options, Report

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files by their paths below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def record(
    number: int, *lines: str, title: str = "", day: str = "2024-05-01", pub: str = "true", body: str = ""
) -> str:
    """Write a record that differs from others by its number."""
    head = [
        f'title: "{title or f"Story {number}"}"',
        f"excerpt: Excerpt number {number}",
        f"publishedDateTime: {day}T{number % 24:02}:00:00Z",
        f"webUrl: https://p{number % 5}.example/{number}",
        f"published: {pub}",
        f"topics: [Topic {number % 3}]",
        *lines,
    ]
    return "\n".join(["---", *head, "---", body, ""])


def digest(folder: Path, count: int = 5) -> Path:
    """Write a digest of some records; return its folder."""
    write(folder, {f"content/news/{n}.md": record(n, body=f"Comment *{n}*") for n in range(count)})
    write(folder, {"site.yaml": "title: Test Digest\nbase_url: https://user.github.io/digest/\npage_size: 2\n"})
    return folder


def run(site: Path, out: Path | None = None, **options: object) -> Report:
    """Build a digest in this process."""
    settings: dict[str, object] = {
        "site": site,
        "content": site / "content",
        "out": out or site / "public",
        "now": NOW,
        "jobs": 1,
    }
    return build(Options(**{**settings, **options}))  # type: ignore[arg-type]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by its path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the mtime and inode of every file of a folder."""
    found = {p.relative_to(folder).as_posix(): p.stat() for p in sorted(folder.rglob("*")) if p.is_file()}
    return {name: (stat.st_mtime_ns, stat.st_ino) for name, stat in found.items()}


def tree(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return mode, inode and mtime of everything in a folder, itself and other folders too."""
    paths = [folder, *folder.rglob("*")]
    found = {path.relative_to(folder).as_posix(): path.lstat() for path in paths}
    return {name: (stat.st_mode, stat.st_ino, stat.st_mtime_ns) for name, stat in found.items()}
