"""The lead's page: what waits, who has room, what is overdue."""

from collections.abc import Collection, Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from dashboards.components.attributes import attributes
from dashboards.components.buttons import link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import day_words
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.issues.due import due_first
from dashboards.pages.issues.phrases import work_item_name
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.reporting.issue_board import QueueLine
from feedback.reporting.team_board import (
    LISTED,
    AbsenceLine,
    StaffLine,
    TeamBoard,
    language_names,
    sees_all_teams,
    skill_names,
    team_board,
)
from feedback.reporting.teams import team_names

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Who has room, and what waits?")


def filters(viewer: Viewer) -> list[Filter]:
    """The team, for those who see several."""
    if not sees_all_teams(viewer):
        return []
    return [Filter("team", _("Team"), [(str(team_id), name) for team_id, name in team_names().items()], closed=True)]


def body(viewer: Viewer, query: Query) -> Component:
    """What needs somebody first, then the people, then what is late."""
    chosen = query.number("team", 0) or None
    board = team_board(viewer, chosen if sees_all_teams(viewer) else viewer.team_id)
    parts = [_summary(viewer, board), _waiting(viewer, board), _people(viewer, board), _overdue(viewer, board)]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _summary(viewer: Viewer, board: TeamBoard) -> Component:
    away = sum(line.away for line in board.people)
    said = [
        ngettext("%(num)s issue waits", "%(num)s issues wait", board.waiting_count),
        ngettext("%(num)s is overdue", "%(num)s are overdue", board.overdue_count),
        ngettext("%(num)s person is away", "%(num)s people are away", away),
    ]
    links = []
    if viewer.user_id is not None and any(line.user_id == viewer.user_id for line in board.people):
        links.append(link_button(_("I will be away"), f"/app/team/{viewer.user_id}#absences"))
    if scope_of(viewer, "rules.write") is not Scope.NONE:
        links.append(link_button(_("Who gets which issue?"), "/app/rules"))
    return html.Div([html.P(" · ".join(said), className="cl-count-line"), html.Div(links, className="cl-chips")])


def _waiting(viewer: Viewer, board: TeamBoard) -> Component:
    if not board.waiting:
        return None
    note = _("Nobody had room for these. They go to whoever gets room first; the lead answers for them until then.")
    return panel(_("Waiting for somebody with room"), issue_lines(viewer, board.waiting, board.waiting_count), note=note)


def _overdue(viewer: Viewer, board: TeamBoard) -> Component:
    name = _("Overdue")
    if not board.overdue:
        return panel(name, empty_state(_("Nothing is overdue.")))
    return panel(name, issue_lines(viewer, board.overdue, board.overdue_count))


def issue_lines(
    viewer: Viewer, lines: Sequence[QueueLine], count: int, *, seen: Collection[int] | None = None
) -> list[Component]:
    """Issues as a table, the first due on top; `seen` are those whose pages may be opened (None: all)."""
    columns: list[Column[QueueLine]] = [
        Column(_("Issue"), lambda line: _named(line, linked=seen is None or line.id in seen), main=True),
        Column(_("Due"), lambda line: html.Div(due_first(viewer, line.first))),
        Column(_("Owner"), lambda line: line.owner or _("nobody")),
    ]
    shown: list[Component] = [table(columns, lines, caption=_("Issues"))]
    if count > len(lines):
        told = _("The first %(shown)s of %(all)s are shown.", shown=number(LISTED), all=number(count))
        shown.append(html.P(told, className="cl-note"))
    return shown


def _named(line: QueueLine, *, linked: bool) -> Component:
    name = _("#%(number)s %(account)s", number=line.number, account=line.account)
    about = html.Div(line.about or work_item_name(line.source, line.why), className="cl-note")
    return html.Div([row_link(name, f"/app/issues/{line.id}") if linked else html.Strong(name), about])


def _people(viewer: Viewer, board: TeamBoard) -> Component:
    name = _("People and their load")
    note = _("Open issues of each person, and how many they can have. The rules give the next one to the most room, as a share.")
    if not board.people:
        hint = _("An administrator adds people to a team.")
        return panel(name, empty_state(_("Nobody works on issues here yet."), hint=hint))
    skills = skill_names()
    columns: list[Column[StaffLine]] = [
        Column(_("Person"), _person, main=True),
        Column(pgettext("issues of a person", "Open"), _meter),
        Column(_("Overdue"), lambda line: _late(line.overdue), right=True, side=True),
        Column(_("Due today"), lambda line: number(line.today), right=True),
        Column(_("Knows"), lambda line: _able(line, skills)),
        Column(_("Away"), lambda line: absence_words(line.absence, viewer)),
    ]
    return panel(name, table(columns, board.people, caption=name), note=note)


def _person(line: StaffLine) -> Component:
    team = _("%(team)s, lead", team=line.team) if line.leads_team else line.team
    return html.Div([row_link(line.name, f"/app/team/{line.user_id}"), html.Div(team, className="cl-note")])


def _late(count: int) -> Component:
    return html.Span(number(count), className="cl-overdue" if count else None)


def _meter(line: StaffLine) -> Component:
    if line.capacity is None:
        return html.Span(_("%(open)s, no limit", open=number(line.open)))
    if line.capacity == 0:
        return html.Span(_("%(open)s, takes none by rule", open=number(line.open)))
    share = min(100, round(100 * line.open / line.capacity))
    said = _("%(open)s of %(room)s", open=number(line.open), room=number(line.capacity))
    if not line.room:
        said = _("%(load)s, full", load=said)
    fill = html.Div(className="cl-meter-fill", style={"width": f"{share}%"})
    return html.Div([html.Div(said), html.Div(fill, className="cl-meter", **attributes(aria_hidden="true"))])


def _able(line: StaffLine, skills: dict[str, str]) -> Component:
    known = [skills.get(code, code) for code in line.skills]
    spoken = language_names(line.languages)
    lines = [", ".join(words) for words in (known, spoken) if words]
    return html.Div([html.Div(text) for text in lines]) if lines else html.Span("–", className="cl-note")


def absence_words(absence: AbsenceLine | None, viewer: Viewer) -> Component:
    """When somebody is away, and who stands in."""
    if absence is None:
        return html.Span("–", className="cl-note")
    days = {"first": day_words(absence.first_day, viewer), "last": day_words(absence.last_day, viewer)}
    said = _("until %(last)s", **days) if absence.begun else _("%(first)s to %(last)s", **days)
    deputy = _("deputy: %(name)s", name=absence.deputy) if absence.deputy else _("no deputy")
    shown = [html.Div(deputy, className="cl-note")]
    if absence.begun and absence.deputy and absence.stand_in != absence.deputy:
        shown.append(html.Div(_instead(absence), className="cl-refusal"))
    return html.Div([html.Span(said, className="cl-badge" if absence.begun else None), *shown])


def _instead(absence: AbsenceLine) -> str:
    if absence.stand_in:
        return _("who is away too; %(name)s stands in", name=absence.stand_in)
    return _("who is away too: nobody stands in")
