from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from builders import PROPERTIES
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.checks.headlines import _FEW, _LEAST, NEAREST, WINDOW, Headline, near_pairs

START = datetime(2024, 5, 1, tzinfo=UTC)


def at(title: str, hours: float = 0, source: str = "") -> Headline:
    return Headline(title, source, START + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tortoise wins the race", "Tortoise Wins The Race!"),
        ("Tortoise wins the race", "Tortoise wins the race | The Gazette"),
        ("Tortoise wins the great race of spring", "The tortoise wins the great race of spring again"),
        ("Owl opens library", "Library opens: Owl"),
    ],
)
def test_nearly_the_same(one: str, other: str) -> None:
    assert list(near_pairs([at(other, 5, "The Gazette"), at(one)])) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tortoise wins the race", "Hare wins the race"),
        ("Release wave 1 of the great tortoise", "Release wave 2 of the great tortoise"),
        ("Owl opens library", "Owl opens old library"),
        ("Morning links", "Morning links"),
        ("?!", "?!"),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert list(near_pairs([at(one), at(other, 5)])) == []


def test_the_same_after_long_is_another_story() -> None:
    late = WINDOW / timedelta(hours=1) + 1

    assert list(near_pairs([at("Tortoise wins the race"), at("Tortoise wins the race", late)])) == []


def test_the_nearest_is_named() -> None:
    headlines = [
        at("A tortoise wins the great race"),
        at("The tortoise wins the great race", 1),
        at("The tortoise wins the great race", 2),
    ]

    assert list(near_pairs(headlines))[-1] == (2, 1)


WORDS = st.lists(st.sampled_from("a b c d e f g h".split()), min_size=1, max_size=7)


@given(st.lists(WORDS, max_size=8))
@PROPERTIES
def test_nothing_near_is_missed(titles: list[list[str]]) -> None:
    found = dict(near_pairs([at(" ".join(title), place) for place, title in enumerate(titles)]))

    for later, one in enumerate(titles):
        near = [earlier for earlier in range(later) if are_near(set(one), set(titles[earlier]))]
        assert (later in found) == bool(near)
        assert later not in found or found[later] in near


def are_near(one: set[str], other: set[str]) -> bool:
    least = min(len(one), len(other))
    return (
        one == other
        if least < _FEW and least >= _LEAST
        else least >= _LEAST and len(one & other) >= NEAREST * len(one | other)
    )


def test_ten_times_as_many_take_no_hundred_times_as_long() -> None:
    def seconds(number: int) -> float:
        headlines = [
            at(f"The tortoise of village {n} wins the great race of its valley {n % 97}", n / 100)
            for n in range(number)
        ]
        start = process_time()
        list(near_pairs(headlines))
        return process_time() - start

    assert seconds(10_000) < 40 * max(seconds(1_000), 0.005)
