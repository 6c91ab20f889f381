"""What rules would have done, as a page shows it."""

from collections.abc import Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.moments import moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state
from dashboards.components.tables import Column, row_link, table
from feedback.access.rules import Viewer
from feedback.issues.simulating import Change, PersonLoad, Simulation

Component = Any


def trial(viewer: Viewer, found: Simulation) -> Component:
    """In a sentence, per person, per rule, and the issues that would have gone elsewhere."""
    if not found.n:
        return empty_state(_("No issue opened in these days."), hint=_("Choose an earlier or a longer period."))
    parts = [
        html.P(_sentence(found), className="cl-count-line"),
        _people(found.people),
        _per_rule(found.per_rule),
        *_changes(viewer, found),
    ]
    told = _("Skills, languages, room and teams are those of today, absences those of each day; work takes as long as it took.")
    return html.Div([*parts, html.P(told, className="cl-note")], className="cl-stack")


def _sentence(found: Simulation) -> str:
    said = [
        ngettext("%(num)s issue", "%(num)s issues", found.n),
        ngettext("%(num)s with the same person", "%(num)s with the same person", found.same),
        ngettext("%(num)s with somebody else", "%(num)s with somebody else", found.elsewhere),
        ngettext("%(num)s would have waited for room", "%(num)s would have waited for room", found.waited),
    ]
    if found.unowned:
        said.append(ngettext("%(num)s would still wait", "%(num)s would still wait", found.unowned))
    return " · ".join(said)


def _people(people: Sequence[PersonLoad]) -> Component:
    columns: list[Column[PersonLoad]] = [
        Column(_("Person"), lambda one: one.name, main=True),
        Column(_("Got"), lambda one: number(one.did), right=True),
        Column(_("Would have got"), lambda one: number(one.would), right=True),
        Column(_("Difference"), lambda one: f"{one.would - one.did:+d}" if one.would != one.did else "0", right=True, side=True),
        Column(_("Most open at once"), _peak, right=True),
    ]
    return table(columns, people, caption=_("Per person"))


def _peak(one: PersonLoad) -> str:
    if one.capacity is None:
        return _("%(peak)s, no limit", peak=number(one.peak))
    return _("%(peak)s of %(room)s", peak=number(one.peak), room=number(one.capacity))


def _per_rule(hits: Sequence[int]) -> Component:
    idle = [str(place + 1) for place, hit in enumerate(hits) if not hit]
    counts = ", ".join(_("rule %(place)s: %(hits)s", place=place + 1, hits=number(hit)) for place, hit in enumerate(hits) if hit)
    lines = [html.P(_("Issues by rule: %(counts)s.", counts=counts))]
    if idle:
        lines.append(html.P(_("No issue came to rule %(places)s.", places=", ".join(idle)), className="cl-note"))
    return html.Div(lines)


def _changes(viewer: Viewer, found: Simulation) -> list[Component]:
    if not found.changes:
        return []
    columns: list[Column[Change]] = [
        Column(_("Issue"), lambda one: row_link(_name(one), f"/app/issues/{one.issue_id}"), main=True),
        Column(_("Opened"), lambda one: moment(one.opened_at, viewer)),
        Column(_("Got it"), lambda one: one.did or _("nobody")),
        Column(_("Would have got it"), lambda one: one.would or _("would still wait")),
        Column(_("Rule"), lambda one: str(one.position or "–"), right=True, side=True),
    ]
    shown: list[Component] = [html.H3(_("What changes")), table(columns, found.changes, caption=_("What changes"))]
    if found.more_changes:
        more = ngettext("%(num)s more issue changes", "%(num)s more issues change", found.more_changes)
        shown.append(html.P(more, className="cl-note"))
    return shown


def _name(one: Change) -> str:
    return _("#%(number)s %(account)s", number=one.number, account=one.account)
