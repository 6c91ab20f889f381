"""The programme-honesty page."""

import math
from typing import Any

from dash import dcc, html
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.badges import score_badge
from dashboards.components.buttons import link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import moment
from dashboards.components.numbers import LEVEL, number, percent
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.figures import wording
from dashboards.page import Query
from dashboards.pages.honesty.changed import changed_panel
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.listening.rules.honesty import FEWEST_PEOPLE, FEWEST_TAKEN_OFF
from feedback.reporting.changed_answers import list_changed_answers
from feedback.reporting.defect_board import DEFAULT_PERIOD, PERIODS, BoardFilters, list_surveys
from feedback.reporting.honesty import HonestyBoard, OwnerLine, TakenOff, honesty_board

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Do we ask the unhappy too?")


def filters(viewer: Viewer) -> list[Filter]:
    """Period and survey."""
    named = {"3": _("3 months"), "6": _("6 months"), "12": _("12 months"), "24": _("24 months"), "all": _("All time")}
    periods = [(name, named[name]) for name in PERIODS]
    return [Filter("period", _("Period"), periods, empty=DEFAULT_PERIOD), Filter("survey", _("Survey"), list_surveys())]


def body(viewer: Viewer, query: Query) -> Component:
    """Counts, the list of owners, the people."""
    size, wanted = (
        PHONE_SIZE if is_phone() else PAGE_SIZE,
        BoardFilters(
            period=query.get("period") if query.get("period") in PERIODS else DEFAULT_PERIOD, survey=query.get("survey")
        ),
    )
    board = honesty_board(viewer, wanted)
    changed = changed_panel(list_changed_answers(viewer, wanted.since, wanted.survey), query, viewer)
    if not board.total:
        hint = _("Whoever takes somebody off a wave has to say why; it is listed here with what that person said last.")
        nobody = panel(_("Taken off by hand"), empty_state(_("Nobody was taken off a wave in this period."), hint=hint))
        return html.Div([nobody, changed], className="cl-stack")
    page = page_of(query, total=board.total, size=size)
    shown = board.shown[(page - 1) * size : page * size]
    return html.Div([_counts(board), _owners(board), _people(shown, board, viewer, query, size), changed], className="cl-stack")


def _counts(board: HonestyBoard) -> Component:
    cards = [(_("People taken off by hand"), number(board.people), _of_drafts(board)), _unhappy(board), *_bounds(board)]
    shown = [
        html.Div(
            [
                html.Div(name, className="cl-card-label"),
                html.Div(value, className="cl-card-value"),
                html.Div(note, className="cl-note") if note else None,
            ],
            className="cl-card",
        )
        for name, value, note in cards
    ]
    return html.Div(shown, className="cl-cards")


def _of_drafts(board: HonestyBoard) -> str:
    """Whose wave was not started: they are in the list, and in no figure."""
    if not board.of_drafts:
        return _("off waves that were started")
    return ngettext(
        "off waves that were started; %(num)s more off a wave that was not",
        "off waves that were started; %(num)s more off waves that were not",
        board.of_drafts,
    )


def _unhappy(board: HonestyBoard) -> tuple[str, str, str | None]:
    if not board.people:
        return _("of them unhappy"), "–", None
    note = _("a detractor's score before, or an issue open: %(share)s", share=percent(board.unhappy / board.people))
    return _("of them unhappy"), number(board.unhappy), note


def _bounds(board: HonestyBoard) -> list[tuple[str, str, str | None]]:
    bounds = board.bounds
    if board.surveys > 1:
        return [(_("NPS of these waves"), "–", _("several surveys: choose one"))]
    if bounds is None:
        return [(_("NPS of these waves"), "–", _("no answer yet"))]
    answers = ngettext("%(count)s answer", "%(count)s answers", board.answers, count=number(board.answers))
    seen = f"{wording.interval(*bounds.interval)} · {answers}"
    cards: list[tuple[str, str, str | None]] = [(_("NPS of these waves"), wording.whole(bounds.seen), seen)]
    ends = _(
        "from %(low)s to %(high)s, whatever those without a score would say",
        low=wording.whole(bounds.low),
        high=wording.whole(bounds.high),
    )
    value = "–" if bounds.as_before is None else wording.whole(bounds.as_before)
    return [*cards, (_("Had they answered as before"), value, ends)]


def _owners(board: HonestyBoard) -> Component:
    name = _("By account manager")
    note = _(
        "A list to look through, not a verdict: a customer may have asked for it. Compared are the people of one account manager "
        "in the same waves, each once, taken off or asked (Fisher's exact test; q allows for the number of account managers). "
        "Who could not have been asked anyway is not compared."
    )
    if not board.owners:
        return panel(name, empty_state(_("None of these waves has started yet: there is nobody to compare with.")), note=note)
    columns: list[Column[OwnerLine]] = [
        Column(_("Account manager"), lambda line: html.Strong(line.owner or _("nobody")), main=True),
        Column(_("Taken off"), lambda line: _of(line.seen.off_unhappy, line.seen.taken_off), right=True),
        Column(
            _("Asked"), lambda line: _of(line.seen.asked_unhappy, line.seen.asked_unhappy + line.seen.asked_other), right=True
        ),
        Column(_("Odds ratio (%(level)s)", level=percent(LEVEL)), _odds, right=True),
        Column("q", lambda line: "" if line.q is None else _q(line.q), right=True),
        Column(_("What to do"), _advice),
    ]
    under = html.P(_("“3 of 5”: three of five were unhappy before."), className="cl-note")
    return panel(name, [table(columns, board.owners, caption=name), under], note=note)


def _of(part: int, whole: int) -> str:
    return _("%(part)s of %(whole)s", part=number(part), whole=number(whole))


def _q(q: float) -> str:
    return f"< {format_decimal(0.001)}" if q < 0.001 else format_decimal(q, "0.000")


def _odds(line: OwnerLine) -> Component:
    if line.test is None:
        return ""
    low, high = _ratio(line.test.low), _ratio(line.test.high)
    return html.Span([_ratio(line.test.odds), html.Span(f" ({low}…{high})", className="cl-note")])


def _ratio(value: float) -> str:
    return "∞" if math.isinf(value) else format_decimal(value, "0.0" if value >= 0.1 or value == 0 else "0.00")


def _advice(line: OwnerLine) -> str:
    if line.test is None:
        return _(
            "Too few to tell: a comparison needs %(off)s taken off and %(people)s people.",
            off=FEWEST_TAKEN_OFF,
            people=FEWEST_PEOPLE,
        )
    if line.stands_out:
        return _("More of the unhappy were left out than chance explains. Read the notes, and ask.")
    return _("Nothing stands out.")


def _people(shown: Any, board: HonestyBoard, viewer: Viewer, query: Query, size: int) -> Component:
    name = _("Who was taken off")
    columns: list[Column[TakenOff]] = [
        Column(_("Person"), _person, main=True),
        Column(_("Wave"), lambda person: _wave(person, viewer)),
        Column(_("Said before"), _before),
        Column(_("Reason"), _why),
        Column(_("By"), lambda person: html.Div([html.Div(person.by), html.Div(moment(person.at, viewer), className="cl-note")])),
    ]
    count = ngettext("taken off %(count)s time", "taken off %(count)s times", board.total, count=number(board.total))
    parts = [table(columns, shown, caption=name), pager(query, total=board.total, size=size)]
    export = link_button(_("Export"), f"/app/honesty.csv{query.search(page=None)}", download=True)
    return panel(name, parts, note=count, actions=[export])


def _person(person: TakenOff) -> Component:
    account = row_link(person.account, f"/app/accounts/{person.account_id}")
    return html.Div([html.Div(person.contact or _("Without a name")), html.Div(account, className="cl-note")])


def _wave(person: TakenOff, viewer: Viewer) -> Component:
    may_look = scope_of(viewer, "survey.read") is not Scope.NONE
    name = dcc.Link(person.wave, href=f"/app/waves/{person.wave_id}") if may_look else html.Div(person.wave)
    waits = None if person.started else html.Div(_("not started: nobody was asked"), className="cl-note")
    return html.Div([name, html.Div(person.survey, className="cl-note"), waits])


def _before(person: TakenOff) -> Component:
    issue = html.Div(_("an issue was open"), className="cl-note") if person.had_open_issue else None
    if person.prior_score is None:
        return html.Div([html.Span(_("nothing"), className="cl-note"), issue])
    return html.Div([score_badge(person.prior_score), issue])


def _why(person: TakenOff) -> Component:
    reason = words.word(words.exclusion_reasons, person.reason)
    anyway = None if person.eligible is not False else html.Div(_("would not have been asked anyway"), className="cl-note")
    said = person.note or _("the words are not kept any more")
    return html.Div([html.Div(reason), html.Div(said, className="cl-note"), anyway])
