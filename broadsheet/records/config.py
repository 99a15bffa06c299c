"""`site.yaml` to Config."""

import re

from broadsheet.core import dates, language
from broadsheet.core.diagnostics import CODES, RULES, Diagnostic, Level, has_errors
from broadsheet.core.model import SERVICES, Config, EditionsConfig, FeedConfig, MailConfig, Nofollow, Source
from broadsheet.core.urls import host_name, is_uri, normal_base_url, web_url
from broadsheet.records.fields import Fields, Problems, Spec, decode, read
from broadsheet.records.markup import EMBED_HOSTS

_SWITCH = ("true", "false")
HOSTS = ("netlify", "cloudflare")
"""The hosts that read `_headers` and `_redirects`."""
_LEVELS: dict[str, Level] = {"error": "error", "warning": "warning", "off": "off"}
FEEDS = {
    "limit": Spec("integer", "how many of the latest articles a feed holds; 50 unless said otherwise", minimum=1),
    "link": Spec(
        "text", "where an item leads: page (ours) or source; page unless said otherwise", choices=("page", "source")
    ),
    "content": Spec(
        "text", "what an item holds: full or excerpt; full unless said otherwise", choices=("full", "excerpt")
    ),
    "ttl": Spec(
        "integer", "how many minutes feed readers may wait before they ask again; 60 unless said otherwise", minimum=1
    ),
    "hub": Spec("url", "the address of a WebSub hub"),
}
EDITIONS = {
    "daily": Spec(
        "text", "whether there is an edition for each day: true or false; true unless said otherwise", choices=_SWITCH
    ),
    "weekly": Spec(
        "text", "whether there is an edition for each week: true or false; true unless said otherwise", choices=_SWITCH
    ),
    "daily_limit": Spec(
        "integer", "how many stories a daily edition has at the most; 12 unless said otherwise", minimum=1
    ),
    "weekly_limit": Spec(
        "integer", "how many stories a weekly edition has at the most; 25 unless said otherwise", minimum=1
    ),
    "minimum": Spec("integer", "how many stories an edition needs, to be one; 3 unless said otherwise", minimum=1),
    "per_provider": Spec(
        "integer", "how many of its stories come from one provider; 3 unless said otherwise", minimum=1
    ),
    "frozen": Spec(
        "text",
        "whether articles filed later stay out of an edition that a file pins; true unless said otherwise",
        choices=_SWITCH,
    ),
}
MAIL = {
    "days": Spec(
        "integer",
        "of how many days before the newest edition's end there are mails; 28 unless said otherwise",
        minimum=0,
    ),
    "service": Spec(
        "text",
        "which service's placeholder leads to unsubscribing: buttondown, listmonk or mailchimp",
        choices=tuple(SERVICES),
    ),
    "unsubscribe": Spec("text", "where to unsubscribe, a URL or a mailto: address, instead of a service's placeholder"),
    "from": Spec("text", "the address that mails come from, such as digest@example.org"),
    "utm_source": Spec("text", "the parameter utm_source of links to this site"),
    "utm_medium": Spec("text", "the parameter utm_medium of links to this site"),
    "utm_campaign": Spec("text", "the parameter utm_campaign of links to this site; EDITION in it becomes the edition"),
}
CHECKS = {code: Spec("text", f"error, warning or off: {CODES[code]}", choices=tuple(_LEVELS)) for code in RULES}
SITE = {
    "title": Spec("text", "the digest's name"),
    "description": Spec("text", "one sentence on what the digest is"),
    "base_url": Spec("url", "the address of the front page, with its path: https://user.github.io/digest/"),
    "language": Spec("text", "the language of the digest, as a BCP 47 tag such as en or pt-BR"),
    "timezone": Spec("text", "the time zone in which dates are shown, such as Europe/Berlin; UTC otherwise"),
    "author": Spec("text", "who curates the digest; named in its feeds"),
    "copyright": Spec("text", "the line on rights at the foot of each page and in feeds"),
    "page_size": Spec("integer", "how many articles an archive page holds; 24 unless said otherwise", minimum=1),
    "feeds": Spec("mapping", "settings of the feeds", shape=FEEDS),
    "images": Spec(
        "text", "link (show them from where they are) or none; link unless said otherwise", choices=("link", "none")
    ),
    "embeds": Spec("texts", "the hosts whose videos may be embedded: youtube, vimeo", choices=EMBED_HOSTS),
    "nofollow": Spec("texts", "which links out search engines should not follow: true, false, or a list of domains"),
    "id": Spec("text", "what permanent ids of editions are made from, a URI; base_url otherwise"),
    "editions": Spec("mapping", "settings of the daily and weekly editions", shape=EDITIONS),
    "mail": Spec("mapping", "settings of the mails of editions", shape=MAIL),
    "checks": Spec("mapping", "how serious 'broadsheet check' takes what its rules find", shape=CHECKS),
    "host": Spec("text", "whose files of headers and redirects are written: netlify or cloudflare", choices=HOSTS),
    "theme": Spec(
        "text", "a theme's folder with templates/ and static/, from the site's folder; the default otherwise"
    ),
    "search": Spec(
        "text", "whether there is a search index: true or false; as Pagefind is installed otherwise", choices=_SWITCH
    ),
}
_MOST = 500
_MAILBOX = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def parse_config(source: Source) -> tuple[Config | None, list[Diagnostic]]:
    """Read `site.yaml`: a Config, or None where a setting is wrong, and every problem found."""
    problems = Problems(source.path)
    text = decode(source.data, problems)
    fields = read(text, SITE, problems) if text is not None else None
    if fields is None:
        return None, problems.found
    defaults = Config()
    config = Config(
        title=fields.text("title") or defaults.title,
        description=fields.text("description") or "",
        base_url=_base_url(fields),
        language=_language(fields),
        timezone=_timezone(fields),
        author=fields.text("author") or "",
        copyright=fields.text("copyright") or "",
        page_size=_count(fields, "page_size") or defaults.page_size,
        feeds=_feeds(fields),
        has_images=_choice(fields, "images") == "link",
        embeds=_embeds(fields),
        nofollow=_nofollow(fields),
        search=_search(fields),
        id=_id(fields),
        editions=_editions(fields),
        mail=_mail(fields),
        checks=_checks(fields),
        host=_choice(fields, "host") if fields.has("host") else "",
        theme=fields.text("theme") or "",
    )
    return None if has_errors(problems.found) else config, problems.found


def _base_url(fields: Fields) -> str:
    value = fields.url("base_url")
    if value is None:
        return Config().base_url
    try:
        return normal_base_url(value)
    except ValueError as error:
        fields.problem("bad-config", "base_url", str(error), "such as https://user.github.io/digest/")
        return value


def _language(fields: Fields) -> str:
    value = fields.text("language")
    if value is None:
        return Config().language
    if not language.is_language(value):
        fields.problem("bad-config", "language", f"'{value}' is not a language tag", "such as en, de or pt-BR")
    return value


def _timezone(fields: Fields) -> str:
    value = fields.text("timezone")
    if value is None:
        return Config().timezone
    if not dates.is_timezone(value):
        fields.problem("bad-config", "timezone", f"'{value}' is not a time zone", "such as Europe/Berlin or UTC")
    return value


def _count(fields: Fields, key: str) -> int | None:
    value = fields.integer(key)
    if value is not None and value > _MOST:
        fields.problem("bad-config", key, f"{value} is more than {_MOST}")
    return value


def _feeds(fields: Fields) -> FeedConfig:
    feeds, defaults = fields.mapping("feeds"), FeedConfig()
    if feeds is None:
        return defaults
    hub = feeds.url("hub")
    return FeedConfig(
        limit=_count(feeds, "limit") or defaults.limit,
        links_to_source=_choice(feeds, "link") == "source",
        is_full=_choice(feeds, "content") == "full",
        ttl=feeds.integer("ttl") or defaults.ttl,
        hub=web_url(hub) if hub else "",
    )


def _editions(fields: Fields) -> EditionsConfig:
    editions, defaults = fields.mapping("editions"), EditionsConfig()
    if editions is None:
        return defaults
    return EditionsConfig(
        has_daily=_is_on(editions, "daily"),
        has_weekly=_is_on(editions, "weekly"),
        daily_limit=_count(editions, "daily_limit") or defaults.daily_limit,
        weekly_limit=_count(editions, "weekly_limit") or defaults.weekly_limit,
        minimum=_count(editions, "minimum") or defaults.minimum,
        per_provider=_count(editions, "per_provider") or defaults.per_provider,
        is_frozen=_is_on(editions, "frozen"),
    )


def _mail(fields: Fields) -> MailConfig:
    mail, defaults = fields.mapping("mail"), MailConfig()
    if mail is None:
        return defaults
    days = mail.integer("days")
    service, unsubscribe, sender = (mail.text(key) or "" for key in ("service", "unsubscribe", "from"))
    if service and service not in SERVICES:
        mail.problem("bad-config", "service", f"'{service}' is not one of {', '.join(SERVICES)}")
    if unsubscribe and not _is_way_out(unsubscribe):
        hint = "such as https://example.org/unsubscribe or mailto:leave@example.org"
        mail.problem("bad-config", "unsubscribe", f"'{unsubscribe}' is neither a URL nor a mailto: address", hint)
    if sender and not _MAILBOX.fullmatch(sender):
        mail.problem("bad-config", "from", f"'{sender}' is not a mail address", "such as digest@example.org")
    return MailConfig(
        is_asked=True,
        days=defaults.days if days is None else days,
        service=service,
        unsubscribe=unsubscribe,
        sender=sender,
        utm_source=mail.text("utm_source") or "",
        utm_medium=mail.text("utm_medium") or "",
        utm_campaign=mail.text("utm_campaign") or "",
    )


def _is_way_out(address: str) -> bool:
    if address.startswith("mailto:"):
        return bool(_MAILBOX.fullmatch(address.removeprefix("mailto:").partition("?")[0])) and address.isprintable()
    try:
        return web_url(address) == address
    except ValueError:
        return False


def _checks(fields: Fields) -> tuple[tuple[str, Level], ...]:
    checks = fields.mapping("checks")
    if checks is None:
        return ()
    given = {code: value for code in sorted(RULES) if (value := checks.text(code)) is not None}
    for code, value in given.items():
        if value not in _LEVELS:
            checks.problem("bad-config", code, f"'{value}' is not one of {', '.join(_LEVELS)}")
    return tuple((code, _LEVELS[value]) for code, value in given.items() if value in _LEVELS)


def _is_on(fields: Fields, key: str) -> bool:
    """Read a setting that is on unless it is `false`."""
    return _choice(fields, key) == "true"


def _id(fields: Fields) -> str:
    value = fields.text("id") or ""
    if value and not is_uri(value):
        fields.problem("bad-id", "id", f"'{value}' is not a URI", "such as urn:uuid:… or tag:example.org,2023:digest")
    return value


def _choice(fields: Fields, key: str) -> str:
    """Return one of a setting's choices, the first where it is absent."""
    value, choices = fields.text(key), fields.choices(key)
    if value is not None and value not in choices:
        fields.problem("bad-config", key, f"'{value}' is not one of {', '.join(choices)}")
    return value or choices[0]


def _search(fields: Fields) -> bool | None:
    return _choice(fields, "search") == "true" if fields.has("search") else None


def _embeds(fields: Fields) -> tuple[str, ...]:
    if not fields.has("embeds"):
        return () if "embeds" in fields.names() else Config().embeds
    values = tuple(value.lower() for value, _ in fields.texts("embeds"))
    for value in values:
        if value not in EMBED_HOSTS:
            fields.problem("bad-config", "embeds", f"'{value}' cannot be embedded", f"one of {', '.join(EMBED_HOSTS)}")
    return values


def _nofollow(fields: Fields) -> Nofollow:
    values = [value.strip() for value, _ in fields.texts("nofollow")]
    if len(values) == 1 and values[0].lower() in {"true", "false"}:
        return values[0].lower() == "true"
    domains = []
    for value in values:
        try:
            domain = host_name(value).removeprefix("www.")
        except ValueError:
            domain = ""
        if "." not in domain:
            message, hint = f"'{value}' is neither true, false nor a domain", "such as example.com, without https://"
            fields.problem("bad-config", "nofollow", message, hint)
        domains.append(domain)
    return tuple(domains) or Config().nofollow
