import pytest

from broadsheet.checks.suggestions import suggest_topics
from broadsheet.core.diagnostics import Location
from broadsheet.core.model import Topic
from broadsheet.core.text import slug


def topic(name: str, *keywords: str, synonyms: tuple[str, ...] = ()) -> Topic:
    return Topic(name=name, slug=slug(name), location=Location("t.yaml"), keywords=keywords, synonyms=synonyms)


TOPICS = (
    topic("AI", "neural network", synonyms=("Artificial Intelligence",)),
    topic("Language Models", "transformer", "in-context learning"),
    topic("C"),
    topic("C++"),
    topic("C#", ".NET"),
    topic("Go"),
    topic("Größe"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nothing of interest", []),
        ("", []),
        ("A neural network for everyone", ["AI"]),
        ("ARTIFICIAL INTELLIGENCE, explained", ["AI"]),
        ("A neural networking event", []),
        ("In context learning", ["Language Models"]),
        ("What is AI?", ["AI"]),
        ("Ai Weiwei in Berlin", []),
        ("Where to go next", []),
        ("Why Go?", ["Go"]),
        ("C++ for C programmers", ["C++", "C"]),
        ("What C# brings to .NET", ["C#"]),
        ("A neural network for C programmers", ["AI", "C"]),
        ("The net effect...net of costs", []),
        ("GRÖSSE", ["Größe"]),
        ("Gro\u0308ße", ["Größe"]),
        ("AI: a transformer for in-context learning", ["Language Models", "AI"]),
    ],
)
def test_a_text_suggests_topics_by_whole_words(text: str, expected: list[str]) -> None:
    assert [found.name for found in suggest_topics(text, TOPICS)] == expected


def test_a_keyword_without_words_suggests_nothing() -> None:
    assert suggest_topics("?!", [topic("Odd", "?!", "")]) == []


def test_the_longest_name_wins() -> None:
    topics = [topic("Networks"), topic("AI", "neural networks"), topic("Law of Networks")]

    assert [found.name for found in suggest_topics("Neural networks", topics)] == ["AI"]
    assert [found.name for found in suggest_topics("The law of networks", topics)] == ["Law of Networks"]
    assert [found.name for found in suggest_topics("Neural networks and networks", topics)] == ["AI", "Networks"]


def test_more_words_weigh_more_and_the_order_is_given() -> None:
    topics = [topic("B", "model"), topic("Models", "model", "machine")]

    assert [found.name for found in suggest_topics("The model of a machine", topics)] == ["Models", "B"]
    assert [found.name for found in suggest_topics("One model, another model", topics)] == ["B", "Models"]
