"""The page of one initiative: what, who, until when; the next step; whether it helped; who is told."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import outer_words, words
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import day_words, moment
from dashboards.components.numbers import money
from dashboards.components.panels import panel
from dashboards.page import Query
from dashboards.pages.initiatives.effect import effect_panel
from dashboards.pages.initiatives.listing import may_write, state_badge
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.kernel.errors import RuleViolation
from feedback.outer_loop.queries.batches import BatchLine, list_batches
from feedback.outer_loop.queries.initiatives import InitiativeLine, get_initiative
from feedback.outer_loop.queries.seeing import seen_issues
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import TRANSITIONS, InitiativeFacts, InitiativeState, check_move
from feedback.reporting.outer_loop_board import Step, history_of, numbers_of
from feedback.web.languages import LANGUAGES

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """Its name."""
    return str(get_initiative(query.ids["id"]).row.title)


def body(viewer: Viewer, query: Query) -> Component:
    """Facts and the next step on the left, the effect on the right."""
    line = get_initiative(query.ids["id"])
    left = [_facts(line, viewer), _told(line, viewer), _history(line, viewer)]
    if may_write(viewer):
        left.insert(1, _next(line))
    right = [effect_panel(line, viewer)]
    columns = [html.Div(left, className="cl-stack"), html.Div(right, className="cl-stack")]
    return html.Div(columns, className="cl-columns")


def _facts(line: InitiativeLine, viewer: Viewer) -> Component:
    row = line.row
    cost = money(row.cost, row.currency or current_exchange().currency) if row.cost is not None else None
    facts = [
        (_("State"), state_badge(row.state.value)),
        (_("Makes rarer"), [_defect(code, name) for code, name in line.defects] or _("no problem named yet")),
        (_("Owner"), line.owner or _("nobody yet")),
        (_("Due"), day_words(row.due_on, viewer) if row.due_on else _("not set")),
        (_("Cost"), cost or _("not set")),
        (_("Who gets it"), reach_words(Reach.from_document(row.reach)) or _("every customer")),
        (_("What is done"), row.plan),
        (_("Cause"), row.root_cause),
        (_("Promised to customers"), row.promise),
        (_("Issues that led to it"), _issues(viewer, line.issue_ids)),
        *((_("Survey mails (%(language)s)", language=LANGUAGES[code]), text) for code, text in sorted(row.news.items())),
    ]
    shown = html.Dl([part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))], className="cl-facts")
    change = [link_button(_("Change"), f"/app/initiatives/{row.id}/change")] if may_write(viewer) else []
    return panel(_("What and who"), shown, actions=change)


def _defect(code: str, name: str) -> Component:
    return html.Div(dcc.Link(name, href=f"/app/defects?defect={code}"))


def _issues(viewer: Viewer, issue_ids: Sequence[int]) -> Component:
    """A link to each that the viewer may open; the others are counted."""
    seen = seen_issues(viewer, issue_ids)
    links = [dcc.Link(f"#{number}", href=f"/app/issues/{issue_id}") for issue_id, number in numbers_of(sorted(seen))]
    parts: list[Component] = [part for link in links for part in (link, " ")]
    hidden = len(set(issue_ids)) - len(seen)
    if hidden:
        parts.append(ngettext("%(num)s of customers of others", "%(num)s of customers of others", hidden))
    return html.Span(parts) if parts else None


def reach_words(reach: Reach) -> str:
    """Which accounts, in words; empty for everybody."""
    parts = [
        _("region: %(names)s", names=", ".join(reach.regions)) if reach.regions else "",
        _("segment: %(names)s", names=", ".join(reach.segments)) if reach.segments else "",
        _("buys: %(names)s", names=", ".join(reach.products)) if reach.products else "",
        ngettext("%(num)s named account", "%(num)s named accounts", len(reach.account_ids)) if reach.account_ids else "",
    ]
    return " · ".join(part for part in parts if part)


def _next(line: InitiativeLine) -> Component:
    """What can follow, with a field for a few words."""
    row = line.row
    steps = TRANSITIONS[row.state]
    facts = InitiativeFacts(row.state, row.owner_id is not None, row.due_on, "…", len(line.defects))
    goes_on = row.state not in (InitiativeState.DELIVERED, InitiativeState.EFFECT_CONFIRMED, InitiativeState.DROPPED)
    buttons = [_step(one, facts, first=goes_on and place == 0) for place, one in enumerate(steps)]
    hint = {
        "in_progress": _("With the delivery, the affected customers are listed to be told, and the effect is measured."),
        "delivered": _("Only the answers say whether it helped. Take it back if it was not delivered after all."),
        "effect_confirmed": _("Nothing has to be done. Work on it again only if more is to be changed."),
        "no_effect": _("The problem is named as often as before: what else can be done?"),
    }.get(row.state.value)
    note = dmc.Textarea(id="initiative-note", label=_("A few words, if they help"), autosize=True, minRows=2, size="sm")
    return panel(_("Next"), [note, html.Div(buttons, className="cl-part-foot cl-chips")], note=hint)


def _step(to: InitiativeState, facts: InitiativeFacts, *, first: bool) -> Component:
    why_not = None
    try:
        check_move(to, facts)
    except RuleViolation as refusal:
        said = ", ".join(words.word(outer_words.missing_facts, fact) for fact in refusal.missing)
        why_not = _("Still missing: %(what)s.", what=said)
    label = words.word(outer_words.initiative_moves, to.value)
    if to is InitiativeState.IN_PROGRESS and facts.state is InitiativeState.DELIVERED:
        label = _("Take the delivery back")
    return button(label, {"kind": "initiative-move", "to": to.value}, why_not=why_not, primary=first, next_step=first)


def _told(line: InitiativeLine, viewer: Viewer) -> Component:
    batches = [one for one in list_batches(viewer) if one.initiative_id == line.row.id]
    if not batches:
        if line.row.delivered_at is None:
            return None
        return panel(
            _("Who is told"), html.P(_("None of your customers named the problem in the year before."), className="cl-note")
        )
    return panel(_("Who is told"), html.Ul([html.Li(_batch(one, viewer)) for one in batches], className="cl-lines"))


def _batch(line: BatchLine, viewer: Viewer) -> list[Component]:
    text = _("%(done)s of %(total)s customers told", done=line.done, total=line.total)
    state = _("closed") if line.closed_at else _("made %(day)s", day=day_words(line.created_at, viewer))
    return [dcc.Link(text, href=f"/app/follow-ups/{line.id}"), html.Span(f" · {state}", className="cl-note")]


def _history(line: InitiativeLine, viewer: Viewer) -> Component:
    steps = history_of("initiative", line.row.id)
    return panel(_("What happened"), html.Ul([html.Li(_line(step, viewer)) for step in steps], className="cl-lines"))


def _line(step: Step, viewer: Viewer) -> Component:
    said = {
        "initiative.proposed": _("Proposed"),
        "initiative.changed": _("Changed"),
    }.get(step.action) or words.word(outer_words.initiative_states, str(step.data.get("to", "")))
    note = step.data.get("note")
    by = step.by or _("closedloop")
    parts: list[Component] = [said, html.Span([" · ", by, " · ", moment(step.at, viewer)], className="cl-note")]
    return html.Div([html.Div(parts), html.Div(note, className="cl-note") if note else None])
