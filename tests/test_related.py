"""Relations: reasons, nothing rather than noise, and neighbors only."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from newsroom import ENGLISH, desk, story, when

from broadsheet.core.model import Article
from broadsheet.editing.related import Match, Relations, headline_words, nearness
from broadsheet.editing.sidebars import Relative
from broadsheet.site.desk import reason


def matches(*articles: Article) -> dict[str, list[Match]]:
    digest, _ = desk(*articles)
    relations = Relations(digest.articles, digest.topics_of, lambda article: headline_words(article.title))
    return {
        article.id: [relations.explain(article.id, other.id, score) for score, other in relations.ranked(article.id)]
        for article in digest.articles
    }


def test_a_rare_topic_relates_and_says_so() -> None:
    one = story("Faces in the crowd", "2025-06-01", topics=["Computer Vision"])
    two = story("A new camera", "2025-06-04", topics=["Computer Vision"], provider="b.example")

    digest, _ = desk(one, two)

    assert [reason(relative, ENGLISH) for relative in digest.related[one.id]] == ["Computer Vision · same week"]
    assert [relative.article for relative in digest.related[two.id]] == [one]


def test_a_topic_that_everything_has_relates_nothing() -> None:
    articles = [
        story(f"{name} {name}", f"2025-06-{n:02}", topics=["AI"]) for n, name in enumerate("abcdefghijklmnop", 1)
    ]

    found = matches(*articles)

    newest = max(articles, key=lambda article: article.published)
    assert found[newest.id] == []


def test_one_word_in_common_is_chance_and_two_rare_ones_are_not() -> None:
    filler = [story(f"Filler {n}", f"2025-05-{n:02}", provider=f"f{n}.example") for n in range(1, 20)]
    one = story("Quantum widgets arrive", "2025-06-01")
    chance = story("Quantum leaps", "2025-06-02")
    akin = story("Why quantum widgets matter", "2025-06-03")

    found = matches(*filler, one, chance, akin)

    assert [match.other for match in found[one.id]] == [akin.id]
    assert set(found[one.id][0].words) == {"quantum", "widgets"}


def test_nothing_in_common_is_nothing() -> None:
    found = matches(story("Apples", topics=["Fruit"]), story("Bolts", topics=["Tools"]))

    assert list(found.values()) == [[], []]


def test_a_newer_article_never_changes_what_an_older_pair_is_worth() -> None:
    old = [
        story(f"Camera {n} sees", f"2025-01-{n:02}", topics=["Vision", "AI"][: 1 + n % 2], provider=f"p{n}.example")
        for n in range(1, 20)
    ]
    before = matches(*old)
    newer = story("Camera 99 sees", "2025-02-01", topics=["Vision"])

    after = matches(*old, newer)

    for article in old:
        assert [match for match in after[article.id] if match.other != newer.id] == before[article.id]


def test_a_new_article_changes_the_sidebars_of_few() -> None:
    days = [(when("2024-01-01") + timedelta(days=n)).date().isoformat() for n in range(200)]
    old = [story(f"Story {n}", day, topics=[f"T{n % 5}"], provider=f"p{n % 40}.example") for n, day in enumerate(days)]
    newer = story("Newest", "2024-07-20", topics=["T1"])

    before, after = desk(*old)[0].related, desk(*old, newer)[0].related

    changed = [article for article in old if before[article.id] != after[article.id]]
    assert 0 < len(changed) <= 12


@given(st.permutations([f"{word} {n}" for n, word in enumerate(["camera lens", "lens flare", "camera shop"] * 3)]))
def test_the_order_of_files_changes_nothing(titles: list[str]) -> None:
    def made(names: list[str]) -> dict[str, tuple[Relative, ...]]:
        digest, _ = desk(*(story(name, topics=[name.split()[0]]) for name in names))
        return dict(digest.related)

    assert made(titles) == made(sorted(titles))


def test_closeness() -> None:
    found = [nearness(timedelta(days=days).total_seconds())[0] for days in (0, 1, 2, 7, 8, 31, 32, 4000)]

    assert found == ["day", "day", "week", "week", "month", "month", "", ""]


def test_words_that_tell_nothing_are_passed_over() -> None:
    assert headline_words("Announcing the C++ 23 release of 2024: it’s OpenAI’s") == ("c++", "23", "openai")


def test_reasons_in_words() -> None:
    assert (
        reason(Relative(why="words", words=("quantum", "widgets")), ENGLISH)
        == "“quantum” and “widgets” in both headlines"
    )
    assert reason(Relative(why="topic", topic="AI", closeness="day"), ENGLISH) == "AI · same day"
    assert reason(Relative(), ENGLISH) == "Picked by the curator"
