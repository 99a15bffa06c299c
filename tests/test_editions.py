"""Editions: which periods have one, what is in it, and under which number."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from builders import PROPERTIES, source
from hypothesis import given
from hypothesis import strategies as st
from newsroom import codes, desk, story, topic, when

from broadsheet.core.model import Article, Config, EditionsConfig, Period, Pin
from broadsheet.core.periods import KINDS, parse_period, period_end, period_of
from broadsheet.editing.digest import Digest
from broadsheet.editing.editions import Edition, contents_of, edition_id
from broadsheet.records.articles import Rules
from broadsheet.records.pins import parse_pin

SMALL = EditionsConfig(minimum=1)


def settings(timezone: str = "UTC", **changes: object) -> Config:
    return Config(timezone=timezone, editions=EditionsConfig(**{"minimum": 1, **changes}))  # type: ignore[arg-type]


def names(digest: Digest) -> list[str]:
    return [f"{edition.number} {edition.period.name}" for edition in digest.editions.all]


def edition(digest: Digest, name: str) -> Edition:
    return next(found for found in digest.editions.all if found.period.name == name)


def titles(digest: Digest, name: str) -> list[str]:
    """Return an edition's stories in their order, the rest in brackets."""
    found = contents_of(edition(digest, name), digest.topics_of, digest.config.editions)
    return [story.title for story in found.chosen] + [f"({story.title})" for story in found.rest]


def groups(digest: Digest, name: str) -> dict[str, list[str]]:
    found = contents_of(edition(digest, name), digest.topics_of, digest.config.editions)
    return {group.title: [story.title for story in group.stories] for group in found.groups}


def pin(name: str, text: str) -> Pin:
    value = parse_pin(source(text, f"editions/{name}.yaml"), Rules()).value
    assert value is not None
    return value


def test_a_day_and_a_week_have_an_edition_once_they_are_over() -> None:
    monday = story("A", "2025-06-02T10:00")

    during = desk(monday, config=settings(), now=when("2025-06-02T23:59"))[0]
    after = desk(monday, config=settings(), now=when("2025-06-03"))[0]
    later = desk(monday, config=settings(), now=when("2025-06-09"))[0]

    assert (names(during), during.editions.next_end) == ([], when("2025-06-03"))
    assert (names(after), after.editions.next_end) == (["1 2025-06-02"], when("2025-06-09"))
    assert (names(later), later.editions.next_end) == (["1 2025-W23", "1 2025-06-02"], None)


def test_fewer_stories_than_the_minimum_are_no_edition() -> None:
    articles = [story(f"A{n}", "2025-06-02") for n in range(2)]

    assert names(desk(*articles, config=settings(minimum=3))[0]) == []
    assert names(desk(*articles, config=settings(minimum=2))[0]) == ["1 2025-W23", "1 2025-06-02"]


def test_one_story_filed_twice_counts_once() -> None:
    first = story("A", "2025-06-02T10:00", url="https://one.example/a", quality=5)
    again = Article(
        **{name: getattr(first, name) for name in Article.__struct_fields__} | {"id": "urn:x:other", "title": "A again"}
    )

    assert names(desk(first, again, config=settings(minimum=2))[0]) == []
    assert titles(desk(first, again, config=settings())[0], "2025-06-02") == ["A"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_switched_off(kind: str) -> None:
    digest = desk(story("A", "2025-06-02"), config=settings("UTC", **{f"has_{kind}": False}))[0]

    assert [found.period.kind for found in digest.editions.all] == [other for other in KINDS if other != kind]


def test_the_worthiest_come_first_and_few_of_one_provider() -> None:
    articles = [story(f"P{n}", "2025-06-02T08:00", provider="p.example", quality=90 - n) for n in range(5)]
    other = story("Q", "2025-06-02T09:00", provider="q.example", quality=10, heat=5)

    digest = desk(*articles, other, config=settings(per_provider=2, daily_limit=3))[0]

    assert titles(digest, "2025-06-02")[:3] == ["P0", "P1", "Q"]
    assert sorted(titles(digest, "2025-06-02")[3:]) == ["(P2)", "(P3)", "(P4)"]


def test_stories_stand_by_the_topic_that_most_of_them_share() -> None:
    lead = story("Lead", "2025-06-02", topics=["AI"], quality=100, provider="a.example")
    both = story("Both", "2025-06-02", topics=["Web", "AI"], quality=90, provider="b.example")
    ai = story("More AI", "2025-06-02", topics=["AI"], quality=80, provider="c.example")
    alone = story("Alone", "2025-06-02", topics=["Chips"], quality=85, provider="d.example")

    digest = desk(lead, both, ai, alone, config=settings())[0]

    assert titles(digest, "2025-06-02")[0] == "Lead"
    assert groups(digest, "2025-06-02") == {"AI": ["Both", "More AI"], "": ["Alone"]}


def test_numbers_count_the_editions_of_a_kind() -> None:
    days = ["2025-06-02", "2025-06-04", "2025-06-10"]
    digest = desk(*(story(day, day) for day in days), config=settings())[0]

    assert names(digest) == ["2 2025-W24", "3 2025-06-10", "1 2025-W23", "2 2025-06-04", "1 2025-06-02"]


@PROPERTIES
@given(
    st.lists(st.tuples(st.integers(0, 800), st.integers(0, 23), st.integers(0, 4), st.integers(0, 99)), max_size=40),
    st.integers(1, 4),
)
def test_every_article_has_one_place_and_numbers_stay(days: list[tuple[int, int, int, int]], minimum: int) -> None:
    start = date(2023, 12, 1).toordinal()
    articles = [
        story(f"S{n}", f"{date.fromordinal(start + day)}T{hour:02}:00", provider=f"p{p}.example", quality=quality)
        for n, (day, hour, p, quality) in enumerate(days)
    ]
    articles.sort(key=lambda article: article.published)
    config = settings("America/New_York", minimum=minimum)
    earlier: dict[str, int] = {}
    for count in range(0, len(articles) + 1, 7):
        digest = desk(*articles[:count], config=config)[0]
        for kind in KINDS:
            numbers = [found.number for found in digest.editions.of(kind)]
            assert numbers == list(range(len(numbers), 0, -1))
        now = {found.period.name: found.number for found in digest.editions.all}
        if count:
            # The period of the newest article may still come to have enough: what is over has its number.
            newest = date.fromisoformat(f"{articles[count - 1].published:%Y-%m-%d}").toordinal() - 7
            over = {name: n for name, n in earlier.items() if parse_period(name).last.toordinal() < newest}
            assert over.items() <= now.items()
        earlier = now
    places = Counter(
        (kind, article.id)
        for kind in KINDS
        for found in digest.editions.of(kind)
        for article in (
            *contents_of(found, digest.topics_of, config.editions).chosen,
            *contents_of(found, digest.topics_of, config.editions).rest,
        )
    )
    assert set(places.values()) <= {1}


def test_a_day_follows_the_time_zone_and_its_clocks() -> None:
    config = settings("Europe/Berlin")
    before = story("Before", "2025-10-25T21:59")  # 23:59 in summer
    night = story("Night", "2025-10-25T22:00")
    end = story("End", "2025-10-26T22:59")  # 23:59 in winter: the day has 25 hours
    after = story("After", "2025-10-26T23:00")

    digest = desk(before, night, end, after, config=config)[0]

    assert titles(digest, "2025-10-26") == ["End", "Night"]
    assert edition(digest, "2025-10-26").end == when("2025-10-26T23:00")
    assert edition(digest, "2025-W43").end == when("2025-10-26T23:00")
    assert names(digest)[1] == "3 2025-10-27"


def test_where_clocks_skip_midnight_a_day_begins_later() -> None:
    # In Havana, 12 March 2023 began at one o'clock.
    assert period_end(Period("daily", date(2023, 3, 11)), "America/Havana") == when("2023-03-12T05:00")


def test_a_year_may_have_53_weeks() -> None:
    digest = desk(story("A", "2020-12-31"), story("B", "2021-01-03"), story("C", "2021-01-04"), config=settings())[0]

    weekly = [f"{found.number} {found.period.name}" for found in digest.editions.of("weekly")]
    assert weekly == ["2 2021-W01", "1 2020-W53"]
    assert titles(digest, "2020-W53") == ["B", "A"]


def test_nothing_not_yet_due_is_in_an_edition() -> None:
    digest = desk(
        story("A", "2025-06-02T10:00"), story("B", "2025-06-02T12:00"), config=settings(), now=when("2025-06-02T11:00")
    )[0]

    assert names(digest) == []
    assert digest.editions.next_end == when("2025-06-03")


def test_the_last_day_of_the_calendar_never_ends() -> None:
    last = story("A", "9999-12-31T12:00")

    digest = desk(last, config=settings(), now=datetime.max.replace(tzinfo=UTC))[0]

    assert names(digest) == ["1 9999-W52", "1 9999-12-31"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2025-13-01", "no day 2025-13-01"),
        ("2021-W53", "no week 2021-W53"),
        ("2025-W00", "no week"),
        ("0000-01-01", "no day"),
        ("monday", "neither a day"),
        ("2025-6-1", "neither a day"),
        ("", "neither a day"),
    ],
)
def test_what_is_no_period(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_period(name)


def test_two_years_of_2000_articles() -> None:
    chance = Random(7)  # noqa: S311 - the same articles in each run
    start = when("2024-01-01")
    moments = sorted(start + timedelta(minutes=chance.randrange(731 * 1440)) for _ in range(2_000))
    articles = [
        story(
            f"S{n}",
            f"{moment:%Y-%m-%dT%H:%M}",
            provider=f"p{chance.randrange(40)}.example",
            quality=chance.randrange(99),
            topics=[f"T{chance.randrange(12)}"],
        )
        for n, moment in enumerate(moments)
    ]
    config = Config(timezone="Pacific/Auckland", editions=EditionsConfig(minimum=1))
    numbers: dict[str, int] = {}
    for count in (500, 1_000, 1_500, 2_000):
        digest = desk(*articles[:count], config=config, now=when("2027-01-01"))[0]
        for kind in KINDS:
            held = [edition.number for edition in digest.editions.of(kind)]
            assert held == list(range(len(held), 0, -1))
        now = {found.period.name: found.number for found in digest.editions.all}
        assert numbers.items() <= now.items()
        numbers = now
    for kind in KINDS:
        places: Counter[str] = Counter()
        for found in digest.editions.of(kind):
            inside = contents_of(found, digest.topics_of, config.editions)
            shown = [article.id for article in (*inside.chosen, *inside.rest)]
            assert len(inside.chosen) <= config.editions.limit(kind)
            assert max(Counter(article.provider.domain for article in inside.chosen).values()) <= 3
            places.update(shown)
        assert places == Counter(article.id for article in articles)


@PROPERTIES
@given(st.dates(), st.sampled_from(KINDS))
def test_a_period_is_read_as_it_is_named(day: date, kind: str) -> None:
    period = period_of(kind, day)  # type: ignore[arg-type]

    assert parse_period(period.name) == period
    assert period.first <= day <= period.last


def test_an_id_depends_on_the_digest_and_the_period_alone() -> None:
    period = parse_period("2025-W23")

    assert edition_id(Config(id="tag:example.org,2025:d", base_url="https://a.example/"), period) == edition_id(
        Config(id="tag:example.org,2025:d", base_url="https://b.example/", title="Other"), period
    )
    assert edition_id(Config(base_url="https://a.example/"), period) != edition_id(
        Config(base_url="https://b.example/"), period
    )
    assert edition_id(Config(), period) != edition_id(Config(), parse_period("2025-06-02"))


# What a file pins.


def test_a_file_fixes_choice_and_order_and_title() -> None:
    articles = [
        story(n, "2025-06-02", quality=q, url=f"https://p.example/{n}") for n, q in (("A", 9), ("B", 8), ("C", 7))
    ]
    held = pin(
        "2025-06-02",
        f"""
title: Three things
introduction: "One *word*."
number: 40
lead: {articles[2].id}
groups:
  - title: AI
    stories: [{articles[0].address}]
rest: [https://www.p.example/B?utm_source=x]
""",
    )

    digest, problems = desk(*articles, topics=[topic("AI")], pins=[held], config=settings())

    assert problems == []
    assert titles(digest, "2025-06-02") == ["C", "A", "(B)"]
    assert groups(digest, "2025-06-02") == {"AI": ["A"]}
    found = edition(digest, "2025-06-02")
    assert (found.number, found.pin) == (40, held)
    assert held.introduction == "<p>One <em>word</em>.</p>"


def test_a_file_with_a_title_alone_leaves_the_choice_to_the_rules() -> None:
    digest = desk(story("A", "2025-06-02"), pins=[pin("2025-06-02", "title: Mine")], config=settings(minimum=3))[0]

    assert titles(digest, "2025-06-02") == ["A"]


def test_articles_filed_later_stay_out_of_a_pinned_edition_unless_they_may_come_in() -> None:
    first, late = story("A", "2025-06-02"), story("Late", "2025-06-02")
    held = pin("2025-06-02", f"lead: {first.id}\nrest: []\n")

    frozen = desk(first, late, pins=[held], config=settings())[0]
    open_ = desk(first, late, pins=[held], config=settings(is_frozen=False))[0]

    assert titles(frozen, "2025-06-02") == ["A"]
    assert titles(open_, "2025-06-02") == ["A", "(Late)"]


def test_a_file_without_a_rest_lists_all_others() -> None:
    first, other = story("A", "2025-06-02"), story("B", "2025-06-02")

    digest = desk(first, other, pins=[pin("2025-06-02", f"lead: {first.id}")], config=settings())[0]

    assert titles(digest, "2025-06-02") == ["A", "(B)"]


def test_without_a_lead_the_first_story_leads() -> None:
    a, b = story("A", "2025-06-02"), story("B", "2025-06-02")
    held = pin("2025-06-02", f"groups:\n  - stories: []\n  - title: G\n    stories: [{b.id}, {a.id}]\nrest: []\n")

    digest = desk(a, b, pins=[held], config=settings())[0]

    assert titles(digest, "2025-06-02") == ["B", "A"]


def test_what_a_file_names_and_is_not_shown_is_said() -> None:
    shown, other, hidden = story("A", "2025-06-02"), story("B", "2025-06-09"), story("C", "2025-06-02T12:00")
    held = pin(
        "2025-06-02", f"lead: {shown.id}\nrest:\n  - {other.id}\n  - {shown.id}\n  - {hidden.id}\n  - nonsense\n"
    )

    digest, problems = desk(shown, other, hidden, pins=[held], config=settings(), now=when("2025-06-10"))
    later, told = desk(shown, other, pins=[held], config=settings())

    assert titles(digest, "2025-06-02") == ["A", "(C)"]
    assert codes(problems) == [f"content/editions/2025-06-02.yaml:{n}:5 warning edition-story" for n in (3, 4, 6)]
    assert [problem.message.partition(": ")[2] for problem in problems] == [
        "it is not of 2025-06-02",
        "it stands there already",
        "this digest has published no such story",
    ]
    assert titles(later, "2025-06-02") == ["A"]
    assert len(told) == 4


def test_a_pinned_number_stays_when_an_earlier_period_gets_an_edition_later() -> None:
    config = settings(minimum=2, has_weekly=False)
    first, second, late = ([story(f"{day}{n}", f"2025-06-{day:02}") for n in range(2)] for day in (2, 4, 3))
    held = pin("2025-06-04", "number: 2")

    before = desk(*first, *second, pins=[held], config=config)[0]
    after = desk(*first, *second, *late, pins=[held], config=config)[0]
    newer = desk(
        *first, *second, *late, story("N", "2025-06-05"), story("M", "2025-06-05"), pins=[held], config=config
    )[0]

    assert names(before) == ["2 2025-06-04", "1 2025-06-02"]
    assert names(after) == names(before)
    assert names(newer) == ["3 2025-06-05", *names(before)]


def test_a_number_that_is_too_low_is_an_error() -> None:
    held = [pin("2025-06-02", "number: 5"), pin("2025-06-03", "\nnumber: 5")]

    digest, problems = desk(
        story("A", "2025-06-02"), story("B", "2025-06-03"), pins=held, config=settings(has_weekly=False)
    )

    assert names(digest) == ["5 2025-06-02"]
    assert codes(problems) == ["content/editions/2025-06-03.yaml:2:9 error edition-number"]


def test_files_that_do_nothing_are_named() -> None:
    held = [pin("2025-06-02", "title: a"), pin("2025-W23", "title: b"), pin("2025-06-05", "title: c")]
    again = parse_pin(source("title: d", "editions/more/2025-06-02.yaml"), Rules()).value
    assert again is not None

    _, problems = desk(story("A", "2025-06-02"), pins=[*held, again], config=settings(has_weekly=False))

    assert [f"{p.location.path} {p.severity} {p.code}" for p in problems] == [
        "content/editions/2025-W23.yaml warning edition-left-out",
        "content/editions/more/2025-06-02.yaml error duplicate-edition",
        "content/editions/2025-06-05.yaml warning edition-left-out",
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("friday", "title: x", "content/editions/friday.yaml:1:1 error bad-edition"),
        ("2025-W60", "title: x", "content/editions/2025-W60.yaml:1:1 error bad-edition"),
        ("2025-06-02", "number: 0", "content/editions/2025-06-02.yaml:1:9 error bad-integer"),
        ("2025-06-02", "numbre: 1", "content/editions/2025-06-02.yaml:1:1 warning unknown-field"),
        ("2025-06-02", "- a", "content/editions/2025-06-02.yaml:1:1 error bad-type"),
        ("2025-06-02", "introduction: " + "x" * 70_000, "content/editions/2025-06-02.yaml:1:15 error too-large"),
    ],
)
def test_a_file_in_error_is_named(name: str, text: str, said: str) -> None:
    parsed = parse_pin(source(text, f"editions/{name}.yaml"), Rules())

    assert codes(parsed.problems) == [said]
    assert (parsed.value is None) == ("error" in said)
