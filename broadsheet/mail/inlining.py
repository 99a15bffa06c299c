"""The styles of mails, put where mail programs look for them.

This is the only module that imports css_inline, which the extra `mail` brings.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from css_inline import CSSInliner

_CHARSET = '<meta charset="utf-8">'


def inlined(html: str) -> str:
    """Move the rules of a document's style sheets into its elements; rules for media stay where they are."""
    made = _inliner().inline(html)
    # What is left of the style sheets comes first, but the encoding must be known within 1,024 bytes (HTML, 4.2.5.4).
    return made.replace(_CHARSET, "", 1).replace("<head>", f"<head>{_CHARSET}", 1) if _CHARSET in made else made


@cache
def _inliner() -> "CSSInliner":
    # It loads a library of its own, which only mails need, and need not be there.
    from css_inline import CSSInliner  # noqa: PLC0415

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
