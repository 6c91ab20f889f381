"""Addresses of the work list and of one call, which keeps the filters of the list it came from."""

from collections.abc import Mapping
from urllib.parse import urlencode

from dashboards.page import Query
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.listening.rules.calls import CallGroup
from feedback.reporting.call_list import PERMISSION, CallFilter, CallLine

LIST = "/app/interview"
_KEPT = ("wave", "owner", "customer")
_WITHIN = "within"  # on the page of a call `survey` is what is asked, and this the survey that the list was narrowed to


def may_call(viewer: Viewer) -> bool:
    """Whether the viewer notes answers by phone at all."""
    return scope_of(viewer, PERMISSION) is not Scope.NONE


def list_address(**wanted: object) -> str:
    """The list, narrowed: `survey`, `wave`, `owner`, `customer`; None is left out."""
    return LIST + _search(wanted)


def call_address(account_id: int, contact_id: int) -> str:
    """The page of one call."""
    return f"{LIST}/{account_id}/{contact_id}"


def line_address(line: CallLine, query: Query) -> str:
    """The page of a line of the list, from the list or from the call before."""
    found = _filters(query)
    kept = {_WITHIN: found.pop("survey"), **found}
    return call_address(line.account_id, line.contact_id) + _search({"survey": line.survey, **kept})


def back_address(query: Query) -> str:
    """From a call to the list it came from."""
    return list_address(**_filters(query))


def wanted_by(query: Query) -> CallFilter:
    """What the address of the list, or of a call from it, asks for."""
    found = _filters(query)
    text = query.get("q").strip()[:100]
    groups = {group.value: group for group in CallGroup}
    return CallFilter(
        group=groups.get(query.get("group"), None if text or query.get("group") == "all" else CallGroup.CALL),
        survey=found["survey"] or None,
        wave_id=query.number("wave", 0) or None,
        owner_id=query.number("owner", 0) or None,
        account_id=query.number("customer", 0, most=2**31 - 1) or None,
        text=text,
    )


def _filters(query: Query) -> dict[str, str]:
    survey = query.get("survey" if query.path == LIST else _WITHIN)
    return {"survey": survey, **{name: query.get(name) for name in _KEPT}}


def _search(wanted: Mapping[str, object]) -> str:
    said = {name: str(value) for name, value in wanted.items() if value}
    return f"?{urlencode(said)}" if said else ""
