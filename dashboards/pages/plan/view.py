"""What the page of an account's plan shows."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import mark
from dashboards.components.buttons import link_button
from dashboards.components.moments import moment, today
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from dashboards.pages.account.strip import OUTCOME_BAND
from dashboards.pages.plan import fields, parts
from dashboards.pages.plan import words as plan_words
from feedback.access.rules import Viewer
from feedback.accounts.queries import access_account
from feedback.planning.models import AccountPlan
from feedback.planning.rules.states import PlanState
from feedback.planning.sheets import PlanSheet
from feedback.planning.wording import period_words
from feedback.reporting.account_plan import HistoryLine, PlanPage, get_plan_page

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question, about this customer."""
    name = access_account(query.ids["id"], viewer=viewer, permission="plan.read").name
    return _("What do we want with %(account)s, and what has to change first?", account=name)


def body(viewer: Viewer, query: Query) -> Component:
    """What must change stands first: everything else waits for it."""
    page = get_plan_page(viewer, query.ids["id"], today=today(viewer), plan_id=query.number("plan", 0) or None)
    if page.sheet is None:
        return html.Div([_no_plan(page, viewer), _store(page)], className="cl-stack")
    left = [parts.must_change(page, viewer), parts.intents(page, viewer), parts.promises(page, viewer)]
    right = [parts.objectives(page, viewer), parts.reviews(page, viewer), _history(page, viewer)]
    columns = [html.Div(left, className="cl-stack"), html.Div(right, className="cl-stack")]
    return html.Div(
        [_head(page, page.sheet, query), html.Div(columns, className="cl-columns"), _next_plan(page, viewer), _store(page)],
        className="cl-stack",
    )


def _store(page: PlanPage) -> Component:
    """Which plan, and how it was when it was drawn: a change of what nobody saw is refused."""
    plan = page.sheet.line.plan if page.sheet else None
    seen = {"account": page.account.id, "plan": plan.id if plan else None, "version": plan.version if plan else None}
    return dcc.Store(id={"kind": "plan-seen", "of": page.account.id}, data=seen)


def _no_plan(page: PlanPage, viewer: Viewer) -> Component:
    link = dcc.Link(page.account.name, href=f"/app/accounts/{page.account.id}")
    if not page.may_write:
        return panel(_("Account plan"), empty_state(_("There is no plan for this customer."), action=link))
    hint = _("It starts with what the standing says must change; each of it ticks itself from the evidence.")
    return panel(_("Account plan"), [empty_state(_("There is no plan for this customer yet."), hint=hint), _new(viewer), link])


def _new(viewer: Viewer) -> Component:
    period = fields.choice("plan", "period", _("Period"), plan_words.periods(), value="quarter", allowDeselect=False)
    starts = fields.day(
        viewer, "plan", "starts_on", _("A day in it, or its first day"), past=True, value=today(viewer).isoformat()
    )
    ends = fields.day(viewer, "plan", "ends_on", _("Its last day (own dates only)"), past=True)
    note = fields.text("plan", "note", _("What it is about"))
    make = fields.act(_("Begin the plan"), "make", "plan", primary=True, next_step=True)
    return html.Div([html.Div([period, starts, ends, note], className="cl-fields"), html.Div(make, className="cl-chips")])


def _head(page: PlanPage, sheet: PlanSheet, query: Query) -> Component:
    plan = sheet.line.plan
    facts = [
        f"{period_words(plan.period, plan.starts_on, plan.ends_on)} · ",
        html.Span(plan_words.plan_states()[plan.state], className="cl-badge"),
        " · ",
        _("Account manager: %(name)s", name=page.owner or _("nobody")),
    ]
    about = [html.P(plan.note)] if plan.note else []
    if plan.outcome:
        about.append(html.P(_("What came of it: %(text)s", text=plan.outcome)))
    return html.Section(
        [html.Div(facts, className="cl-about"), *about, _gate(sheet), _others(page, plan, query), _steps(page, plan)],
        className="cl-panel",
    )


def _gate(sheet: PlanSheet) -> Component:
    """The gate's word now. It permits nothing: a decision is asked for when somebody calls."""
    said = words.word(words.outcomes, sheet.gate.outcome)
    head = html.Span([mark(OUTCOME_BAND[sheet.gate.outcome]), html.Strong(_("The gate now: %(outcome)s", outcome=said))])
    return html.P([head, " ", sheet.gate.because])


def _others(page: PlanPage, shown: AccountPlan, query: Query) -> Component:
    if len(page.plans) < 2:
        return None
    links = []
    for plan in page.plans:
        label = f"{period_words(plan.period, plan.starts_on, plan.ends_on)} · {plan_words.plan_states()[plan.state]}"
        current = attributes(aria_current="page") if plan.id == shown.id else {}
        links.append(html.Span(dcc.Link(label, href=query.link(plan=plan.id), className="cl-button"), **current))
    return html.Nav(links, className="cl-chips", **attributes(aria_label=_("Plans of this customer")))


def _steps(page: PlanPage, plan: AccountPlan) -> Component:
    pack = f"/app/accounts/{page.account.id}/plan/review?plan={plan.id}"
    back = link_button(page.account.name, f"/app/accounts/{page.account.id}")
    buttons: list[Component] = [back, link_button(_("Review pack"), pack)]
    if page.may_write and plan.state is PlanState.DRAFT:
        buttons.append(fields.act(_("Work by this plan"), "activate", "plan", primary=True, next_step=True))
    if not page.may_write or plan.state is PlanState.CLOSED:
        return html.Div(buttons, className="cl-chips")
    note = fields.text("plan", "close_note", _("What came of it"), plan.id)
    closing = html.Details(
        [html.Summary(_("Close this plan")), note, fields.act(_("Close it"), "close", "plan", plan.id)], className="cl-more"
    )
    return html.Div([*buttons, closing], className="cl-chips")


def _next_plan(page: PlanPage, viewer: Viewer) -> Component:
    if not page.may_write:
        return None
    return html.Details([html.Summary(_("Plan another period")), _new(viewer)], className="cl-more")


def _history(page: PlanPage, viewer: Viewer) -> Component:
    name = _("What happened to the plan")
    lines = [_line(one, viewer) for one in page.history]
    return html.Details([html.Summary(name), html.Ul(lines, className="cl-timeline")], className="cl-panel cl-more")


def _line(one: HistoryLine, viewer: Viewer) -> Component:
    said = plan_words.changes().get(one.kind, one.kind)
    head = html.Div([html.Span(f"{said} · {one.by}"), moment(one.at, viewer)], className="cl-timeline-head")
    return html.Li([head, html.Div(one.text, className="cl-timeline-detail") if one.text else None])
