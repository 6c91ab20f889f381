"""Did it help? Rates with their intervals, beside accounts without the change, and the points lost of the ranking."""

from collections.abc import Mapping
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards import theme
from dashboards.components import outer_words, words
from dashboards.components.moments import day_words
from dashboards.components.numbers import LEVEL, number, percent
from dashboards.components.panels import empty_state, graph, panel
from dashboards.components.tables import Column, table
from dashboards.figures import wording
from dashboards.figures.trend import share_trend
from feedback.access.rules import Viewer
from feedback.defects.naming import shown_names
from feedback.outer_loop.models import Initiative
from feedback.outer_loop.queries.initiatives import InitiativeLine
from feedback.outer_loop.rules.effect import MIN_ANSWERS, MIN_CITED
from feedback.reporting.outer_loop_board import effect_so_far, rate_by_month

Component = Any
Figures = Mapping[str, Any]


def effect_panel(line: InitiativeLine, viewer: Viewer) -> Component:
    """The newest look, or what can be seen until then."""
    name = _("Did it help?")
    if line.row.delivered_at is None:
        text = _("It is measured from the day on which it is delivered.")
        return panel(name, [*_chart(line.row), empty_state(text, hint=_goal(line.row))], note=_goal(line.row) or None)
    check = line.newest
    so_far = effect_so_far(line.row) if check is None else None
    figures = check.figures if check else so_far.document if so_far else {}
    parts = [_verdict(line, figures, viewer), _cards(figures), *_chart(line.row), *_points(figures), _how()]
    return panel(name, parts, note=_note(line, figures, viewer))


def _goal(row: Initiative) -> str:
    if row.target_to is None:
        return ""
    goal = wording.share(row.target_to)
    if row.target_from is None:
        return _("The goal: at most %(goal)s of answers name it.", goal=goal)
    return _("The goal: from %(before)s to %(goal)s of answers.", before=wording.share(row.target_from), goal=goal)


def _note(line: InitiativeLine, figures: Figures, viewer: Viewer) -> str:
    days = ngettext("%(num)s day before and after", "%(num)s days before and after", figures["days"])
    delivered = _("delivered %(day)s", day=day_words(line.row.delivered_at, viewer)) if line.row.delivered_at else ""
    return " · ".join(part for part in (delivered, days, _goal(line.row)) if part)


def _verdict(line: InitiativeLine, figures: Figures, viewer: Viewer) -> Component:
    said = words.word(outer_words.verdicts, figures["verdict"])
    lines = [html.P(html.Strong(said if line.newest else _("So far: %(verdict)s", verdict=said)))]
    if figures["verdict"] == "too_few":
        lines.append(html.P(_need(), className="cl-note"))
    reached = _reached(line.row, figures)
    if reached:
        lines.append(html.P(reached))
    if line.next is not None:
        text = _("The next look is on %(day)s.", day=day_words(line.next.due_at, viewer))
        lines.append(html.P(text, className="cl-note"))
    return html.Div(lines, role="status")


def _need() -> str:
    return _(
        "A verdict needs %(answers)s answers before and after, and %(cited)s that named it before.",
        answers=MIN_ANSWERS,
        cited=MIN_CITED,
    )


def _reached(row: Initiative, figures: Figures) -> str:
    after = figures["exposed"]["after"]
    if row.target_to is None or figures["verdict"] == "too_few":
        return ""
    if after["share"] <= row.target_to:
        return _("The goal is reached.")
    return _("The goal is not reached.")


def _cards(figures: Figures) -> Component:
    exposed, others = figures["exposed"], figures["others"]
    cards = [
        _rate_card(_("Rate before"), exposed["before"]),
        _rate_card(_("Rate after"), exposed["after"]),
        _change_card(_("Difference"), exposed["change"]),
    ]
    if others is not None:
        cards.append(_change_card(_("Difference at accounts without the change"), others["change"], others))
        cards.append(_change_card(_("Beyond what they saw too"), figures["beyond"]))
    return html.Div(cards, className="cl-cards")


def _rate_card(label: str, rate: Mapping[str, Any]) -> Component:
    known = rate["n"] > 0
    span = _(
        "%(low)s…%(high)s (%(level)s)", low=wording.share(rate["low"]), high=wording.share(rate["high"]), level=percent(LEVEL)
    )
    return _card(
        label,
        wording.share(rate["share"]) if known else _("Nobody has answered in this period"),
        span if known else "",
        _("%(cited)s of %(n)s answers", cited=number(rate["cited"]), n=number(rate["n"])),
        missing=not known,
    )


def _change_card(label: str, change: Mapping[str, float] | None, group: Mapping[str, Any] | None = None) -> Component:
    if change is None:
        return _card(label, _("Too few to say: each period needs %(least)s answers", least=MIN_ANSWERS), "", "", missing=True)
    low, high = (number(100 * change[end], 1) for end in ("low", "high"))
    n = ""
    if group is not None:
        n = _("n %(before)s and %(after)s", before=number(group["before"]["n"]), after=number(group["after"]["n"]))
    value = _("%(points)s pp", points=wording.points(100 * change["value"], signed=True))
    return _card(label, value, _("%(low)s…%(high)s (%(level)s)", low=low, high=high, level=percent(LEVEL)), n)


def _card(label: str, value: str, span: str, note: str, *, missing: bool = False) -> Component:
    return html.Div(
        [
            html.Div(label, className="cl-card-label"),
            html.Div(value, className="cl-card-missing" if missing else "cl-card-value"),
            html.Div(span, className="cl-card-interval"),
            html.Div(note, className="cl-note"),
        ],
        className="cl-card",
    )


def _chart(row: Initiative) -> list[Component]:
    months = rate_by_month(row)
    if not any(month.n for month in months):
        return []
    figure = share_trend(months, height=220)
    label = _("Share of each month's answers that name the problem; the line is the delivery.")
    if row.delivered_at is not None:
        day = row.delivered_at.date().isoformat()
        line = {"color": theme.palette().text, "width": 1.5, "dash": "dash"}
        top = max((month.interval or (0, 0))[1] for month in months)
        figure.add_shape(type="line", x0=day, x1=day, y0=0, y1=top, line=line)
    return [html.H3(_("Share of answers that name it")), graph(figure, label=label, height=220)]


def _points(figures: Figures) -> list[Component]:
    rows = figures["points"]
    if not figures["months"]:
        text = _("Points lost are compared when a whole month lies behind the month of the delivery.")
        return [html.H3(_("NPS points lost")), html.P(text, className="cl-note")]
    names = shown_names()
    columns: list[Column[Mapping[str, Any]]] = [
        Column(_("Defect"), lambda row: names.get(row["defect"], row["defect"]), main=True),
        Column(_("Before"), lambda row: _lost(row["before"]), right=True),
        Column(_("After"), lambda row: _lost(row["after"]), right=True),
        Column(_("Difference"), lambda row: _difference(row["change"]), right=True),
    ]
    note = ngettext(
        "%(num)s whole month on each side of the month of the delivery, all accounts, as on the board of defects",
        "%(num)s whole months on each side of the month of the delivery, all accounts, as on the board of defects",
        figures["months"],
    )
    shown = table(columns, rows, caption=_("NPS points lost"))
    return [html.H3(_("NPS points lost")), html.P(note, className="cl-note"), shown]


def _lost(figure: Any) -> Component:
    if figure is None:
        return html.Span(_("too few to say"), className="cl-note")
    value, low, high = figure
    return _with_interval(wording.points(value), wording.interval(low, high, decimals=1))


def _difference(change: Mapping[str, float] | None) -> Component:
    if change is None:
        return wording.DASH
    span = wording.interval(change["low"], change["high"], decimals=1)
    return _with_interval(wording.points(change["value"], signed=True), span)


def _with_interval(value: str, span: str) -> Component:
    return html.Span([value, html.Span(f" ({span})", className="cl-note")])


def _how() -> Component:
    sentences = [
        _(
            "The rate is the share of answers that name one of the problems. Its difference has Newcombe's interval. "
            "Where only some customers get the change, the others' difference is taken off."
        ),
        _(
            "It helped when the whole interval lies below zero and the comparison does not take the fall away. A rate that did "
            "not fall, or a fall at the last look that may be chance, opens the initiative again."
        ),
        _("It is a comparison of before and after, not an experiment: something else may have changed at the same time."),
    ]
    return html.Details([html.Summary(_("How is this computed?")), *[html.P(one) for one in sentences]], className="cl-how")
