"""The panel beside the page: one defect's months, comments, issues and accounts."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import outer_words, words
from dashboards.components.attributes import attributes
from dashboards.components.badges import score_badge, severity_badge, state_badge
from dashboards.components.buttons import link_button
from dashboards.components.chips import chip, chips
from dashboards.components.harm import harm_badge
from dashboards.components.moments import due_time, moment
from dashboards.components.numbers import LEVEL, money, number, percent
from dashboards.components.panels import empty_state, graph
from dashboards.figures import wording
from dashboards.figures.trend import share_trend
from dashboards.page import Query
from dashboards.pages.defects.causes import causes_section
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.outer_loop.queries.initiatives import InitiativeLine, list_initiatives
from feedback.reporting.defect_board import DefectBoard
from feedback.reporting.defect_details import DefectDetails, IssueLine, Verbatim

Component = Any


def details_panel(viewer: Viewer, board: DefectBoard, found: DefectDetails, query: Query) -> Component:
    """The panel; the link in its corner closes it, and so does Back."""
    cross = html.Span("✕", **attributes(aria_hidden="true"))
    name = html.Span(_("Close"), className="cl-hidden")
    close = dcc.Link([cross, name], href=query.link(defect=None, comments=None), className="cl-close", title=_("Close"))
    row = next((row for row in board.rows if row.code == found.code), None)
    head = html.Div([html.H2(found.name, id="defect-name", tabIndex=-1), close], className="cl-panel-head")
    kind = html.P(words.word(words.categories, found.category), className="cl-note")
    parts = [head, kind]
    if row is not None and row.lost is not None:
        interval = wording.interval(row.lost_low, row.lost_high, decimals=1)
        parts.append(
            html.P(
                _(
                    "Points lost: %(lost)s (%(level)s: %(interval)s)",
                    lost=wording.points(row.lost),
                    level=percent(LEVEL),
                    interval=interval,
                )
            )
        )
    parts += [
        *_initiatives(viewer, found),
        *causes_section(viewer, found.code),
        *_trend(found, board),
        *_comments(viewer, board, found, query),
        *_issues(viewer, found),
        *_accounts(board, found),
    ]
    return html.Aside(
        parts, className="cl-aside", id="defect-details", **attributes(aria_labelledby="defect-name", data_code=found.code)
    )


def _initiatives(viewer: Viewer, found: DefectDetails) -> list[Component]:
    """What is done about it, and a way to begin."""
    lines = list_initiatives(defect=found.code)
    listed = [html.Li([dcc.Link(line.row.title, href=f"/app/initiatives/{line.row.id}"), " ", _stands(line)]) for line in lines]
    start = None
    if scope_of(viewer, "initiative.write") is not Scope.NONE:
        start = html.Div(link_button(_("Start an initiative"), f"/app/initiatives/new?defect={found.code}"), className="cl-chips")
    if not listed:
        return [html.H3(_("What is done about it")), html.P(_("Nobody works on its cause yet."), className="cl-note"), start]
    return [html.H3(_("What is done about it")), html.Ul(listed, className="cl-lines"), start]


def _stands(line: InitiativeLine) -> Component:
    return html.Span(words.word(outer_words.initiative_states, line.row.state.value), className="cl-badge")


def _trend(found: DefectDetails, board: DefectBoard) -> list[Component]:
    heading = html.H3(_("Share of answers that name it"))
    if not any(point.cited for point in found.months):
        return [heading, empty_state(_("No answer of this period names it."))]
    figure = share_trend(found.months)
    label = _("Share of each month's answers that name the problem.")
    note = html.P(wording.period(board.first, board.last), className="cl-note")
    return [heading, note, graph(figure, label=label, height=190)]


def _comments(viewer: Viewer, board: DefectBoard, found: DefectDetails, query: Query) -> list[Component]:
    by_value = query.get("comments") == "value"
    switch = chips(
        [
            chip(_("Newest"), query.link(comments=None), chosen=not by_value),
            chip(_("Largest accounts"), query.link(comments="value"), chosen=by_value),
        ]
    )
    heading = html.H3(_("What they wrote"))
    if not found.verbatims:
        return [heading, empty_state(_("Nobody wrote a comment with it that you may see."))]
    return [heading, switch, *[_verbatim(viewer, board, line) for line in found.verbatims]]


def _verbatim(viewer: Viewer, board: DefectBoard, line: Verbatim) -> Component:
    who = " · ".join(part for part in (line.contact, words.word(words.roles, line.role)) if part)
    about = html.Div(
        [
            score_badge(line.score),
            dcc.Link(line.account, href=f"/app/accounts/{line.account_id}"),
            html.Span(who, className="cl-note"),
            html.Span(money(line.revenue, line.currency), className="cl-note") if line.revenue else None,
            moment(line.responded_at, viewer),
        ],
        className="cl-under",
    )
    quote = html.Blockquote(line.comment, className="cl-quote", lang=line.language or None)
    return html.Div([quote, about], className="cl-verbatim")


def _issues(viewer: Viewer, found: DefectDetails) -> list[Component]:
    heading = html.H3(
        ngettext(
            "%(count)s open issue under it", "%(count)s open issues under it", found.open_issues, count=number(found.open_issues)
        )
    )
    if not found.issues:
        return [heading, html.P(_("No issue of this kind is open."), className="cl-note")]
    return [heading, _harmed(found), html.Ul([html.Li(_issue(viewer, line)) for line in found.issues], className="cl-lines")]


def _harmed(found: DefectDetails) -> Component:
    """What the defect does to the customers of our customers, as far as somebody said."""
    if not found.harmed.issues:
        return None
    issues = ngettext(
        "%(num)s of them harms the customers' own customers",
        "%(num)s of them harm the customers' own customers",
        found.harmed.issues,
    )
    if not found.harmed.people:
        return html.P(["▲ ", issues, "."])
    people = ngettext("%(count)s named so far", "%(count)s named so far", found.harmed.people, count=number(found.harmed.people))
    return html.P(["▲ ", issues, ": ", people, "."])


def _issue(viewer: Viewer, line: IssueLine) -> Component:
    name = _("#%(number)s %(account)s", number=line.number, account=line.account)
    harm = harm_badge(line.harmed_count) if line.harms_customers else None
    facts = [
        state_badge(line.state),
        severity_badge(line.severity),
        harm,
        html.Span(line.owner or _("nobody"), className="cl-note"),
    ]
    return html.Div(
        [
            dcc.Link(name, href=f"/app/issues/{line.id}"),
            html.Div([*facts, due_time(line.next_due_at, viewer)], className="cl-under"),
        ]
    )


def _accounts(board: DefectBoard, found: DefectDetails) -> list[Component]:
    if not found.accounts:
        return []
    lines = [
        html.Li(
            [
                dcc.Link(line.name, href=f"/app/accounts/{line.id}"),
                html.Span(
                    " · ".join(
                        [
                            money(line.revenue, line.currency),
                            ngettext("%(count)s answer", "%(count)s answers", line.answers, count=number(line.answers)),
                        ]
                    ),
                    className="cl-note",
                ),
            ]
        )
        for line in found.accounts
    ]
    return [html.H3(_("Largest accounts that have it")), html.Ul(lines, className="cl-lines")]
