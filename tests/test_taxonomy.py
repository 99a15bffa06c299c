"""The tree of topics: names, addresses, parents, roll-up."""

from newsroom import codes, desk, story, topic


def test_a_name_used_by_a_record_is_a_topic() -> None:
    digest, problems = desk(story("A", topics=["Quantum Computing"]))

    assert [(e.topic.name, e.address, e.topic.is_defined) for e in digest.topics] == [
        ("Quantum Computing", "/topics/quantum-computing/", False)
    ]
    assert problems == []


def test_the_oldest_spelling_of_an_undefined_topic_stays() -> None:
    digest, _ = desk(story("New", "2025-06-02", topics=["ai"]), story("Old", "2025-06-01", topics=["Ai"]))

    assert [(e.topic.name, len(e.articles)) for e in digest.topics] == [("Ai", 2)]


def test_the_files_spelling_wins() -> None:
    digest, _ = desk(story("A", topics=["ai"]), topics=[topic("AI")])

    assert [(e.topic.name, len(e.articles)) for e in digest.topics] == [("AI", 1)]


def test_a_parent_rolls_up_its_children_once() -> None:
    topics = [topic("AI"), topic("Vision", parent="ai"), topic("Faces", parent="Vision")]
    both = story("Both", "2025-06-03", topics=["AI", "Faces"])
    deep = story("Deep", "2025-06-02", topics=["Faces"])
    other = story("Other", topics=["Security"])

    digest, _ = desk(both, deep, other, topics=topics)

    found = {entry.topic.name: entry for entry in digest.topics}
    assert [a.title for a in found["AI"].articles] == ["Both", "Deep"]
    assert [a.title for a in found["Vision"].articles] == ["Both", "Deep"]
    assert [t.name for t in found["Faces"].ancestors] == ["AI", "Vision"]
    assert [t.name for t in found["AI"].children] == ["Vision"]


def test_a_parent_can_be_named_by_a_synonym() -> None:
    digest, problems = desk(topics=[topic("Machine Learning", synonyms=["ML"]), topic("Vision", parent="ml")])

    assert problems == []
    assert [t.name for t in digest.topics[1].ancestors] == ["Machine Learning"]


def test_a_defined_topic_without_articles_has_a_place() -> None:
    digest, _ = desk(topics=[topic("Empty")])

    assert [(e.topic.name, e.articles) for e in digest.topics] == [("Empty", ())]


def test_an_unknown_parent_is_an_error_where_it_is_named() -> None:
    _, problems = desk(topics=[topic("Vision", parent="Artificial Inteligence")])

    assert codes(problems) == ["content/topics/vision.yaml:2:9 error unknown-parent"]


def test_a_cycle_is_one_error_and_named_whole() -> None:
    topics = [topic("A", parent="C"), topic("B", parent="A"), topic("C", parent="B"), topic("D", parent="C")]

    digest, problems = desk(topics=topics)

    assert codes(problems) == ["content/topics/a.yaml:2:9 error cycle"]
    assert "'A' → 'C' → 'B' → 'A'" in problems[0].message
    assert len(digest.topics) == 4


def test_a_topic_that_is_its_own_parent_is_a_cycle() -> None:
    _, problems = desk(topics=[topic("A", parent="a")])

    assert codes(problems) == ["content/topics/a.yaml:2:9 error cycle"]


def test_c_and_its_kin_have_addresses_of_their_own() -> None:
    digest, problems = desk(story("A", topics=["C", "C++", "C#", ".NET", "NET"]))

    assert problems == []
    assert len({entry.address for entry in digest.topics}) == 5


def test_two_names_for_one_address_are_an_error() -> None:
    _, problems = desk(story("Used", topics=["Open-Source"]), topics=[topic("Open Source")])

    assert codes(problems) == ["content/used.md:2:8 error topic-collision"]
    assert "content/topics/open-source.yaml" in problems[0].message


def test_two_files_for_one_name_are_an_error() -> None:
    _, problems = desk(topics=[topic("AI"), topic("ai", address="other")])

    assert [problem.code for problem in problems] == ["topic-collision"]


def test_a_synonym_that_is_another_topics_name_is_an_error() -> None:
    digest, problems = desk(story("A", topics=["Vision"]), topics=[topic("AI", synonyms=["vision"]), topic("Vision")])

    assert codes(problems) == ["content/topics/ai.yaml:1:7 error topic-collision"]
    assert [e.topic.name for e in digest.topics if e.articles] == ["Vision"]
