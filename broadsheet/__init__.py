"""Broadsheet: a static site generator for curated tech-news digests.

From Python: `report = broadsheet.build("my-digest")`; docs/python-api.md has the rest.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broadsheet.api import Diagnostic, Location, Outcome, OutputError, Report, Stage, build, check

__version__ = "0.1.0"
__all__ = ["Diagnostic", "Location", "Outcome", "OutputError", "Report", "Stage", "__version__", "build", "check"]


def __getattr__(name: str) -> object:
    """Load the API when it is first asked for, so that the command line need not wait for it."""
    if name in __all__:
        from broadsheet import api  # noqa: PLC0415

        return getattr(api, name)
    raise AttributeError(f"module 'broadsheet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
