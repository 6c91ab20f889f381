"""Questions first, then what may be done, what is held and by what, and what was screened out with its reason."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.numbers import money
from dashboards.components.panels import empty_state, graph, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.figures.spend import months_before, spend_chart, spend_label
from dashboards.page import Query
from dashboards.pages.sales_plays.logging import log_form
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.reporting.sales_play_board import PlayLine, SpendChart, sales_plays
from feedback.selling.rules import Answer, PlayState

Component = Any
STEP = "sales-play"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which sales suggestions are right?")


def body(viewer: Viewer, query: Query) -> Component:
    """What waits for the reader on top."""
    sections = [
        (PlayState.QUESTION, _("Questions for you"), _("Nothing waits for your answer.")),
        (PlayState.ACCEPTED, _("May go ahead"), _("No suggestion may go ahead now.")),
        (PlayState.HELD, _("Held: put right first"), _("Nothing is held.")),
    ]
    parts = [_section(viewer, query, *section) for section in sections]
    return html.Div([*parts, _screened_out(viewer, query), _over(viewer, query)], className="cl-stack")


def _lines(viewer: Viewer, query: Query, state: PlayState) -> tuple[list[PlayLine], Component]:
    """One page of a state; its place in the address is its own, so that the others stay where they are."""
    try:
        lines, after = sales_plays(viewer, state, cursor=query.get(state.value) or None)
    except InvalidInput:  # the place in the address is damaged: that is no reason to show nothing
        lines, after = sales_plays(viewer, state)
    more = link_button(_("Show the next ones"), query.link(**{state.value: after})) if after else None
    return lines, html.Div(more, className="cl-pager") if more else None


def _section(viewer: Viewer, query: Query, state: PlayState, name: str, nothing: str) -> Component:
    lines, more = _lines(viewer, query, state)
    if not lines:
        hint = _("Suggestions come from your CRM, and from the spend monitor once a month's books are closed.")
        return panel(name, empty_state(nothing, hint=hint if state is PlayState.QUESTION else None))
    count = ngettext("%(num)s suggestion", "%(num)s suggestions", len(lines))
    return panel(name, [*(_card(viewer, line) for line in lines), more], note=count if more is None else None)


def _card(viewer: Viewer, line: PlayLine) -> Component:
    where = row_link(line.account, f"/app/accounts/{line.account_id}")
    about = [words.word(words.play_triggers, line.trigger), line.source, moment(line.received_at, viewer)]
    head = html.P([html.Strong(where), *(piece for part in about for piece in (" · ", part))])
    why = html.Ul([html.Li(reason) for reason in line.reasons])
    parts = [head, _play(line), why, _issue(line), spend_figure(line.chart), _actions(line), log_form(line, viewer)]
    return html.Article([part for part in parts if part is not None], className="cl-next")


def _play(line: PlayLine) -> Component:
    if line.play is None or line.state is PlayState.QUESTION:
        return None
    return html.P(_("What to do: %(play)s", play=words.word(words.plays, line.play)))


def _issue(line: PlayLine) -> Component:
    if line.issue is None or line.state is not PlayState.HELD:
        return None
    issue_id, number, owner = line.issue
    text = _("#%(number)s is with %(owner)s", number=number, owner=owner or _("nobody yet"))
    return html.P(dcc.Link(text, href=f"/app/issues/{issue_id}"))


def spend_figure(chart: SpendChart | None) -> Component:
    """The chart, with its sentence and its numbers as text."""
    if chart is None or len(chart.months) < 2:
        return None
    last, before = chart.months[-1], months_before(chart)
    facts = [
        (_("Spend"), last.spend),
        (_("Expected"), last.expected),
        (_("A year before"), before.spend if before is not None else None),
    ]
    numbers = " · ".join(f"{name}: {money(value, chart.currency)}" for name, value in facts if value is not None)
    legend = _("Full line: spend. Dashed, with its band: expected. Dotted: a year before. Shaded: our disruptions.")
    lines = [html.P(chart.said), html.P(numbers)] if chart.said else [html.P(numbers)]
    return html.Div(
        [*lines, graph(spend_chart(chart), label=spend_label(chart), height=230), html.P(legend, className="cl-note")]
    )


def _actions(line: PlayLine) -> Component:
    if not line.works:
        return None
    parts: list[Component] = []
    if line.state is PlayState.QUESTION:
        parts.append(html.P(html.Strong(_("Why did spend fall?"))))
        parts.append(_buttons(line, [(answer.value, text) for answer, text in answers().items()]))
    note = dmc.TextInput(id={"kind": "play-note", "id": line.id}, label=_("A word with it (dismissing needs one)"), size="sm")
    steps = [("take", _("I take it"))] if line.state is PlayState.ACCEPTED else []
    parts += [note, _buttons(line, [*steps, ("dismiss", _("Dismiss"))])]
    return html.Div([*parts, html.Div(id={"kind": "play-refused", "id": line.id}, role="alert")])


def _buttons(line: PlayLine, acts: list[tuple[str, str]]) -> Component:
    made = [button(text, {"kind": STEP, "act": act, "id": line.id}, primary=act == "take") for act, text in acts]
    return html.Div(made, className="cl-chips")


def answers() -> dict[Answer, str]:
    """The answers to why spend fell, as buttons say them."""
    return {
        Answer.SEASONAL: _("It does every year"),
        Answer.KNOWN_PROJECT_END: _("A project has ended"),
        Answer.DATA_ERROR: _("Our numbers are wrong"),
        Answer.ASK_CUSTOMER: _("Nobody knows: ask the customer"),
        Answer.BUYS_LESS: _("They buy less from us"),
    }


def _screened_out(viewer: Viewer, query: Query) -> Component:
    name = _("Screened out")
    lines, more = _lines(viewer, query, PlayState.SCREENED_OUT)
    if not lines:
        return panel(name, empty_state(_("Nothing was screened out.")))
    columns: list[Column[PlayLine]] = [
        Column(_("Customer"), lambda line: row_link(line.account, f"/app/accounts/{line.account_id}"), main=True),
        Column(_("Why"), lambda line: html.Div([html.Div(reason) for reason in line.reasons])),
        Column(_("Chart"), _folded),
        Column(_("When"), lambda line: moment(line.received_at, viewer), side=True),
    ]
    note = _("They stay here with their reason: whoever knows better says so in the CRM, and it comes again.")
    return panel(name, [table(columns, lines, caption=name), more], note=note)


def _folded(line: PlayLine) -> Component:
    figure = spend_figure(line.chart)
    return html.Details([html.Summary(_("Show spend")), figure]) if figure is not None else "–"


def _over(viewer: Viewer, query: Query) -> Component:
    name = _("Taken, dismissed and expired")
    found = [(state, *_lines(viewer, query, state)) for state in (PlayState.TAKEN, PlayState.DISMISSED, PlayState.EXPIRED)]
    lines = sorted((line for _state, some, _more in found for line in some), key=lambda line: line.id, reverse=True)
    if not lines:
        return None
    columns: list[Column[PlayLine]] = [
        Column(_("Customer"), lambda line: row_link(line.account, f"/app/accounts/{line.account_id}"), main=True),
        Column(_("State"), lambda line: words.word(words.play_states, line.state), side=True),
        Column(_("When"), lambda line: moment(line.received_at, viewer)),
    ]
    return panel(name, [table(columns, lines, caption=name), *(more for _state, _some, more in found if more is not None)])
