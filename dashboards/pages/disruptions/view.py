"""One disruption: whom it hits, who was told, and its end."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.chips import chip, chips
from dashboards.components.filters import Filter
from dashboards.components.moments import day_and_time, moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.components.unread import unread_lines
from dashboards.page import Query
from dashboards.pages.disruptions.correcting import LIVE, correcting, end_id, ending, words_history
from dashboards.pages.disruptions.listing import may_write, state_badge
from dashboards.pages.initiatives.view import reach_words
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.batches import BatchLine, get_batch, list_batches, writable_items
from feedback.outer_loop.queries.disruptions import (
    AffectedAccount,
    DisruptionLine,
    get_disruption,
    last_told_at,
    list_affected,
)
from feedback.outer_loop.queries.unread import unread_letters
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import DisruptionState

Component = Any
SIZE, PHONE_SIZE = 40, 8
_OVER = (DisruptionState.OVER, DisruptionState.FOLLOWED_UP)


def title(viewer: Viewer, query: Query) -> str:
    """What happened."""
    return get_disruption(query.ids["id"], viewer).title


def filters(viewer: Viewer) -> list[Filter]:
    """Who was told and who was not, chosen by links above the accounts."""
    return [Filter("told", _("Told"), [("no", _("Not told yet")), ("yes", _("Told"))], closed=True, hidden=True)]


def body(viewer: Viewer, query: Query) -> Component:
    """Facts and what can be done; the accounts."""
    line = get_disruption(query.ids["id"], viewer)
    left = [_facts(line, viewer)]
    if line.state in _OVER:
        left.append(_telling(line, viewer))
    elif line.state in LIVE and may_write(viewer):
        left.append(_next(line, viewer))
    left.append(words_history(line, viewer))
    columns = [html.Div(left, className="cl-stack"), _accounts(line, viewer, query)]
    return html.Div(columns, className="cl-columns")


def _facts(line: DisruptionLine, viewer: Viewer) -> Component:
    facts = [
        (_("State"), state_badge(line.state.value)),
        (_("From"), day_and_time(line.starts_at, viewer)),
        (_("Until"), day_and_time(line.ends_at, viewer) if line.ends_at else _("nobody knows yet")),
        (_("Selling"), _held(line)),
        (_("Whom"), reach_words(Reach.from_document(line.reach))),
        (_("What we told customers") if line.state in _OVER else _("What we tell customers"), line.message),
        (_("What the letter says now that it is over"), _outcome(line)),
    ]
    shown = html.Dl([part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))], className="cl-facts")
    editable = may_write(viewer) and line.state is not DisruptionState.WITHDRAWN
    return panel(_("What happened"), [shown, correcting(line, viewer) if editable else None])


def _outcome(line: DisruptionLine) -> str | None:
    if line.state is not DisruptionState.OVER:
        return line.outcome
    return line.outcome or _("Only that it is over. Say more with “Correct the words”, before letters leave.")


def _held(line: DisruptionLine) -> str:
    if not line.holds_sales or line.state is DisruptionState.WITHDRAWN:
        return _("goes on")
    return {
        DisruptionState.PLANNED: _("is held from its start"),
        DisruptionState.ACTIVE: _("is held"),
        DisruptionState.OVER: _("is held at those who have not been told"),
    }.get(line.state, _("goes on"))


def _next(line: DisruptionLine, viewer: Viewer) -> Component:
    said: list[Component] = []
    end, hint = None, None
    if line.state is DisruptionState.ACTIVE:
        said = ending(line, viewer)
        end = button(
            _("It is over"), {"kind": "disruption-move", "to": "over", "disruption": line.id}, primary=True, next_step=True
        )
        hint = _("When it is over, the customers are listed to be told. Selling to each is held until then.")
    return panel(_("Next"), html.Div([*said, html.Div(end), _mistake(line)], className="cl-stack"), note=hint)


def _goes_on(line: DisruptionLine) -> Component:
    """The way back from "It is over"."""
    said = _("Letters that wait do not leave, and after its new end all customers are listed to be told.")
    held = _("Selling is held again at all of them.") if line.holds_sales else None
    back = button(_("It goes on after all"), {"kind": "disruption-move", "to": "active", "disruption": line.id})
    return html.Details(
        [
            html.Summary(_("It is not over")),
            html.Div([html.P(said), html.P(held) if held else None, html.Div(back)], className="cl-stack"),
        ],
        className="cl-how",
    )


def _mistake(line: DisruptionLine) -> Component:
    note = dmc.TextInput(id=end_id("note"), label=_("Why, if it was entered by mistake"), size="sm")
    withdraw = button(_("Withdraw it"), {"kind": "disruption-move", "to": "withdrawn", "disruption": line.id})
    return html.Details(
        [html.Summary(_("It was a mistake")), html.Div([note, withdraw], className="cl-stack")], className="cl-how"
    )


def _telling(line: DisruptionLine, viewer: Viewer) -> Component:
    """Once it is over: how many were told, how many wait, when each is sold to again, and where to tell them."""
    told = _("%(done)s of %(total)s told", done=number(line.followed_up), total=number(line.accounts))
    share = 100 * line.followed_up // line.accounts if line.accounts else 100
    parts: list[Component] = [html.Strong(told), dmc.Progress(value=share, size="lg", **attributes(aria_label=told))]
    parts += [html.P(text) for text in _prospect(line, viewer)]
    follow_up = _follow_up(line, viewer)
    if follow_up is not None:
        parts.append(html.Div(_way(follow_up, viewer), className="cl-stack"))
    if line.state is DisruptionState.OVER and may_write(viewer):
        parts += [_goes_on(line), _mistake(line)]
    name = _("Next") if line.state is DisruptionState.OVER else _("What followed")
    return panel(name, html.Div(parts, className="cl-stack"))


def _prospect(line: DisruptionLine, viewer: Viewer) -> list[str]:
    """When selling is possible again."""
    if line.state is DisruptionState.FOLLOWED_UP:
        last = last_told_at(line.id, viewer)
        if last is None or not line.holds_sales:
            return [_("Everybody was told.")]
        return [_("Everybody was told, and selling to the last of them reopened: %(at)s.", at=day_and_time(last, viewer))]
    if not line.holds_sales:
        return [_("Selling goes on all the while.")]
    return [_("Each is sold to again as soon as somebody has told them.")]


def _follow_up(line: DisruptionLine, viewer: Viewer) -> BatchLine | None:
    found = list_batches(viewer, batch_id=line.batch_id) if line.batch_id else []
    return found[0] if found else None


def _way(follow_up: BatchLine, viewer: Viewer) -> list[Component]:
    """To the follow-up, with how many wait there and how many of them a letter can reach."""
    link, waiting = f"/app/follow-ups/{follow_up.id}", follow_up.total - follow_up.done
    if not waiting:
        return [html.Div(link_button(_("Who was told what"), f"{link}?show=done"))]
    letters = len(writable_items(follow_up.id, viewer))
    wait = ngettext("%(num)s customer waits to be told.", "%(num)s customers wait to be told.", waiting)
    reach = ngettext("A letter can reach %(num)s of them.", "A letter can reach %(num)s of them.", letters)
    team = _("It is for %(team)s to tell them.", team=follow_up.team) if follow_up.team else None
    go = ngettext("Tell %(num)s customer", "Tell %(num)s customers", waiting)
    return [
        html.P(f"{wait} {reach}"),
        *unread_lines(unread_letters(get_batch(follow_up.id, viewer)[1], viewer, permission="follow_up.read")),
        html.P(team, className="cl-note") if team else None,
        html.Div(link_button(go, link, primary=True, next_step=True)),
    ]


def _accounts(line: DisruptionLine, viewer: Viewer, query: Query) -> Component:
    """One page of them; once it is over, those who were told or those who were not."""
    over = line.state in (DisruptionState.OVER, DisruptionState.FOLLOWED_UP)
    told = {"yes": True, "no": False}.get(query.get("told")) if over else None
    total = {True: line.followed_up, False: line.accounts - line.followed_up, None: line.accounts}[told]
    size = PHONE_SIZE if is_phone() else SIZE
    offset = (page_of(query, total=total, size=size) - 1) * size
    columns: list[Column[AffectedAccount]] = [
        Column(_("Account"), lambda one: row_link(one.account, f"/app/accounts/{one.account_id}"), main=True),
        Column(_("Region"), lambda one: one.region or "–"),
        Column(_("Account manager"), lambda one: one.owner or _("nobody")),
    ]
    if over:
        columns.append(Column(_("Told"), lambda one: moment(one.followed_up_at, viewer) if one.followed_up_at else _("not yet")))
    note = ngettext("%(num)s account", "%(num)s accounts", total)
    found = list_affected(line.id, viewer, told=told, offset=offset, limit=size)
    shown = table(columns, found, caption=_("Accounts")) if found else empty_state(_("Nobody is left here."))
    return panel(
        _("Whom it hits"),
        [_narrowed(line, told, query) if over else None, shown, pager(query, total=total, size=size)],
        note=note,
    )


def _narrowed(line: DisruptionLine, told: bool | None, query: Query) -> Component:
    counts = (
        ("no", False, _("Not told yet: %(count)s", count=number(line.accounts - line.followed_up))),
        ("yes", True, _("Told: %(count)s", count=number(line.followed_up))),
    )
    return chips(
        [
            chip(text, query.link(told=None if told is answer else value, page=None), chosen=told is answer)
            for value, answer, text in counts
        ]
    )
