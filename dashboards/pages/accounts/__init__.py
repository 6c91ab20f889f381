"""All customers that are mine to see: search, sort, open."""

from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.badges import play_badge
from dashboards.components.filters import Filter
from dashboards.components.moments import moment
from dashboards.components.numbers import money_text, number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Page, Query
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.reporting.accounts import SORTS, AccountFilters, AccountLine, list_account_lines, list_regions, list_segments

PAGE_SIZE, PHONE_SIZE = 50, 15


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which customer?")


def filters(viewer: Viewer) -> list[Filter]:
    """Name, region, segment."""
    return [
        Filter("q", _("Name or number")),
        Filter("region", _("Region"), [(name, name) for name in list_regions(viewer)]),
        Filter("segment", _("Segment"), [(name, name) for name in list_segments(viewer)]),
        Filter("sort", _("Order"), [(name, _("By name") if name == "name" else "") for name in SORTS], empty="name", hidden=True),
    ]


def body(viewer: Viewer, query: Query) -> Any:
    """One page of accounts."""
    page, size = query.number("page", 1) or 1, PHONE_SIZE if is_phone() else PAGE_SIZE
    wanted = AccountFilters(query.get("q"), query.get("region"), query.get("segment"), query.get("sort"))
    lines, total = list_account_lines(viewer, wanted, offset=(page - 1) * size, limit=size)
    if not lines and total:
        last = page_of(query, total=total, size=size)
        lines, total = list_account_lines(viewer, wanted, offset=(last - 1) * size, limit=size)
    note = ngettext("%(count)s account", "%(count)s accounts", total, count=number(total))
    if not lines:
        text = _("No account fits these filters.") if wanted.is_set() else _("No account is yours to see yet.")
        return panel(_("Accounts"), empty_state(text), note=note)
    shown = table(_columns(viewer), lines, caption=_("Accounts"), query=query)
    return panel(_("Accounts"), [shown, pager(query, total=total, size=size)], note=note)


def _columns(viewer: Viewer) -> list[Column[AccountLine]]:
    return [
        Column(_("Account"), _name, sort="name", main=True),
        Column(_("To do"), lambda line: play_badge(line.play, line.advocacy, line.share_of_wallet) if line.play else "–"),
        Column(_("Segment"), lambda line: line.segment or "–", wide=True),
        Column(_("Region"), lambda line: line.region or "–", sort="region", wide=True),
        Column(_("Value"), lambda line: line.value_tier, sort="tier", wide=True),
        Column(_("Revenue"), lambda line: money_text(line.revenue, line.currency), sort="revenue", right=True, side=True),
        Column(_("Account manager"), lambda line: line.owner or _("nobody")),
        Column(_("Last answer"), lambda line: moment(line.last_answer_at, viewer), sort="answer", right=True),
    ]


def _name(line: AccountLine) -> Any:
    about = " · ".join(part for part in (line.segment, line.region, _("value %(tier)s", tier=line.value_tier)) if part)
    return html.Div([row_link(line.name, f"/app/accounts/{line.id}"), html.Div(about, className="cl-note cl-phone-only")])


PAGE = Page("/app/accounts", "account.read", title, body, filters)
