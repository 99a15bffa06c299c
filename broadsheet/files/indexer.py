"""The search index: made by Pagefind's program, as a service that is asked over its standard input.

This is the only module that imports pagefind_bin. The library `pagefind` would speak to the program for us, but
waits a tenth of a second for each answer, and for ever where the program ends.
"""

import gzip
import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from broadsheet.files.publication import OutputError
from broadsheet.site.search import Record

_ADVICE = "'search: false' in site.yaml builds without an index"
_SIGNATURE = b"pagefind_dcd"
"""What a file of an index begins with, once unpacked."""
_SIGNS = "#+"
"""Signs that stay parts of words, as in C# and C++."""
_FRAGMENTS = "fragment/"
_CHUNK = 1 << 20


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """The files of an index, by their paths, and the names of its fragments in the order of its records."""

    files: Mapping[str, bytes]
    fragments: tuple[str, ...]


class _File(msgspec.Struct):
    path: str
    content: str


class _Answer(msgspec.Struct):
    type: str
    message: str = ""
    files: list[_File] = []


class _Reply(msgspec.Struct):
    payload: _Answer


class _Fragment(msgspec.Struct):
    url: str


class _Language(msgspec.Struct):
    wasm: str | None


class _Entry(msgspec.Struct):
    languages: dict[str, _Language]


def find_program() -> str:
    """Return the name and version of the program that makes indexes; the empty text where it is not installed."""
    try:
        import pagefind_bin  # noqa: F401, PLC0415 - an extra, and nothing else needs it

        return f"pagefind {version('pagefind-bin')}"
    except (ImportError, PackageNotFoundError):
        return ""


def make_index(records: Sequence[Record], language: str) -> Index:
    """Make an index of records of one language. The same records give the same bytes.

    Of Pagefind's files those are returned that a page needs which draws what it finds by itself. Raises OutputError
    where the program cannot be started or fails.
    """
    with _running() as service:
        service.ask({"type": "NewIndex", "config": {"include_characters": _SIGNS}})
        for record in records:
            service.ask(
                {
                    "type": "AddRecord",
                    "index_id": 0,
                    "url": record.url,
                    "content": record.content,
                    "language": language,
                    "meta": {name: text for name, text in record.meta.items() if text},
                }
            )
        files = {file.path: b64decode(file.content) for file in service.ask({"type": "GetFiles", "index_id": 0}).files}
    names = {}
    try:
        entry = msgspec.json.decode(files["pagefind-entry.json"], type=_Entry)
        engines = {f"wasm.{found.wasm or 'unknown'}.pagefind" for found in entry.languages.values()}
        for path, data in files.items():
            if path.startswith(_FRAGMENTS):
                fragment = gzip.decompress(data).removeprefix(_SIGNATURE)
                name = path.removeprefix(_FRAGMENTS).partition(".")[0]
                names[msgspec.json.decode(fragment, type=_Fragment).url] = name
        fragments = tuple(names[record.url] for record in records)
    except (KeyError, OSError, EOFError, msgspec.DecodeError) as error:
        raise OutputError(f"Pagefind's files are not as they were known to be ({error}); {_ADVICE}") from error
    return Index(files={path: files[path] for path in sorted(files) if _is_needed(path, engines)}, fragments=fragments)


def _is_needed(path: str, engines: Iterable[str]) -> bool:
    """Whether a page of our own needs one of the files; Pagefind's own pages would need others."""
    return (
        path.startswith((_FRAGMENTS, "index/"))
        or path.endswith(".pf_meta")
        or path in {"pagefind.js", "pagefind-entry.json", *engines}
    )


@contextmanager
def _running() -> Iterator["_Service"]:
    """Start the program, which ends when this process does, however that ends: then its input ends."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the program of the package, without arguments from outside
            [_program(), "--service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise OutputError(f"Pagefind cannot be started: {error.strerror or error}; {_ADVICE}") from error
    try:
        yield _Service(process)
    finally:
        process.kill()
        with suppress(OSError):  # Its input may hold what it did not take any more.
            process.communicate()


class _Service:
    """The program, running."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def ask(self, payload: Mapping[str, object]) -> _Answer:
        """Send a request and wait for its answer: both are JSON in base64, with a comma after it."""
        sent, got = self._process.stdin, self._process.stdout
        if sent is None or got is None:
            raise ValueError("the program has pipes")
        parts: list[bytes] = []
        try:
            sent.write(b64encode(msgspec.json.encode({"message_id": 1, "payload": payload})) + b",")
            sent.flush()
            while not parts or not parts[-1].endswith(b","):
                part = os.read(got.fileno(), _CHUNK)
                if not part:
                    break
                parts.append(part)
            answer = msgspec.json.decode(b64decode(b"".join(parts).rstrip(b",")), type=_Reply).payload
        except (OSError, ValueError) as error:  # ValueError: what came is no answer, or only the beginning of one
            raise OutputError(f"Pagefind has failed{self._last_words()}; {_ADVICE}") from error
        if answer.type == "Error":
            raise OutputError(f"Pagefind has failed: {answer.message}; {_ADVICE}")
        return answer

    def _last_words(self) -> str:
        """Return what the program said last of why it failed, once it has ended or is ended."""
        self._process.kill()
        with suppress(OSError):
            _, said = self._process.communicate()
            lines = [line.strip() for line in said.decode(errors="replace").split("\n") if line.strip()]
            return f": {lines[-1]}" if lines else ""
        return ""


def _program() -> Path:
    import pagefind_bin  # noqa: PLC0415 - an extra

    return Path(pagefind_bin.get_executable())
