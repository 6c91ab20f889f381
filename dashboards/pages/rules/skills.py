"""The skills that rules and people name: renamed, joined, removed, with what uses each in sight."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, callback_context, html, no_update
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.panels import panel
from dashboards.guard import allowed
from feedback.access.rules import Viewer
from feedback.issues.rulebook import delete_skill, merge_skills
from feedback.kernel.errors import Conflict, InvalidInput, RuleViolation
from feedback.reporting.skill_board import SkillLine, skill_lines
from feedback.staffing.service import rename_skill
from feedback.uow import transaction

Component = Any


def skills_panel() -> Component:
    """Every skill; nothing where there is none, because they are made where somebody gets one."""
    lines = skill_lines()
    if not lines:
        return None
    note = _("What people know and rules ask for. A new one is made on the page of a person.")
    return panel(_("Skills"), [html.Ul([_skill(line, lines) for line in lines], className="cl-lines")], note=note)


def _skill(line: SkillLine, others: Sequence[SkillLine]) -> Component:
    options = [{"value": str(other.id), "label": f"{other.name} ({other.code})"} for other in others if other.id != line.id]
    form = [
        dmc.TextInput(id=_field("name", line.id), label=_("What it is called"), value=line.name, size="sm"),
        html.Div(button(_("Rename"), _button("rename", line.id))),
        dmc.Select(id=_field("into", line.id), label=_("It is the same as"), data=options, searchable=True, size="sm", w=260)
        if options
        else None,
        html.Div(button(_("Join them"), _button("merge", line.id))) if options else None,
        html.Div(button(_("Remove"), _button("drop", line.id), why_not=_asked(line))),
        html.Div(id=_refused(line.id), role="alert"),
    ]
    summary = html.Summary(_("Rename, join or remove %(skill)s", skill=line.name))
    said: list[Component] = [html.Strong(line.name), " ", html.Span(line.code, className="cl-note")]
    fold = html.Details([summary, html.Div(form, className="cl-form")], className="cl-more")
    return html.Li([html.Div(said), html.Div(_uses(line), className="cl-note"), fold])


def _uses(line: SkillLine) -> str:
    people = ", ".join(line.people) or _("nobody")
    rules = ", ".join(str(place) for place in line.rules) or _("none")
    return _("Who has it: %(people)s · Rules that ask for it: %(rules)s", people=people, rules=rules)


def _asked(line: SkillLine) -> str | None:
    if not line.rules:
        return None
    return ngettext("%(num)s rule asks for it; change it first.", "%(num)s rules ask for it; change them first.", len(line.rules))


def _field(name: Any, skill_id: Any) -> dict[str, Any]:
    return {"kind": "skill-edit", "name": name, "skill": skill_id}


def _button(act: Any, skill_id: Any) -> dict[str, Any]:
    return {"kind": "skill-act", "act": act, "skill": skill_id}


def _refused(skill_id: Any) -> dict[str, Any]:
    return {"kind": "skill-refused", "skill": skill_id}


def register(app: Dash) -> None:
    """Attach the buttons of each skill."""
    app.callback(
        Output(_refused(ALL), "children"),
        Output("refresh", "data", allow_duplicate=True),
        Input(_button(ALL, ALL), "n_clicks"),
        State(_field(ALL, ALL), "value"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed("staff.write")(act))


def act(viewer: Viewer, _clicks: Any, _values: Any, again: int | None) -> Any:
    """Rename a skill, join it with another one, or take it from everybody."""
    triggered, outputs = callback_context.triggered, callback_context.outputs_list[0]
    if not triggered or not triggered[0]["value"]:
        return [no_update] * len(outputs), no_update
    pressed: Any = callback_context.triggered_id
    said = {
        state["id"]["name"]: str(state.get("value") or "").strip()
        for state in callback_context.states_list[0]
        if state["id"]["skill"] == pressed["skill"]
    }
    try:
        with transaction():
            change(pressed["act"], pressed["skill"], said, viewer)
    except (Conflict, RuleViolation, InvalidInput) as error:
        shown = html.P(_reason(error), className="cl-refusal")
        return [shown if output["id"]["skill"] == pressed["skill"] else None for output in outputs], no_update
    return [None] * len(outputs), (again or 0) + 1


def change(what: str, skill_id: int, said: dict[str, str], viewer: Viewer) -> None:
    """What a button does.

    Raises:
        Conflict: a rule asks for a skill that is to go.
        InvalidInput: no name, or no other skill is given.
    """
    if what == "rename":
        if not said.get("name"):
            raise InvalidInput({"name": [_("Say what the skill is called.")]})
        rename_skill(skill_id, said["name"], language=str(get_locale()), actor=viewer.actor)
    elif what == "merge":
        if not said.get("into"):
            raise InvalidInput({"into": [_("Choose the skill that it is the same as.")]})
        merge_skills(int(said["into"]), skill_id, actor=viewer.actor)
    else:
        delete_skill(skill_id, actor=viewer.actor)


def _reason(error: Conflict | RuleViolation | InvalidInput) -> str:
    if isinstance(error, InvalidInput):
        return " ".join(text for texts in error.errors.values() for text in texts)
    return error.message
