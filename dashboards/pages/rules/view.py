"""The list of rules, the form of one, and the trial."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, disabled_button, link_button
from dashboards.components.dates import from_today
from dashboards.components.moments import today
from dashboards.components.panels import panel
from dashboards.page import Query
from dashboards.pages.rules.phrases import conditions_of, demands_on, target_of
from dashboards.pages.rules.skills import skills_panel
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.reporting.rule_board import Draft, RuleWords, rule_words, stored_rules

Component = Any
PERIOD = timedelta(days=30)


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Who gets which issue?")


def body(viewer: Viewer, query: Query) -> Component:
    """The rules in force; what is changed is a draft until it is saved."""
    draft, names = stored_rules(), rule_words()
    note = _("The first rule that fits and leads to somebody with room gives the owner. The last one is for everything else.")
    add = button(_("Add a rule"), "rule-add")
    parts = [
        dcc.Store(id="rules-draft", data=draft),
        dcc.Store(id="rules-stored", data=draft),
        dcc.Store(id="rule-place", data=None),
        html.Div(rule_list(draft, names), id="rules-list"),
        html.Div(saving(draft, draft), id="rules-saving"),
    ]
    back = html.Div(link_button(_("Back to the team"), "/app/team"), className="cl-back")
    return html.Div(
        [back, panel(_("Rules, in their order"), parts, note=note, actions=[add]), _trial(viewer), *_skills(viewer)],
        className="cl-stack",
    )


def _skills(viewer: Viewer) -> list[Component]:
    return [] if scope_of(viewer, "staff.write") is Scope.NONE else [skills_panel()]


def rule_list(draft: Draft, names: RuleWords, *, form: Component = None, at: int = 0) -> Component:
    """Each rule with what it does; the order is changed by steps, which works with keys and one hand.

    Args:
        form: of the rule that is being changed or added; it stands before place `at` of the list.
    """
    last = len(draft) - 1
    lines = [_rule(place, line, names, last) for place, line in enumerate(draft)]
    if form is not None:
        lines.insert(at, html.Li(form, className="cl-rule-form"))
    if not lines:
        text = _("There is no rule yet: the person on the frontline with the most room gets each issue.")
        return html.P(text, className="cl-state-text")
    return html.Ol(lines, className="cl-rules")


def _rule(place: int, line: dict[str, Any], names: RuleWords, last: int) -> Component:
    conditions = conditions_of(line, names)
    when = " · ".join(conditions) if conditions else _("everything else") if place == last else _("everything")
    asked = demands_on(line, names)
    said = html.Div(
        [
            html.Div([html.Strong(when), " → ", target_of(line, names)]),
            html.Div(" · ".join(asked), className="cl-note") if asked else None,
        ],
        className="cl-rule-words",
    )
    return html.Li([html.Span(str(place + 1), className="cl-rule-place"), said, _steps(place, last)])


def _steps(place: int, last: int) -> Component:
    up = _step("↑", _("Rule %(place)s one up", place=place + 1), "rule-up", place, off=place in (0, last))
    down = _step("↓", _("Rule %(place)s one down", place=place + 1), "rule-down", place, off=place >= last - 1)
    change = button(_("Change"), {"kind": "rule-edit", "place": place})
    # without the rule for everything else, issues would belong to nobody
    kept = _("The rule for everything else cannot go; change whom it leads to.")
    drop = disabled_button(_("Remove"), kept) if place == last else button(_("Remove"), {"kind": "rule-drop", "place": place})
    return html.Div([up, down, change, drop], className="cl-rule-steps")


def _step(sign: str, label: str, kind: str, place: int, *, off: bool) -> Component:
    return dmc.ActionIcon(
        sign, id={"kind": kind, "place": place}, variant="default", size="lg", disabled=off, **attributes(aria_label=label)
    )


def saving(draft: Draft, stored: Draft) -> Component:
    """What would happen to the draft: it is said when there is something to save."""
    if draft == stored:
        return html.P(_("These rules are in force."), className="cl-note", role="status")
    said = html.P(_("This is a draft: issues still go by the rules in force. Try it below, then save it."), role="status")
    buttons = [button(_("Save the rules"), "rules-save", primary=True), button(_("Discard the draft"), "rules-discard")]
    return html.Div([said, html.Div(buttons, className="cl-chips")], className="cl-next")


def _trial(viewer: Viewer) -> Component:
    until = today(viewer) - timedelta(days=1)
    fields = from_today(viewer) | {"minDate": None, "maxDate": until.isoformat()}
    first = (until - PERIOD + timedelta(days=1)).isoformat()
    form = [
        dmc.DateInput(id={"kind": "trial-field", "name": "from"}, label=_("First day"), value=first, size="sm", **fields),
        dmc.DateInput(
            id={"kind": "trial-field", "name": "to"}, label=_("Last day"), value=until.isoformat(), size="sm", **fields
        ),
    ]
    note = _("Who would have got the issues of a past period by the rules above, beside who did. Nothing is stored.")
    parts: Sequence[Component] = [
        html.Div([html.Div(form, className="cl-fields"), html.Div(button(_("Try the rules"), "rules-try"))], className="cl-form"),
        html.Div(id="rules-tried", role="status"),
    ]
    return panel(_("Try them out"), parts, note=note)
