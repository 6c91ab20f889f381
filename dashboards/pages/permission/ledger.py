"""One person: what counts now, everything that was said with what was shown then, and who looked it up."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.badges import mark
from dashboards.components.buttons import link_button
from dashboards.components.moments import day_words, moment
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, table
from dashboards.page import Query
from dashboards.pages.permission import naming
from feedback.access.rules import Viewer
from feedback.permission.lookups import Lookup
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, Consent, ConsentFact, Purpose
from feedback.reporting.ledger_board import Ledger, ledger_of

Component = Any
_BANDS = {Consent.ALLOWED: "promoter", Consent.REFUSED: "detractor", Consent.NOT_RECORDED: "unknown"}
_State = tuple[tuple[Purpose, Channel], ConsentFact]


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What does this person allow, and what did they say?")


def body(viewer: Viewer, query: Query) -> Component:
    """The person, what counts, what was said, who looked."""
    found = ledger_of(query.ids["contact"], viewer)
    parts = [_person(found, viewer), _now(found, viewer), _said(found, viewer), _looked(found, viewer)]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _person(found: Ledger, viewer: Viewer) -> Component:
    contact = found.contact
    rows: list[tuple[str, Component]] = [(_("E-mail"), contact.email or "–"), (_("Phone"), contact.phone or "–")]
    if contact.not_now_until:
        reason = _reason(contact.not_now_reason)
        until = day_words(contact.not_now_until, viewer)
        rows.append((_("No offers before"), html.Span([until, f" · {reason}" if reason else ""])))
    if contact.paused_from and contact.paused_until:
        rows.append(
            (_("Pause"), html.Span([day_words(contact.paused_from, viewer), " – ", day_words(contact.paused_until, viewer)]))
        )
    facts = html.Dl([part for label, value in rows for part in (html.Dt(label), html.Dd(value))], className="cl-facts")
    links = [link_button(name, f"/app/accounts/{account_id}") for account_id, name in found.accounts]
    return panel(contact.name or contact.external_id, [facts, html.Div(links, className="cl-chips")])


def _reason(code: str | None) -> str:
    known = {"holiday": _("away"), "budget_cycle": _("no budget yet"), "busy": _("busy")}
    return known.get(code or "", code or "")


def _now(found: Ledger, viewer: Viewer) -> Component:
    name = _("What counts now")
    if not found.states:
        hint = _("Without a recorded yes nothing is sold to this person. Record what they say on the customer's page.")
        return panel(name, empty_state(_("Nothing is recorded about this person."), hint=hint))
    columns: list[Column[_State]] = [
        Column(_("For"), lambda row: words.word(naming.purposes, row[0][0]), main=True),
        Column(_("Channel"), lambda row: words.word(words.channels, row[0][1])),
        Column(_("State"), lambda row: _state(row[1]), side=True),
        Column(_("Since"), lambda row: moment(row[1].since, viewer) if row[1].since else "–"),
        Column(_("Until"), lambda row: _until(row[1], viewer)),
        Column(_("Because of"), lambda row: _cause(row[1])),
    ]
    return panel(name, table(columns, list(found.states.items()), caption=name))


def _state(fact: ConsentFact) -> Component:
    return html.Span([mark(_BANDS[fact.state]), " ", words.word(words.consents, fact.state)])


def _until(fact: ConsentFact, viewer: Viewer) -> Component:
    if fact.until:
        return moment(fact.until, viewer)
    return _("until a no") if fact.state is Consent.ALLOWED else _("until the person says otherwise")


def _cause(fact: ConsentFact) -> str:
    if fact.listed:
        return _("the stop list")
    if fact.policy_id:
        return _("the law of the country")
    return _("the person's own word")


def _said(found: Ledger, viewer: Viewer) -> Component:
    name = _("What was said")
    if not found.events:
        return panel(name, empty_state(_("Nothing was said yet.")))
    columns: list[Column[ConsentEvent]] = [
        Column(_("When"), lambda one: moment(one.occurred_at, viewer), main=True),
        Column(_("What"), lambda one: words.word(naming.actions, one.action), side=True),
        Column(_("For"), lambda one: words.word(naming.purposes, one.purpose)),
        Column(_("Channel"), lambda one: words.word(words.channels, one.channel)),
        Column(_("Where it is written down"), lambda one: _evidence(one, found)),
        Column(_("Recorded by"), lambda one: found.names.get(one.recorded_by, one.recorded_by)),
        Column("", lambda one: _receipt(one), right=True),
    ]
    note = ngettext("%(num)s statement. None is ever changed.", "%(num)s statements. None is ever changed.", len(found.events))
    return panel(name, table(columns, found.events, caption=name), note=note)


def _evidence(one: ConsentEvent, found: Ledger) -> Component:
    notice = found.notices.get(one.notice_id or 0)
    if notice is None:
        return one.evidence or "–"
    shown = html.Details([html.Summary(_("Notice %(number)s", number=notice.number)), html.P(notice.text)])
    return html.Div([html.Div(one.evidence or "–"), shown])


def _receipt(one: ConsentEvent) -> Component:
    return html.A(_("Receipt"), href=f"/consents/{one.id}/receipt", target="_blank", className="cl-button")


def _looked(found: Ledger, viewer: Viewer) -> Component:
    if found.lookups is None:
        return None
    name = _("Who looked this up")
    columns: list[Column[Lookup]] = [
        Column(_("When"), lambda one: moment(one.at, viewer), main=True),
        Column(_("Who"), lambda one: found.names.get(one.actor, one.actor), side=True),
        Column(_("What"), lambda one: words.word(naming.looked, one.what)),
    ]
    return panel(name, table(columns, found.lookups, caption=name), note=_("The last 50 looks, this one included."))
