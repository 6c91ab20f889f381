"""One draft: what it says otherwise, what it would change, and the word of a second person."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import exactly
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from dashboards.pages.gate_policy.sentences import difference_sentence, draft_states
from dashboards.pages.gate_policy.simulated import simulated
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.governing.models import DraftState
from feedback.gate.governing.queries import APPROVE, WRITE, Difference, draft_details

Component = Any
Draft = Mapping[str, Any]


def title(viewer: Viewer, query: Query) -> str:
    """What it is called."""
    return str(draft_details(query.ids["draft"])["title"])


def body(viewer: Viewer, query: Query) -> Component:
    """What is to be read before somebody approves, in that order."""
    draft = draft_details(query.ids["draft"])
    parts = [
        dcc.Store(id="policy-draft", data=draft["id"]),
        _facts(viewer, draft),
        _differences(draft),
        *_simulation(viewer, draft, query),
        _decision(viewer, draft),
    ]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _may(viewer: Viewer, permission: str) -> bool:
    return scope_of(viewer, permission) is not Scope.NONE


def is_open(draft: Draft) -> bool:
    """Whether nobody has decided about it."""
    return draft["state"] is DraftState.DRAFT


def _facts(viewer: Viewer, draft: Draft) -> Component:
    rows: list[tuple[str, Component]] = [
        (_("State"), html.Span(_state(draft), className="cl-badge")),
        (_("Why"), draft["why"]),
        (_("Written by"), f"{draft['author']}, {exactly(draft['changed_at'], viewer)}"),
    ]
    if draft["decided_by"]:
        rows.append((_("Decided by"), f"{draft['decided_by']}, {exactly(draft['decided_at'], viewer)}"))
    if draft["decision"]:
        rows.append((_("Their words"), draft["decision"]))
    if draft["active_until"]:
        rows.append((_("Active until"), exactly(draft["active_until"], viewer)))
    listed = html.Dl([part for label, value in rows for part in (html.Dt(label), html.Dd(value))], className="cl-facts")
    actions = [link_button(_("All policies"), "/app/gate-policy")]
    if is_open(draft) and _may(viewer, WRITE):
        actions = [
            link_button(_("Change the draft"), f"/app/gate-policy/{draft['id']}/edit"),
            button(_("Take it back"), "policy-withdraw"),
            *actions,
        ]
    return panel(_("What it is"), listed, actions=actions)


def _state(draft: Draft) -> str:
    return _("Counts now") if draft["active"] else words.word(draft_states, draft["state"])


def _differences(draft: Draft) -> Component:
    name = _("What it says otherwise")
    note = _("Beside the policy that counted before it.") if draft["active_from"] else _("Beside the policy that counts now.")
    found = [Difference(**one) for one in draft["differences"]]
    if not found:
        return panel(name, empty_state(_("Nothing: it says the same.")), note=note)
    return panel(name, differences_list(found, draft["content"]), note=note)


def differences_list(found: list[Difference], content: Mapping[str, Any]) -> Component:
    """Each difference as a sentence."""
    return html.Ul([html.Li(difference_sentence(one, content)) for one in found], className="cl-lines")


def _simulation(viewer: Viewer, draft: Draft, query: Query) -> list[Component]:
    if draft["simulation"] is not None:
        again = [_press(_("Simulate again"))] if is_open(draft) and _may(viewer, WRITE) else []
        return simulated(viewer, draft, query, again)
    name = _("What it would change")
    if not is_open(draft):
        return [panel(name, empty_state(_("It was never simulated.")))]
    if not _may(viewer, WRITE):
        return [panel(name, empty_state(_("It was not simulated yet."), hint=_("Whoever drafts policies simulates them.")))]
    hint = _("All accounts of today, the decisions of the last 90 days and the sales of a year are looked at. It takes a moment.")
    return [panel(name, empty_state(_("It was not simulated yet."), hint=hint, action=_press(_("Simulate it"), primary=True)))]


def _press(label: str, *, primary: bool = False) -> Component:
    said = html.Span(id="policy-simulating", className="cl-note", role="status")
    return html.Span([button(label, "policy-simulate", primary=primary), " ", said])


def _decision(viewer: Viewer, draft: Draft) -> Component:
    if not is_open(draft):
        return None
    name = _("The word of a second person")
    why_not = _why_not_decide(viewer, draft)
    if why_not is not None:
        return panel(name, html.P(why_not, id="policy-why-not"))
    note = dmc.Textarea(
        id="policy-note", label=_("A word with it (sending it back needs one)"), autosize=True, minRows=2, size="sm"
    )
    buttons = [
        button(_approve_words(draft), "policy-approve", primary=True, why_not=_why_not_approve(draft)),
        button(_("Send it back"), "policy-return"),
    ]
    said = html.P(_("Once approved it counts from the next decision on, and every open decision ends."), className="cl-note")
    return panel(name, html.Div([note, said, html.Div(buttons, className="cl-chips")], className="cl-stack"))


def _why_not_decide(viewer: Viewer, draft: Draft) -> str | None:
    if not _may(viewer, APPROVE):
        return _("An executive or an administrator decides about it, and not whoever wrote it.")
    if draft["author_id"] == viewer.user_id:
        return _("You wrote it, so somebody else has to decide: an executive or another administrator.")
    return None


def _why_not_approve(draft: Draft) -> str | None:
    if draft["simulation"] is None:
        return _("It has to be simulated first: nobody approves what nobody has seen.")
    if draft["outdated"]:
        return _("Another policy became active since it was simulated: it has to be simulated again.")
    return None


def _approve_words(draft: Draft) -> str:
    opens = draft["simulation"]["changes"]["opens"] if draft["simulation"] else 0
    if not opens:
        return _("Approve it")
    return ngettext(
        "Approve it, and open %(count)s account", "Approve it, and open %(count)s accounts", opens, count=number(opens)
    )
