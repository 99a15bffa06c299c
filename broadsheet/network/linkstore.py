"""What was found out about links, kept from run to run: each answer is saved as it comes."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from broadsheet.sources.linkanswers import Told

FILE = "links.sqlite"
_VERSION = 1
_PASSING_AGE = 3_600.0
"""For how many seconds an answer that may be another one soon counts: enough to go on where a run was stopped."""


class LinkStore:
    """Answers by URL. One that is damaged or cannot be written is an empty one, never an error."""

    def __init__(self, path: Path) -> None:
        self._connection = _opened(path)
        self._decoder = msgspec.msgpack.Decoder(Told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def recall(self, url: str, now: float, max_age: float) -> Told | None:
        """Return what was found out about a URL in the last `max_age` seconds; None if nothing was."""
        try:
            row = self._connection.execute("SELECT told FROM links WHERE url = ?", (url,)).fetchone()
            told = self._decoder.decode(row[0]) if row else None
        except (sqlite3.Error, msgspec.DecodeError):
            return None
        if told is None or told.url != url:
            return None
        if told.outcome in {"unreachable", "refused"}:
            max_age = min(max_age, _PASSING_AGE)
        return told if 0 <= now - told.asked < max_age else None

    def save(self, told: Told) -> None:
        """Save an answer at once."""
        with suppress(sqlite3.Error), self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO links VALUES (?, ?)", (told.url, msgspec.msgpack.encode(told))
            )


def _opened(path: Path) -> sqlite3.Connection:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        with suppress(sqlite3.Error):
            return _prepared(path)
        with suppress(OSError):
            path.unlink()
    return _prepared(":memory:")


def _prepared(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            connection.execute("DROP TABLE IF EXISTS links")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("CREATE TABLE IF NOT EXISTS links (url TEXT PRIMARY KEY, told BLOB NOT NULL)")
        with closing(connection.execute("SELECT url, told FROM links LIMIT 1")) as rows:
            rows.fetchone()
        connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection
