"""The pages of topics: the tree with its activity, and each topic with its timeline."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import takewhile

from msgspec.structs import replace

from broadsheet.core.model import Brief
from broadsheet.editing import activity
from broadsheet.editing.marks import mark, times_key
from broadsheet.editing.taxonomy import TopicEntry, topic_address
from broadsheet.site import views
from broadsheet.site.charts import Activity, Timeline
from broadsheet.site.desk import Desk
from broadsheet.site.listings import archive_pages, older_link
from broadsheet.site.pages import Page, View, newest_of, split_archive
from broadsheet.site.timelines import timeline
from broadsheet.site.views import Link

BAR_HEIGHT = 24
_YEARS_SHOWN = 4
# Some days more than the weeks have, since days begin at other times than in UTC.
_WINDOW = timedelta(weeks=activity.WEEKS, days=2)


def topics(desk: Desk) -> Iterator[Page]:
    """Plan the tree of topics, and the pages of each."""
    gettext, name = desk.words.gettext, desk.digest.config.title
    head = desk.described(desk.list_head(gettext("Topics"), "/topics/", gettext("Every topic of %(site)s.", site=name)))
    entries = {entry.topic.slug: entry for entry in desk.digest.topics}
    tree = [
        (e.topic.name, e.topic.slug, e.topic.description, len(e.articles), [above.slug for above in e.ancestors])
        for e in desk.digest.topics
    ]
    recent = _recent(desk, desk.digest.articles)
    yield Page(
        address="/topics/",
        template="topics.html",
        make_key=lambda: mark((head, tree)) + times_key(recent) + desk.topics_key(recent),
        view=lambda: View(views.TopicsPage(_branches(desk, entries)), head),
        newest=newest_of(desk.digest.articles),
    )
    for entry in desk.digest.topics:
        yield from _topic(desk, entry, entries)


def _topic(desk: Desk, entry: TopicEntry, entries: Mapping[str, TopicEntry]) -> Iterator[Page]:
    topic, gettext = entry.topic, desk.words.gettext
    first, archive = split_archive(entry.articles, desk.digest.config.page_size)
    feed = desk.topic_feed(entry)
    frame = views.TopicPage(
        title=topic.name,
        crumbs=(
            Link(gettext("Topics"), "/topics/"),
            *(Link(above.name, topic_address(above)) for above in entry.ancestors),
        ),
        description=topic.description,
        children=tuple(
            Link(child.name, topic_address(child), desk.words.number(len(entries[child.slug].articles)))
            for child in entry.children
        ),
        hashtags=topic.hashtags,
        image=desk.picture(topic.image),
        cards=(),
        older=older_link(desk, entry.address, len(archive)),
        timeline=None,
        feed=feed,
    )
    description = (
        f"{topic.name}: {topic.description}"
        if topic.description
        else gettext("%(topic)s: the articles of %(site)s.", topic=topic.name, site=desk.digest.config.title)
    )
    head = desk.list_head(f"{topic.name} – {frame.crumbs[0].text}", entry.address, description, (feed,), frame.image)

    def view() -> View:
        by_month = _timeline(desk, entry, len(first))
        shown = replace(frame, cards=desk.cards(first), timeline=by_month)
        return View(shown, desk.described(head, frame.crumbs, frame.title))

    yield Page(
        address=entry.address,
        template="topic.html",
        make_key=lambda: mark((head, frame)) + desk.cards_key(first) + times_key(entry.articles),
        view=view,
        location=topic.location,
        newest=newest_of(first),
    )
    yield from archive_pages(desk, head, topic.name, (*frame.crumbs, Link(topic.name, entry.address)), archive)


def _timeline(desk: Desk, entry: TopicEntry, on_first_page: int) -> Timeline | None:
    """Return a topic's articles by month; a month leads to the page on which its newest one stands.

    What one month holds alone needs no timeline, and what the first page shows is not linked there.
    """
    counts: Counter[date] = Counter()
    begins: dict[date, int] = {}
    for index, article in enumerate(entry.articles):
        month = desk.day(article).replace(day=1)
        counts[month] += 1
        begins.setdefault(month, index)

    def address(month: date) -> str:
        index = begins[month]
        if index < on_first_page:
            return ""
        number = (len(entry.articles) - 1 - index) // desk.digest.config.page_size + 1
        return f"{entry.address}page/{number}/"

    return timeline(desk, counts, address, lambda _: "", _YEARS_SHOWN) if len(counts) > 1 else None


def _branches(desk: Desk, entries: Mapping[str, TopicEntry]) -> tuple[views.Branch, ...]:
    newest = desk.day(desk.digest.articles[0]) if desk.digest.articles else date.min

    def branch(entry: TopicEntry) -> views.Branch:
        topic = entry.topic
        weeks = activity.by_week((desk.day(article) for article in _recent(desk, entry.articles)), newest)
        return views.Branch(
            link=Link(topic.name, entry.address, desk.count(len(entry.articles))),
            description=topic.description,
            activity=Activity(total=sum(weeks), weeks=weeks, bars=activity.bar_heights(weeks, BAR_HEIGHT)),
            children=tuple(branch(entries[child.slug]) for child in entry.children),
        )

    return tuple(branch(entry) for entry in desk.digest.topics if not entry.ancestors)


def _recent(desk: Desk, articles: Sequence[Brief]) -> list[Brief]:
    """Return the articles (newest first) of the weeks before the newest one of all, and perhaps a few more."""
    newest = newest_of(desk.digest.articles)
    return list(takewhile(lambda article: newest is not None and newest - article.published < _WINDOW, articles))
