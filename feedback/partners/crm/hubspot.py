"""HubSpot's shape, as its public documentation of CRM objects v3 describes it: search, batch update, 207 and 429."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from feedback.kernel import clock
from feedback.kernel.db import EPOCH
from feedback.partners.crm.port import Asks, CrmFailed, Page, Push, Refused
from feedback.partners.crm.rules import Kind, Record

_OBJECTS = {Kind.ACCOUNTS: "companies", Kind.CONTACTS: "contacts", Kind.SPEND: "deals"}
_CHANGED = {Kind.ACCOUNTS: "hs_lastmodifieddate", Kind.CONTACTS: "lastmodifieddate", Kind.SPEND: "hs_lastmodifieddate"}
FIELDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.ACCOUNTS: {"name": "name", "industry": "industry", "country": "country", "annual_revenue": "annualrevenue"},
    Kind.CONTACTS: {"email": "email", "phone": "phone", "first": "firstname", "last": "lastname"},
    Kind.SPEND: {"amount": "amount", "closed_on": "closedate", "won": "hs_is_closed_won", "currency": "deal_currency_code"},
}
_PARENT = {Kind.CONTACTS: "associatedcompanyid", Kind.SPEND: "hs_primary_associated_company"}
_PAGE, _DEEPEST = 100, 9_900  # search shows 10,000 results of one question


class HubSpot:
    """One portal."""

    push_size = 100

    def __init__(self, ask: Asks) -> None:
        self._ask = ask

    def pull(self, kind: Kind, cursor: Mapping[str, Any]) -> Page:
        """A page of a search by the time of the last change. A search that gets too deep begins anew at the last change.

        A search does not show what was archived: once a day the archived records are looked through after it.
        """
        since, after = int(cursor.get("since", 0)), cursor.get("after")
        swept = {"swept": cursor["swept"]} if "swept" in cursor else {}
        if cursor.get("sweep"):
            return self._archived(kind, since, after)
        said = self._search(kind, since, after)
        records, following = [_record(kind, one) for one in said["results"]], _following(said)
        last = max((_milliseconds(record.changed_at) for record in records), default=since)
        if following is None:
            looked = swept.get("swept") == _today()
            return Page(records, {"since": last} | (swept if looked else {"sweep": True}), more=not looked)
        if int(following) >= _DEEPEST and last > since:
            return Page(records, {"since": last} | swept, more=True)
        return Page(records, {"since": since, "after": following} | swept, more=True)

    def _archived(self, kind: Kind, since: int, after: str | None) -> Page:
        """A page of what was archived; HubSpot names no order, so all of it is looked through."""
        asked = {"archived": "true", "limit": str(_PAGE), "properties": ",".join(_properties(kind))}
        path = f"/crm/v3/objects/{_OBJECTS[kind]}?{urlencode(asked | ({'after': after} if after else {}))}"
        said = json.loads(self._ask("GET", path).body)
        records, following = [_record(kind, one) for one in said["results"]], _following(said)
        if following is None:
            return Page(records, {"since": since, "swept": _today()}, more=False)
        return Page(records, {"since": since, "sweep": True, "after": following}, more=True)

    def _search(self, kind: Kind, since: int, after: str | None) -> Any:
        question: dict[str, Any] = {
            "filterGroups": [{"filters": [{"propertyName": _CHANGED[kind], "operator": "GTE", "value": str(since)}]}],
            "sorts": [{"propertyName": _CHANGED[kind], "direction": "ASCENDING"}],
            "properties": _properties(kind),
            "limit": _PAGE,
        }
        answer = self._ask("POST", f"/crm/v3/objects/{_OBJECTS[kind]}/search", question | ({"after": after} if after else {}))
        return json.loads(answer.body)

    def push(self, rows: Sequence[Push]) -> list[Refused]:
        """A batch update; 207 names those that failed, and takes the others."""
        inputs = [{"id": row.crm_id, "properties": dict(row.properties)} for row in rows]
        answer = self._ask("POST", "/crm/v3/objects/companies/batch/update", {"inputs": inputs})
        said = json.loads(answer.body)
        taken = {one["id"] for one in said.get("results", ())}
        why = {
            id_: error.get("message", "") for error in said.get("errors", ()) for id_ in error.get("context", {}).get("ids", ())
        }
        return [Refused(row.crm_id, why.get(row.crm_id, "not among the results")) for row in rows if row.crm_id not in taken]


def _properties(kind: Kind) -> list[str]:
    return [*FIELDS[kind].values(), _CHANGED[kind]] + ([_PARENT[kind]] if kind in _PARENT else [])


def _following(said: Mapping[str, Any]) -> str | None:
    """Where the next page begins; None on the last one."""
    return (said.get("paging") or {}).get("next", {}).get("after")


def _today() -> str:
    return clock.now().date().isoformat()


def _record(kind: Kind, said: Mapping[str, Any]) -> Record:
    properties = said["properties"]
    values = {ours: properties.get(theirs) or None for ours, theirs in FIELDS[kind].items()}
    try:
        changed = datetime.fromisoformat(said["updatedAt"]).astimezone(UTC)
    except (KeyError, ValueError) as error:
        raise CrmFailed("HubSpot sends a record without updatedAt") from error
    parent = properties.get(_PARENT[kind]) or None if kind in _PARENT else None
    return Record(str(said["id"]), values, changed, parent, bool(said.get("archived")))


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
