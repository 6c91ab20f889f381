"""The events of connectors, those in quarantine first asked about."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.badges import score_badge
from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Query
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.inlets import queries
from feedback.inlets.connectors import list_connectors
from feedback.inlets.models import InboundEvent
from feedback.inlets.queries import EventFilter, Listed
from feedback.inlets.rules.kinds import EventState
from feedback.inlets.wording import why_words
from feedback.reporting.inbound_answers import EventAnswer, answers_of

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What did other systems send?")


def filters(viewer: Viewer) -> list[Filter]:
    """State and connector."""
    states = [(state.value, words.word(words.event_states, state)) for state in EventState]
    named = [(str(one.id), one.name) for one in list_connectors()]
    return [Filter("state", _("State"), states), Filter("connector", _("Connector"), named)]


def body(viewer: Viewer, query: Query) -> Component:
    """A list, and a button that looks into everything in quarantine again."""
    set_up = link_button(_("Connectors"), "/app/connectors", primary=True) if may_set_up(viewer) else None
    if not list_connectors():
        hint = _("A connector takes answers from Typeform, SurveyMonkey, Qualtrics or a system of your own as they are given.")
        if set_up is None:
            hint += " " + _("An administrator connects one.")
        return panel(_("Events"), empty_state(_("No system is connected yet."), hint=hint, action=set_up))
    wanted = _wanted(query)
    total, size = queries.count_events(wanted), PHONE_SIZE if is_phone() else PAGE_SIZE
    page = page_of(query, total=total, size=size)
    events = queries.page_of_events(wanted, limit=size, offset=(page - 1) * size)
    waiting = queries.count_events(EventFilter(EventState.QUARANTINED, wanted.connector_id))
    parts = [_quarantine(waiting, query), _list(events, total, query, size, viewer, set_up)]
    return html.Div(parts, className="cl-stack")


def may_set_up(viewer: Viewer) -> bool:
    """Whether connectors can be changed by the viewer."""
    return scope_of(viewer, "connector.write") is not Scope.NONE


def _wanted(query: Query) -> EventFilter:
    state = query.get("state")
    known = EventState(state) if state in {one.value for one in EventState} else None
    return EventFilter(known, query.number("connector", 0) or None)


def _quarantine(waiting: int, query: Query) -> Component:
    if not waiting:
        return None
    text = ngettext("%(num)s event is in quarantine", "%(num)s events are in quarantine", waiting)
    note = _("What is wrong stands beside each. Correct it, then look into all of them again: nothing counts twice.")
    show = dcc.Link(_("Show them"), href=query.link(state="quarantined", page=None), className="cl-button")
    again = button(_("Replay all"), {"kind": "inbound-all", "connector": query.number("connector", 0)}, primary=True)
    return panel(text, html.Div([show, again], className="cl-chips"), note=note)


def _list(events: Any, total: int, query: Query, size: int, viewer: Viewer, set_up: Component) -> Component:
    count = ngettext("%(count)s event", "%(count)s events", total, count=number(total))
    actions = [set_up] if set_up else []
    if not events:
        return panel(_("Events"), empty_state(_("Nothing of this kind has come.")), note=count, actions=actions)
    answers = answers_of(viewer, [event.response_id for event, _connector in events if event.response_id])
    columns: list[Column[Listed]] = [
        Column(_("Came"), lambda one: _came(one, viewer), main=True),
        Column(_("State"), lambda one: html.Span(words.word(words.event_states, one[0].state), className="cl-badge")),
        Column(_("Connector"), lambda one: one[1].name),
        Column(_("Answer"), lambda one: answer_of(one[0], answers)),
        Column(_("Why"), _why),
    ]
    shown = table(columns, events, caption=_("Events"))
    return panel(_("Events"), [shown, pager(query, total=total, size=size)], note=count, actions=actions)


def _came(one: Listed, viewer: Viewer) -> Component:
    label = _("Event %(number)s", number=one[0].id)
    return html.Div(
        [row_link(label, f"/app/inbound/{one[0].id}"), html.Div(moment(one[0].received_at, viewer), className="cl-note")],
        className="cl-came",
    )


def answer_of(event: InboundEvent, answers: Mapping[int, EventAnswer]) -> Component:
    """The answer that an event became, and whose it is; its number where it is not counted any more or not to be seen."""
    if event.response_id is None:
        return ""
    answer = answers.get(event.response_id)
    if answer is None:
        return f"#{event.response_id}"
    whose = f"{answer.contact} · {answer.account}"
    link = dcc.Link(whose, href=f"/app/accounts/{answer.account_id}?contact={answer.contact_id}")
    return html.Div(
        [score_badge(answer.score), link, html.Span(f"#{answer.response_id}", className="cl-note")], className="cl-under"
    )


def _why(one: Listed) -> Component:
    why = why_words(one[0].state, one[0].trouble, one[0].detail)
    return html.Span(why, className="cl-reason") if why else ""
