"""Two CRMs on a random port, written from their public documentation: HubSpot's CRM objects v3 and Salesforce's REST API.

Nothing was recorded from a real account. They page, ask for pauses, break in the middle, let tokens run out, deliver records
twice, have clocks of their own, fail parts of a batch, and show what was deleted.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from feedback.partners.crm.rules import Kind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
_HUB = {"companies": Kind.ACCOUNTS, "contacts": Kind.CONTACTS, "deals": Kind.SPEND}
_SF = {"Account": Kind.ACCOUNTS, "Contact": Kind.CONTACTS, "Opportunity": Kind.SPEND}


@dataclass
class CrmServer:
    """What it holds, how it behaves, what it was told. `trouble`: statuses of the next calls (0: as usual)."""

    url: str = ""
    rows: dict[Kind, list[Row]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    trouble: list[int] = field(default_factory=list)
    tokens: int = 0
    token_uses: int = 10**6
    uses: int = 0
    page: int = 2
    twice: bool = False
    refuses: set[str] = field(default_factory=set)
    pushed: dict[str, Row] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    delay: float = 0.0

    def put(self, kind: Kind, id_: str, at: datetime, *, gone: bool = False, **values: Any) -> None:
        """Make a record, or change it."""
        rows = self.rows[kind]
        rows[:] = [row for row in rows if row["id"] != id_]
        rows.append({"id": id_, "at": at, "gone": gone, "values": values})
        rows.sort(key=lambda row: (row["at"], row["id"]))


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def _answer(self) -> None:
        crm, size = self.server.crm, int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        crm.calls.append(f"{self.command} {urlsplit(self.path).path}")
        time.sleep(crm.delay)
        if self.path == "/services/oauth2/token":
            crm.tokens, crm.uses = crm.tokens + 1, 0
            return self._say(200, {"access_token": f"t{crm.tokens}", "token_type": "Bearer"})
        status = crm.trouble.pop(0) if crm.trouble else 0
        if status:
            return self._say(status, {"message": "trouble"}, {"Retry-After": "7"} if status == 429 else {})
        if self.path.startswith("/services/") and not self._has_token():
            return self._say(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])
        said = self._hubspot(json.loads(body or b"{}")) if self.path.startswith("/crm/") else self._salesforce(body)
        return self._say(*said)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def _has_token(self) -> bool:
        crm = self.server.crm
        crm.uses += 1
        return crm.uses <= crm.token_uses and self.headers["Authorization"] == f"Bearer t{crm.tokens}"

    def _hubspot(self, asked: Any) -> tuple[int, Any]:
        crm, parts = self.server.crm, self.path.split("/")
        if parts[-1] == "update":
            return self._hubspot_update(asked["inputs"])
        if self.command == "GET":
            return self._hubspot_archived(parts[4].partition("?")[0])
        since = EPOCH + timedelta(milliseconds=int(asked["filterGroups"][0]["filters"][0]["value"]))
        found = [row for row in crm.rows[_HUB[parts[4]]] if row["at"] >= since and not row["gone"]]
        start = int(asked.get("after", 0))
        page = found[start : start + crm.page]
        results = [self._hub_row(row) for row in (page + page if crm.twice else page)]
        more = {"paging": {"next": {"after": str(start + crm.page)}}} if start + crm.page < len(found) else {}
        return 200, {"total": len(found), "results": results, **more}

    def _hubspot_archived(self, name: str) -> tuple[int, Any]:
        crm, wanted = self.server.crm, parse_qs(urlsplit(self.path).query)
        assert wanted["archived"] == ["true"], "only the archived ones are listed so"
        found, start = [row for row in crm.rows[_HUB[name]] if row["gone"]], int(wanted.get("after", ["0"])[0])
        more = {"paging": {"next": {"after": str(start + crm.page)}}} if start + crm.page < len(found) else {}
        results = [self._hub_row(row) | {"archived": True} for row in found[start : start + crm.page]]
        return 200, {"results": results, **more}

    @staticmethod
    def _hub_row(row: Row) -> Row:
        at = row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        texts = {name: None if value is None else str(value) for name, value in row["values"].items()}
        return {"id": row["id"], "properties": texts, "createdAt": at, "updatedAt": at, "archived": False}

    def _hubspot_update(self, inputs: list[Row]) -> tuple[int, Any]:
        crm = self.server.crm
        good = [one for one in inputs if one["id"] not in crm.refuses]
        crm.pushed |= {one["id"]: one["properties"] for one in good}
        bad = [one["id"] for one in inputs if one["id"] in crm.refuses]
        errors = [{"status": "error", "category": "OBJECT_NOT_FOUND", "message": "not there", "context": {"ids": bad}}]
        said = {"status": "COMPLETE", "results": [{"id": one["id"]} for one in good]}
        return (207, said | {"numErrors": 1, "errors": errors}) if bad else (200, said)

    def _salesforce(self, body: bytes) -> tuple[int, Any]:
        crm = self.server.crm
        if self.path.endswith("/composite/sobjects"):
            return 200, [self._sf_saved(one) for one in json.loads(body)["records"]]
        if "/query/" in self.path:
            name, since, start = unquote(self.path.rpartition("/")[2]).split("|")
        else:
            soql = parse_qs(urlsplit(self.path).query)["q"][0]
            name, since, start = soql.split(" FROM ")[1].split()[0], soql.split(">= ")[1].split()[0], "0"
        found = [row for row in crm.rows[_SF[name]] if row["at"] >= datetime.fromisoformat(since)]
        page = found[int(start) : int(start) + crm.page]
        following = int(start) + crm.page
        done = following >= len(found)
        more = {} if done else {"nextRecordsUrl": f"/services/data/v61.0/query/{name}|{since}|{following}"}
        records = [self._sf_row(name, row) for row in (page + page if crm.twice else page)]
        return 200, {"totalSize": len(found), "done": done, "records": records, **more}

    @staticmethod
    def _sf_row(name: str, row: Row) -> Row:
        stamp = row["at"].strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {"attributes": {"type": name}, "Id": row["id"], "IsDeleted": row["gone"], "SystemModstamp": stamp, **row["values"]}

    def _sf_saved(self, one: Row) -> Row:
        crm = self.server.crm
        if one["id"] in crm.refuses:
            return {
                "success": False,
                "errors": [{"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted", "fields": []}],
            }
        crm.pushed[one["id"]] = {name: value for name, value in one.items() if name.endswith("__c")}
        return {"id": one["id"], "success": True, "errors": []}

    def _say(self, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, crm: CrmServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.crm = crm


@contextmanager
def crm_server() -> Iterator[CrmServer]:
    """Run it while the block runs."""
    crm = CrmServer()
    with _Server(crm) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        crm.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield crm
        finally:
            server.shutdown()
            thread.join()
