"""An edition of a layout, made a letter."""

from msgspec.structs import replace

from broadsheet.building.layouts import Layout
from broadsheet.core.language import Words
from broadsheet.editing.editions import Edition, edition_id
from broadsheet.editing.marks import mark
from broadsheet.mail.letters import Letter
from broadsheet.mail.mails import mail_of, plain_text
from broadsheet.rendering.render import render
from broadsheet.site.desk import Desk
from broadsheet.site.pages import Page, View


def letter_of(layout: Layout, edition: Edition, sender: str, recipients: tuple[str, ...]) -> Letter:
    """Return an edition as a letter, whether the site has mails of it or not.

    What a service would put a reader's own address in the place of is left out, since no service sees it.
    """
    config, words = layout.digest.config, Words(layout.digest.config.language, layout.theme.catalog)
    desk = Desk(layout.digest, layout.whole, words)
    shown = replace(mail_of(desk, edition), unsubscribe=config.mail.unsubscribe)
    address = f"{edition.period.address}email.html"
    page = Page(address=address, template="email.html", make_key=lambda: mark(shown), view=lambda: View(shown))
    html = next(render([page], layout.theme, layout.site)).data
    return Letter(
        id=edition_id(config, edition.period),
        subject=shown.subject,
        sender=sender,
        sender_name=config.title,
        recipients=recipients,
        date=edition.end,
        text=plain_text(shown, config.title, words),
        html=html.decode(),
        site=config.base_url,
        unsubscribe=config.mail.unsubscribe,
    )
