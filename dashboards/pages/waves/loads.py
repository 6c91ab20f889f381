"""Owner × day: the call-backs that a draft would bring, beside what can be called back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.dates import format_skeleton
from dash import dcc, html
from flask_babel import format_decimal, get_locale, ngettext
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from dashboards.viewport import is_phone
from feedback.listening.loads import OwnerLoad
from feedback.reporting.wave_board import WaveBoard
from feedback.surveys.rules import SkipReason

Component = Any
DAYS, OWNERS, PHONE_OWNERS = 10, 15, 8  # of a page
NAMED = 5
SOME = 0.05  # less would be written as nothing


def loads_panel(board: WaveBoard, query: Query, *, may_write: bool) -> Component:
    """Each owner with their days, those over capacity in words; and the way out."""
    name = _("Call-backs to expect, by owner and day")
    if not board.loads:
        hint = _("They come from the routing rules and from who answered as a detractor before.")
        none = _("None, as far as the routing rules tell.") if board.days else _("It would ask nobody.")
        return panel(name, [empty_state(none, hint=hint if board.days else None), _slower(board, may_write)])
    days, before, after = _page_of_days(board, query)
    owners, more = _page_of_owners(board, query)
    shown = [_grid(owners, days, name), _foot(query, before, after, more), _slower(board, may_write)]
    return panel(name, [part for part in shown if part is not None], note=_note(board))


def _note(board: WaveBoard) -> str:
    limit = number(board.callbacks_limit or board.loads[0].capacity)
    if board.callbacks_limit:
        return _("At most %(limit)s a day each, on the day of the mail; answers come in the days after it.", limit=limit)
    return _(
        "The plan has no limit: compared with %(limit)s a day, what somebody can usually call back. On the day of the mail; "
        "answers come in the days after it.",
        limit=limit,
    )


def _page_of_days(board: WaveBoard, query: Query) -> tuple[list[date], int | None, int | None]:
    """The days that are shown, and the pages before and after."""
    everyday = sorted(set(board.days) | {day for load in board.loads for day in load.by_day})
    last = max(1, -(-len(everyday) // DAYS))
    at = min(max(1, query.number("days", 1)), last)
    return everyday[(at - 1) * DAYS : at * DAYS], at - 1 or None, at + 1 if at < last else None


def _page_of_owners(board: WaveBoard, query: Query) -> tuple[Sequence[OwnerLoad], int]:
    """Those that are shown, and how many more there are. Who gets too much is never hidden."""
    first = sorted(board.loads, key=lambda load: not load.days_over)
    size = max(PHONE_OWNERS if is_phone() else OWNERS, sum(1 for load in first if load.days_over))
    shown = first if query.get("owners") == "all" else first[:size]
    return shown, len(first) - len(shown)


def _grid(owners: Sequence[OwnerLoad], days: Sequence[date], caption: str) -> Component:
    heads = [(_("Owner"), None), *((text, "cl-right") for text in (_("In all"), *map(_day, days)))]
    head = html.Thead(html.Tr([html.Th(text, scope="col", className=name) for text, name in heads]))
    body = html.Tbody([_row(load, days) for load in owners])
    table = html.Table([html.Caption(caption, className="cl-hidden"), head, body], className="cl-table cl-loads")
    return html.Div(table, className="cl-loads-box", tabIndex="0", role="region", **attributes(aria_label=caption))


def _row(load: OwnerLoad, days: Sequence[date]) -> Component:
    over = ngettext("%(num)s day over", "%(num)s days over", load.days_over) if load.days_over else _("never over")
    name = html.Td([html.Strong(load.owner), html.Div(over, className="cl-note")], className="cl-main")
    total = html.Td(_amount(load.total), className="cl-right", **attributes(data_label=_("In all")))
    return html.Tr([name, total, *[_cell(load, day) for day in days]])


def _cell(load: OwnerLoad, day: date) -> Component:
    expected = load.by_day.get(day, 0.0)
    if not expected:
        return html.Td("–", className="cl-right cl-wide-only cl-load-none", **attributes(data_label=_day(day)))
    over = load.is_over(day)
    share = min(1.0, expected / load.capacity)
    told = _("%(expected)s of %(capacity)s", expected=_amount(expected), capacity=number(load.capacity))
    word = html.Span(_("over"), className="cl-load-word") if over else None
    return html.Td(
        [html.Span(_amount(expected)), word],
        className="cl-right cl-load cl-load-over" if over else "cl-right cl-load",
        title=told,
        style={"--share": f"{100 * share:.0f}%"},
        **attributes(data_label=_day(day)),
    )


def _amount(expected: float) -> str:
    return format_decimal(expected, "0.0") if expected >= SOME else "< " + format_decimal(0.1, "0.0")


def _day(day: date) -> str:
    return str(format_skeleton("MMMEd", day, locale=get_locale() or "en"))


def _foot(query: Query, before: int | None, after: int | None, more: int) -> Component:
    links = []
    if before:
        links.append(dcc.Link(_("Earlier days"), href=query.link(days=before if before > 1 else None), className="cl-button"))
    if after:
        links.append(dcc.Link(_("Later days"), href=query.link(days=after), className="cl-button"))
    if more:
        text = ngettext("Show %(num)s more owner", "Show %(num)s more owners", more)
        links.append(dcc.Link(text, href=query.link(owners="all"), className="cl-button"))
    return html.Div(links, className="cl-chips cl-part-foot") if links else None


def _slower(board: WaveBoard, may_write: bool) -> Component:
    """Where somebody is overloaded, or not everybody fits: the way out."""
    over = [load.owner for load in board.loads if load.days_over]
    full = board.skipped.get(SkipReason.NO_ROOM, 0)
    if not (over or full):
        return html.P(_("Nobody gets more than they can call back."), className="cl-note") if board.loads else None
    texts = []
    if over:
        named = ", ".join(over[:NAMED])
        others = len(over) - NAMED
        if others > 0:
            named = ngettext("%(named)s and %(num)s other", "%(named)s and %(num)s others", others, named=named)
        texts.append(_("More than can be called back: %(owners)s.", owners=named))
    if full:
        texts.append(ngettext("%(count)s person does not fit.", "%(count)s people do not fit.", full, count=number(full)))
    say = html.P(" ".join(texts), role="status")
    if not may_write:
        return say
    return html.Div([say, button(_("Slow it down: half the pace, twice the days"), "wave-slower")])
