"""The pessimistic line beside the three figures: what would be left of the NPS if everybody silent stood at zero.

It is counted from the requests, which takes about a second where there are a million; the rest of the page comes from folded
counts and does not wait for it. So the card is filled in afterwards.
"""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.components.numbers import number, percent
from dashboards.figures import wording
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.listening.rules.coverage import MIN_NPS
from feedback.reporting.coverage import CoverageFilter, ProgramLine, program_lines
from feedback.reporting.defect_board import EVERY_SURVEY, BoardFilters
from feedback.reporting.defect_rows import MIN_SHOWN

Component = Any
_DAYS = {"3": "90", "6": "180", "24": "all", "all": "all"}  # the period of this page as the page of coverage has it


def waiting_card(query: Query) -> Component:
    """The place of the card; what it is to be about stands in it, so that whoever fills it needs no more."""
    shown = html.Div(
        [dmc.Skeleton(height=24, width="50%", radius="sm"), dmc.Skeleton(height=14, width="90%", radius="sm", mt=10)]
    )
    name = html.Div(_label(), className="cl-card-label")
    card = html.Div([name, shown], id="pessimistic-line", className="cl-card", **attributes(aria_live="polite"))
    return html.Div([dcc.Store(id="pessimistic-asked", data=dict(query.params)), card], className="cl-card-place")


def filled_card(viewer: Viewer, params: dict[str, str] | None) -> list[Component]:
    """The card of the address with these parameters."""
    query = Query("/app/defects", params or {})
    filters = BoardFilters.apart(query.params)
    start, stop = filters.window
    lines = program_lines(
        viewer,
        CoverageFilter(start, stop, filters.survey or None, filters.segment or None, filters.region or None),
    )
    value, note = _said(lines, one_survey=query.get("survey") != EVERY_SURVEY)
    shown = html.Div(value, className="cl-card-value") if value else html.Div(note, className="cl-card-missing")
    parts = [html.Div(_label(), className="cl-card-label"), shown]
    if value:
        parts += [html.Div(_rate(lines[0]), className="cl-card-interval"), html.Div(note, className="cl-note")]
    return [*parts, html.Div(dcc.Link(_("Whom have we not heard?"), href=_coverage(query)), className="cl-note")]


def _label() -> str:
    return _("Pessimistic line: NPS × response rate")


def _said(lines: list[ProgramLine], *, one_survey: bool) -> tuple[str, str]:
    """The figure and what it means; or nothing and why there is none."""
    if len(lines) > 1 or not one_survey:
        return "", _("Not made of several surveys: choose one")
    reached = int(lines[0].rates.contacts.total) if lines else 0
    if not reached:
        return "", _("Nobody was asked by mail in this period, so there is no response rate")
    if reached < MIN_SHOWN:
        text = ngettext(
            "Only %(num)s person was asked: a response rate is shown from %(least)s on",
            "Only %(num)s people were asked: a response rate is shown from %(least)s on",
            reached,
            least=MIN_SHOWN,
        )
        return "", text
    voice = lines[0].voice
    if voice.nps is None or voice.pessimistic is None:
        text = ngettext(
            "Only %(num)s of those asked answered: a figure is shown from %(least)s on",
            "Only %(num)s of those asked answered: a figure is shown from %(least)s on",
            int(voice.bands.n),
            least=MIN_NPS,
        )
        return "", text
    answered = wording.whole(100 * voice.nps)
    if voice.nps < 0:
        return wording.whole(100 * voice.pessimistic), _(
            "Below zero the line is the NPS of those who answered: silence makes no bad figure better."
        )
    return wording.whole(100 * voice.pessimistic), _(
        "What is left of the NPS of those who answered our requests (%(nps)s) if everybody silent stands at zero.", nps=answered
    )


def _rate(line: ProgramLine) -> str:
    rate = line.rates.contacts
    return ngettext(
        "%(rate)s: %(answered)s of %(count)s person asked answered",
        "%(rate)s: %(answered)s of %(count)s people asked answered",
        int(rate.total),
        rate=percent(rate.share or 0.0),
        answered=number(rate.weight),
        count=number(rate.total),
    )


def _coverage(query: Query) -> str:
    kept = {name: query.get(name) for name in ("survey", "segment", "region")}
    return Query("/app/coverage", kept | {"period": _DAYS.get(query.get("period"), "")}).link()
