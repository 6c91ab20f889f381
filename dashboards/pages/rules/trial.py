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
from feedback.issues.rules.simulation import Cause
from feedback.issues.simulating import Change, PersonLoad, Simulation

Component = Any


def trial(viewer: Viewer, found: Simulation) -> Component:
    """In a sentence, per person, per rule, and the issues that would have gone elsewhere."""
    if not found.n:
        return empty_state(_("No issue opened in these days."), hint=_("Choose an earlier or a longer period."))
    parts = [
        html.P(_sentence(found), className="cl-count-line"),
        _real(found),
        _people(found.people),
        _per_rule(found.per_rule),
        *_changes(viewer, found),
    ]
    told = _("Skills, languages, room and teams are those of today, absences those of each day; work takes as long as it took.")
    return html.Div([*parts, html.P(told, className="cl-note")], className="cl-stack")


def _sentence(found: Simulation) -> str:
    said = [
        ngettext("%(num)s issue", "%(num)s issues", found.n),
        ngettext("%(num)s changed by the draft", "%(num)s changed by the draft", found.n - found.same),
        ngettext("%(num)s would have waited for room", "%(num)s would have waited for room", found.waited),
    ]
    if found.unowned:
        said.append(ngettext("%(num)s would still wait", "%(num)s would still wait", found.unowned))
    return " · ".join(said)


def _real(found: Simulation) -> Component:
    """How far the replay is from what happened: that is no change by the draft."""
    total = sum(found.differs.values())
    if not total:
        return html.P(_("Replayed, the rules in force give every issue to who really got it."), className="cl-note")
    said = ngettext(
        "Replayed, the rules in force give %(num)s issue to somebody else than who really got it",
        "Replayed, the rules in force give %(num)s issues to somebody else than who really got them",
        total,
    )
    names = {
        Cause.MANUAL: _("given by hand"),
        Cause.ABSENCE: _("absences"),
        Cause.LOAD: _("other work open then"),
        Cause.CHANGED: _("other rules, teams or skills then"),
    }
    causes = ", ".join(f"{names[cause]} {number(count)}" for cause, count in found.differs.items() if count)
    return html.P(f"{said}: {causes}.", className="cl-note")


def _people(people: Sequence[PersonLoad]) -> Component:
    columns: list[Column[PersonLoad]] = [
        Column(_("Person"), lambda one: one.name, main=True),
        Column(_("By the rules in force"), lambda one: number(one.today), right=True),
        Column(_("By the draft"), lambda one: number(one.would), right=True),
        Column(
            _("Difference"), lambda one: f"{one.would - one.today:+d}" if one.would != one.today else "0", right=True, side=True
        ),
        Column(_("Really got"), lambda one: number(one.did), right=True),
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
    if not found.changes and found.more_changes:
        elsewhere = ngettext(
            "%(num)s issue changes; its customer is not yours to see.",
            "%(num)s issues change; their customers are not yours to see.",
            found.more_changes,
        )
        return [html.P(elsewhere)]
    if not found.changes:
        return [html.P(_("The draft changes nothing in these days."))]
    columns: list[Column[Change]] = [
        Column(_("Issue"), lambda one: row_link(_name(one), f"/app/issues/{one.issue_id}"), main=True),
        Column(_("Opened"), lambda one: moment(one.opened_at, viewer)),
        Column(_("By the rules in force"), lambda one: one.today or _("would still wait")),
        Column(_("By the draft"), lambda one: one.would or _("would still wait")),
        Column(_("Really got it"), lambda one: one.did or _("nobody"), side=True),
        Column(_("Rule"), lambda one: str(one.position or "–"), right=True, side=True),
    ]
    shown: list[Component] = [html.H3(_("What changes")), table(columns, found.changes, caption=_("What changes"))]
    if found.more_changes:
        more = ngettext("%(num)s more issue changes", "%(num)s more issues change", found.more_changes)
        shown.append(html.P(more, className="cl-note"))
    return shown


def _name(one: Change) -> str:
    return _("#%(number)s %(account)s", number=one.number, account=one.account)
