"""The ranking as a table; on a phone each row is a card."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.numbers import LEVEL, money_text, number, percent
from dashboards.components.tables import Column, row_link, table
from dashboards.figures import wording
from dashboards.page import Query
from dashboards.viewport import is_phone
from feedback.reporting.defect_board import DefectBoard
from feedback.reporting.defect_rows import DefectRow, Evidence

Component = Any
ROWS, PHONE_ROWS = 25, 6


def ranking_table(board: DefectBoard, query: Query) -> Component:
    """One row per defect, the most costly first unless the address asks for another order."""
    chosen = query.get("defect")
    columns: list[Column[DefectRow]] = [
        Column("#", lambda row: number(row.rank), wide=True),
        Column(_("Defect"), lambda row: _name(row, query), main=True),
        Column(_("Points lost (%(level)s)", level=percent(LEVEL)), _lost, right=True),
        Column(_("Customers"), lambda row: wording.share(row.base_frequency), right=True),
        Column(_("n"), lambda row: number(row.n), right=True),
        Column(_("Accounts"), lambda row: number(row.accounts), right=True),
        Column(_("Correlation (%(level)s)", level=percent(LEVEL)), _correlation, right=True),
        Column(_("Revenue"), lambda row: money_text(row.revenue, board.currency), right=True),
        Column(_("Evidence"), _evidence),
    ]
    first = len(board.rows) if query.get("rows") == "all" else PHONE_ROWS if is_phone() else ROWS
    shown = table(columns, board.rows[:first], caption=_("Defects by what they cost"), selected=lambda row: row.code == chosen)
    if len(board.rows) <= first:
        return shown
    left = len(board.rows) - first
    more = ngettext("Show %(count)s more", "Show %(count)s more", left, count=number(left))
    return html.Div([shown, html.Div(link_button(more, query.link(rows="all")), className="cl-pager")])


def evidence_words() -> dict[Evidence, str]:
    """What may be said about a defect."""
    return {
        Evidence.ESTABLISHED: _("Established"),
        Evidence.NOT_ESTABLISHED: _("Not established"),
        Evidence.TOO_FEW: _("Provisional, too few"),
        Evidence.NOT_SEPARABLE: _("Not separable"),
    }


def evidence_meanings() -> dict[Evidence, str]:
    """Why, for hovering."""
    return {
        Evidence.ESTABLISHED: _("The effect holds after correcting for looking at many defects (q at most 0.10)."),
        Evidence.NOT_ESTABLISHED: _("The effect may be chance (q above 0.10)."),
        Evidence.TOO_FEW: _("Fewer than 10 answers or 5 accounts cite it: it does not enter the fit."),
        Evidence.NOT_SEPARABLE: _("It always comes with others, so its own share cannot be told."),
    }


def _name(row: DefectRow, query: Query) -> Component:
    chosen = query.get("defect") == row.code
    href = query.link(defect=None if chosen else row.code)
    under: list[Component] = [html.Span(words.word(words.categories, row.category), className="cl-note")]
    if row.rare_but_severe:
        under.append(html.Span(_("Rare but severe"), className="cl-badge"))
    rank = html.Span(f"{number(row.rank)}. ", className="cl-phone-only")
    return html.Div([rank, row_link(row.name, href), html.Div(under, className="cl-under")])


def _with_interval(value: str, interval: str) -> Component:
    return html.Span([value, html.Span(f" ({interval})", className="cl-note")])


def _lost(row: DefectRow) -> Component:
    if row.lost is None:
        return wording.DASH
    if row.lost < 0:
        return html.Span(_("no evidence of harm"), className="cl-note", title=wording.points(row.lost))
    return _with_interval(wording.points(row.lost), wording.interval(row.lost_low, row.lost_high, decimals=1))


def _correlation(row: DefectRow) -> Component:
    if row.correlation is None:
        return wording.DASH
    interval = wording.interval(row.correlation_low, row.correlation_high, decimals=2)
    return _with_interval(wording.ratio(row.correlation), interval)


def _evidence(row: DefectRow) -> Component:
    text = evidence_words()[row.evidence]
    q = _("q %(value)s", value=wording.probability(row.q_value)) if row.q_value is not None else None
    return html.Div([html.Div(text, title=evidence_meanings()[row.evidence]), html.Div(q, className="cl-note") if q else None])
