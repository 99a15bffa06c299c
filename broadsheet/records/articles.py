"""Source to Article or Draft, and a page of the site's own to Leaf: the record format, whole."""

import re
from datetime import UTC, datetime
from typing import Generic, TypeVar

import msgspec

from broadsheet.core.diagnostics import Diagnostic, Location, has_errors
from broadsheet.core.model import (
    Article,
    Draft,
    Embed,
    Image,
    Leaf,
    Nofollow,
    Provider,
    Source,
    Story,
    TopicName,
    texts_of,
)
from broadsheet.core.text import file_slug, slug
from broadsheet.core.urls import domain_of, host_name, is_uri, named_articles, permanent_id, site_path, story_key
from broadsheet.records import fields as yaml_fields
from broadsheet.records.fields import Address, Fields, Problems, Spec, decode, drop_forbidden, read, split_front_matter
from broadsheet.records.markup import read_embed, render_markdown

T = TypeVar("T")

KINDS = ("article", "video", "podcast", "paper", "report", "release", "discussion", "event")
"""The types that have a card of their own."""
IMAGE = {
    "url": Spec("url", "the picture's address", required=True),
    "width": Spec("integer", "its width in pixels", minimum=1),
    "height": Spec("integer", "its height in pixels", minimum=1),
    "title": Spec("text", "what it shows"),
    "attribution": Spec("text", "whom to credit"),
    "isCached": Spec("ignored", "read by other systems only"),
}
PROVIDER = {
    "name": Spec("text", "the name readers know"),
    "domain": Spec("text", "its host name, such as example.org"),
    "images": Spec("mappings", "its logo", shape=IMAGE),
}
STORY = {
    "title": Spec("text", "the headline", required=True),
    "excerpt": Spec("text", "the teaser"),
    "publishedDateTime": Spec("timestamp", "when its source published it"),
    "webUrl": Spec("url", "its address"),
    "originalUrl": Spec("url", "its address, where 'webUrl' is absent"),
    "ampWebUrl": Spec("url", "another address of the same story"),
    "cdnAmpWebUrl": Spec("url", "another address of the same story"),
    "type": Spec("text", "article, video and so on", choices=KINDS),
    "provider": Spec("mapping", "who published it", shape=PROVIDER),
    "quality": Spec("integer", "the curator's score", minimum=0),
    "images": Spec("mappings", "its pictures", shape=IMAGE),
}
RECORD = {
    "category": Spec("text", "the section: news unless said otherwise"),
    "title": Spec("text", "the headline", required=True),
    "excerpt": Spec("text", "the teaser"),
    "publishedDateTime": Spec("timestamp", "when the source published it, such as 2023-06-08T21:51:00Z", required=True),
    "updatedDateTime": Spec("timestamp", "when the record last changed in substance"),
    "originalUrl": Spec("url", "the source's address, followed where 'webUrl' is absent"),
    "webUrl": Spec("url", "the address readers follow"),
    "ampWebUrl": Spec("url", "another address of the same story, never linked"),
    "cdnAmpWebUrl": Spec("url", "another address of the same story, never linked"),
    "type": Spec("text", "article, video and so on", choices=KINDS),
    "quality": Spec("integer", "the curator's score, 0 or more", minimum=0),
    "heat": Spec("integer", "how hot the story is; -1 means not scored"),
    "published": Spec("flag", "only true publishes"),
    "slug": Spec("text", "the last part of the article's address"),
    "id": Spec("text", "the permanent id, a URI"),
    "redirect_from": Spec("texts", "old paths that must go on working"),
    "template": Spec("text", "another template for this article"),
    "featuredContent": Spec("text", "an embed: an <iframe> of an allowed host"),
    "provider": Spec("mapping", "who published it", shape=PROVIDER),
    "topics": Spec("texts", "names of topics"),
    "images": Spec("mappings", "pictures; the first is the lead image", shape=IMAGE),
    "related": Spec("mappings", "curated related stories", shape=STORY),
    "secured": Spec("ignored", "somebody's sealed data: never read"),
}
"""The fields of a record, in their usual order."""
LEAF = {
    "title": Spec("text", "the page's title", required=True),
    "description": Spec("text", "one sentence on what the page holds"),
    "slug": Spec("text", "the page's address"),
    "published": Spec("flag", "false withholds the page"),
    "redirect_from": Spec("texts", "old paths that must go on working"),
    "template": Spec("text", "another template for this page"),
}

MAX_BODY = 1 << 16
"""The most characters of Markdown that a record or a page has: some ten thousand words."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOWHERE = Address("https://example.org/", "https://example.org/")
_SEALED_SAMPLE, _SEALED_LEAST = 40, 12
"""How much of what is sealed is looked for elsewhere, in characters; less than the least may be there by chance."""
_TEMPLATE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What parsing depends on besides the record: the site's place, videos that may be embedded, links, the theme.

    `origin` is the site's scheme and host, `base_path` the path below them. `has_drafts` lets what is not published
    through, with a notice: only a site that nobody publishes is made so.
    """

    origin: str = ""
    base_path: str = "/"
    embeds: tuple[str, ...] = ("youtube", "vimeo")
    nofollow: Nofollow = False
    templates: frozenset[str] = frozenset({"article.html", "page.html"})
    has_drafts: bool = False


class Parsed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A parsed value, or None where an error kept it from being one, and every problem found."""

    value: T | None
    problems: tuple[Diagnostic, ...] = ()


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A record as its curator filed it, published or not; `fields` know what stands where.

    It is for those who work at the digest's files, and no way leads from it to a page. The comment of one that is
    not published is empty.
    """

    article: Article
    is_published: bool
    fields: Fields


def parse_article(source: Source, rules: Rules) -> Parsed[Article | Draft]:
    """Read a record: an Article if it says `published: true`, else a Draft; None where anything is in error."""
    return gate(parse_filed(source, rules), rules)


def parse_filed(source: Source, rules: Rules) -> Parsed[Filed]:
    """Read a record for those who work at it; None where anything is in error."""
    problems = Problems(source.path)
    record = _filed(source, rules, problems)
    return Parsed(value=None if has_errors(problems.found) else record, problems=tuple(problems.found))


def gate(filed: Parsed[Filed], rules: Rules) -> Parsed[Article | Draft]:
    """Let what is published of what was filed through: an Article if it says `published: true`, else a Draft."""
    return Parsed(value=_gate(filed.value, rules) if filed.value is not None else None, problems=filed.problems)


def _gate(filed: Filed, rules: Rules) -> Article | Draft:
    """Let what is published through; of what is not, keep only what tells it from others, unless drafts are shown."""
    article = filed.article
    if not filed.is_published and rules.has_drafts:
        return msgspec.structs.replace(article, notice="draft")
    if not filed.is_published:
        return Draft(id=article.id, address=article.address, keys=article.keys, location=article.location)
    mentions = named_articles(texts_of(article), rules.origin, rules.base_path)
    return msgspec.structs.replace(article, mentions=mentions) if mentions else article


def parse_leaf(source: Source, rules: Rules) -> Parsed[Leaf]:
    """Read a page of the site's own; None for one that is withheld or in error."""
    problems = Problems(source.path)
    leaf = _leaf(source, rules, problems)
    return Parsed(value=None if has_errors(problems.found) else leaf, problems=tuple(problems.found))


def _open(source: Source, shape: yaml_fields.Shape, problems: Problems) -> tuple[Fields, str, str] | None:
    """Return a file's fields, its body, and all of its text."""
    text = decode(source.data, problems)
    parts = split_front_matter(text, problems) if text is not None else None
    if text is None or parts is None:
        return None
    front, body, body_line = parts
    if len(body) > MAX_BODY:
        message = f"more than {MAX_BODY:,} characters of Markdown"
        problems.add("too-large", message, Location(source.path, body_line), "shorten it, or make several pages of it")
        return None
    fields = read(front, shape, problems, first_line=2)
    body = drop_forbidden(body, problems, body_line)
    return None if fields is None else (fields, body, text)


def _filed(source: Source, rules: Rules, problems: Problems) -> Filed | None:
    opened = _open(source, RECORD, problems)
    if opened is None:
        return None
    fields, body, text = opened
    _check_sealed(fields, text, problems)
    is_published = fields.flag("published")
    is_shown = is_published or rules.has_drafts
    title = fields.required_text("title")
    published = fields.timestamp("publishedDateTime")
    updated = fields.timestamp("updatedDateTime")
    urls = _urls(fields, problems)
    permanent = _id(fields)
    # Where these are in error the article is dropped at the end, once every other field has been read.
    published = published or _EPOCH
    urls = urls or (_NOWHERE,)
    identifier = permanent or permanent_id(urls[0].written)
    article = Article(
        id=identifier,
        title=title,
        url=urls[0].link,
        keys=_keys(urls),
        published=published,
        updated=updated,
        provider=_provider(fields, urls[0].link, problems),
        slug=_slug(fields) or file_slug(source.name) or slug(title),
        location=fields.where("title"),
        excerpt=fields.text("excerpt") or "",
        kind=_kind(fields),
        category=fields.text("category") or "news",
        quality=fields.integer("quality") or 0,
        heat=_heat(fields),
        topics=tuple(TopicName(name, at.line, at.column) for name, at in fields.texts("topics")),
        images=tuple(read_image(item) for item in fields.mappings("images")),
        related=tuple(_stories(fields, problems)),
        embed=_featured(fields, rules),
        comment=render_markdown(body, rules.base_path, nofollow=rules.nofollow) if is_shown else "",
        redirects=_redirects(fields, problems),
        template=_template(fields, "article", rules),
    )
    return Filed(article=article, is_published=is_published, fields=fields)


def _check_sealed(fields: Fields, text: str, problems: Problems) -> None:
    """Note where the beginning of what a record seals stands in it once more, from where it could be published."""
    sealed = fields.ignored("secured").strip()[:_SEALED_SAMPLE]
    if len(sealed) < _SEALED_LEAST or text.count(sealed) < 2:  # noqa: PLR2004 - more than once
        return
    where = fields.where("secured")
    start = -1
    while (start := text.find(sealed, start + 1)) >= 0:
        line = text.count("\n", 0, start) + 1
        if line != where.line:
            place = Location(where.path, line, start - text.rfind("\n", 0, start))
            hint = "remove it: 'secured' is never read, all else is"
            problems.add("sealed-text", "what 'secured' seals stands here too", place, hint)
            return


def _leaf(source: Source, rules: Rules, problems: Problems) -> Leaf | None:
    opened = _open(source, LEAF, problems)
    if opened is None:
        return None
    fields, body, _ = opened
    leaf = Leaf(
        title=fields.required_text("title"),
        description=fields.text("description") or "",
        slug=_slug(fields) or slug(source.name.rpartition("/")[2].removesuffix(".md")),
        body=render_markdown(body, rules.base_path, nofollow=rules.nofollow, top_heading=2),
        location=fields.where("title"),
        redirects=_redirects(fields, problems),
        template=_template(fields, "page", rules),
    )
    return leaf if fields.flag("published", default=True) else None


def _urls(fields: Fields, problems: Problems) -> tuple[Address, ...]:
    """Return the story's addresses, the one that readers follow first."""
    web, original = fields.address("webUrl"), fields.address("originalUrl")
    others = (fields.address("ampWebUrl"), fields.address("cdnAmpWebUrl"))
    if not fields.has("webUrl") and not fields.has("originalUrl"):
        problems.add(
            "missing-field",
            "neither 'webUrl' nor 'originalUrl' is there",
            fields.location,
            "webUrl: the address of the article that readers follow",
        )
    if web is None and original is None:
        return ()
    return tuple(url for url in (web, original, *others) if url is not None)


def _keys(urls: tuple[Address, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(story_key(url) for url in dict.fromkeys(url.written for url in urls)))


def _id(fields: Fields) -> str | None:
    value = fields.text("id")
    if value is not None and not is_uri(value):
        fields.problem("bad-id", "id", f"'{value}' is not a URI", "such as urn:uuid:… or tag:example.org,2023:1")
    return value


def _slug(fields: Fields) -> str | None:
    value = fields.text("slug")
    if value is None:
        return None
    safe = slug(value)
    if safe != value:
        fields.warning("bad-slug", "slug", f"'{value}' becomes '{safe}'", f"write 'slug: {safe}'")
    return safe


def _kind(fields: Fields) -> str:
    value = (fields.text("type") or "article").lower()
    if value in KINDS:
        return value
    fields.warning("unknown-type", "type", f"'{value}' is shown as an article", f"known: {', '.join(KINDS)}")
    return "article"


def _heat(fields: Fields) -> int | None:
    value = fields.integer("heat")
    return None if value is not None and value < 0 else value


def _provider(fields: Fields, url: str, problems: Problems) -> Provider:
    """Return who published a story; what the record leaves out follows from the story's address."""
    domain = domain_of(url)
    given = fields.mapping("provider")
    if given is None:
        return Provider(name=domain, domain=domain)
    if named := given.text("domain"):
        try:
            domain = host_name(named).removeprefix("www.")
        except ValueError as error:
            problems.add("bad-url", f"'provider.domain': {error}", given.where("domain"), "such as example.org")
    images = tuple(read_image(item) for item in given.mappings("images"))
    return Provider(name=given.text("name") or domain, domain=domain, image=images[0] if images else None)


def read_image(fields: Fields) -> Image:
    """Read one entry of an `images` list."""
    address = fields.address("url")
    return Image(
        url=address.link if address is not None else "",
        width=fields.integer("width"),
        height=fields.integer("height"),
        title=fields.text("title") or "",
        attribution=fields.text("attribution") or "",
    )


def _stories(fields: Fields, problems: Problems) -> list[Story]:
    stories = []
    for item in fields.mappings("related"):
        title = item.required_text("title")
        urls = _urls(item, problems)
        published = item.timestamp("publishedDateTime")
        _check_unshown(item)
        provider = _provider(item, (urls[0] if urls else _NOWHERE).link, problems)
        if not urls:
            continue
        stories.append(
            Story(
                title=title,
                url=urls[0].link,
                keys=_keys(urls),
                published=published,
                provider=Provider(name=provider.name, domain=provider.domain),
                line=item.location.line,
                column=item.location.column,
            )
        )
    return stories


def _check_unshown(story: Fields) -> None:
    """Read what no page shows of a related story, so that what is wrong there is named."""
    story.text("excerpt")
    story.integer("quality")
    _kind(story)
    for image in story.mappings("images"):
        read_image(image)


def _featured(fields: Fields, rules: Rules) -> Embed | None:
    value = fields.markup("featuredContent")
    if value is None:
        return None
    embed, dropped = read_embed(value, rules.embeds)
    if dropped:
        fields.warning("bad-embed", "featuredContent", dropped, "see docs/record-format.md for what can be embedded")
    return embed


def _redirects(fields: Fields, problems: Problems) -> tuple[str, ...]:
    paths = []
    for value, where in fields.texts("redirect_from"):
        try:
            paths.append(site_path(value))
        except ValueError as error:
            problems.add("bad-path", f"'redirect_from': {error}", where, "such as /old/address/")
    return tuple(paths)


def _template(fields: Fields, default: str, rules: Rules) -> str:
    value = fields.text("template")
    if value is None:
        return default
    name = value.removesuffix(".html")
    if not _TEMPLATE_NAME.fullmatch(name):
        fields.problem("bad-template", "template", f"'{value}' is not a template's name", "such as 'longread'")
    elif f"{name}.html" not in rules.templates:
        hint = f"add templates/{name}.html, or remove 'template'"
        fields.problem("bad-template", "template", f"the theme has no template '{name}.html'", hint)
    return name
