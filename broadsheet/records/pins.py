"""Source to Pin: `content/editions/*.yaml`, what a curator fixes of an edition."""

from broadsheet.core.diagnostics import Location, has_errors
from broadsheet.core.model import Pin, PinnedGroup, PinnedStory, Source
from broadsheet.core.periods import parse_period
from broadsheet.records.articles import MAX_BODY, Parsed, Rules
from broadsheet.records.fields import Fields, Problems, Spec, decode, read
from broadsheet.records.markup import render_markdown

GROUP = {
    "title": Spec(
        "text", "the heading; a topic's name makes it a link to the topic, and none stands for 'More stories'"
    ),
    "stories": Spec("texts", "the stories, each by its id, its address here or its source's URL"),
}
PIN = {
    "number": Spec("integer", "the edition's number, which stays", minimum=1),
    "title": Spec("text", "a title of its own"),
    "introduction": Spec("text", "an introduction, in Markdown"),
    "lead": Spec("text", "the story that comes first, by its id, its address here or its source's URL"),
    "groups": Spec("mappings", "the other stories, in their order, under headings", shape=GROUP),
    "rest": Spec("texts", "the stories that are listed below; all others of the period without this field"),
}


def parse_pin(source: Source, rules: Rules) -> Parsed[Pin]:
    """Read the file of an edition, whose name is that of its period; None where anything is in error."""
    problems = Problems(source.path)
    text = decode(source.data, problems)
    fields = read(text, PIN, problems) if text is not None else None
    pin = _pin(source, fields, rules, problems) if fields is not None else None
    return Parsed(value=None if has_errors(problems.found) else pin, problems=tuple(problems.found))


def _pin(source: Source, fields: Fields, rules: Rules, problems: Problems) -> Pin | None:
    name = source.name.rpartition("/")[2].rpartition(".")[0]
    lead = fields.text("lead")
    where = fields.where("lead")
    introduction = fields.markup("introduction") or ""
    if len(introduction) > MAX_BODY:
        fields.problem("too-large", "introduction", f"more than {MAX_BODY:,} characters of Markdown")
        introduction = ""
    number = fields.integer("number")
    groups = tuple(
        PinnedGroup(title=group.text("title") or "", stories=_stories(group, "stories"))
        for group in fields.mappings("groups")
    )
    rest = _stories(fields, "rest") if "rest" in fields.names() else None
    title = fields.text("title") or ""
    try:
        period = parse_period(name)
    except ValueError as error:
        problems.add("bad-edition", str(error), Location(source.path), "name the file 2026-11-24.yaml or 2026-W48.yaml")
        return None
    return Pin(
        period=period,
        location=Location(source.path),
        number=number,
        number_location=fields.where("number"),
        title=title,
        introduction=render_markdown(introduction, rules.base_path, nofollow=rules.nofollow),
        lead=PinnedStory(lead, where.line, where.column) if lead else None,
        groups=groups,
        rest=rest,
    )


def _stories(fields: Fields, key: str) -> tuple[PinnedStory, ...]:
    return tuple(PinnedStory(name, at.line, at.column) for name, at in fields.texts(key))
