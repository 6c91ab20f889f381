"""Whom did we ask, and who answered? Survey programs, personal links, and those that wait."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.filters import Filter
from dashboards.components.moments import day_words, moment
from dashboards.components.numbers import LEVEL, number, percent
from dashboards.components.panels import empty_state, panel, too_few_state
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.figures import wording
from dashboards.page import Page, Query
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.reporting.defect_board import DEFAULT_PERIOD, PERIODS, BoardFilters, list_surveys
from feedback.reporting.defect_rows import MIN_SHOWN
from feedback.reporting.survey_board import ProgramLine, SurveyBoard, WaitingLink, survey_board

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Whom did we ask, and who answered?")


def filters(viewer: Viewer) -> list[Filter]:
    """Period and survey."""
    named = {"3": _("3 months"), "6": _("6 months"), "12": _("12 months"), "24": _("24 months"), "all": _("All time")}
    periods = [(name, named[name]) for name in PERIODS]
    return [Filter("period", _("Period"), periods, empty=DEFAULT_PERIOD), Filter("survey", _("Survey"), list_surveys())]


def body(viewer: Viewer, query: Query) -> Component:
    """Counts, programs, and who has not answered yet."""
    page, size = query.number("page", 1) or 1, PHONE_SIZE if is_phone() else PAGE_SIZE
    wanted = BoardFilters.named_by(query.params)
    board = survey_board(viewer, wanted, offset=(page - 1) * size, limit=size)
    if not board.waiting and board.links.waiting:
        last = page_of(query, total=board.links.waiting, size=size)
        board = survey_board(viewer, wanted, offset=(last - 1) * size, limit=size)
    return html.Div([_rate(board), _programs(board), _waiting(board, viewer, query, size)], className="cl-stack")


def _rate(board: SurveyBoard) -> Component:
    name, links = _("Answered of those asked by a personal link"), board.links
    if not links.asked:
        hint = _("Make a link on the page of a customer, or through the API. Answers from files and other systems count below.")
        return panel(name, empty_state(_("Nobody was asked by a personal link in this period."), hint=hint))
    counts = _(
        "%(asked)s asked · %(answered)s answered · %(waiting)s waiting · %(expired)s ended without an answer",
        asked=number(links.asked),
        answered=number(links.answered),
        waiting=number(links.waiting),
        expired=number(links.expired),
    )
    interval = board.rate.interval
    if links.asked < MIN_SHOWN or interval is None or board.rate.share is None:
        return panel(name, too_few_state(links.answered, MIN_SHOWN), note=counts)
    low, high = interval
    span = _("%(low)s…%(high)s (%(level)s)", low=percent(low), high=percent(high), level=percent(LEVEL))
    shown = [html.Div(percent(board.rate.share), className="cl-card-value"), html.Div(span, className="cl-card-interval")]
    return panel(name, shown, note=counts)


def _programs(board: SurveyBoard) -> Component:
    if not board.programs:
        return panel(_("Surveys"), empty_state(_("There is no survey by this name.")))
    columns: list[Column[ProgramLine]] = [
        Column(_("Survey"), _program, main=True),
        Column(_("Answers"), lambda line: number(line.answers), right=True),
        Column(_("Asked by link"), lambda line: number(line.links.asked), right=True),
        Column(_("Answered"), lambda line: number(line.links.answered), right=True),
        Column(_("Waiting"), lambda line: number(line.links.waiting), right=True),
    ]
    if any(line.nps for line in board.programs):
        columns.append(Column(_("NPS (%(level)s)", level=percent(LEVEL)), _nps, right=True))
    return panel(_("Surveys"), table(columns, board.programs, caption=_("Surveys")))


def _program(line: ProgramLine) -> Component:
    kinds = {"relationship": _("about the whole relationship"), "transactional": _("after an event")}
    return html.Div([html.Strong(line.name), html.Div(kinds.get(str(line.kind), ""), className="cl-note")])


def _nps(line: ProgramLine) -> Component:
    figure = line.nps
    if figure is None or figure.nps is None or figure.n < MIN_SHOWN:
        return html.Span(_("too few"), className="cl-note")
    interval = wording.interval(figure.ci_low, figure.ci_high)
    return html.Span([wording.whole(figure.nps), html.Span(f" ({interval})", className="cl-note")])


def _waiting(board: SurveyBoard, viewer: Viewer, query: Query, size: int) -> Component:
    name = _("Waiting for an answer")
    count = board.links.waiting
    note = ngettext("%(count)s link of this period", "%(count)s links of this period", count, count=number(count))
    if not board.waiting:
        return panel(name, empty_state(_("No link is waiting.")), note=note)
    columns: list[Column[WaitingLink]] = [
        Column(_("Person"), _person, main=True),
        Column(_("Survey"), lambda line: line.survey),
        Column(_("Asked"), lambda line: moment(line.asked_at, viewer)),
        Column(_("Ends"), lambda line: day_words(line.expires_at, viewer), right=True),
    ]
    shown = table(columns, board.waiting, caption=name)
    return panel(name, [shown, pager(query, total=board.links.waiting, size=size)], note=note)


def _person(line: WaitingLink) -> Component:
    account = row_link(line.account, f"/app/accounts/{line.account_id}")
    return html.Div([html.Div(line.contact), html.Div(account, className="cl-note")])


PAGE = Page("/app/surveys", "response.read", title, body, filters)
