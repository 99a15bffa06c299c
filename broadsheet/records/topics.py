"""Source to Topic: `content/topics/*.yaml`."""

from broadsheet.core.diagnostics import has_errors
from broadsheet.core.model import Source, Topic
from broadsheet.core.text import slug
from broadsheet.records.articles import IMAGE, Parsed, read_image
from broadsheet.records.fields import Problems, Spec, decode, read

TOPIC = {
    "name": Spec("text", "the topic's name", required=True),
    "_id": Spec("text", "the last part of the topic's address"),
    "shortname": Spec("text", "a shorter name for narrow places"),
    "parent": Spec("text", "the name of the topic above this one"),
    "synonyms": Spec("texts", "other names that mean this topic"),
    "keywords": Spec("texts", "words that suggest this topic"),
    "hashtags": Spec("texts", "hashtags of this topic"),
    "images": Spec("mappings", "pictures; the first stands for the topic", shape=IMAGE),
    "description": Spec("text", "a sentence or two on what belongs here"),
    "taxonomy": Spec("ignored", "read by other systems only"),
    "services": Spec("ignored", "read by other systems only"),
}


def parse_topic(source: Source) -> Parsed[Topic]:
    """Read a topic's file; None where anything is in error."""
    problems = Problems(source.path)
    text = decode(source.data, problems)
    fields = read(text, TOPIC, problems) if text is not None else None
    if fields is None:
        return Parsed(value=None, problems=tuple(problems.found))
    name = fields.required_text("name")
    given = fields.text("_id")
    address = slug(given or name)
    if given is not None and given != address:
        fields.warning("bad-slug", "_id", f"'{given}' becomes '{address}'", f"write '_id: {address}'")
    images = tuple(read_image(item) for item in fields.mappings("images"))
    topic = Topic(
        name=name,
        slug=address,
        location=fields.where("name"),
        shortname=fields.text("shortname") or "",
        parent=fields.text("parent") or "",
        parent_location=fields.where("parent"),
        synonyms=tuple(value for value, _ in fields.texts("synonyms")),
        keywords=tuple(value for value, _ in fields.texts("keywords")),
        hashtags=tuple(tag for value, _ in fields.texts("hashtags") for tag in value.split()),
        image=images[0] if images else None,
        description=fields.text("description") or "",
        is_defined=True,
    )
    return Parsed(value=None if has_errors(problems.found) else topic, problems=tuple(problems.found))
