"""Salesforce's shape, as its public documentation of the REST API describes it: queryAll, nextRecordsUrl, sObject collections."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from feedback.partners.crm.port import Asks, CrmFailed, Page, Push, Refused
from feedback.partners.crm.rules import Kind, Record

VERSION = "v61.0"
_OBJECTS = {Kind.ACCOUNTS: "Account", Kind.CONTACTS: "Contact", Kind.SPEND: "Opportunity"}
FIELDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.ACCOUNTS: {"name": "Name", "industry": "Industry", "country": "BillingCountryCode", "annual_revenue": "AnnualRevenue"},
    Kind.CONTACTS: {"email": "Email", "phone": "Phone", "first": "FirstName", "last": "LastName"},
    Kind.SPEND: {"amount": "Amount", "closed_on": "CloseDate", "won": "IsWon"},
}
_OVERLAP = timedelta(minutes=5)  # a transaction of theirs may become visible after its stamp
_START = "1970-01-01T00:00:00Z"


class Salesforce:
    """One org."""

    push_size = 200

    def __init__(self, ask: Asks) -> None:
        self._ask = ask

    def pull(self, kind: Kind, cursor: Mapping[str, Any]) -> Page:
        """A page of `queryAll`, which shows deleted records too; `nextRecordsUrl` leads on."""
        since, until = str(cursor.get("since", _START)), str(cursor.get("until", _START))
        said = self._read(str(cursor["next"]) if cursor.get("next") else self._first(kind, since))
        records = [_record(kind, one) for one in said["records"]]
        stamps = [record.changed_at for record in records]
        until = max([until, *(stamp.strftime("%Y-%m-%dT%H:%M:%SZ") for stamp in stamps)])
        if not said["done"]:
            return Page(records, {"since": since, "until": until, "next": said["nextRecordsUrl"]}, more=True)
        return Page(records, {"since": _before(until), "until": until}, more=False)

    def _first(self, kind: Kind, since: str) -> str:
        parent = [] if kind is Kind.ACCOUNTS else ["AccountId"]
        columns = ", ".join(["Id", *FIELDS[kind].values(), *parent, "IsDeleted", "SystemModstamp"])
        soql = f"SELECT {columns} FROM {_OBJECTS[kind]} WHERE SystemModstamp >= {since} ORDER BY SystemModstamp, Id"  # noqa: S608
        return f"/services/data/{VERSION}/queryAll?q={quote(soql)}"

    def _read(self, path: str) -> Any:
        return json.loads(self._ask("GET", path).body)

    def push(self, rows: Sequence[Push]) -> list[Refused]:
        """A collection that is not all or nothing; the results stand in the order of the records."""
        records = [{"attributes": {"type": "Account"}, "id": row.crm_id, **_named(row.properties)} for row in rows]
        answer = self._ask("PATCH", f"/services/data/{VERSION}/composite/sobjects", {"allOrNone": False, "records": records})
        found = json.loads(answer.body)
        if len(found) != len(rows):
            raise CrmFailed("Salesforce answers another number of results than it was sent records")
        pairs = zip(rows, found, strict=True)
        return [Refused(row.crm_id, _why(one)) for row, one in pairs if not one["success"]]


def _named(properties: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}__c": value for name, value in properties.items()}


def _why(result: Mapping[str, Any]) -> str:
    return "; ".join(f"{error.get('statusCode')}: {error.get('message')}" for error in result.get("errors", ())) or "refused"


def _before(stamp: str) -> str:
    if stamp == _START:
        return stamp
    return (datetime.fromisoformat(stamp) - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")


def _record(kind: Kind, said: Mapping[str, Any]) -> Record:
    values = {ours: said.get(theirs) if said.get(theirs) != "" else None for ours, theirs in FIELDS[kind].items()}
    try:
        changed = datetime.strptime(said["SystemModstamp"], "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)
    except (KeyError, ValueError) as error:
        raise CrmFailed("Salesforce sends a record without SystemModstamp") from error
    return Record(said["Id"], values, changed, said.get("AccountId"), bool(said.get("IsDeleted")))
