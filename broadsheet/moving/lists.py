"""What Jekyll's plug-ins made: feeds, sitemaps and the pages of a list.

It follows jekyll-feed, jekyll-sitemap, jekyll-redirect-from and jekyll-paginate, each with the settings that it reads.
"""

from collections.abc import Iterator, Mapping

from broadsheet.moving.jekyll import Plugins


def plugin_addresses(plugins: Plugins, posts: int) -> Iterator[tuple[str, str]]:
    """Yield each address that a plug-in made, below the site's base, and the plug-in's name.

    `posts` is the number of posts that had pages.
    """
    if "jekyll-feed" in plugins.names:
        yield _path(plugins.feed.get("path"), "/feed.xml"), "jekyll-feed"
        for name, path in _feeds(plugins.feed.get("collections"), "/feed/{}.xml"):
            yield path, "jekyll-feed"
            categories = _given(plugins.feed.get("collections"), name).get("categories")
            for one, _ in _feeds(categories, ""):
                yield f"/feed/{name}/{one}.xml", "jekyll-feed"
        for _, path in _feeds(plugins.feed.get("categories"), "/feed/{}.xml"):
            yield path, "jekyll-feed"
    if "jekyll-sitemap" in plugins.names:
        yield "/sitemap.xml", "jekyll-sitemap"
        yield "/robots.txt", "jekyll-sitemap"
    if "jekyll-redirect-from" in plugins.names:
        yield "/redirects.json", "jekyll-redirect-from"
    if "jekyll-paginate" in plugins.names and plugins.paginate:
        for number in range(2, -(-posts // plugins.paginate) + 1):
            path = plugins.paginate_path.replace(":num", str(number)).strip("/")
            yield (f"/{path}" if path.endswith(".html") else f"/{path}/"), "jekyll-paginate"


def _feeds(named: object, pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the names in a list or mapping of the settings, and where the feed of each stood."""
    names = named if isinstance(named, (list, dict)) else []
    for name in names:
        if str(name) != "posts":
            yield str(name), _path(_given(named, str(name)).get("path"), pattern.format(name))


def _given(named: object, name: str) -> Mapping[str, object]:
    values = named.get(name) if isinstance(named, dict) else None
    return values if isinstance(values, dict) else {}


def _path(given: object, otherwise: str) -> str:
    return f"/{given.strip('/')}" if isinstance(given, str) and given else otherwise
