"""The parts of a plan, each in a box with what can be added."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.components.moments import day_and_time, day_words, due_time, today
from dashboards.components.numbers import exact_money
from dashboards.components.panels import empty_state, panel
from dashboards.pages.plan import fields
from dashboards.pages.plan import words as plan_words
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.kernel import clock
from feedback.planning.models import PlanIntent, PlanReview
from feedback.planning.rules.states import IntentState, ObjectiveState
from feedback.planning.sheets import ConditionLine, ObjectiveLine, PlanSheet, PromiseLine
from feedback.reporting.account_plan import PlanPage

Component = Any


def _sheet(page: PlanPage) -> PlanSheet:
    assert page.sheet is not None
    return page.sheet


def _writes(page: PlanPage) -> bool:
    return page.may_write and _sheet(page).line.plan.closed_at is None


def _adding(summary: str, inside: list[Component], button: Component) -> Component:
    shown = [html.Summary(summary), html.Div(inside, className="cl-fields"), html.Div(button, className="cl-chips")]
    return html.Details(shown, className="cl-more")


def must_change(page: PlanPage, viewer: Viewer) -> Component:
    """What must change before we sell, with what the evidence says of each; then what the standing suggests."""
    sheet = _sheet(page)
    lines = [_condition(page, one, viewer) for one in sheet.conditions]
    note = _("%(met)s of %(all)s have changed; each ticks itself from the evidence, and unticks when it comes back.",
             met=sheet.met, all=len(lines))  # fmt: skip
    shown: list[Component] = [html.Ul(lines, className="cl-ticks")] if lines else [empty_state(_("Nothing is written down yet."))]
    if _writes(page):
        shown += [_suggestions(page), _add_condition(page)]
    return panel(_("What must change before we sell"), shown, note=note if lines else None)


def _condition(page: PlanPage, one: ConditionLine, viewer: Viewer) -> Component:
    sign = html.Span("✓ " if one.met else "○ ", **attributes(aria_hidden="true"))
    said = dcc.Link(one.text, href=f"/app/issues/{one.row.issue_id}") if one.row.issue_id else html.Span(one.text)
    state = html.Span(_("met") if one.met else _("not yet"), className="cl-badge")
    why = " · ".join(part for part in (one.why, one.issue_owner and _("On it: %(name)s", name=one.issue_owner)) if part)
    out = fields.quiet(_("Take out"), "remove", "condition", one.row.id, about=one.text) if _writes(page) else None
    return html.Li(
        [html.Div([html.Span([sign, said]), state, out], className="cl-under"), html.Div(why, className="cl-note")],
        className="cl-tick-met" if one.met else "cl-tick-open",
    )


def _suggestions(page: PlanPage) -> Component:
    if not page.suggestions:
        return None
    lines = [
        html.Li(
            html.Div(
                [html.Span(one.text), fields.quiet(_("Take it over"), "take", "suggestion", place, about=one.text)],
                className="cl-under",
            )
        )
        for place, one in enumerate(page.suggestions)
    ]
    every = fields.act(_("Take all of it over"), "take_all", "suggestion", primary=not _sheet(page).conditions)
    return html.Div(
        [
            html.H3(_("The standing says this must change")),
            html.Ul(lines, className="cl-lines"),
            html.Div(every, className="cl-chips"),
        ]
    )


def _add_condition(page: PlanPage) -> Component:
    who = fields.choice("condition", "contact_id", _("Which person"), page.choices.contacts, clearable=True)
    what = fields.choice("condition", "defect_id", _("Which problem"), page.choices.defects, clearable=True)
    kind = fields.choice("condition", "kind", _("What must be so"), plan_words.condition_kinds())
    return _adding(_("Add something else"), [kind, who, what], fields.act(_("Add it"), "add", "condition"))


def objectives(page: PlanPage, viewer: Viewer) -> Component:
    """What we want to reach."""
    lines = [_objective(page, one, viewer) for one in _sheet(page).objectives]
    shown: list[Component] = (
        [html.Ul(lines, className="cl-lines")] if lines else [empty_state(_("No objective is written down."))]
    )
    if _writes(page):
        owner = str(viewer.user_id) if viewer.user_id else None
        form = [
            fields.text("objective", "text", _("What we want to reach")),
            fields.choice("objective", "owner_id", _("Who"), page.choices.people, value=owner, clearable=True),
            fields.day(viewer, "objective", "due_on", _("By when")),
        ]
        shown.append(_adding(_("Add an objective"), form, fields.act(_("Add the objective"), "add", "objective")))
    return panel(_("Objectives"), shown)


def _objective(page: PlanPage, one: ObjectiveLine, viewer: Viewer) -> Component:
    row = one.row
    late = row.state is ObjectiveState.OPEN and row.due_on is not None and row.due_on < today(viewer)
    due = day_words(row.due_on, viewer) if row.due_on else None
    when = html.Span(_("by %(day)s", day=due), className="cl-due cl-overdue" if late else "cl-due") if due else None
    state = html.Span(plan_words.objective_states()[row.state], className="cl-badge")
    buttons = []
    if _writes(page):
        moves = {
            ObjectiveState.OPEN: (("reached", _("Reached")), ("dropped", _("Drop it"))),
            ObjectiveState.REACHED: (("open", _("Open again")),),
            ObjectiveState.DROPPED: (("open", _("Open again")),),
        }[row.state]
        buttons = [fields.quiet(label, to, "objective", row.id, about=row.text) for to, label in moves]
        buttons.append(fields.quiet(_("Take out"), "remove", "objective", row.id, about=row.text))
    detail: list[Component] = [one.owner or _("nobody yet"), *([" · ", when] if when is not None else [])]
    return html.Li(
        [html.Div([html.Strong(row.text), state, *buttons], className="cl-under"), html.Div(detail, className="cl-note")]
    )


def intents(page: PlanPage, viewer: Viewer) -> Component:
    """What we would like to sell; the gate's word stands beside it and decides."""
    sheet = _sheet(page)
    lines = [_intent(page, one, viewer) for one in sheet.intents]
    note = _("A wish, not a permission: the gate decides when you call. Now it says: %(reason)s", reason=sheet.gate.because)
    shown: list[Component] = (
        [html.Ul(lines, className="cl-lines")] if lines else [empty_state(_("Nothing is to be sold by this plan."))]
    )
    if _writes(page):
        form = [
            fields.text("intent", "product", _("What")),
            fields.choice("intent", "intent", _("Kind of sale"), plan_words.intents(), value="cross_sell", allowDeselect=False),
            fields.amount("intent", "amount", _("Worth")),
            fields.text("intent", "currency", _("Currency"), value=page.account.currency or current_exchange().currency),
            fields.day(viewer, "intent", "due_on", _("When")),
        ]
        shown.append(_adding(_("Add something to sell"), form, fields.act(_("Add it"), "add", "intent")))
    return panel(_("What we would like to sell"), shown, note=note)


def _intent(page: PlanPage, row: PlanIntent, viewer: Viewer) -> Component:
    worth = exact_money(row.amount, row.currency or current_exchange().currency) if row.amount else None
    when = day_words(row.due_on, viewer) if row.due_on else None
    state = html.Span(plan_words.intent_states()[row.state], className="cl-badge")
    buttons = []
    if _writes(page):
        ends = (("won", _("Won")), ("lost", _("Lost")), ("dropped", _("Drop it")))
        moves = ends if row.state is IntentState.OPEN else (("open", _("Open again")),)
        buttons = [fields.quiet(label, to, "intent", row.id, about=row.product) for to, label in moves]
        buttons.append(fields.quiet(_("Take out"), "remove", "intent", row.id, about=row.product))
    detail = " · ".join(part for part in (plan_words.intents()[row.intent], worth, when, row.note) if part)
    return html.Li(
        [html.Div([html.Strong(row.product), state, *buttons], className="cl-under"), html.Div(detail, className="cl-note")]
    )


def reviews(page: PlanPage, viewer: Viewer) -> Component:
    """When we look at the plan, and what was agreed."""
    lines = [_review(page, one, viewer) for one in _sheet(page).reviews]
    shown: list[Component] = [html.Ul(lines, className="cl-lines")] if lines else [empty_state(_("No review is planned."))]
    if _writes(page):
        form = [
            fields.moment(viewer, "review", "starts_at", _("When")),
            fields.text("review", "place", _("Where, or how")),
        ]
        shown.append(_adding(_("Plan a review"), form, fields.act(_("Plan it"), "add", "review")))
    return panel(_("Reviews"), shown)


def _review(page: PlanPage, row: PlanReview, viewer: Viewer) -> Component:
    past = row.starts_at < clock.now()
    head = [html.Strong(day_and_time(row.starts_at, viewer)), html.Span(_review_state(row, past=past), className="cl-badge")]
    said = [html.P(_("There: %(people)s", people=row.people))] if row.people else []
    said += [html.P(_("Agreed: %(text)s", text=row.agreed))] if row.agreed else []
    forms: list[Component] = []
    if _writes(page) and row.held_at is None and row.cancelled_at is None:
        forms.append(_minutes(row) if past else None)
        forms.append(_moving(row, viewer))
    return html.Li([html.Div(head, className="cl-under"), html.Div(row.place, className="cl-note"), *said, *forms])


def _review_state(row: PlanReview, *, past: bool) -> str:
    if row.cancelled_at is not None:
        return _("called off")
    if row.held_at is not None:
        return _("held")
    return _("overdue: what was agreed?") if past else _("planned")


def _minutes(row: PlanReview) -> Component:
    inside = [
        fields.text("review", "people", _("Who was there"), row.id),
        fields.area("review", "agreed", _("What was agreed"), row.id),
    ]
    return html.Div(
        [html.Div(inside, className="cl-fields"), fields.act(_("Keep the minutes"), "minutes", "review", row.id, primary=True)]
    )


def _moving(row: PlanReview, viewer: Viewer) -> Component:
    other = fields.moment(viewer, "review", "starts_at", _("Another time"), row.id)
    move = fields.act(_("Move it"), "move", "review", row.id)
    off = fields.act(_("Call it off"), "cancel", "review", row.id)
    return html.Details(
        [html.Summary(_("Move it or call it off")), other, html.Div([move, off], className="cl-chips")], className="cl-more"
    )


def promises(page: PlanPage, viewer: Viewer) -> Component:
    """What we promised this customer."""
    lines = [_promise(page, one, viewer) for one in _sheet(page).promises]
    kept = sum(one.state == "kept" for one in _sheet(page).promises)
    over = sum(one.state in ("kept", "broken") for one in _sheet(page).promises)
    note = ngettext("%(kept)s of %(num)s promise kept", "%(kept)s of %(num)s promises kept", over, kept=kept) if over else None
    shown: list[Component] = [html.Ul(lines, className="cl-lines")] if lines else [empty_state(_("Nothing was promised."))]
    if _writes(page):
        shown += [_follow(page), _add_promise(page, viewer)]
    return panel(_("Promises to the customer"), shown, note=note)


def _promise(page: PlanPage, one: PromiseLine, viewer: Viewer) -> Component:
    state = html.Span(plan_words.promise_states()[one.state], className="cl-badge")
    due = (
        due_time(one.due_at, viewer)
        if one.due_at
        else html.Span(_("by %(day)s", day=day_words(one.due_on, viewer)))
        if one.due_on
        else None
    )
    of_issue = (
        dcc.Link(_("issue #%(number)s", number=one.issue_number), href=f"/app/issues/{one.issue_id}") if one.issue_id else None
    )
    detail = [part for part in (one.contact, one.owner, due, of_issue) if part]
    between = [item for part in detail for item in (" · ", part)][1:]
    buttons = []
    if _writes(page) and one.row.commitment_id is None and one.state in ("open", "overdue"):
        ends = (("kept", _("Kept")), ("broken", _("Not kept")), ("withdrawn", _("Not needed any more")))
        buttons = [fields.quiet(label, end, "promise", one.row.id, about=one.text) for end, label in ends]
    return html.Li(
        [html.Div([html.Strong(one.text), state, *buttons], className="cl-under"), html.Div(between, className="cl-note")]
    )


def _follow(page: PlanPage) -> Component:
    if not page.choices.promises:
        return None
    which = fields.choice("promise", "commitment_id", _("A promise of an issue"), page.choices.promises, clearable=True)
    return _adding(_("Follow a promise of an issue"), [which], fields.act(_("Follow it"), "follow", "promise"))


def _add_promise(page: PlanPage, viewer: Viewer) -> Component:
    form = [
        fields.text("promise", "text", _("What we promised")),
        fields.choice("promise", "contact_id", _("To whom"), page.choices.contacts, clearable=True),
        fields.day(viewer, "promise", "due_on", _("By when")),
    ]
    return _adding(_("Add a promise"), form, fields.act(_("Add the promise"), "add", "promise"))
