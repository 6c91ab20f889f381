"""Promises of one person, of a team, or at all customers whom the viewer sees: what is due first, then what became of others."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import button, link_button
from dashboards.components.chips import chip, chips
from dashboards.components.filters import Filter
from dashboards.components.follow_up_days import due_panel
from dashboards.components.moments import today
from dashboards.components.numbers import number, percent
from dashboards.components.panels import empty_state, notice, panel
from dashboards.components.reach import ways_to_reach
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.issues.promises import ended_words
from feedback.access.policy import scope_of
from feedback.access.rules import Role, Scope, Viewer
from feedback.issues.working.promises import (
    Kept,
    PromiseFilter,
    PromiseLine,
    Which,
    count_kept,
    list_promises,
)
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import Page
from feedback.staffing.queries import stood_in_for

Component = Any
SHOWN = 50
PERIOD = timedelta(days=365)
MINE, ALL = "mine", "all"
TO_KEEP, KEPT, BROKEN = "open", "kept", "broken"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What have I promised, and what is due?") if _whose(viewer, query) == MINE else _("Do we keep what we promise?")


def filters(viewer: Viewer) -> list[Filter]:
    """Whose promises, and which: the links of the page set them."""
    return [
        Filter("whose", _("Whose"), [(MINE, _("Mine")), (ALL, _everybody(viewer))], empty=_usual(viewer), hidden=True),
        Filter("which", _("Which"), list(_names().items()), empty=TO_KEEP, hidden=True),
    ]


def _names() -> dict[str, str]:
    return {TO_KEEP: _("To keep"), KEPT: _("Kept in time"), BROKEN: _("Broken")}


def _usual(viewer: Viewer) -> str:
    return MINE if viewer.role is Role.FRONTLINE else ALL


def _whose(viewer: Viewer, query: Query) -> str:
    wanted = query.get("whose") or _usual(viewer)
    return wanted if wanted in (MINE, ALL) and viewer.role is Role.FRONTLINE else _usual(viewer)


def _everybody(viewer: Viewer) -> str:
    return {Role.FRONTLINE: _("My team's"), Role.ACCOUNT_MANAGER: _("To my customers")}.get(viewer.role or Role.ADMIN, _("All"))


def body(viewer: Viewer, query: Query) -> Component:
    """How well promises are kept, and the list."""
    owner = viewer.user_id if _whose(viewer, query) == MINE else None
    kept = count_kept(viewer, PromiseFilter(owner_id=owner, since=clock.now() - PERIOD))
    which = query.get("which") if query.get("which") in _names() else TO_KEEP
    lists = _to_keep(viewer, query, owner) if which == TO_KEEP else _past(viewer, query, owner, which)
    told = due_panel(viewer) if which == TO_KEEP else None
    return html.Div([_summary(kept), _switches(viewer, query, which), told, *lists], className="cl-stack")


def _summary(kept: Kept) -> Component:
    if not kept.n:
        return html.P(_("No promise has come due in the last 12 months."), className="cl-count-line")
    period = html.Span(_("due in the last 12 months"), className="cl-note")
    return html.Div([html.P(kept_words(kept), className="cl-count-line"), period])


def kept_words(kept: Kept) -> str:
    """The share kept in time with its interval and n, and how many were broken."""
    if kept.share is None or kept.interval is None:
        return _("No promise has come due yet.")
    low, high = kept.interval
    said = _(
        "%(share)s of promises kept in time (%(low)s…%(high)s, n %(n)s)",
        share=percent(kept.share), low=percent(low), high=percent(high), n=number(kept.n),
    )  # fmt: skip
    return f"{said} · " + ngettext("%(num)s was broken", "%(num)s were broken", kept.broken)


def _switches(viewer: Viewer, query: Query, which: str) -> Component:
    shown = [chip(text, query.link(which=name, cursor=None), chosen=name == which) for name, text in _names().items()]
    if viewer.role is Role.FRONTLINE:
        whose = _whose(viewer, query)
        for name, text in ((MINE, _("Mine")), (ALL, _everybody(viewer))):
            shown.append(chip(text, query.link(whose=name, cursor=None), chosen=name == whose))
    return chips(shown)


def _to_keep(viewer: Viewer, query: Query, owner: int | None) -> list[Component]:
    ends = _end_of_day(viewer)
    others = stood_in_for(owner) if owner is not None else frozenset()  # of whom one stands in for: theirs are to be kept too
    late = _page(viewer, PromiseFilter(Which.OVERDUE, owner, or_of=others), None)
    now = _page(viewer, PromiseFilter(Which.DUE_TODAY, owner, day_ends=ends, or_of=others), None)
    ahead = _page(viewer, PromiseFilter(Which.OPEN, owner, or_of=others), query.get("cursor") or None)
    later = [line for line in ahead.items if line.due_at >= ends]
    if not (late.items or now.items or later):
        hint = _("What you promise while you log a call comes here, with its date.")
        link = link_button(_("See the issues"), "/app/issues")
        return [panel(_("To keep"), empty_state(_("Nothing is promised that is still to be kept."), hint=hint, action=link))]
    found = [
        (_("Overdue"), late.items, _("Call first: each of these customers waits for something we said.")),
        (_("Due today"), now.items, None),
        (_("Later"), later, None),
    ]
    panels = [panel(name, _table(viewer, lines, name), note=note) for name, lines, note in found if lines]
    return [*panels, _more(query, ahead)]


def _past(viewer: Viewer, query: Query, owner: int | None, which: str) -> list[Component]:
    name = _names()[which]
    wanted = PromiseFilter(Which.KEPT if which == KEPT else Which.BROKEN, owner)
    try:
        page, restarted = _page(viewer, wanted, query.get("cursor") or None), False
    except InvalidInput:  # the place in the address is damaged: that is no reason to show nothing
        page, restarted = _page(viewer, wanted, None), True
    if not page.items:
        text = _("No promise was kept yet.") if which == KEPT else _("No promise was broken.")
        return [panel(name, empty_state(text))]
    told = [notice([_("The address names no place in this list; it is shown from its beginning.")])] if restarted else []
    note = None if which == KEPT else _("Not kept when it was due; it stays here, however late it was kept.")
    return [*told, panel(name, _table(viewer, page.items, name), note=note), _more(query, page)]


def _page(viewer: Viewer, wanted: PromiseFilter, cursor: str | None) -> Page[PromiseLine]:
    return list_promises(viewer, wanted, limit=SHOWN, cursor=cursor)


def _more(query: Query, page: Page[PromiseLine]) -> Component:
    if page.next_cursor is None:
        return None
    return html.Div(link_button(_("Show the next ones"), query.link(cursor=page.next_cursor)), className="cl-pager")


def _end_of_day(viewer: Viewer) -> datetime:
    try:
        zone = ZoneInfo(viewer.time_zone)
    except (KeyError, ValueError):
        zone = ZoneInfo("UTC")
    return datetime.combine(today(viewer) + timedelta(days=1), time(), zone)


def _table(viewer: Viewer, lines: Sequence[PromiseLine], name: str) -> Component:
    works = scope_of(viewer, "issue.work") is not Scope.NONE
    columns: list[Column[PromiseLine]] = [
        Column(_("Promise"), _promise, main=True),
        Column(_("Due"), lambda line: _due(viewer, line)),
        Column(_("Who answers for it"), lambda line: line.owner or _("nobody")),
    ]
    if works:
        columns.append(Column("", _keep, right=True))
    return table(columns, lines, caption=name)


def _promise(line: PromiseLine) -> Component:
    about = _("#%(number)s %(account)s", number=line.number, account=line.account)
    note = f"{about} · {line.person}" if line.person else about
    return html.Div([row_link(line.text, f"/app/issues/{line.issue_id}"), html.Div(note, className="cl-note")])


def _due(viewer: Viewer, line: PromiseLine) -> Component:
    return ended_words(viewer, line)


def _keep(line: PromiseLine) -> Component:
    if not line.is_open:
        return None
    keep = button(_("Mark as kept"), {"kind": "keep-promise", "promise": line.id, "issue": line.issue_id})
    return html.Div([*ways_to_reach(line.phone, line.email), keep], className="cl-chips")
