"""The desk: what is due, in which order, and what is distinct."""

from datetime import date, timedelta

from newsroom import NOW, codes, desk, draft, pick, story, topic, when

from broadsheet.core.diagnostics import Location, by_location
from broadsheet.core.model import Brief, Config, Leaf

FILLER = [story(letter * 5, "2025-01-01", topics=[letter]) for letter in "qrstuvwxyzabcdefghijklmnop"]


def titles(articles: tuple[Brief, ...]) -> list[str]:
    return [article.title for article in articles]


def test_newest_first_and_ties_by_id() -> None:
    one, two, three = story("One", "2025-01-01"), story("Two", "2025-01-02"), story("Three", "2025-01-02")

    digest, problems = desk(one, three, two)

    tied = sorted([two, three], key=lambda article: article.id)
    assert digest.articles == (*tied, one)
    assert problems == []
    assert desk(two, one, three)[0] == digest


def test_drafts_and_future_articles_stay_outside() -> None:
    shown = story("Shown", topics=["AI"])
    hidden = draft(story("Draft", topics=["Secret"], provider="hidden.example"))
    future = story("Future", "2026-01-02", topics=["Later"])

    digest, problems = desk(shown, hidden, future)

    assert digest.articles == (shown,)
    assert [entry.topic.name for entry in digest.topics] == ["AI"]
    assert [entry.provider.domain for entry in digest.providers] == ["example.org"]
    assert problems == []


def test_an_article_is_due_at_its_very_time() -> None:
    article = story("On time", "2025-06-01T12:00")

    just_before, _ = desk(article, now=article.published - timedelta(microseconds=1))
    at_the_time, _ = desk(article, now=article.published)

    assert just_before.articles == ()
    assert at_the_time.articles == (article,)


def test_two_articles_with_one_id_are_an_error_at_the_later_file() -> None:
    first = story("A first", url="https://example.org/x")
    second = story("B second", url="https://example.org/x")

    digest, problems = desk(second, first)

    assert codes(problems) == ["content/b-second.md:2:8 error duplicate-id"]
    assert "content/a-first.md" in problems[0].message
    assert titles(digest.articles) == ["A first"]


def test_two_articles_with_one_address_are_an_error() -> None:
    first, second = story("A", address="same"), story("B", address="same")

    digest, problems = desk(first, second)

    assert codes(problems) == ["content/b.md:2:8 error address-collision"]
    assert titles(digest.articles) == ["A"]


def test_a_draft_of_a_published_story_is_only_a_warning() -> None:
    published = story("Z published", url="https://example.org/x")
    hidden = draft(story("A draft", url="https://example.org/x"))

    digest, problems = desk(hidden, published)

    assert codes(problems) == ["content/a-draft.md:2:8 warning duplicate-id"]
    assert digest.articles == (published,)


def test_one_category_makes_no_sections_and_two_do() -> None:
    news, reference = story("News"), story("Reference", category="Reference")

    assert desk(news)[0].sections == ()
    assert [(s.slug, titles(s.articles)) for s in desk(news, reference)[0].sections] == [
        ("news", ["News"]),
        ("reference", ["Reference"]),
    ]


def test_months_go_by_the_sites_time_zone() -> None:
    late = story("Late in May in UTC", "2025-05-31T23:30")

    in_utc, _ = desk(late)
    in_berlin, _ = desk(late, config=Config(timezone="Europe/Berlin"))

    assert [month.first.month for month in in_utc.months] == [5]
    assert [month.first.month for month in in_berlin.months] == [6]
    assert in_berlin.articles[0].address.startswith("/2025/05/31/")


def test_providers_are_told_apart_by_domain_and_sorted_by_name() -> None:
    digest, _ = desk(
        story("A", provider="z.example"), story("B", provider="b.example"), story("C", provider="z.example")
    )

    assert [(p.provider.domain, len(p.articles)) for p in digest.providers] == [("b.example", 1), ("z.example", 2)]


def test_redirects_lead_to_the_article() -> None:
    digest, _ = desk(story("Moved", redirects=["/old/", "/older.html"]))

    assert [(r.path, r.target) for r in digest.redirects] == [
        ("/old/", "/2025/06/01/moved/"),
        ("/older.html", "/2025/06/01/moved/"),
    ]


def test_curated_stories_come_first_and_ours_link_to_our_page() -> None:
    own = story("Own", url="https://www.example.org/own/?utm_source=x", provider="own.example")
    article = story("Main", related=[pick("Elsewhere", "https://e.example/1"), pick("Own", "http://example.org/own")])

    digest, problems = desk(article, own)

    relatives = digest.related[article.id]
    assert [(r.article and r.article.title, r.story and r.story.title, r.why) for r in relatives] == [
        (None, "Elsewhere", "curated"),
        ("Own", None, "curated"),
    ]
    assert problems == []


def test_curated_stories_that_cannot_stand_there_are_left_out_with_a_warning() -> None:
    hidden = draft(story("Draft", url="https://d.example/1"))
    future = story("Future", "2026-06-01", url="https://f.example/1")
    picks = [
        pick("Itself", "https://example.org/main"),
        pick("Draft", "https://d.example/1"),
        pick("Future", "https://f.example/1/"),
        pick("One", "https://p.example/1", "p.example"),
        pick("One again", "https://www.p.example/1", "p.example"),
        pick("Two", "https://p.example/2", "p.example"),
        pick("Third of a provider", "https://p.example/3", "p.example"),
        *(pick(f"More {n}", f"https://m{n}.example/", f"m{n}.example") for n in range(5)),
    ]

    digest, problems = desk(story("Main", related=picks), hidden, future)

    shown = [relative.story.title for relative in digest.related[digest.articles[0].id] if relative.story]
    assert shown == ["One", "Two", "More 0", "More 1", "More 2", "More 3"]
    assert {problem.code for problem in problems} == {"related-left-out"}
    assert len(problems) == 6


def test_computed_relatives_are_never_a_draft_a_future_one_or_the_same_story() -> None:
    main = story("Main", topics=["Vision"], related=[pick("Curated", "https://t.example/twin")])
    twin = story("Twin", topics=["Vision"], url="https://t.example/twin?utm_medium=x", provider="t.example")
    hidden = draft(story("Draft", topics=["Vision"]))
    future = story("Future", "2026-02-01", topics=["Vision"])

    digest, _ = desk(main, twin, hidden, future)

    assert [r.article.title for r in digest.related[main.id] if r.article] == ["Twin"]


def test_at_most_two_of_one_provider_and_six_in_all() -> None:
    same = [story(f"Same {n}", topics=["Vision"], provider="same.example") for n in range(3)]
    others = [story(f"Other {n}", topics=["Vision"], provider=f"o{n}.example") for n in range(6)]
    main = story("Main", "2025-06-02", topics=["Vision"], provider="main.example")

    digest, _ = desk(main, *same, *others, *FILLER)

    domains = [r.article.provider.domain for r in digest.related[main.id] if r.article]
    assert len(domains) == 6
    assert max(domains.count(domain) for domain in domains) <= 2
    assert len(set(domains)) == 6


def test_different_providers_are_favored_over_slightly_stronger_ones() -> None:
    near = [story(f"Near {n}", "2025-06-01", topics=["Vision"], provider="one.example") for n in range(2)]
    other = story("Other", "2025-05-20", topics=["Vision"], provider="two.example")
    main = story("Main", "2025-06-01T01:00", topics=["Vision"], provider="main.example")

    digest, _ = desk(main, *near, other, *FILLER)

    domains = [r.article.provider.domain for r in digest.related[main.id] if r.article]
    assert domains == ["one.example", "two.example", "one.example"]


def test_another_now_at_which_nothing_else_is_due_changes_nothing() -> None:
    records = [story("A", "2025-01-01", topics=["AI"]), story("B", "2030-01-01")]

    assert desk(*records, now=NOW) == desk(*records, now=when("2029-12-31"))


def test_topics_of_an_article_fold_spellings_and_keep_their_order() -> None:
    article = story("A", topics=["machine  LEARNING", "Vision", "ML", "vision"])

    digest, _ = desk(article, topics=[topic("Machine Learning", synonyms=["ML"])])

    assert [found.name for found in digest.topics_of[article.id]] == ["Machine Learning", "Vision"]


def test_months_hold_their_articles_newest_first_and_come_newest_first() -> None:
    one, two, three = story("One", "2025-05-01"), story("Two", "2025-05-31"), story("Three", "2025-06-02")

    digest, _ = desk(two, three, one)

    assert [(month.first, titles(month.articles)) for month in digest.months] == [
        (date(2025, 6, 1), ["Three"]),
        (date(2025, 5, 1), ["Two", "One"]),
    ]


def test_a_digest_keeps_its_settings_and_its_pages_by_title() -> None:
    config = Config(title="Mine")
    where = Location("content/pages/x.md", 2, 8)
    leaves = [
        Leaf(title=title, slug=slug, body="", location=where) for title, slug in (("B", "a"), ("A", "c"), ("A", "b"))
    ]

    digest, _ = desk(story("One"), leaves=leaves, config=config)

    assert digest.config == config
    assert [(leaf.title, leaf.slug) for leaf in digest.leaves] == [("A", "b"), ("A", "c"), ("B", "a")]
    assert digest.marks.keys() == {digest.articles[0].id}


def test_a_redirect_knows_its_record_and_its_title() -> None:
    article = story("Moved", redirects=["/old/"])

    digest, _ = desk(article)

    assert [(r.title, r.location) for r in digest.redirects] == [("Moved", article.location)]


def test_a_section_is_named_as_its_oldest_article_names_it() -> None:
    old, new = story("Old", "2025-01-01", category="Long Reads"), story("New", "2025-02-01", category="long reads")

    digest, _ = desk(new, old, story("News", "2025-03-01"))

    assert [section.name for section in digest.sections] == ["Long Reads", "news"]


def test_collisions_say_what_to_do() -> None:
    first, second = story("A", address="same"), story("B", address="same")
    twin = story("C", url="https://example.org/a")

    _, problems = desk(first, second, twin)

    assert [(p.message, p.hint) for p in sorted(problems, key=by_location)] == [
        ("/2025/06/01/same/ is the address of content/a.md too", "give one of the two another 'slug'"),
        (
            f"the same story as content/a.md: both have the id {first.id}",
            "remove one of the two, or give one an 'id' of its own",
        ),
    ]


def test_a_draft_at_the_address_of_an_article_is_only_a_warning() -> None:
    _, problems = desk(story("A", address="same"), draft(story("B", address="same")))

    assert codes(problems) == ["content/b.md:2:8 warning address-collision"]
