"""CRM connections: set up and changed, and how their API is asked. Writing functions are called inside `transaction()`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import current_app

from feedback.audit import service as audit
from feedback.egress.addresses import unfit
from feedback.egress.fetching import Answer, Call, FetchFailed, call
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.concealing import Unreadable, conceal, reveal
from feedback.kernel.errors import Conflict, InvalidInput, NotFound
from feedback.partners.crm.hubspot import FIELDS as HUBSPOT_FIELDS
from feedback.partners.crm.hubspot import HubSpot
from feedback.partners.crm.models import CrmConnection
from feedback.partners.crm.port import Careful, Crm, CrmFailed, CrmWaits
from feedback.partners.crm.rules import Kind, Side, Vendor
from feedback.partners.crm.salesforce import Salesforce
from feedback.partners.rules.delivering import asked_wait

PURPOSE = "crm"
HUBSPOT = "https://api.hubapi.com"
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MOST = 8 * 1024 * 1024
OWNABLE = tuple(
    f"{kind.value}.{name}" for kind in (Kind.ACCOUNTS, Kind.CONTACTS) for name in dict.fromkeys((*HUBSPOT_FIELDS[kind], "name"))
    if name not in ("first", "last")
)  # fmt: skip


@dataclass(frozen=True)
class CrmDraft:
    """What somebody sets up. `secret`: HubSpot's private app token, or the secret of Salesforce's `client_id`."""

    code: str
    vendor: Vendor
    secret: str
    address: str = ""
    client_id: str | None = None
    owners: Mapping[str, Side] = field(default_factory=dict)
    push: bool = False
    active: bool = True


def list_connections() -> Sequence[CrmConnection]:
    """All of them."""
    return db.session.scalars(sa.select(CrmConnection).order_by(CrmConnection.id)).all()


def get_connection(connection_id: int) -> CrmConnection:
    """The connection with this id.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(CrmConnection, connection_id)
    if found is None:
        raise NotFound
    return found


def create_connection(draft: CrmDraft, *, actor: str) -> CrmConnection:
    """Add a CRM.

    Raises:
        InvalidInput: a field makes no sense.
        Conflict: there is one with this code.
    """
    address = (draft.address or (HUBSPOT if draft.vendor is Vendor.HUBSPOT else "")).rstrip("/")
    errors = {}
    if not _CODE.fullmatch(draft.code):
        errors["code"] = ["Small letters, digits and hyphens, at most 40."]
    if unfit(address, current_app.extensions["closedloop_settings"].private_hosts) is not None:
        errors["address"] = ["Write it as https://host; hosts of your own network stand in CLOSEDLOOP_PRIVATE_HOSTS."]
    if draft.vendor is Vendor.SALESFORCE and not draft.client_id:
        errors["client_id"] = ["Salesforce needs the client id of a connected app."]
    if errors:
        raise InvalidInput(errors)
    if db.session.scalar(sa.select(CrmConnection.id).where(CrmConnection.code == draft.code)) is not None:
        raise Conflict(f"There is a CRM '{draft.code}' already.")
    row = CrmConnection(
        code=draft.code,
        vendor=draft.vendor,
        address=address,
        client_id=draft.client_id,
        secret=conceal(current_app.config["SECRET_KEY"], PURPOSE, draft.secret),
        owners={name: Side(side).value for name, side in draft.owners.items()},
        push=draft.push,
        active=draft.active,
        created_by=actor,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "crm.created", "crm_connection", row.id, code=row.code, vendor=row.vendor.value)
    return row


def change_connection(connection_id: int, values: Mapping[str, Any], *, actor: str) -> CrmConnection:
    """Set what is given of `secret, owners, push, active`.

    Raises:
        NotFound: there is none.
    """
    row = get_connection(connection_id)
    for name in ("push", "active"):
        if name in values:
            setattr(row, name, values[name])
    if "owners" in values:
        row.owners = {name: Side(side).value for name, side in values["owners"].items()}
    if values.get("secret"):
        row.secret = conceal(current_app.config["SECRET_KEY"], PURPOSE, values["secret"])
    db.session.flush()
    audit.record(actor, "crm.changed", "crm_connection", row.id, fields=sorted(values))
    return row


def crm_of(connection: CrmConnection) -> Crm:
    """The CRM behind a connection.

    Raises:
        CrmFailed: its secret cannot be read any more.
    """
    try:
        secret = reveal(current_app.config["SECRET_KEY"], PURPOSE, connection.secret)
    except Unreadable as error:
        raise CrmFailed("the secret key of this installation was changed: enter the CRM's secret again") from error
    if connection.vendor is Vendor.HUBSPOT:
        return Careful(HubSpot(_Door(connection.address, secret)))
    return Careful(Salesforce(_Door(connection.address, "", (connection.client_id or "", secret))))


class _Door:
    """Asks one API, with a token that is fetched anew once it has run out."""

    def __init__(self, address: str, token: str, client: tuple[str, str] | None = None) -> None:
        self._address, self._token, self._client = address, token, client

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        """One call.

        Raises:
            CrmWaits: 429.
            CrmFailed: anything else but 2xx.
        """
        if self._client and not self._token:
            self._log_in()
        answer = self._once(method, path, body)
        if answer.status == HTTPStatus.UNAUTHORIZED and self._client:
            self._log_in()
            answer = self._once(method, path, body)
        return self._judged(answer)

    def _judged(self, answer: Answer) -> Answer:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise CrmWaits(asked_wait(answer.headers.get("retry-after", ""), clock.now()) or timedelta(seconds=10))
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise CrmFailed(f"{urlsplit(self._address).hostname} answers {answer.status}")
        return answer

    def _log_in(self) -> None:
        client_id, secret = self._client or ("", "")
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._judged(self._call("POST", "/services/oauth2/token", headers, urlencode(form).encode()))
        self._token = json.loads(answer.body)["access_token"]

    def _once(self, method: str, path: str, body: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", "Accept": "application/json"}
        return self._call(method, path, headers, None if body is None else json.dumps(body).encode())

    def _call(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        if not path.startswith("/") or path.startswith("//"):
            raise CrmFailed("the CRM leads to another host")
        hosts = current_app.extensions["closedloop_settings"].private_hosts
        try:
            return call(self._address + path, Call(method, headers, body, _MOST), private_hosts=hosts)
        except FetchFailed as error:
            raise CrmFailed(str(error)) from error
