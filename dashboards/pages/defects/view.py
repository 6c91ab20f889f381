"""What the defects page shows."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.filters import Filter
from dashboards.components.numbers import LEVEL, interval_card, left_out_note, number, percent
from dashboards.components.panels import empty_state, graph, notice, panel, too_few_state
from dashboards.figures import wording
from dashboards.figures.bubble_matrix import Severity, bubble_matrix
from dashboards.figures.trend import nps_trend
from dashboards.figures.waterfall_chart import waterfall_chart
from dashboards.page import Query
from dashboards.pages.defects.details import details_panel
from dashboards.pages.defects.silence import waiting_card
from dashboards.pages.defects.table import ranking_table
from dashboards.pages.initiatives.listing import initiatives_table
from dashboards.viewport import panel_width
from feedback.access.rules import Viewer
from feedback.defects.naming import shown_names
from feedback.outer_loop.queries.initiatives import list_initiatives
from feedback.reporting.accounts import list_regions, list_segments
from feedback.reporting.defect_board import (
    DEFAULT_PERIOD,
    EVERY_SURVEY,
    BoardFilters,
    DefectBoard,
    default_survey,
    defect_board,
    list_surveys,
)
from feedback.reporting.defect_details import defect_details
from feedback.reporting.defect_rows import MIN_SHOWN, CompanyFigure

Component = Any
MATRIX_HEIGHT = 420
INITIATIVES = 5  # the newest


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What costs us the most loyalty?")


def filters(viewer: Viewer) -> list[Filter]:
    """Period, survey, segment, region, category, order, severity."""
    periods = [
        ("3", _("3 months")),
        ("6", _("6 months")),
        (DEFAULT_PERIOD, _("12 months")),
        ("24", _("24 months")),
        ("all", _("All time")),
    ]
    orders = [
        ("points_lost", _("By points lost")),
        ("correlation", _("By severity")),
        ("frequency", _("By share of customers")),
        ("article", _("By share × severity")),
    ]
    severities = [("correlation", _("Up: correlation")), ("impact", _("Up: points"))]
    return [
        Filter("period", _("Period"), periods, empty=DEFAULT_PERIOD),
        Filter("survey", _("Survey"), _surveys(), empty=default_survey()),
        Filter("segment", _("Segment"), [(name, name) for name in list_segments(viewer)]),
        Filter("region", _("Region"), [(name, name) for name in list_regions(viewer)]),
        Filter("category", _("Category"), list(words.categories().items()), closed=True),
        Filter("order", _("Order"), orders, empty="points_lost"),
        Filter("severity", _("Upward axis"), severities, empty="correlation"),
        Filter("defect", _("Defect"), list(shown_names().items()), closed=True, hidden=True),
    ]


def body(viewer: Viewer, query: Query) -> Component:
    """Everything below the question, from one reading of the board."""
    board = defect_board(viewer, BoardFilters.apart(query.params))
    parts: list[Component] = [_mixed(query), _cards(board, query)]
    if not board.n:
        parts.append(_nothing(query))
    else:
        parts.append(html.Div([_matrix(board, query), _gain(board, query)], className="cl-columns cl-board"))
        parts.append(_ranking(board, query))
        parts.append(_trend(board))
    parts.append(_initiatives(viewer))
    code = query.get("defect")
    found = defect_details(viewer, board, code, by_value=query.get("comments") == "value") if code else None
    if found is not None:
        parts.append(details_panel(viewer, board, found, query))
    return html.Div(parts, className="cl-stack")


def _initiatives(viewer: Viewer) -> Component:
    """What is done about the causes, and whether it helped; nothing where nobody has begun."""
    lines = list_initiatives(limit=INITIATIVES)
    if not lines:
        return None
    more = link_button(_("All initiatives"), "/app/initiatives")
    return panel(_("What is done about it"), initiatives_table(lines, viewer), actions=[more])


def _surveys() -> list[tuple[str, str]]:
    surveys = list_surveys()
    return [*surveys, (EVERY_SURVEY, _("All surveys together"))] if len(surveys) > 1 else surveys


def _mixed(query: Query) -> Component:
    """What somebody must know who has chosen to see several surveys as one."""
    if query.get("survey") != EVERY_SURVEY:
        return None
    names = ", ".join(name for _code, name in list_surveys())
    text = _(
        "Several surveys are counted as one here: %(names)s. What people say after an event is not what they say of us.",
        names=names,
    )
    return notice([text])


def period_words(board: DefectBoard) -> str:
    """The months that the page covers."""
    return wording.period(board.first, board.last)


def _cards(board: DefectBoard, query: Query) -> Component:
    names = {
        "responses": _("NPS, each answer counts"),
        "accounts": _("NPS, each account counts"),
        "revenue": _("NPS, by revenue"),
    }
    period = period_words(board)
    cards = [
        interval_card(
            names[figure.weighting],
            None if figure.is_too_small else figure.nps,
            low=None if figure.is_too_small else figure.low,
            high=None if figure.is_too_small else figure.high,
            n=figure.n,
            period=_("%(period)s, accounts", period=period) if figure.weighting != "responses" else period,
            missing=_missing(figure),
            caution=_caution(figure),
        )
        for figure in board.figures
    ]
    return html.Div(
        [html.Div([*cards, waiting_card(query)], className="cl-cards", id="company-figures"), left_out_note(board.left_out)]
    )


def _caution(figure: CompanyFigure) -> str:
    """Who decides a figure that few accounts decide."""
    if figure.is_decided_by_one:
        return _("One account decides this figure: it says nothing about the others.")
    if figure.is_decided_by_few and figure.effective is not None:
        shown = number(figure.effective, digits=1)
        return _("A few accounts decide this figure: as much is said by %(count)s of equal weight.", count=shown)
    return ""


def _missing(figure: CompanyFigure) -> str:
    """Why there is no number on a card."""
    if not figure.n:
        return _("Nobody has answered in this period")
    if figure.n < MIN_SHOWN:
        return _("Too few to say: a figure is shown from %(least)s on", least=MIN_SHOWN)
    return _("No revenue is recorded for these accounts")


def _nothing(query: Query) -> Component:
    text = _("No answers in this period.")
    hint = _("Answers come from the survey page, a file or the API.")
    show_all = link_button(_("Show all time"), query.path + "?period=all")
    return panel(_("Defects"), empty_state(text, hint=hint, action=show_all))


def _note(board: DefectBoard) -> str:
    return ngettext(
        "%(n)s answer · %(period)s", "%(n)s answers · %(period)s", board.n, n=number(board.n), period=period_words(board)
    )


def _matrix(board: DefectBoard, query: Query) -> Component:
    heading = _("How many it reaches, how much it hurts")
    if not board.rows:
        return panel(heading, empty_state(_("No answer of this selection names a problem.")), note=_note(board))
    severity = Severity.IMPACT if query.get("severity") == Severity.IMPACT else Severity.CORRELATION
    figure = bubble_matrix(
        board.rows,
        severity=severity,
        spread=board.spread,
        currency=board.currency,
        selected=query.get("defect") or None,
        size=(panel_width(7 / 12), MATRIX_HEIGHT),
    )
    label = _("Defects by share of customers and severity; the table below says the same in words.")
    legend = _(
        "Size: revenue of the accounts that have the problem. ● service, ◼ product, ◆ price; hollow: not established. "
        "Along a dotted line the loss is about the same; the table has the exact one."
    )
    drawn = graph(figure, label=label, height=MATRIX_HEIGHT, id="defect-matrix", click=True)
    return panel(heading, [drawn, html.P(legend, className="cl-note")], note=_note(board))


def _gain(board: DefectBoard, query: Query) -> Component:
    heading = _("What we would gain")
    if board.waterfall is None:
        few = too_few_state(board.n, 10) if board.n < 10 else empty_state(_("No defect has enough answers yet for a fit."))
        return panel(heading, few, note=_note(board))
    chart = waterfall_chart(board.waterfall, selected=query.get("defect") or None)
    label = _("NPS today, what each defect takes away, and NPS without them.")
    drawn = graph(chart, label=label, height=chart.layout["height"], id="defect-waterfall", click=True)
    return panel(heading, [drawn, _how_computed(board)], note=_note(board))


def _how_computed(board: DefectBoard) -> Component:
    top = next((row for row in board.rows if (row.lost or 0) > 0), None)
    sentences = [
        _(
            "One fit explains each answer by all problems it names at once, so that two problems that come together "
            "share the loss instead of counting it twice. What is left without any of them is the NPS without defects; "
            "the bars add up exactly."
        )
    ]
    if top is not None and top.impact is not None:
        sentences.insert(
            0,
            _(
                "About %(share)s of answers name “%(name)s” and, other problems equal, they score %(gap)s NPS points lower; "
                "without it we would stand about %(lost)s points higher.",
                share=wording.share(top.frequency),
                name=top.name,
                gap=wording.whole(top.impact),
                lost=wording.whole(top.lost),
            ),
        )
    sentences.append(_("It is an association until a fix is measured."))
    if board.clustered_errors:
        sentences.append(_("Intervals are widened because people of one account answer alike."))
    return html.Details(
        [html.Summary(_("How is this computed?")), *[html.P(sentence) for sentence in sentences]], className="cl-how"
    )


def _ranking(board: DefectBoard, query: Query) -> Component:
    actions = [
        link_button(_("Export CSV"), "/app/defects.csv" + query.search(defect=None), download=True),
        link_button(_("Export XLSX"), "/app/defects.xlsx" + query.search(defect=None), download=True),
    ]
    heading = _("Ranking")
    if not board.rows:
        return panel(heading, empty_state(_("No answer of this selection names a problem.")), note=_note(board))
    note = ngettext(
        "%(note)s · shares of %(accounts)s active account",
        "%(note)s · shares of %(accounts)s active accounts",
        board.active_accounts,
        note=_note(board),
        accounts=number(board.active_accounts),
    )
    return panel(heading, ranking_table(board, query), note=note, actions=actions, id="ranking")


def _trend(board: DefectBoard) -> Component:
    heading = _("NPS by month")
    shown = [point for point in board.months if point.n >= MIN_SHOWN]
    if not shown:
        return panel(heading, too_few_state(board.n, MIN_SHOWN), note=_note(board))
    figure = nps_trend(board.months)
    label = _("NPS of each month with its interval and the number of answers.")
    legend = _(
        "Band: %(level)s interval. Arrow: different from the month before by the test; hollow: too few answers to test.",
        level=percent(LEVEL),
    )
    return panel(
        heading, [graph(figure, label=label, height=260, id="nps-trend"), html.P(legend, className="cl-note")], note=_note(board)
    )
