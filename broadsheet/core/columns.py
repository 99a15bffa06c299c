"""Text in the columns of a terminal: how wide it stands there, cut and padded to a width."""

from collections.abc import Iterator
from unicodedata import category, east_asian_width

_JOINER, _AS_EMOJI = "\u200d", "\ufe0f"
_NO_WIDTH = {"Mn", "Me", "Cf"}


def width(text: str) -> int:
    """Return how many columns a line of text takes, in a terminal that knows wide characters and emoji."""
    return sum(_widths(text))


def shorten(text: str, columns: int) -> str:
    """Cut a line of text so that it takes so many columns at the most, an ellipsis included."""
    if width(text) <= columns:
        return text
    taken, end = 0, 0
    for number, wide in enumerate(_widths(text), 1):
        taken += wide
        if taken > columns - 1:
            break
        end = number
    return text[:end].rstrip(f" {_JOINER}") + "…"


def pad(text: str, columns: int) -> str:
    """Fill a line of text with spaces to so many columns."""
    return text + " " * (columns - width(text))


def _widths(text: str) -> Iterator[int]:
    """Yield what each character adds; what joins the one before it adds nothing."""
    before = ""
    for sign in text:
        if before == _JOINER or "\U0001f3fb" <= sign <= "\U0001f3ff" or "\u1160" <= sign <= "\u11ff":
            yield 0  # part of a picture, the tone of its skin, or of a Korean syllable
        elif sign == _AS_EMOJI:
            yield 1 if before and east_asian_width(before) not in "WF" else 0
        elif category(sign) in _NO_WIDTH:
            yield 0
        else:
            yield 2 if east_asian_width(sign) in "WF" else 1
        before = sign
