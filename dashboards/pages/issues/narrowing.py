"""What queue and board have in common: the queues as tabs, and the filters that leave out issues."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import pgettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.filters import Filter
from dashboards.components.numbers import number
from dashboards.page import Query
from feedback.access.rules import Role, Viewer
from feedback.defects.naming import shown_names
from feedback.issues.queries.listing import Kind
from feedback.issues.rules import OPEN_STATES, Severity
from feedback.reporting.issue_board import Narrowing, tabs_of

Component = Any
_NAMES = ("state", "severity", "defect", "kind")


def narrowing_filters() -> list[Filter]:
    """What it is, state, severity and defect."""
    names, severities = words.states(), words.severities()
    kinds = [(Kind.PROBLEM.value, _("A customer's problem")), (Kind.WORK_ITEM.value, _("A reason to get in touch"))]
    return [
        Filter("kind", _("What it is"), kinds, closed=True),
        Filter("state", _("State"), [(state.value, names[state.value]) for state in OPEN_STATES], closed=True),
        Filter("severity", _("Severity"), [(one.value, severities[one.value]) for one in Severity], closed=True),
        Filter("defect", _("Defect"), list(shown_names().items()), closed=True, searchable=True),
    ]


def narrowing(query: Query) -> Narrowing:
    """What the address lets through; words it does not know let everything through, and the page says so."""
    return Narrowing(
        state=next((state for state in OPEN_STATES if state == query.get("state")), None),
        severity=next((one for one in Severity if one == query.get("severity")), None),
        defect=query.get("defect") or None,
        kind=next((one for one in Kind if one == query.get("kind")), None),
    )


def all_of(path: str, query: Query) -> str:
    """The same queue with nothing left out."""
    return path + query.search(**dict.fromkeys(_NAMES), cursor=None)


def tab_names(viewer: Viewer) -> dict[str, str]:
    """The queues of this viewer, in their words."""
    names = {"mine": _("Mine"), "team": _("Team"), "overdue": _("Overdue"), "closed": pgettext("issues", "Closed")}
    if viewer.role is Role.ACCOUNT_MANAGER:
        names |= {"team": _("My accounts")}
    elif viewer.role is not Role.FRONTLINE:
        names |= {"team": _("Everybody")}
    return {name: names[name] for name in tabs_of(viewer)}


def tabs(path: str, viewer: Viewer, here: str, counts: Mapping[str, int], query: Query, *, leave_out: str = "") -> Component:
    """Links to the queues, on the page at `path`, with how many issues each holds."""
    names = {name: text for name, text in tab_names(viewer).items() if name != leave_out}
    return html.Nav(
        [_tab(path, name, text, counts.get(name), name == here, query) for name, text in names.items()],
        className="cl-tabs",
        **attributes(aria_label=_("Queues")),
    )


def _tab(path: str, name: str, text: str, count: int | None, here: bool, query: Query) -> Component:
    inner = [text, html.Strong(number(count)) if count is not None else None]
    link = dcc.Link(inner, href=path + query.search(tab=name, cursor=None), className="cl-tab cl-tab-here" if here else "cl-tab")
    return html.Span(link, **(attributes(aria_current="page") if here else {}))
