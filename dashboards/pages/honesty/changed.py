"""Answers that staff took out of the figures or corrected, on the page about honest programs."""

from collections.abc import Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.badges import score_badge
from dashboards.components.buttons import link_button
from dashboards.components.moments import day_words, moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.reporting.changed_answers import EXCLUDED, ChangedAnswer

Component = Any
SHOWN, PHONE_SHOWN = 25, 8


def changed_panel(found: Sequence[ChangedAnswer], query: Query, viewer: Viewer) -> Component:
    """Whose answers, by whom, why; those that make the NPS better first."""
    name = _("Answers excluded or corrected")
    if not found:
        return panel(name, empty_state(_("Nobody has taken an answer out of the figures or corrected one in this period.")))
    ordered = sorted(found, key=lambda line: not line.flatters)
    shown = ordered[: PHONE_SHOWN if is_phone() else SHOWN]
    columns: list[Column[ChangedAnswer]] = [
        Column(_("Person"), _person, main=True),
        Column(_("Score"), _scores, side=True),
        Column(_("What was done"), lambda line: _done(line, viewer)),
        Column(_("Reason"), _why),
        Column(_("By"), lambda line: _by(line, viewer)),
    ]
    answers = len({line.response_id for line in found})
    counts = ngettext("%(count)s answer", "%(count)s answers", answers, count=number(answers))
    better = len({line.response_id for line in found if line.flatters})
    note = (
        counts + " · " + ngettext("%(count)s makes the NPS better", "%(count)s make the NPS better", better, count=number(better))
    )
    if len(shown) < len(found):
        note += " · " + _("the first %(shown)s are listed", shown=len(shown))
    export = link_button(_("Export"), f"/app/honesty/answers.csv{query.search(page=None)}", download=True)
    return panel(name, table(columns, shown, caption=name), note=note, actions=[export])


def _person(line: ChangedAnswer) -> Component:
    account = row_link(line.account, f"/app/accounts/{line.account_id}")
    return html.Div([html.Div(line.contact or _("Without a name")), html.Div([account, " · ", line.survey], className="cl-note")])


def _scores(line: ChangedAnswer) -> Component:
    if line.after is None:
        said = [score_badge(line.said), " → "] if line.said != line.before else []
        return html.Span([*said, score_badge(line.before), html.Span(" → –")])
    return html.Span([score_badge(line.before), " → ", score_badge(line.after)])


def _done(line: ChangedAnswer, viewer: Viewer) -> Component:
    if line.kind != EXCLUDED:
        return _("corrected")
    if line.put_back_at is None:
        return _("excluded")
    back = _("counted again since %(day)s", day=day_words(line.put_back_at, viewer))
    return html.Div([html.Div(_("excluded")), html.Div(back, className="cl-note")])


def _why(line: ChangedAnswer) -> Component:
    named = words.exclusion_causes if line.kind == EXCLUDED else words.correction_reasons
    return html.Div([html.Div(words.word(named, line.reason)), html.Div(line.note, className="cl-note")])


def _by(line: ChangedAnswer, viewer: Viewer) -> Component:
    own = html.Span(_("own account"), className="cl-badge") if line.own_account else None
    who = html.Div([line.by, own], className="cl-under") if own else html.Div(line.by)
    return html.Div([who, html.Div(moment(line.at, viewer), className="cl-note")])
