"""The list of disruptions."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components import outer_words, words
from dashboards.components.buttons import link_button
from dashboards.components.moments import day_and_time
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.outer_loop.queries.disruptions import DisruptionLine, list_disruptions

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What is broken on our side, and whom does it hit?")


def may_write(viewer: Viewer) -> bool:
    """Whether disruptions are the viewer's to declare."""
    return scope_of(viewer, "disruption.write") is not Scope.NONE


def body(viewer: Viewer, query: Query) -> Component:
    """All that affect a customer of the viewer."""
    name = _("Disruptions")
    start = [link_button(_("Declare a disruption"), "/app/disruptions/new", primary=True)] if may_write(viewer) else []
    what = _("While one goes on, nothing is sold to whom it hits; afterwards not until each was told.")
    found = list_disruptions(viewer)
    if not found:
        return panel(name, empty_state(_("Nothing is or was broken."), hint=what, action=start[0] if start else None))
    columns: list[Column[DisruptionLine]] = [
        Column(_("Disruption"), lambda line: row_link(line.title, f"/app/disruptions/{line.id}"), main=True),
        Column(_("State"), lambda line: state_badge(line.state.value)),
        Column(_("From"), lambda line: day_and_time(line.starts_at, viewer)),
        Column(_("Until"), lambda line: day_and_time(line.ends_at, viewer) if line.ends_at else "–"),
        Column(_("Accounts"), lambda line: number(line.accounts), right=True),
        Column(_("Told"), lambda line: number(line.followed_up), right=True),
    ]
    return panel(name, table(columns, found, caption=name), note=what, actions=start)


def state_badge(state: str) -> Component:
    """Where it stands."""
    band = {"active": "detractor", "over": "passive", "planned": "passive", "followed_up": "promoter"}.get(state, "unknown")
    return html.Span(words.word(outer_words.disruption_states, state), className=f"cl-badge cl-badge-{band}")
