"""Text in the columns of a terminal."""

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.columns import pad, shorten, width


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("plain", 5),
        ("日本語", 6),
        ("ﬁ…—", 3),
        ("Ａ", 2),
        ("e\u0301", 1),
        ("한글", 4),
        ("\u1112\u1161\u11ab", 2),
        ("مرحبا", 5),
        ("👍", 2),
        ("👍🏽", 2),
        ("👩\u200d💻", 2),
        ("❤\ufe0f", 2),
        ("👍\ufe0f", 2),
        ("\ufe0f", 0),
        ("🇩🇪", 2),
    ],
)
def test_the_width_of_text(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "cut"),
    [
        ("headline", 8, "headline"),
        ("headline", 7, "headli…"),
        ("two words", 5, "two…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("ae\u0301io", 3, "ae\u0301…"),
        ("👩\u200d💻 work", 3, "👩\u200d💻…"),
        ("a👩\u200d💻 work", 3, "a…"),
        ("abc", 1, "…"),
    ],
)
def test_a_long_text_is_cut(text: str, columns: int, cut: str) -> None:
    assert shorten(text, columns) == cut


@given(st.text(), st.integers(min_value=1, max_value=30))
@PROPERTIES
def test_what_is_cut_and_padded_has_the_width_that_is_asked_for(text: str, columns: int) -> None:
    assert width(pad(shorten(text, columns), columns)) == columns
