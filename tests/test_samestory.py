import pytest

from broadsheet.checks.samestory import canonical
from broadsheet.core.urls import story_key

PAGE = "example.org/2024/story"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/2024/story",
        "http://www.example.org/2024/story/",
        "https://m.example.org/2024/story",
        "https://amp.example.org/2024/story",
        "https://example.org/2024/story/amp",
        "https://example.org/2024/story/amp/",
        "https://example.org/2024/story.amp",
        "https://example.org/2024/story.amp.html",
        "https://example.org/2024/story/amp.html",
        "https://example.org/amp/2024/story",
        "https://example.org/2024/story/index.html",
        "https://example.org/2024/story?amp",
        "https://example.org/2024/story?amp=1&utm_source=feed",
        "https://example.org/2024/story?outputType=amp",
        "https://example.org/2024/story?ref=newsletter#top",
        "https://www.google.com/amp/s/example.org/2024/story",
        "https://www.google.co.uk/amp/www.example.org/2024/story/amp/",
        "https://www.bing.com/amp/s/example.org/2024/story",
        "https://cdn.ampproject.org/c/s/example.org/2024/story",
        "https://example-org.cdn.ampproject.org/v/s/www.example.org/2024/story?usqp=mq331AQ&amp_js_v=0.1",
        "https://example-org.bing-amp.com/c/s/example.org/2024/story",
        "https://www.google.com/amp/s/example-org.cdn.ampproject.org/c/s/example.org/2024/story?amp=1",
    ],
)
def test_all_forms_of_a_page_have_one_key(url: str) -> None:
    assert canonical(story_key(url)) == PAGE


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/2024/story-2",
        "https://example.org/2024/story?id=2",
        "https://example.com/2024/story",
        "https://news.example.org/2024/story",
        "https://example.org/2024/story/amplifiers",
        "https://example.org/2024/storyamp",
        "https://www.google.com/amplified/example.org/2024/story",
        "https://example.org/ampere/2024/story",
    ],
)
def test_another_page_has_another(url: str) -> None:
    assert canonical(story_key(url)) not in {PAGE, ""}


@pytest.mark.parametrize(
    "url", ["https://example.org/", "https://www.example.org", "https://example.org/?utm_source=x"]
)
def test_a_host_alone_is_no_story(url: str) -> None:
    assert canonical(story_key(url)) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=MGtomFKVDys",
        "https://m.youtube.com/watch?v=MGtomFKVDys&t=20s&list=PL1",
        "https://youtu.be/MGtomFKVDys?si=abc",
        "https://www.youtube.com/embed/MGtomFKVDys",
        "https://www.youtube-nocookie.com/embed/MGtomFKVDys",
    ],
)
def test_a_video_has_one_key(url: str) -> None:
    assert canonical(story_key(url)) == "youtube.com/watch?v=MGtomFKVDys"


def test_a_key_is_its_own() -> None:
    for key in (PAGE, "youtube.com/watch?v=MGtomFKVDys", "example.org/a?id=2"):
        assert canonical(key) == key
