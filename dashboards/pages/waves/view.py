"""The list of waves, and one wave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import day_and_time, day_words, exactly
from dashboards.components.numbers import number, percent
from dashboards.components.panels import empty_state, graph, notice, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.figures import wording
from dashboards.figures.wave_days import wave_days
from dashboards.page import Query
from dashboards.pages.waves.loads import loads_panel
from dashboards.pages.waves.standing import being_planned, elsewise, hindered, progress, standstill, start_button
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.listening.naming import when_mails_leave
from feedback.listening.queries import get_wave
from feedback.listening.rules.states import ExclusionReason, WaveState
from feedback.reporting.caught_mails import has_catcher
from feedback.reporting.wave_board import PeopleFilter, WaveBoard, WaveLine, WavePerson, list_waves, wave_board
from feedback.surveys.rules import InvitationState, SkipReason

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Whom will we ask next?")


def body(viewer: Viewer, query: Query) -> Component:
    """All waves."""
    waves = list_waves()
    plan = link_button(_("Plan a wave"), "/app/waves/new", primary=True) if _may_write(viewer) else None
    what = _("A wave asks many people by mail, at a pace at which their answers can be called back.")
    if not waves:
        return panel(_("Waves"), empty_state(_("No wave has been planned yet."), hint=what, action=plan))
    columns: list[Column[WaveLine]] = [
        Column(_("Wave"), _named, main=True),
        Column(_("State"), lambda line: _state(line.state)),
        Column(_("Days"), lambda line: _days(line, viewer)),
        Column(_("Asked"), lambda line: _known(line, number(line.asked)), right=True),
        Column(_("Answered"), lambda line: _known(line, _answered(line)), right=True),
        Column(_("Still to ask"), lambda line: _known(line, number(line.waiting)), right=True),
        Column(_("Left out"), lambda line: _known(line, number(line.left_out)), right=True),
    ]
    taken_off = link_button(_("Who was taken off by hand"), "/app/honesty")
    listed = panel(
        _("Waves"), table(columns, waves, caption=_("Waves")), note=what, actions=[taken_off, plan] if plan else [taken_off]
    )
    return html.Div([part for part in (where_mails_go(), listed) if part is not None], className="cl-stack")


def _known(line: WaveLine, text: str) -> Component:
    """Nobody knows whom a draft asks before it is rehearsed on its page."""
    if line.state is not WaveState.DRAFT:
        return text
    return html.Span("–", className="cl-note", title=_("Its rehearsal says so"))


def _may_write(viewer: Viewer) -> bool:
    return scope_of(viewer, "survey.write") is not Scope.NONE


def _named(line: WaveLine) -> Component:
    return html.Div([row_link(line.name, f"/app/waves/{line.id}"), html.Div(line.survey, className="cl-note")])


def _state(state: WaveState) -> Component:
    return html.Span(words.word(words.wave_states, state), className="cl-badge")


def _days(line: WaveLine, viewer: Viewer) -> str:
    return f"{day_words(line.starts_on, viewer)} – {day_words(line.ends_on, viewer)}"


def _answered(line: WaveLine) -> str:
    return f"{number(line.answered)} ({percent(line.answered / line.asked)})" if line.asked else number(line.answered)


def wave_title(viewer: Viewer, query: Query) -> str:
    """The name of the wave."""
    return get_wave(query.ids["wave"]).name


def wave_filters(viewer: Viewer) -> list[Filter]:
    """State and reason of people."""
    states = [(state.value, words.word(words.invitation_states, state)) for state in InvitationState]
    reasons = [(reason.value, words.word(words.skip_reasons, reason)) for reason in SkipReason]
    return [
        Filter("q", _("Person or account")),
        Filter("state", _("State"), states[1:], closed=True),
        Filter("reason", _("Why left out"), reasons, closed=True),
    ]


def wave_body(viewer: Viewer, query: Query) -> Component:
    """The rehearsal of a draft, or where everybody of a started wave stands."""
    board = _board(query)
    if board.line.state is WaveState.PLANNING:
        return html.Div([being_planned(board), html.Div(_actions(board, viewer))], className="cl-stack")
    loads = loads_panel(board, query, may_write=_may_write(viewer)) if board.line.state is WaveState.DRAFT else None
    above = [hindered(board, viewer), _no_mail_server(board), standstill(board, viewer), elsewise(board)]
    parts = [*above, _head(board, viewer), _figures(board), loads, _people(board, viewer, query)]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _no_mail_server(board: WaveBoard) -> Component | None:
    if board.line.state in (WaveState.FINISHED, WaveState.CANCELLED):
        return None
    return where_mails_go()


def where_mails_go() -> Component | None:
    """A word where mails would not reach anybody."""
    if has_catcher():
        link = html.A(_("Look at the mails"), href="/app/mails")
        return notice([_("No mail server is set: mails reach nobody, they are kept on this machine.")], link)
    if current_app.extensions["closedloop_settings"].smtp_url:
        return None
    return notice([_("No mail server is set (CLOSEDLOOP_SMTP_URL): the mails of a started wave wait until there is one.")])


def _board(query: Query) -> WaveBoard:
    size = PHONE_SIZE if is_phone() else PAGE_SIZE
    wanted, page = PeopleFilter.named_by(query.params), query.number("page", 1) or 1
    board = wave_board(query.ids["wave"], wanted, offset=(page - 1) * size, limit=size)
    if not board.people and board.total:
        last = page_of(query, total=board.total, size=size)
        board = wave_board(query.ids["wave"], wanted, offset=(last - 1) * size, limit=size)
    return board


def _head(board: WaveBoard, viewer: Viewer) -> Component:
    line = board.line
    shown = html.Div([_card(*card) for card in _cards(board)], className="cl-cards")
    survey = dcc.Link(line.survey, href=f"/app/programs/{board.program.id}")
    what = html.Div([_state(line.state), html.Span(survey), html.Span(_days(line, viewer))], className="cl-under")
    standing = [] if line.state is WaveState.DRAFT else [progress(board, viewer)]
    parts = html.Div([what, shown, *standing, *_actions(board, viewer)], className="cl-stack")
    return panel(_heading(line.state), parts, note=_advice(board))


def _cards(board: WaveBoard) -> list[tuple[str, str, str]]:
    """Each number with what it is of."""
    line, everybody = board.line, board.everybody
    who = (_("People"), number(everybody), _("whom the plan is about"))
    left_out = (_("Left out"), number(line.left_out), _part_of(line.left_out, everybody))
    if line.state is WaveState.DRAFT:
        asked = (_("To be asked"), number(line.waiting), _part_of(line.waiting, everybody))
        return [who, asked, (_("Answers to expect"), _expected(board), _("by how people like these answered before")), left_out]
    asked = (_("Asked"), number(line.asked), _part_of(line.asked, everybody))
    answered = (_("Answered"), number(line.answered), _part_of(line.answered, line.asked))
    more = [
        (_("Still to ask"), line.waiting),
        (_("Not delivered"), line.undelivered),
        (_("Stopped before the mail left"), line.called_off),
    ]
    others = [(name, number(count), _part_of(count, everybody)) for name, count in more if count]
    return [who, asked, answered, left_out, *others]


def _part_of(part: int, whole: int) -> str:
    return _("%(share)s of %(whole)s", share=wording.share(part / whole), whole=number(whole)) if whole else ""


def _card(name: str, value: str, note: str) -> Component:
    lines = [(name, "cl-card-label"), (value, "cl-card-value"), (note, "cl-note")]
    return html.Div([html.Div(text, className=look) for text, look in lines], className="cl-card")


def _expected(board: WaveBoard) -> str:
    return _("about %(count)s", count=number(round(board.expected_answers or 0)))


def _heading(state: WaveState) -> str:
    return _("Rehearsal") if state is WaveState.DRAFT else _("Where it stands")


def _advice(board: WaveBoard) -> str:
    if board.line.state is WaveState.DRAFT:
        return _("What would happen if it was started now. Nobody is asked before you start it.")
    if board.line.state in (WaveState.FINISHED, WaveState.CANCELLED):
        return _("It is over: no mail leaves any more.")
    if board.line.state is WaveState.PAUSED:
        return _("It rests: no mail leaves until somebody lets it go on.")
    return _("Before each mail leaves, it is checked once more whether the person may be asked.")


def _actions(board: WaveBoard, viewer: Viewer) -> list[Component]:
    if not _may_write(viewer):
        return []
    moves = {
        WaveState.DRAFT: [(WaveState.CANCELLED, _("Discard it"))],
        WaveState.PLANNING: [(WaveState.CANCELLED, _("Stop it: ask nobody"))],
        WaveState.RUNNING: [(WaveState.PAUSED, _("Pause"))],
        WaveState.PAUSED: [(WaveState.RUNNING, _("Go on"))],
    }.get(board.line.state, [])
    buttons = [button(label, {"kind": "wave-move", "to": to.value}, primary=to is WaveState.RUNNING) for to, label in moves]
    if board.line.state is WaveState.DRAFT:
        buttons.insert(0, start_button(board, viewer))
        buttons.insert(1, link_button(_("Change the plan"), f"/app/waves/new?wave={board.line.id}"))
    buttons.append(link_button(_("Look at its mails"), f"/app/waves/{board.line.id}/mail"))
    if board.line.state in (WaveState.RUNNING, WaveState.PAUSED):
        buttons.append(_end())
    return [html.Div(buttons, className="cl-chips")]


def _end() -> Component:
    """What cannot be taken back takes a second press, after it was said what it means."""
    meaning = _("No further mail and no reminder leaves. Answers still count. An ended wave cannot go on.")
    sure = button(_("End the wave"), {"kind": "wave-move", "to": WaveState.CANCELLED.value})
    ask = html.Summary(_("End it …"), className="cl-button")
    return html.Details([ask, html.Div([html.P(meaning, className="cl-note"), sure], className="cl-sure")])


def _figures(board: WaveBoard) -> Component:
    return html.Div([_mails(board), _reasons(board)], className="cl-thirds")


def _mails(board: WaveBoard) -> Component:
    name = _("First mails by day")
    if not board.days:
        return panel(name, empty_state(_("Nobody would get a mail."), hint=when_mails_leave()))
    busiest = max(board.days.values())
    days = ngettext("%(num)s day with mails", "%(num)s days with mails", len(board.days))
    label = _("%(days)s, at most %(mails)s on one day", days=days, mails=busiest)
    shown = [graph(wave_days(board.days), label=label, height=200), html.P(when_mails_leave(), className="cl-note")]
    return panel(name, shown, note=label)


def _reasons(board: WaveBoard) -> Component:
    if not board.skipped:
        return panel(_("Left out"), empty_state(_("Nobody is left out.")))
    columns: list[Column[tuple[SkipReason, int]]] = [
        Column(_("Why"), lambda row: _reason_link(row[0], board), main=True),
        Column(_("People"), lambda row: number(row[1]), right=True, side=True),
    ]
    rows = sorted(board.skipped.items(), key=lambda row: (-row[1], row[0].value))
    return panel(_("Left out"), table(columns, rows, caption=_("Left out")))


def _reason_link(reason: SkipReason, board: WaveBoard) -> Component:
    return row_link(words.word(words.skip_reasons, reason), f"/app/waves/{board.line.id}?reason={reason.value}")


def _people(board: WaveBoard, viewer: Viewer, query: Query) -> Component:
    name = _("People")
    count = ngettext("%(count)s person", "%(count)s people", board.total, count=number(board.total))
    if not board.people:
        return panel(name, empty_state(_("Nobody is in this state.")), note=count)
    export = link_button(_("Export"), f"/app/waves/{board.line.id}/people.csv{query.search(page=None)}", download=True)
    columns: list[Column[WavePerson]] = [
        Column(_("Person"), _person, main=True),
        Column(_("Role"), lambda person: words.word(words.roles, person.role) if person.role else ""),
        Column(_("State"), _standing),
        Column(_("Mail"), lambda person: _when(person.at, viewer)),
    ]
    if board.line.state is not WaveState.DRAFT:
        columns.append(Column(_("Answered"), lambda person: _when(person.answered_at, viewer)))
    if _may_write(viewer) and board.line.state in (WaveState.DRAFT, WaveState.RUNNING, WaveState.PAUSED):
        columns.append(Column("", _take_off, right=True))
    shown = table(columns, board.people, caption=name)
    size = PHONE_SIZE if is_phone() else PAGE_SIZE
    note = _("%(people)s · times where you are (%(zone)s)", people=count, zone=viewer.time_zone)
    return panel(name, [shown, pager(query, total=board.total, size=size), _dialog(board)], note=note, actions=[export])


def _person(person: WavePerson) -> Component:
    account = row_link(person.account, f"/app/accounts/{person.account_id}")
    return html.Div([html.Div(person.contact or _("Without a name")), html.Div(account, className="cl-note")])


def _standing(person: WavePerson) -> Component:
    state = words.word(words.invitation_states, person.state)
    under = words.word(words.skip_reasons, person.reason) if person.reason else _reminded(person)
    if person.wants_no_more:
        under = " · ".join(part for part in (under, _("wants no more mails")) if part)
    return html.Div([html.Div(state), html.Div(under, className="cl-note")]) if under else state


def _reminded(person: WavePerson) -> str:
    if not person.reminders:
        return ""
    return ngettext("%(num)s reminder", "%(num)s reminders", person.reminders)


def _when(at: datetime | None, viewer: Viewer) -> Component:
    if at is None:
        return ""
    return html.Time(day_and_time(at, viewer), title=exactly(at, viewer))


def _take_off(person: WavePerson) -> Component:
    if person.state is not InvitationState.PLANNED:
        return ""
    identity = {"kind": "take-off", "account": person.account_id, "contact": person.contact_id}
    return button(_("Take off"), identity)


def _dialog(board: WaveBoard) -> Component:
    reasons = [{"value": reason.value, "label": words.word(words.exclusion_reasons, reason)} for reason in ExclusionReason]
    fields: Sequence[Component] = [
        html.P(id="take-off-name"),
        html.P(_("The reason is reported, with what this person said last."), className="cl-note"),
        dcc.Store(id="take-off-who"),
        dmc.Select(id="take-off-reason", label=_("Reason"), data=reasons, size="sm"),
        dmc.Textarea(id="take-off-note", label=_("In a few words"), autosize=True, minRows=2, size="sm"),
        html.Div(button(_("Take off the wave"), "take-off-save", primary=True), className="cl-part-foot"),
    ]
    named = {"aria-label": _("Close")}
    return dmc.Modal(
        id="take-off-modal", opened=False, title=_("Take a person off"), children=fields, size="md", closeButtonProps=named
    )
