"""What waits for the viewer's word, what counts now, then the quarter: by week, by who granted it, with what followed."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import button
from dashboards.components.filters import Filter
from dashboards.components.moments import moment, today
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, graph, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.figures.exception_weeks import exception_weeks
from dashboards.page import Query
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.override_wording import never_words, reason_words
from feedback.gate.overriding.queries import OverrideFilter, OverrideLine, list_overrides, waiting_for
from feedback.gate.overriding.rules import MOST_DAYS, Never, OverrideState, quarter_and_week
from feedback.gate.overriding.service import APPROVE
from feedback.reporting.exceptions import Approver, Followed, Granted, QuarterReport, exceptions_of_quarter, known_quarters

Component = Any
_SHOWN = 200


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Where did we make an exception?")


def filters(viewer: Viewer) -> list[Filter]:
    """The quarter."""
    quarters = known_quarters(today(viewer))
    return [Filter("quarter", _("Quarter"), [(one, quarter_words(one)) for one in quarters], empty=quarters[0])]


def quarter_words(quarter: str) -> str:
    """A quarter in words, such as "4th quarter 2026"."""
    year, _q, place = quarter.partition("-Q")
    return _("Q%(number)s %(year)s", number=place, year=year)


def body(viewer: Viewer, query: Query) -> Component:
    """What is to be done before what was done."""
    known = known_quarters(today(viewer))
    quarter = query.get("quarter") if query.get("quarter") in known else known[0]
    report = exceptions_of_quarter(viewer, quarter or quarter_and_week(today(viewer))[0])
    said = html.Div(id="exception-said", role="alert")
    parts = [said, _to_decide(viewer), _counting(viewer), *_quarter(report, viewer), _how()]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _to_decide(viewer: Viewer) -> Component:
    if scope_of(viewer, APPROVE) is Scope.NONE:
        return None
    name, lines = _("Waits for your word"), waiting_for(viewer)
    if not lines:
        return panel(name, empty_state(_("Nobody asks for an exception.")))
    return panel(name, html.Div([_card(viewer, line) for line in lines], className="cl-stack"))


def _card(viewer: Viewer, line: OverrideLine) -> Component:
    days = ngettext("for %(num)s day", "for %(num)s days", line.days)
    return html.Div(
        [
            html.P([html.Strong(_whom(line)), " · ", days, " · ", moment(line.requested_at, viewer)]),
            html.P(_("%(person)s asks: %(note)s", person=line.requested_by, note=line.note)),
            html.P(reason_words(line.reason), className="cl-note"),
            html.P(dcc.Link(_("Look at the customer first"), href=f"/app/accounts/{line.account_id}")),
            dmc.TextInput(id={"kind": "exception-note", "id": line.id}, label=_("A word with it (a no needs one)"), size="sm"),
            html.Div(
                [
                    button(_("Grant it"), {"kind": "exception", "act": "approve", "id": line.id}, primary=True),
                    button(_("Refuse"), {"kind": "exception", "act": "refuse", "id": line.id}),
                ],
                className="cl-chips",
            ),
        ],
        className="cl-next",
    )


def _whom(line: OverrideLine) -> str:
    if line.contact is None:
        return line.account
    return _("%(contact)s at %(account)s", contact=line.contact, account=line.account)


def _counting(viewer: Viewer) -> Component:
    found = list_overrides(viewer, OverrideFilter(state=OverrideState.APPROVED), limit=_SHOWN).items
    asked = list_overrides(viewer, OverrideFilter(state=OverrideState.REQUESTED), limit=_SHOWN).items
    lines = [line for line in found if line.counts] + [line for line in asked if line.waits and not line.decidable]
    name = _("Counts now, or waits for somebody else")
    if not lines:
        hint = _("An exception is asked for on the page of an account, where the gate has answered “not now”.")
        return panel(name, empty_state(_("No exception counts now, and none is asked for."), hint=hint))
    columns: list[Column[OverrideLine]] = [
        Column(_("Customer"), _customer, main=True),
        Column(_("Asked by"), lambda line: line.requested_by),
        Column(_("State"), lambda line: _state(line, viewer)),
        Column("", lambda line: _stop(line, viewer), right=True),
    ]
    return panel(name, table(columns, lines, caption=name))


def _customer(line: OverrideLine) -> Component:
    return html.Div([row_link(_whom(line), f"/app/accounts/{line.account_id}"), html.Div(line.note, className="cl-note")])


def _state(line: OverrideLine, viewer: Viewer) -> Component:
    if line.counts and line.expires_at is not None:
        return html.Span([_("granted by %(name)s until", name=line.decided_by), " ", moment(line.expires_at, viewer)])
    if line.waits:
        return html.Span([_("waits since"), " ", moment(line.requested_at, viewer)])
    return _end(line, viewer)


def _end(line: OverrideLine, viewer: Viewer) -> Component:
    at = line.ended_at or line.expires_at or line.decided_at
    said = {
        OverrideState.REQUESTED: _("nobody decided"),
        OverrideState.APPROVED: _("granted, and over"),
        OverrideState.REFUSED: _("refused"),
        OverrideState.WITHDRAWN: _("the request was taken back"),
        OverrideState.ENDED: _("ended early"),
    }[line.state]
    why = line.decision if line.state is OverrideState.REFUSED else _ended_because(line)
    shown = [said, " ", moment(at, viewer)] if at else [said]
    return html.Div([html.Span(shown), html.Div(why, className="cl-note") if why else None])


def _ended_because(line: OverrideLine) -> str | None:
    because = line.ended_because
    if because in set(Never) - {Never.NOT_HELD}:
        return never_words(Never(because))
    return _("The gate holds nothing back there any more.") if because == Never.NOT_HELD else None


def _stop(line: OverrideLine, viewer: Viewer) -> Component:
    if line.requested_by_id == viewer.user_id:
        return button(_("Take it back"), {"kind": "exception", "act": "withdraw", "id": line.id})
    if line.counts and scope_of(viewer, APPROVE) is not Scope.NONE:
        return button(_("End it"), {"kind": "exception", "act": "end", "id": line.id})
    return None


def _quarter(report: QuarterReport, viewer: Viewer) -> list[Component]:
    name = _("By week of %(quarter)s", quarter=quarter_words(report.quarter))
    if not report.rows:
        hint = _("Exceptions that pile up in the last weeks of a quarter are pressure, not need: here you would see it.")
        return [panel(name, empty_state(_("No exception was asked for in this quarter."), hint=hint))]
    granted = sum(week[1] for week in report.by_week)
    note = _("Asked for: %(asked)s. Granted: %(granted)s.", asked=number(len(report.rows)), granted=number(granted))
    figure = graph(exception_weeks(report.by_week), label=_sentence(report), height=200)
    return [
        panel(name, [figure, html.P(_sentence(report))], note=note),
        _approvers(report.approvers),
        _all(report.rows, viewer),
    ]


def _sentence(report: QuarterReport) -> str:
    """Whether the last three weeks hold more than their share."""
    late, granted = sum(week[1] for week in report.by_week[-3:]), sum(week[1] for week in report.by_week)
    return _(
        "Of %(granted)s granted exceptions, %(late)s fall into the last three weeks of the quarter.",
        granted=number(granted),
        late=number(late),
    )


def _approvers(people: Sequence[Approver]) -> Component:
    name = _("Who granted them")
    if not people:
        return panel(name, empty_state(_("Nobody has decided yet.")))
    columns: list[Column[Approver]] = [
        Column(_("Person"), lambda one: one.name, main=True),
        Column(_("How often yes"), lambda one: number(one.granted), right=True, side=True),
        Column(_("How often no"), lambda one: number(one.refused), right=True),
    ]
    return panel(name, table(columns, people, caption=name))


def _all(rows: Sequence[Granted], viewer: Viewer) -> Component:
    name = _("What followed within 30 days")
    columns: list[Column[Granted]] = [
        Column(_("Customer"), lambda row: _customer(row.line), main=True),
        Column(_("Week"), lambda row: number(row.week), right=True, side=True),
        Column(_("Asked by"), lambda row: row.line.requested_by),
        Column(_("State"), lambda row: _state(row.line, viewer)),
        Column(_("What followed"), lambda row: followed_words(row.followed)),
    ]
    return panel(name, table(columns, rows, caption=name))


def followed_words(found: Followed | None) -> str:
    """What the customer did then, in a few words."""
    if found is None:
        return "–"
    parts = [ngettext("%(num)s sales contact", "%(num)s sales contacts", found.contacts)]
    if found.detractors:
        parts.append(ngettext("%(num)s answer of 0 to 6", "%(num)s answers of 0 to 6", found.detractors))
    if found.opt_outs:
        parts.append(ngettext("%(num)s refusal of offers", "%(num)s refusals of offers", found.opt_outs))
    parts += [_("customer lost")] if found.lost else []
    parts += [_("still running")] if found.open else []
    return " · ".join(parts)


def _how() -> Component:
    rules = [
        _("Only a hold knows exceptions; a refusal, a missing consent or a wrong moment never do."),
        _("There is none for a detractor, over a serious problem, or before a customer confirmed that something is mended."),
        _("Somebody else grants it, for %(days)s days at most, and one offer.", days=number(MOST_DAYS)),
        _("It ends at once when the customer becomes a detractor, a serious problem opens, or they withdraw their consent."),
    ]
    return html.Details([html.Summary(_("What an exception is")), html.Ul([html.Li(rule) for rule in rules])], className="cl-how")
