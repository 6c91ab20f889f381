"""The day's list: first whom to call, then what was promised, then who is left alone today and why."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.filters import Filter
from dashboards.components.moments import day_words, due_time, today
from dashboards.components.numbers import money
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import row_link
from dashboards.page import Query
from feedback.access.rules import Role, Viewer
from feedback.reporting.day_list import Call, DayList, NoCall, day_list
from feedback.reporting.due_calls import DueCall, due_calls
from feedback.reporting.readiness import list_owners

Component = Any
SHOWN = 15


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Whom may I call today, about what, and why now?")


def filters(viewer: Viewer) -> list[Filter]:
    """Whose list; an account manager has only the own one."""
    if viewer.role is Role.ACCOUNT_MANAGER:
        return []
    owners = [(str(owner_id), name) for owner_id, name in list_owners(viewer)]
    return [Filter("owner", _("Account manager"), owners, searchable=True, closed=True)]


def body(viewer: Viewer, query: Query) -> Component:
    """The list of the viewer, or of the account manager whom a lead or executive looks at."""
    owner_id = viewer.user_id
    if viewer.role is not Role.ACCOUNT_MANAGER:
        owners = [owner for owner, _name in list_owners(viewer)]
        wanted = query.number("owner", 0)
        owner_id = wanted if wanted in owners else None
        if owner_id is None:
            return panel(_("The day's list"), empty_state(_("Choose an account manager to see the list of the day.")))
    found = day_list(viewer, owner_id)
    ends = datetime.combine(today(viewer) + timedelta(days=1), time(), ZoneInfo(viewer.time_zone))
    promised = due_calls(viewer, owner_id, today=today(viewer), day_ends=ends)
    return html.Div([_calls(found, viewer), _due(promised, viewer), _others(found, viewer)], className="cl-stack cl-day")


def _calls(found: DayList, viewer: Viewer) -> Component:
    name = _("To call")
    note = ngettext(
        "%(num)s customer may be called with an offer", "%(num)s customers may be called with an offer", len(found.calls)
    )
    hint = _("Ordered by value times the reason to call today. The gate is asked once more, and its answer kept, when you call.")
    actions = [
        dmc.Button(
            _("Print"), id="print-page", variant="default", size="sm", className="cl-not-printed", **attributes(data_print="1")
        )
    ]
    if not found.calls:
        empty = empty_state(
            _("The gate is open for nobody today."), hint=_("Below stands why, and when each is looked at again.")
        )
        return panel(name, empty, actions=actions)
    cards = [_call(one, place, found, viewer) for place, one in enumerate(found.calls, 1)]
    first = html.P(_("Say first: “Is this a good moment to talk?”"), className="cl-say-first")
    return panel(
        name, [first, html.Ol(cards, className="cl-calls"), html.P(hint, className="cl-note")], note=note, actions=actions
    )


def _call(one: Call, place: int, found: DayList, viewer: Viewer) -> Component:
    name = row_link(f"{place}. {one.account}", f"/app/accounts/{one.account_id}?contact={one.contact_id}")
    worth = html.Span(money(one.revenue, found.currency), className="cl-note") if one.revenue else None
    play = html.Span(words.word(words.plays, one.play), className="cl-badge")
    reasons = html.Ul([html.Li(reason.text) for reason in one.reasons], className="cl-reasons")
    about = (
        html.P(_("About: %(what)s", what="; ".join(one.about))) if one.about else html.P(words.word(words.next_steps, one.play))
    )
    brief = [html.P(text, className="cl-briefing") for text in one.briefing]
    plan = dcc.Link(_("Account plan"), href=f"/app/accounts/{one.account_id}/plan")
    head = html.Div([name, play, worth], className="cl-under")
    whom = html.Div([html.Strong(one.contact), _tel(one.phone), plan], className="cl-chips")
    return html.Li([head, whom, reasons, about, *brief], **attributes(data_row="1"))


def _tel(phone: str | None) -> Component:
    """A number that a phone dials on touch."""
    if not phone:
        return html.Span(_("no phone number"), className="cl-note")
    digits = "".join(sign for sign in phone if sign.isdigit() or sign == "+")
    return html.A(phone, href=f"tel:{digits}", className="cl-button cl-tel")


def _due(lines: Sequence[DueCall], viewer: Viewer) -> Component:
    if not lines:
        return None
    note = _("Calls that you promised need no gate: they serve, they do not sell.")
    shown = [_due_line(one, viewer) for one in lines]
    return panel(_("Promised for today"), html.Ul(shown, className="cl-lines"), note=note)


def _due_line(one: DueCall, viewer: Viewer) -> Component:
    due = due_time(one.due_at, viewer) if one.due_at else html.Span(_("by %(day)s", day=day_words(one.due_on, viewer)))
    head = html.Div([row_link(one.account, one.href), due], className="cl-under")
    whom = html.Div([one.contact or "", _tel(one.phone) if one.contact else None], className="cl-chips")
    return html.Li([head, html.Div(one.text), whom], **attributes(data_row="1"))


def _others(found: DayList, viewer: Viewer) -> Component:
    name = _("Not to be called today")
    if not found.others:
        return None
    lines = [_other(one, viewer) for one in found.others]
    more = ngettext("Show %(num)s more", "Show %(num)s more", max(len(lines) - SHOWN, 0))
    shown: list[Component] = [html.Ul(lines[:SHOWN], className="cl-lines")]
    if len(lines) > SHOWN:
        shown.append(html.Details([html.Summary(more), html.Ul(lines[SHOWN:], className="cl-lines")], className="cl-more"))
    note = ngettext("%(num)s customer, the most valuable first", "%(num)s customers, the most valuable first", len(lines))
    return panel(name, shown, note=note)


def _other(one: NoCall, viewer: Viewer) -> Component:
    again = (
        _("looked at again on %(day)s", day=day_words(one.again_at, viewer))
        if one.again_at
        else _("looked at again when something changes")
    )
    head = html.Div(
        [row_link(one.account, f"/app/accounts/{one.account_id}"), html.Span(again, className="cl-note")], className="cl-under"
    )
    return html.Li([head, html.Div(one.because, className="cl-note")], **attributes(data_row="1"))
