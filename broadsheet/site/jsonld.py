"""JSON-LD: what pages are, in the vocabulary of schema.org, for a script element."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from broadsheet.core import dates
from broadsheet.core.escapes import script_json
from broadsheet.core.model import Article, Config, Image, Topic
from broadsheet.core.urls import absolute
from broadsheet.editing.taxonomy import topic_address
from broadsheet.site.views import Head, Link

_KINDS = {
    "article": "NewsArticle",
    "video": "VideoObject",
    "podcast": "PodcastEpisode",
    "paper": "ScholarlyArticle",
    "report": "Report",
    "discussion": "DiscussionForumPosting",
}
"""The types of what is cited, by the kinds of records; any other kind is a CreativeWork."""


def website(config: Config, description: str, search: str) -> str:
    """Describe the site; `search` is the address of its search page or ""."""
    told: dict[str, object] = {
        "@context": "https://schema.org",
        **_site(config),
        "description": description,
        "inLanguage": config.language,
    }
    if search:
        told["potentialAction"] = {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{absolute(config.base_url, search)}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        }
    return _write(told)


def page(config: Config, kind: str, head: Head, crumbs: Sequence[Link], name: str) -> str:
    """Describe a page of a type: CollectionPage for one that lists articles or links, else WebPage.

    `crumbs` are the pages above it, and `name` is what it is called below them.
    """
    return _write(_page(config, kind, head, [*crumbs, Link(name, head.address)]))


def citation(config: Config, article: Article, topics: Iterable[Topic], head: Head, crumbs: Sequence[Link]) -> str:
    """Describe an article's page for what it is: a page that cites somebody else's work."""
    told = _page(config, "WebPage", head, [*crumbs, Link(article.title, head.address)])
    about = [
        {"@type": "Thing", "name": topic.name, "url": absolute(config.base_url, topic_address(topic))}
        for topic in topics
    ]
    if about:
        told["about"] = about
    told["citation"] = _work(article, head.image)
    return _write(told)


def _work(article: Article, image: Image | None) -> dict[str, object]:
    provider = article.provider
    work: dict[str, object] = {
        "@type": _KINDS.get(article.kind, "CreativeWork"),
        "@id": article.url,
        "url": article.url,
        "headline": article.title,
        "datePublished": dates.iso(article.published),
        "publisher": {"@type": "Organization", "name": provider.name, "url": f"https://{provider.domain}/"},
    }
    if image:
        work["image"] = image.url
    if article.kind == "video":
        work["name"] = article.title
        work["uploadDate"] = work["datePublished"]
        if image:
            work["thumbnailUrl"] = image.url
        if article.embed:
            work["embedUrl"] = article.embed.player_url
    return work


def _page(config: Config, kind: str, head: Head, trail: Sequence[Link]) -> dict[str, object]:
    """Describe a page; `trail` is the way to it, itself at the end. Without a page above it, it has no breadcrumb."""
    told: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": head.title,
        "description": head.description,
        "url": absolute(config.base_url, head.address),
        "inLanguage": config.language,
        "isPartOf": _site(config),
    }
    if len(trail) > 1:
        items = [
            {
                "@type": "ListItem",
                "position": number,
                "name": link.text,
                "item": absolute(config.base_url, link.address),
            }
            for number, link in enumerate(trail, 1)
        ]
        told["breadcrumb"] = {"@type": "BreadcrumbList", "itemListElement": items}
    return told


def _site(config: Config) -> dict[str, str]:
    return {"@type": "WebSite", "name": config.title, "url": config.base_url}


def _write(told: Mapping[str, object]) -> str:
    return script_json(msgspec.json.encode(told).decode())
