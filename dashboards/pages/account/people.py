"""What can be changed about one person: what they allow, when they want to be left alone, a personal survey link."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.dates import from_today
from dashboards.pages.interview.address import call_address
from feedback.access.authentication import CSRF_FIELD, csrf_token
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.permission.preference_links import preference_link
from feedback.permission.rules import Channel, ConsentAction
from feedback.reporting.account_page import PersonLine
from feedback.web.qr import as_data, qr_png, qr_svg

Component = Any


def editor(line: PersonLine, viewer: Viewer, account_id: int) -> Component:
    """The parts that the viewer's role allows, each with its own button."""
    parts = [
        _ledger(line) if _may(viewer, "consent.read") else None,
        _consent() if _may(viewer, "consent.write") else None,
        _not_now(line, viewer) if _may(viewer, "account.write") else None,
        _preferences(line) if _may(viewer, "consent.write") else None,
        _survey_link(line, account_id) if _may(viewer, "invitation.write") else None,
        _by_phone(line, account_id) if _may(viewer, "interview.write") else None,
        _erasure(line) if _may(viewer, "person.erase") else None,
    ]
    return html.Div([dcc.Store(id="person-id", data=line.id), *parts], className="cl-stack")


def _may(viewer: Viewer, permission: str) -> bool:
    return scope_of(viewer, permission) is not Scope.NONE


def _ledger(line: PersonLine) -> Component:
    return html.P(dcc.Link(_("Everything this person has said, with receipts"), href=f"/app/permission/{line.id}"))


def _consent() -> Component:
    said = {
        ConsentAction.GRANTED: _("Yes, offers are welcome"),
        ConsentAction.REFUSED: _("No"),
        ConsentAction.WITHDRAWN: _("Takes an earlier yes back"),
        ConsentAction.OBJECTED: _("Objects: never again"),
    }
    channels = [{"value": channel.value, "label": words.word(words.channels, channel)} for channel in Channel]
    actions = [{"value": action.value, "label": label} for action, label in said.items()]
    fields = [
        dmc.Select(id="consent-channel", label=_("Channel"), data=channels, value="phone", allowDeselect=False, size="sm"),
        dmc.Select(id="consent-action", label=_("What the person said"), data=actions, size="sm"),
        dmc.TextInput(
            id="consent-evidence",
            label=_("Where is it written down"),
            placeholder=_("For example: call on 3 May, e-mail of 4 May"),
            size="sm",
        ),
    ]
    return _part(_("Offers: what the person allows"), fields, button(_("Record it"), "consent-save", primary=True))


def _not_now(line: PersonLine, viewer: Viewer) -> Component:
    until = line.not_now_until.isoformat() if line.not_now_until else None
    fields = [
        dmc.DateInput(
            id="not-now-until",
            label=_("No offers before"),
            value=until,
            clearable=True,
            size="sm",
            **from_today(viewer),
        ),
        dmc.TextInput(id="not-now-reason", label=_("Because"), value=line.not_now_reason or "", size="sm"),
    ]
    return _part(_("Not now"), fields, button(_("Keep it"), "not-now-save"))


def _preferences(line: PersonLine) -> Component:
    """The person's own page, to be pasted into a mail of one's own."""
    hint = html.P(
        _("The person's own page: what we may do, on which channels, a pause, “not now”. Survey mails lead there too."),
        className="cl-note",
    )
    url = preference_link(line.id)
    copy = dmc.CopyButton(value=url, children=_("Copy the link"), copiedChildren=_("Copied"), size="xs", variant="default")
    return _part(_("Preference centre"), [hint], copy)


def _survey_link(line: PersonLine, account_id: int) -> Component:
    hint = html.P(_("A personal link to the survey, to paste into your own mail. It is shown once."), className="cl-note")
    shown = html.Div(id="survey-link")
    make = html.Div([button(_("Make a personal link"), "survey-link-make"), _paper(line, account_id)], className="cl-chips")
    return _part(_("Survey"), [hint, shown], make)


def _paper(line: PersonLine, account_id: int) -> Component:
    """A plain form: its answer is a page of its own, to be printed."""
    hidden = {CSRF_FIELD: csrf_token(), "account_id": str(account_id), "contact_id": str(line.id)}
    fields = [dcc.Input(type="hidden", name=name, value=value) for name, value in hidden.items()]
    press = html.Button(_("Page with a QR code"), type="submit", className="cl-button")
    return html.Form([*fields, press], action="/personal-link", method="POST", target="_blank")


def _by_phone(line: PersonLine, account_id: int) -> Component:
    hint = html.P(_("The words to ask with, in their language, and a place for what they say."), className="cl-note")
    go = link_button(_("Ask by phone"), call_address(account_id, line.id))
    return _part(_("By phone"), [hint], go)


def _erasure(line: PersonLine) -> Component:
    hint = html.P(
        _("Words, name, address and links go; scores stay in the figures. You see first what would happen."), className="cl-note"
    )
    go_on = html.Div(
        dcc.Link(_("Erase this person …"), href=f"/app/privacy/{line.id}", className="cl-button"), className="cl-part-foot"
    )
    return html.Section([html.H3(_("Erasure")), hint, go_on], className="cl-part")


def _part(name: str, fields: list[Component], save: Component) -> Component:
    return html.Section([html.H3(name), *fields, html.Div(save, className="cl-part-foot")], className="cl-part")


def link_field(url: str) -> Component:
    """The link, ready to be copied."""
    copy = dmc.CopyButton(value=url, children=_("Copy"), copiedChildren=_("Copied"), size="xs", variant="default")
    field = html.Div([dmc.TextInput(value=url, readOnly=True, size="sm", className="cl-link-field"), copy], className="cl-under")
    svg, png = as_data(qr_svg(url), "image/svg+xml"), as_data(qr_png(url), "image/png")
    code = html.Img(src=svg, alt=_("QR code with this link"), className="cl-qr")
    files = [
        html.A(name, href=data, download=file) for name, data, file in (("SVG", svg, "survey.svg"), ("PNG", png, "survey.png"))
    ]
    return html.Div([field, code, html.Div(files, className="cl-chips")])
