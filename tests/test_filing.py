"""The curator's files as they are: published or not, with what is wrong."""

from pathlib import Path

from site_builder import digest, record, write

from broadsheet.curating.filing import read_filing


def test_what_is_not_published_is_there_with_its_fields_and_their_places(tmp_path: Path) -> None:
    digest(tmp_path)
    write(tmp_path, {"content/draft.md": record(9).replace("published: true", "published: false")})

    filing = read_filing(tmp_path, tmp_path / "content")

    (draft,) = [filed for filed in filing.records if not filed.is_published]
    assert draft.article.title == "Story 9"
    assert draft.fields.where("title").line == 2
    assert [filed.article.location for filed in filing.records] == sorted(f.article.location for f in filing.records)


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    digest(tmp_path, 3)
    told: list[tuple[str, int, int]] = []

    read_filing(tmp_path, tmp_path / "content", lambda *how_far: told.append(how_far))

    assert told == [("read", 1, 3), ("read", 2, 3), ("read", 3, 3)]


def test_a_broken_file_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    digest(tmp_path)
    whole = read_filing(tmp_path, tmp_path / "content")
    write(tmp_path, {"content/broken.md": "no front matter", "content/large.md": "x" * 2_000_000, "site.yaml": "a: ["})

    filing = read_filing(tmp_path, tmp_path / "content")

    assert len(filing.records) == len(whole.records)
    assert sorted(problem.code for problem in filing.problems) == ["bad-yaml", "no-front-matter", "too-large"]
    assert filing.config.title == "Digest"
