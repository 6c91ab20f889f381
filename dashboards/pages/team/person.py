"""One person: what they can and have room for, when they are away, what they have open."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from babel import Locale
from dash import dcc, html
from flask_babel import get_locale
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.counts import count_field
from dashboards.components.dates import from_today
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, table
from dashboards.page import Query
from dashboards.pages.team.view import absence_words, issue_lines
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.reporting.team_board import AbsenceLine, PersonBoard, language_names, person_board, skill_names

Component = Any
# the languages that customers write in first, then all that the reader's language has a short name for
_FIRST = ("en", "es", "ru", "de", "fr", "pt", "it", "nl", "pl", "sv", "kk", "tr", "zh", "ja", "ar")


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    board = person_board(viewer, query.ids["id"])
    if board.line.user_id == viewer.user_id:
        return _("What can I do, and when am I away?")
    return _("What can %(name)s do, and when?", name=board.line.name)


def body(viewer: Viewer, query: Query) -> Component:
    """Absences first: they are what people come for."""
    board = person_board(viewer, query.ids["id"])
    back = html.Div(link_button(_("Back to the team"), "/app/team"), className="cl-back")
    seen = dcc.Store(id="person-seen", data=board.line.user_id)
    parts = [back, seen, _absences(viewer, board), _abilities(board), _lead(viewer, board), _issues(viewer, board)]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _absences(viewer: Viewer, board: PersonBoard) -> Component:
    name = _("Absences")
    note = _("Whole days. Who is away gets nothing new; the deputy does. What is open can be handed over in one step.")
    parts: list[Component] = []
    if board.absences:
        columns: list[Column[AbsenceLine]] = [
            Column(_("When"), lambda line: absence_words(line, viewer), main=True),
            Column(_("Note"), lambda line: line.note or "–"),
            Column("", lambda line: _absence_actions(line, board), side=True),
        ]
        parts.append(table(columns, board.absences, caption=name))
    else:
        parts.append(empty_state(_("No absence is entered.")))
    if board.may_enter:
        parts.append(_absence_form(viewer, board))
    return panel(name, parts, note=note, id="absences")


def _absence_actions(line: AbsenceLine, board: PersonBoard) -> Component:
    if not board.may_enter:
        return None
    drop = button(_("Take back"), {"kind": "absence-drop", "absence": line.id})
    return html.Div([link_button(_("What is open"), f"/app/absences/{line.id}"), drop], className="cl-chips")


def _absence_form(viewer: Viewer, board: PersonBoard) -> Component:
    people = [{"value": str(user_id), "label": name} for user_id, name in board.colleagues]
    fields = [
        dmc.DateInput(id={"kind": "absence-field", "name": "first_day"}, label=_("First day"), size="sm", **from_today(viewer)),
        dmc.DateInput(id={"kind": "absence-field", "name": "last_day"}, label=_("Last day"), size="sm", **from_today(viewer)),
        dmc.Select(
            id={"kind": "absence-field", "name": "deputy_id"},
            label=_("Deputy"),
            data=people,
            searchable=True,
            clearable=True,
            size="sm",
            clearButtonProps=attributes(aria_label=_("No deputy")),
        ),
        dmc.TextInput(id={"kind": "absence-field", "name": "note"}, label=_("Note for the team"), size="sm"),
    ]
    foot = html.Div(button(_("Enter the absence"), "absence-enter", primary=True), className="cl-chips")
    return html.Div([html.Div(fields, className="cl-fields"), foot], className="cl-form")


def _abilities(board: PersonBoard) -> Component:
    name, line, skills = _("Skills, languages and room"), board.line, skill_names()
    note = _("Routing rules may ask for skills and languages. Room is how many open issues somebody can have at once.")
    if not board.may_change:
        known = ", ".join(skills.get(code, code) for code in line.skills) or "–"
        room = _("no limit") if line.capacity is None else str(line.capacity)
        facts = [(_("Skills"), known), (_("Languages"), ", ".join(language_names(line.languages)) or "–"), (_("Room"), room)]
        shown = html.Dl([part for label, text in facts for part in (html.Dt(label), html.Dd(text))], className="cl-facts")
        return panel(name, [shown, html.P(_("Your lead changes this."), className="cl-note")], note=note)
    fields = [
        _several({"kind": "person-field", "name": "skills"}, _("Skills"), list(skills.items()), line.skills),
        _several({"kind": "person-field", "name": "languages"}, _("Languages"), _languages(line.languages), line.languages),
        count_field(
            {"kind": "person-field", "name": "capacity"}, _("Room: open issues at most"), line.capacity, empty=_("no limit")
        ),
    ]
    foot = html.Div(button(_("Save"), "person-save", primary=True), className="cl-chips")
    new = html.Details(
        [
            html.Summary(_("A skill is missing in the list")),
            html.Div(
                [
                    dmc.TextInput(id={"kind": "skill-field", "name": "name"}, label=_("What it is called"), size="sm"),
                    dmc.TextInput(id={"kind": "skill-field", "name": "code"}, label=_("Code, for the API"), size="sm"),
                    html.Div(button(_("Add the skill"), "skill-add")),
                ],
                className="cl-form",
            ),
        ]
    )
    return panel(name, html.Div([html.Div(fields, className="cl-fields"), foot, new], className="cl-form"), note=note)


def _lead(viewer: Viewer, board: PersonBoard) -> Component:
    """Who answers for the team's queue; an administrator chooses."""
    line = board.line
    if line.team_id is None or scope_of(viewer, "user.write") is Scope.NONE:
        return None
    if line.leads_team:
        said = _(
            "%(name)s leads %(team)s: answers for its queue, sets skills and room, edits the rules.",
            name=line.name,
            team=line.team,
        )
        return panel(_("Lead"), html.P(said))
    note = _(
        "The lead answers for the team's queue, sets skills and room, and edits the rules. Whoever led it before no longer does."
    )
    return panel(_("Lead"), html.Div(button(_("Make %(name)s the lead", name=line.name), "person-lead")), note=note)


def _several(identity: dict[str, str], label: str, options: list[tuple[str, str]], value: Any) -> Component:
    data = [{"value": code, "label": name} for code, name in options]
    none = _("Nothing to choose from yet")
    return dmc.MultiSelect(
        id=identity, label=label, data=data, value=list(value), searchable=True, nothingFoundMessage=none, size="sm"
    )


def _languages(known: Sequence[str]) -> list[tuple[str, str]]:
    names = {str(code): str(name) for code, name in (get_locale() or Locale("en")).languages.items()}
    others = sorted((code for code in names if len(code) == 2 and code not in _FIRST), key=names.__getitem__)
    codes = dict.fromkeys([*_FIRST, *known, *others])
    return [(code, names.get(code, code)) for code in codes]


def _issues(viewer: Viewer, board: PersonBoard) -> Component:
    name = _("Open issues")
    if not board.issues:
        return panel(name, empty_state(_("Nothing is open here.")))
    return panel(name, issue_lines(viewer, board.issues, board.line.open))
