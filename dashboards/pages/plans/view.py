"""Missed reviews first, then the plans, then the most valuable customers without one."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.badges import mark
from dashboards.components.filters import Filter
from dashboards.components.moments import day_and_time, due_time, today
from dashboards.components.numbers import money, number, percent
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.account.strip import OUTCOME_BAND
from feedback.access.rules import Viewer
from feedback.kernel import clock
from feedback.planning.sheets import PlanSheet
from feedback.planning.wording import period_words
from feedback.reporting.plan_board import MissedReview, PlanBoard, Unplanned, plan_board
from feedback.reporting.readiness import list_owners

Component = Any
SHOWN = 25


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which customers have a plan, and what has changed there?")


def filters(viewer: Viewer) -> list[Filter]:
    """Whose, where there is more than one account manager."""
    owners = [(str(owner_id), name) for owner_id, name in list_owners(viewer)]
    return [Filter("owner", _("Account manager"), owners, searchable=True, hidden=len(owners) < 2)]


def body(viewer: Viewer, query: Query) -> Component:
    """The board."""
    board = plan_board(viewer, today(viewer), query.number("owner", 0) or None)
    if not board.accounts:
        return panel(_("Account plans"), empty_state(_("No account is yours yet.")))
    return html.Div([_missed(board, viewer), _plans(board, viewer), _without(board)], className="cl-stack")


def _missed(board: PlanBoard, viewer: Viewer) -> Component:
    if not board.missed:
        return None
    name = _("Reviews that have no minutes")
    columns: list[Column[MissedReview]] = [
        Column(_("Account"), lambda one: row_link(one.account, _plan(one.account_id, one.plan_id)), main=True),
        Column(_("Account manager"), lambda one: one.owner or _("nobody")),
        Column(_("When"), lambda one: due_time(one.starts_at, viewer), side=True),
    ]
    return panel(name, table(columns, board.missed, caption=name))


def _plan(account_id: int, plan_id: int) -> str:
    return f"/app/accounts/{account_id}/plan?plan={plan_id}"


def _plans(board: PlanBoard, viewer: Viewer) -> Component:
    name = _("Active plans")
    share = percent(board.planned / board.accounts)
    note = _("%(planned)s of %(all)s customers (%(share)s) have a plan that holds today",
             planned=number(board.planned), all=number(board.accounts), share=share)  # fmt: skip
    if not board.live:
        hint = _("A plan is begun on the page of a customer, with what must change before we sell.")
        return panel(name, empty_state(_("No plan is active."), hint=hint), note=note)
    columns: list[Column[PlanSheet]] = [
        Column(_("Account"), _name, main=True),
        Column(_("Account manager"), lambda one: one.line.owner or _("nobody")),
        Column(_("Has changed"), lambda one: _changed(one)),
        Column(_("The gate"), _gate),
        Column(_("Next review"), lambda one: _review(one, viewer), side=True),
    ]
    return panel(name, table(columns, board.live, caption=name), note=note)


def _name(one: PlanSheet) -> Component:
    plan = one.line.plan
    period = html.Div(period_words(plan.period, plan.starts_on, plan.ends_on), className="cl-note")
    return html.Div([row_link(one.line.account, _plan(plan.account_id, plan.id)), period])


def _changed(one: PlanSheet) -> str:
    return _("%(met)s of %(all)s", met=one.met, all=len(one.conditions)) if one.conditions else "–"


def _gate(one: PlanSheet) -> Component:
    return html.Span([mark(OUTCOME_BAND[one.gate.outcome]), words.word(words.outcomes, one.gate.outcome)])


def _review(one: PlanSheet, viewer: Viewer) -> Component:
    ahead = one.next_review(clock.now())
    return day_and_time(ahead.starts_at, viewer) if ahead else html.Span(_("none planned"), className="cl-note")


def _without(board: PlanBoard) -> Component:
    name = _("Without a plan")
    if not board.without:
        return panel(name, empty_state(_("Every customer has a plan.")))
    left = board.accounts - board.planned
    note = ngettext("%(num)s customer, the most valuable first", "%(num)s customers, the most valuable first", left)
    columns: list[Column[Unplanned]] = [
        Column(_("Account"), lambda one: row_link(one.account, f"/app/accounts/{one.account_id}/plan"), main=True),
        Column(_("Account manager"), lambda one: one.owner or _("nobody")),
        Column(_("Revenue"), lambda one: money(one.revenue, board.currency) if one.revenue else "–", right=True, side=True),
    ]
    return panel(name, table(columns, board.without[:SHOWN], caption=name), note=note)
