"""New records: what is written is read back as the same, and nothing else."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from builders import PROPERTIES, RULES, case_names, source
from hypothesis import given
from hypothesis import strategies as st
from test_extraction import read_case

from broadsheet.core.text import clean, fold_space
from broadsheet.records.articles import parse_filed
from broadsheet.sources.drafting import NewRecord, file_name, usual_folder, write_record, written_moment
from broadsheet.sources.extraction import Picture, extract

FULL = NewRecord(
    title="Q&A: what \u2019s next",
    url="https://example.org/a?b=c&d=e",
    published=datetime(2023, 6, 8, 23, 51, tzinfo=timezone(timedelta(hours=2))),
    excerpt='He said "yes": #1',
    kind="video",
    provider="Example News",
    image=Picture(url="https://example.org/a.png", width=1200, height=675, title="A map"),
    amp_url="https://example.org/amp/a",
    topics=("C#", "Open Data"),
)

lines = st.text(max_size=40).map(lambda text: fold_space(clean(text)[0]))
nasty = st.sampled_from(
    [
        "---",
        "published: true",
        "&amp;",
        "&lt",
        "&#8217;",
        '"',
        "\\",
        "# a",
        ": ",
        "'",
        "- a",
        "{}",
        "*x",
        "!!str",
        "\u2028",
        "\ufeff",
    ]
)
texts = st.lists(lines | nasty, max_size=4).map(" ".join).map(lambda text: fold_space(clean(text)[0]))
some_text = texts.filter(bool)
addresses = st.sampled_from(
    ["https://example.org/", "https://example.org/a?x=&amp;y=&lt;", "http://[2606:4700::1]:8080/'a'"]
)
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)).flatmap(  # noqa: DTZ001 - the zone is the next thing
    lambda moment: st.integers(-14 * 60, 14 * 60).map(
        lambda minutes: moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    )
)
sizes = st.integers(1, 99_999)
pictures = st.builds(Picture, url=addresses, width=sizes, height=sizes, title=texts)
records = st.builds(
    NewRecord,
    title=some_text,
    url=addresses,
    published=moments,
    excerpt=texts,
    kind=st.sampled_from(["article", "video", "paper"]),
    provider=some_text,
    image=st.none() | pictures,
    amp_url=st.just("") | addresses,
    topics=st.lists(some_text, max_size=3).map(tuple),
)


def test_a_record_is_written_a_field_a_line() -> None:
    assert (
        write_record(FULL)
        == """\
---
category: news
title: "Q&A: what \u2019s next"
excerpt: "He said \\"yes\\": #1"
publishedDateTime: 2023-06-08T23:51:00+02:00
webUrl: "https://example.org/a?b=c&d=e"
ampWebUrl: "https://example.org/amp/a"
type: video
published: false

provider:
  name: "Example News"
  domain: "example.org"

topics:
  - "C#"
  - "Open Data"

images:
  - url: "https://example.org/a.png"
    width: 1200
    height: 675
    title: "A map"
---
"""
    )


def read_back(record: NewRecord) -> NewRecord:
    """Read what is written of a record, in which nothing may be wrong."""
    parsed = parse_filed(source(write_record(record)), RULES)
    assert parsed.problems == ()
    assert parsed.value is not None
    assert not parsed.value.is_published
    article, fields = parsed.value.article, parsed.value.fields
    image = article.image
    return NewRecord(
        title=article.title,
        url=article.url,
        published=article.published,
        excerpt=article.excerpt,
        kind=article.kind,
        provider=article.provider.name,
        image=Picture(url=image.url, width=image.width, height=image.height, title=image.title) if image else None,
        amp_url=fields.url("ampWebUrl") or "",
        topics=tuple(topic.name for topic in article.topics),
    )


@PROPERTIES
@given(records)
def test_what_is_written_is_read_back(record: NewRecord) -> None:
    assert read_back(record) == record


@pytest.mark.parametrize("name", case_names("pages", ".page"))
def test_what_a_page_says_is_read_back(name: str) -> None:
    found = extract(*read_case(name))
    record = NewRecord(
        title=found.title or "None",
        url=found.url,
        published=found.published or datetime(2024, 1, 1, tzinfo=UTC),
        excerpt=found.excerpt,
        kind=found.kind,
        provider=found.provider,
        image=found.image,
        amp_url=found.amp_url,
    )

    assert read_back(record) == record


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2023, 6, 8, 21, 51, 7, 999, tzinfo=UTC), "2023-06-08T21:51:07Z"),
        (datetime(2023, 6, 8, 21, 51, tzinfo=timezone(timedelta(hours=-3, minutes=-30))), "2023-06-08T21:51:00-03:30"),
        (datetime(2023, 6, 8, 21, 51, tzinfo=timezone(timedelta(seconds=30))), "2023-06-08T21:50:30Z"),
    ],
)
def test_a_time_is_written_with_its_offset(moment: datetime, written: str) -> None:
    assert written_moment(moment) == written


def test_a_file_is_named_by_the_day_of_its_address_and_its_title() -> None:
    late = datetime(2023, 6, 8, 23, 0, tzinfo=timezone(timedelta(hours=-5)))

    assert file_name(FULL) == "2023-06-08-q-and-a-what-s-next.md"
    assert file_name(FULL, 2) == "2023-06-08-q-and-a-what-s-next-2.md"
    assert file_name(NewRecord(title="../con", url=FULL.url, published=late)) == "2023-06-09-x-con.md"
    assert len(file_name(NewRecord(title="word " * 60, url=FULL.url, published=late))) <= 96


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        ([], "news"),
        (["a.md"], ""),
        (["news/a.md", "b.md", "news/c.md"], "news"),
        (["z/a.md", "y/2024/b.md"], "y/2024"),
    ],
)
def test_a_new_record_goes_where_most_others_lie(names: list[str], folder: str) -> None:
    assert usual_folder(names) == folder
