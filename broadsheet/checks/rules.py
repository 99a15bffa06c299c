"""The rules of `broadsheet check`: what is worth a curator's look though a site can be built of it.

Each is a function of all there is to a list of problems, and stands in `CHECKS`. A new one is one function, its
codes in `diagnostics.RULES`, and a section in docs/diagnostics.md.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from broadsheet.checks.dossiers import Dossier
from broadsheet.checks.headlines import Headline, near_pairs
from broadsheet.checks.samestory import canonical
from broadsheet.core.diagnostics import RULES, Diagnostic, Level, Location, by_location
from broadsheet.core.model import Config, Leaf, Topic
from broadsheet.core.text import counted, words

_SMALL = (200, 100)
"""The least width and height of a lead picture, in pixels."""


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What rules judge: all records, by path; topics, pages and settings; and the time."""

    records: tuple[Dossier, ...]
    topics: tuple[Topic, ...]
    leaves: tuple[Leaf, ...] = ()
    config: Config = Config()
    now: datetime

    def is_shown(self, record: Dossier) -> bool:
        """Whether a record is published and due."""
        return record.is_published and record.article.published <= self.now


Rule = Callable[[Material], Iterable[Diagnostic]]


def judge(material: Material, checks: Sequence[Rule]) -> list[Diagnostic]:
    """Return what rules find, each problem with the level that the settings give its code, by location."""
    levels: dict[str, Level] = {**RULES, **dict(material.config.checks)}
    found: list[Diagnostic] = []
    for check in checks:
        for problem in check(material):
            level = levels[problem.code]
            if level != "off":
                found.append(msgspec.structs.replace(problem, severity=level))
    return sorted(found, key=by_location)


def same_story(material: Material) -> Iterator[Diagnostic]:
    """Find records of one story, by any of its addresses, but those whose ids tell it already."""
    first: dict[str, Dossier] = {}
    for record in sorted(material.records, key=lambda record: not record.is_published):
        twin = None
        for address in record.addresses:
            key = canonical(address.key)
            other = first.setdefault(key, record) if key else record
            if other is not record and other.article.id != record.article.id and twin is None:
                twin = other
                yield Diagnostic(
                    code="same-story",
                    message=f"'{address.field}' is an address of the story of {other.path}",
                    location=record.at(address.place),
                    hint="remove one of the two records, or correct the address",
                )


def similar_headlines(material: Material) -> Iterator[Diagnostic]:
    """Find headlines that say nearly the same within days, where nothing else says that the stories are the same."""
    articles = [record.article for record in material.records]
    headlines = [Headline(article.title, article.provider.name, article.published) for article in articles]
    keys = [{key for key in map(canonical, article.keys) if key} for article in articles]
    related = [{canonical(key) for story in article.related for key in story.keys} for article in articles]
    for later, earlier in near_pairs(headlines):
        is_known = (
            articles[later].id == articles[earlier].id
            or keys[later] & (keys[earlier] | related[earlier])
            or related[later] & keys[earlier]
        )
        if not is_known:
            yield Diagnostic(
                code="similar-headline",
                message=f"nearly the headline of {articles[earlier].location.path}: '{articles[earlier].title}'",
                location=material.records[later].where("title"),
                hint="keep one of the two, or list one as 'related' in the other",
            )


def excerpts(material: Material) -> Iterator[Diagnostic]:
    """Find excerpts that are missing, or begin with the headline."""
    for record in material.records:
        article = record.article
        if not article.excerpt:
            yield Diagnostic(
                code="missing-excerpt",
                message="there is no 'excerpt'",
                location=record.where("title"),
                hint="say in one or two sentences what the story is about",
            )
        elif _begins_with(article.excerpt, article.title):
            yield Diagnostic(
                code="excerpt-repeats-title",
                message="'excerpt': it begins with the headline, which stands above it",
                location=record.where("excerpt"),
                hint="leave the headline out",
            )


def _begins_with(text: str, title: str) -> bool:
    """Whether a text begins with all words of a title, or says no other."""
    if text[:1].casefold() != title[:1].casefold() and len(text) > len(title) * 2:
        return False
    said = [word.casefold() for word in words(text)]
    known = [word.casefold() for word in words(title)]
    return said[: len(known)] == known or set(said) <= set(known)


def dates(material: Material) -> Iterator[Diagnostic]:
    """Find dates that have not come yet, and records that changed before they were published."""
    for record in material.records:
        published, updated = record.article.published, record.article.updated
        if published > material.now:
            yield Diagnostic(
                code="future-date",
                message="'publishedDateTime' has not come yet"
                + (": the article is held back until then" if record.is_published else ""),
                location=record.where("publishedDateTime"),
                hint="correct it, if it is not meant",
            )
        elif updated is not None and updated > material.now:
            yield Diagnostic(
                code="future-date",
                message="'updatedDateTime' has not come yet",
                location=record.where("updatedDateTime"),
                hint="it is when the record last changed in substance",
            )
        if updated is not None and updated < published:
            yield Diagnostic(
                code="updated-before-published",
                message="'updatedDateTime' lies before 'publishedDateTime'",
                location=record.where("updatedDateTime"),
                hint="correct one of the two, or remove 'updatedDateTime'",
            )


def images(material: Material) -> Iterator[Diagnostic]:
    """Find pictures that are missing, of unknown size, too small, or fetched without encryption."""
    for record in material.records:
        article = record.article
        if not article.images:
            yield Diagnostic(
                code="missing-image",
                message="there is no picture",
                location=record.where("images"),
                hint="add 'images' with the source's own picture, and its width and height",
            )
        for image, place in zip(article.images, record.images, strict=True):
            where = record.at(place)
            if image.url.startswith("http:"):
                yield Diagnostic(
                    code="insecure-image",
                    message="the picture is fetched over http, which browsers block or warn of",
                    location=where,
                    hint="use its https address",
                )
            if image.width is None or image.height is None:
                yield Diagnostic(
                    code="unsized-image",
                    message="the picture has no 'width' and 'height', so the page moves when it comes",
                    location=where,
                    hint="add both, in pixels",
                )
            elif image is article.image and (image.width < _SMALL[0] or image.height < _SMALL[1]):
                yield Diagnostic(
                    code="small-image",
                    message=f"the lead picture has {image.width} × {image.height} pixels only",
                    location=where,
                    hint=f"at least {_SMALL[0]} × {_SMALL[1]}, better 1200 × 630",
                )


def repeated_images(material: Material) -> Iterator[Diagnostic]:
    """Find lead pictures that several records have: a source's placeholder or logo, or a mistake."""
    holders: dict[str, list[Dossier]] = defaultdict(list)
    for record in material.records:
        if record.article.image is not None:
            holders[record.article.image.url].append(record)
    for records in holders.values():
        if len(records) > 1:
            first, second, *rest = records
            more = f", and of {counted(len(rest), 'other record')}" if rest else ""
            yield Diagnostic(
                code="repeated-image",
                message=f"the lead picture is that of {first.path}{more}",
                location=second.at(second.images[0]),
                hint="a picture that stands for a source, and not for a story, is better left out",
            )


def providers(material: Material) -> Iterator[Diagnostic]:
    """Find domains whose provider has several names: the site can show one of them only."""
    named: dict[str, list[Dossier]] = defaultdict(list)
    for record in material.records:
        named[record.article.provider.domain].append(record)
    for domain, records in named.items():
        counts = Counter(record.article.provider.name for record in records)
        if len(counts) > 1:
            (usual, _), *others = sorted(counts.items(), key=lambda count: (-count[1], count[0]))
            odd = next(record for record in records if record.article.provider.name != usual)
            shown = ", ".join(f"'{name}' ({number})" for name, number in [(usual, counts[usual]), *others[:3]])
            yield Diagnostic(
                code="provider-names",
                message=f"the provider at {domain} has {len(counts)} names: {shown}"
                + (" and more" if len(others) > 3 else ""),  # noqa: PLR2004 - what fits on a line
                location=odd.at(odd.provider),
                hint="give it one name; where others publish on its site, give their 'provider' a 'domain' of its own",
            )


def layout(material: Material) -> Iterator[Diagnostic]:
    """Find records with loose white space, and those whose fields stand out of order; one problem for all of each."""
    loose = [record.at(record.loose) for record in material.records if record.loose is not None]
    if loose:
        yield Diagnostic(
            code="white-space",
            message="white space that means nothing" + elsewhere(len(loose)),
            location=loose[0],
            hint="'check --fix' removes it, and changes nothing else",
        )
    unordered = [record.at(record.unordered) for record in material.records if record.unordered is not None]
    if unordered:
        yield Diagnostic(
            code="key-order",
            message="from here on the fields do not stand in their usual order" + elsewhere(len(unordered)),
            location=unordered[0],
            hint="'check --fix' moves them, and changes nothing else",
        )


def elsewhere(number: int) -> str:
    """Say in how many records something is, behind the one that is named: " (and in 3 more records)"."""
    return f" (and in {counted(number - 1, 'more record')})" if number > 1 else ""


def redirects(material: Material) -> Iterator[Diagnostic]:
    """Find old addresses that cannot lead to their record, and those that a build does not know since it hides one."""
    owners: dict[str, Dossier] = {record.article.address: record for record in reversed(material.records)}
    for record in material.records:
        if material.is_shown(record):
            owners[record.article.address] = record
    pages = {leaf.address: leaf.location for leaf in material.leaves}
    claimed: dict[str, Dossier] = {}
    for record in sorted(material.records, key=lambda record: not material.is_shown(record)):
        for path, place in zip(record.article.redirects, record.redirects, strict=True):
            address = path if path.endswith("/") else f"{path}/"
            owner, rival = owners.get(address), claimed.setdefault(address, record)
            if owner is record:
                what = "the record's own address"
            elif rival is not record or _comes_again(record, place, address):
                what = f"an old address of {rival.path} too" if rival is not record else "there twice"
            elif owner is not None:
                what = f"the address of {owner.path}"
            elif address in pages:
                what = f"the address of {pages[address].path}"
            else:
                continue
            yield _bad_redirect(path, what, record.at(place))


def _comes_again(record: Dossier, place: object, address: str) -> bool:
    """Whether an old address stands in its record before this place."""
    for path, other in zip(record.article.redirects, record.redirects, strict=True):
        if other is place:
            return False
        if path.rstrip("/") == address.rstrip("/"):
            return True
    return False


def _bad_redirect(path: str, what: str, location: Location) -> Diagnostic:
    return Diagnostic(
        code="bad-redirect",
        message=f"'redirect_from': {path} is {what}",
        location=location,
        hint="remove it: an old address leads to one place, and only where nothing else is",
    )


def without_implied(found: Iterable[Diagnostic], built: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return what rules found without what a build says more strongly, at the same place or of the same record."""
    places: Mapping[str, set[object]] = {
        "topic-collision": {p.location for p in built if p.code == "topic-collision"},
        "address-collision": {p.location.path for p in built if p.code == "address-collision"},
    }
    kept = []
    for problem in found:
        is_topic = problem.code in {"topic-spelling", "undefined-topic"}
        is_redirect = problem.code == "bad-redirect"
        if is_topic and problem.location in places["topic-collision"]:
            continue
        if is_redirect and problem.location.path in places["address-collision"]:
            continue
        kept.append(problem)
    return kept
