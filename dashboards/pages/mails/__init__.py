"""What did we send? The mails that stayed on this machine because no mail server is set."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import link_button
from dashboards.components.mails import mail_frame, mail_text
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, notice, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Page, Query
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.outbox.caught import KEPT, CaughtMail
from feedback.reporting.caught_mails import caught_mails, get_caught

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    caught_mails()  # where mails are sent there is no such page
    return _("What would have been sent?")


def body(viewer: Viewer, query: Query) -> Component:
    """The list, the newest first."""
    folder = caught_mails()
    total, size = len(folder.numbers()), PHONE_SIZE if is_phone() else PAGE_SIZE
    name = _("Mails")
    if not total:
        hint = _("Start a wave: its mails appear here as they become due, and their links work.")
        start = link_button(_("To the waves"), "/app/waves", primary=True)
        return _below_notice(panel(name, empty_state(_("No mail has been sent yet."), hint=hint, action=start)))
    page = page_of(query, total=total, size=size)
    mails = folder.page(offset=(page - 1) * size, limit=size)
    columns: list[Column[CaughtMail]] = [
        Column(_("Subject"), _named, main=True),
        Column(_("To"), lambda mail: mail.to),
        Column(_("When"), lambda mail: moment(mail.at, viewer)),
    ]
    count = ngettext("%(count)s mail", "%(count)s mails", total, count=number(total))
    kept = _("The newest %(limit)s are kept.", limit=number(KEPT))
    shown = [table(columns, mails, caption=name), pager(query, total=total, size=size)]
    return _below_notice(panel(name, shown, note=f"{count}. {kept}"))


def _below_notice(content: Component) -> Component:
    text = _("No mail server is set: these mails were kept on this machine instead of being sent.")
    return html.Div([notice([text]), content], className="cl-stack")


def _named(mail: CaughtMail) -> Component:
    return row_link(mail.subject or _("Without a subject"), f"/app/mails/{mail.number}")


def mail_title(viewer: Viewer, query: Query) -> str:
    """Its subject."""
    return get_caught(query.ids["mail"]).subject or _("Without a subject")


def mail_body(viewer: Viewer, query: Query) -> Component:
    """Both forms and the headers."""
    mail = get_caught(query.ids["mail"])
    parts = [_as_it_looks(mail), panel(_("As plain text"), mail_text(mail.text)), _headers(mail)]
    back = html.Div(link_button(_("All mails"), "/app/mails"), className="cl-chips")
    return _below_notice(html.Div([back, *parts], className="cl-stack"))


def _as_it_looks(mail: CaughtMail) -> Component:
    name = _("As its reader sees it")
    if mail.html is None:
        return panel(name, empty_state(_("This mail is plain text only.")))
    frame = mail_frame(f"/mails/{mail.number}.html", name)
    return panel(name, frame, note=_("To %(address)s. Its links work and open in a new window.", address=mail.to))


def _headers(mail: CaughtMail) -> Component:
    columns: list[Column[tuple[str, str]]] = [
        Column(_("Header"), lambda row: row[0], main=True),
        Column(_("Content"), lambda row: html.Span(row[1], className="cl-whole")),
    ]
    name = _("Headers")
    return panel(name, table(columns, list(mail.headers), caption=name))


PAGE = Page("/app/mails", "survey.write", title, body)
MAIL = Page("/app/mails/<mail>", "survey.write", mail_title, mail_body)
PAGES = (PAGE, MAIL)
