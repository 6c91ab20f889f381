"""The list of initiatives."""

from collections.abc import Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import outer_words, words
from dashboards.components.buttons import link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import day_words
from dashboards.components.numbers import money_text, number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.figures import wording
from dashboards.page import Query
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.defects.naming import shown_names
from feedback.outer_loop.models import EffectCheck
from feedback.outer_loop.queries.initiatives import InitiativeLine, list_initiatives
from feedback.outer_loop.rules.states import OPEN_STATES, InitiativeState

Component = Any
OPEN = "open"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which causes are we removing, and did it help?")


def filters(viewer: Viewer) -> list[Filter]:
    """State and defect."""
    states = [(OPEN, _("Open ones")), *outer_words.initiative_states().items()]
    return [
        Filter("state", _("State"), states, closed=True),
        Filter("defect", _("Defect"), list(shown_names().items()), closed=True, searchable=True),
    ]


def may_write(viewer: Viewer) -> bool:
    """Whether initiatives are the viewer's to change."""
    return scope_of(viewer, "initiative.write") is not Scope.NONE


def body(viewer: Viewer, query: Query) -> Component:
    """All of them, or those of a state or defect."""
    name, wanted = _("Initiatives"), query.get("state")
    states = OPEN_STATES if wanted == OPEN else [one for one in InitiativeState if one == wanted]
    found = list_initiatives(states=states, defect=query.get("defect") or None)
    start = [link_button(_("Start an initiative"), "/app/initiatives/new", primary=True)] if may_write(viewer) else []
    what = _("An initiative removes a cause. When it is delivered, customers are told, and the answers say whether it helped.")
    if not found:
        action = start[0] if start else None
        text = _("No initiative is like that.") if query.params else _("Nobody has started an initiative yet.")
        return panel(name, empty_state(text, hint=what, action=action))
    count = ngettext("%(num)s initiative", "%(num)s initiatives", len(found))
    return panel(name, initiatives_table(found, viewer), note=f"{count} · {what}", actions=start)


def initiatives_table(found: Sequence[InitiativeLine], viewer: Viewer) -> Component:
    """Initiatives with whether they helped."""
    currency = current_exchange().currency
    columns: list[Column[InitiativeLine]] = [
        Column(_("Initiative"), _named, main=True),
        Column(_("State"), _state),
        Column(_("Owner"), lambda line: line.owner or _("nobody yet")),
        Column(_("Due"), lambda line: day_words(line.row.due_on, viewer) if line.row.due_on else "–"),
        Column(_("Cost"), lambda line: money_text(line.row.cost, line.row.currency or currency), right=True),
        Column(_("Rate before and after"), lambda line: _effect(line.newest), right=True),
    ]
    return table(columns, found, caption=_("Initiatives"))


def _named(line: InitiativeLine) -> Component:
    about = ", ".join(name for _code, name in line.defects) or _("no problem named yet")
    return html.Div([row_link(line.row.title, f"/app/initiatives/{line.row.id}"), html.Div(about, className="cl-note")])


def state_badge(state: str) -> Component:
    """Where it stands, with a shape beside the words."""
    band = {"effect_confirmed": "promoter", "no_effect": "detractor", "dropped": "unknown"}.get(state, "passive")
    return html.Span(words.word(outer_words.initiative_states, state), className=f"cl-badge cl-badge-{band}")


def _state(line: InitiativeLine) -> Component:
    again = line.row.reopen_count
    note = ngettext("reopened once", "reopened %(num)s times", again) if again else None
    return html.Div([state_badge(line.row.state.value), html.Div(note, className="cl-note") if note else None])


def _effect(check: EffectCheck | None) -> Component:
    if check is None:
        return html.Span(_("not measured yet"), className="cl-note")
    exposed = check.figures["exposed"]
    rates = f"{wording.share(exposed['before']['share'])} → {wording.share(exposed['after']['share'])}"
    ns = _("n %(before)s and %(after)s", before=number(exposed["before"]["n"]), after=number(exposed["after"]["n"]))
    return html.Div([rates, html.Div(ns, className="cl-note")])
