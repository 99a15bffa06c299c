"""Counts by time and topic, and the steps in which charts show them."""

from datetime import date, timedelta

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st
from newsroom import desk, story

from broadsheet.editing.activity import WEEKS, bar_heights, by_topic, by_week, heat_step, month_squares, permille

NEWEST = date(2025, 6, 8)
COUNTS = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("count", "most", "step"),
    [(0, 0, 0), (0, 9, 0), (1, 1, 1), (3, 3, 3), (4, 4, 4), (1, 100, 1), (25, 100, 1), (26, 100, 2), (100, 100, 4)],
)
def test_steps_of_heat(count: int, most: int, step: int) -> None:
    assert heat_step(count, most) == step


@PROPERTIES
@given(COUNTS, COUNTS, COUNTS)
def test_more_is_never_cooler(one: int, two: int, most: int) -> None:
    less, more = sorted((min(one, most), min(two, most)))

    assert 0 <= heat_step(less, most) <= heat_step(more, most) <= 4
    assert (heat_step(less, most) == 0) == (less == 0)


def test_weeks_end_on_the_newest_day() -> None:
    days = [NEWEST, NEWEST - timedelta(6), NEWEST - timedelta(7), NEWEST - timedelta(83), NEWEST - timedelta(84)]

    assert by_week(days, NEWEST) == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2)


def test_weeks_before_the_first_day_there_is() -> None:
    assert sum(by_week([date.min, date.min], date.min)) == 2
    assert len(by_week([], date.min)) == WEEKS


def test_bars_have_a_scale_of_at_least_four() -> None:
    assert bar_heights((0, 1, 2), 24) == (0, 6, 12)
    assert bar_heights((0, 5, 10), 24) == (0, 12, 24)
    assert bar_heights((1, 1000), 24) == (2, 24)


@PROPERTIES
@given(st.lists(COUNTS, min_size=1))
def test_bars_are_seen_and_fit(counts: list[int]) -> None:
    heights = bar_heights(counts, 24)

    assert [height > 0 for height in heights] == [count > 0 for count in counts]
    assert max(heights) <= 24


def test_topics_by_frequency_then_by_name() -> None:
    articles = [
        story("A", topics=["Web", "AI"]),
        story("B", topics=["Web", "ai"]),
        story("C", topics=["Web", "Zoo", "b"]),
    ]
    digest, _ = desk(*articles)

    counts = by_topic(digest.articles, digest.topics_of)

    assert [(topic.slug, count) for topic, count in counts] == [("web", 3), ("ai", 2), ("b", 1), ("zoo", 1)]


@pytest.mark.parametrize(
    ("part", "whole", "share"), [(1, 3, 333), (2, 3, 667), (1, 1, 1000), (1, 2001, 0), (1, 2000, 1)]
)
def test_thousandths(part: int, whole: int, share: int) -> None:
    assert permille(part, whole) == share


@pytest.mark.parametrize(
    ("first", "start", "column", "rows"),
    [
        (date(2025, 6, 1), 6, 0, 5),  # a Sunday, where weeks start with it
        (date(2025, 6, 1), 0, 6, 6),
        (date(2025, 6, 1), 5, 1, 5),
        (date(2021, 2, 1), 0, 0, 4),  # four weeks, no more
        (date(9999, 12, 1), 0, 2, 5),
        (date(1, 1, 1), 0, 0, 5),
    ],
)
def test_where_months_begin_and_end(first: date, start: int, column: int, rows: int) -> None:
    squares = list(month_squares(first, start))

    assert (squares[0].column, squares[0].row) == (column, 0)
    assert squares[-1].row == rows - 1


@PROPERTIES
@given(st.dates(), st.integers(0, 6))
def test_a_month_holds_each_of_its_days_once_under_its_weekday(day: date, start: int) -> None:
    squares = list(month_squares(day.replace(day=1), start))

    assert [square.day.day for square in squares] == list(range(1, len(squares) + 1))
    assert {(square.day.weekday() - start) % 7 - square.column for square in squares} == {0}
    assert len({(square.column, square.row) for square in squares}) == len(squares)
