"""Taking a page of records: through the door of files, found by the CRM's own ids, conflicts written down. Nothing is deleted.

Called inside `transaction()`, which also moves the cursor: killed in between, the page comes again and changes nothing twice.
"""

import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.files import RECORD_FILES
from feedback.accounts.models import Account, Contact, ExternalIdentity, Spend
from feedback.accounts.upserts import Written
from feedback.extensions import db
from feedback.importing.columns import Column
from feedback.kernel import clock
from feedback.partners.crm.models import CrmConflict, CrmConnection, CrmRecord
from feedback.partners.crm.rules import Clash, Kind, Merged, Record, merge

Values = dict[str, Any]
_OBJECTS: Mapping[Kind, tuple[str, Any]] = {Kind.ACCOUNTS: ("account", Account), Kind.CONTACTS: ("contact", Contact)}


def take(connection: CrmConnection, kind: Kind, records: Sequence[Record]) -> Counter[str]:
    """Write what is new in these records; answers how many were created, updated, unchanged, rejected, gone, in conflict."""
    latest = {record.id: record for record in sorted(records, key=lambda one: one.changed_at)}  # the last word of each
    if kind is Kind.SPEND:
        return _take_spend(connection, list(latest.values()))
    return _Taking(connection, kind).take(list(latest.values()))


def mark(value: Any) -> str:
    """A value as it is remembered: only this installation can compute it, and nobody can read it."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, f"crm:{json.dumps(value, default=str)}".encode(), "sha256").hex()[:32]


def identities(system: str, kind: str, ids: Sequence[str]) -> dict[str, int]:
    """Our objects by the CRM's ids."""
    identity = ExternalIdentity
    mine = (identity.system == system, identity.object_type == kind, identity.external_id.in_(ids))
    return {
        row.external_id: row.object_id
        for row in db.session.execute(sa.select(identity.external_id, identity.object_id).where(*mine))
    }


def _names(model: Any, ids: Sequence[int]) -> dict[int, str]:
    return {
        row.id: row.external_id for row in db.session.execute(sa.select(model.id, model.external_id).where(model.id.in_(ids)))
    }


class _Taking:
    """Accounts or contacts of one page."""

    def __init__(self, connection: CrmConnection, kind: Kind) -> None:
        self._connection, self._kind = connection, kind
        self._object, self._model = _OBJECTS[kind]
        self._columns = {column.name: column for column in RECORD_FILES[kind.value].columns(None)}
        prefix = f"{kind.value}."
        self._owners = {
            name.removeprefix(prefix): str(side) for name, side in connection.owners.items() if name.startswith(prefix)
        }
        self.counts: Counter[str] = Counter()

    def take(self, records: Sequence[Record]) -> Counter[str]:
        """All of them, in a constant number of statements."""
        known = identities(self._connection.code, self._object, [record.id for record in records])
        seen = {row.crm_id: row for row in self._stored([record.id for record in records])}
        ours = {row.id: row for row in db.session.scalars(sa.select(self._model).where(self._model.id.in_(list(known.values()))))}
        parents = self._parents(records)
        rows, taken = [], []
        for record in records:
            if record.gone or (self._kind is Kind.CONTACTS and record.parent not in parents):
                self._leave(record, seen.get(record.id))
                continue
            mine = ours.get(known.get(record.id, 0))
            merged = self._merge(record, seen.get(record.id), mine)
            external = mine.external_id if mine else f"{self._connection.code}-{record.id}"
            named = {"external_id": external, **merged.values}
            if self._kind is Kind.CONTACTS:
                named["account_external_id"] = parents[str(record.parent)]
            else:
                named.setdefault("name", mine.name if mine else external)
            rows.append(named)
            taken.append((record, merged))
        self._note(taken, rows, RECORD_FILES[self._kind.value].write(rows) if rows else [], seen)
        return self.counts

    def _stored(self, ids: Sequence[str]) -> Sequence[CrmRecord]:
        mine = (CrmRecord.connection_id == self._connection.id, CrmRecord.kind == self._kind, CrmRecord.crm_id.in_(ids))
        return db.session.scalars(sa.select(CrmRecord).where(*mine)).all()

    def _parents(self, records: Sequence[Record]) -> dict[str, str]:
        wanted = [record.parent for record in records if record.parent]
        known = identities(self._connection.code, "account", wanted)
        names = _names(Account, list(known.values()))
        return {crm_id: names[account_id] for crm_id, account_id in known.items() if account_id in names}

    def _leave(self, record: Record, row: CrmRecord | None) -> None:
        """Deleted there, or of no account that we know: nothing here changes."""
        self.counts["gone" if record.gone else "without_account"] += 1
        if record.gone and row is not None and row.gone_at is None:
            row.gone_at = clock.now()

    def _merge(self, record: Record, row: CrmRecord | None, mine: Any) -> Merged:
        said = readable(self._columns, _as_columns(record.values))
        ours = {name: getattr(mine, name, None) for name in said} if mine is not None else None
        return merge(said, row.said if row else None, ours, self._owners, mark)

    def _note(
        self,
        taken: Sequence[tuple[Record, Merged]],
        rows: Sequence[Values],
        written: Sequence[Written],
        seen: Mapping[str, CrmRecord],
    ) -> None:
        ids = _ids_by_name(self._model, [row["external_id"] for row in rows])
        for (record, merged), row, result in zip(taken, rows, written, strict=True):
            self.counts[result.status] += 1
            if result.status == "rejected":
                continue
            object_id = ids[row["external_id"]]
            self._identify(record.id, object_id)
            stored = seen.get(record.id) or self._new(record)
            said = readable(self._columns, _as_columns(record.values))
            stored.object_id, stored.changed_at, stored.gone_at = object_id, record.changed_at, None
            stored.said = {name: mark(value) for name, value in said.items() if value is not None}
            db.session.flush()
            self._write_down(stored.id, merged.clashes)

    def _new(self, record: Record) -> CrmRecord:
        row = CrmRecord(
            connection_id=self._connection.id, kind=self._kind, crm_id=record.id, said={}, changed_at=record.changed_at
        )
        db.session.add(row)
        return row

    def _identify(self, crm_id: str, object_id: int) -> None:
        same = {"system": self._connection.code, "object_type": self._object, "external_id": crm_id}
        if db.session.scalar(sa.select(ExternalIdentity.id).filter_by(**same)) is None:
            db.session.add(ExternalIdentity(**same, object_id=object_id, created_at=clock.now()))

    def _write_down(self, record_id: int, clashes: Sequence[Clash]) -> None:
        for clash in clashes:
            open_one = sa.select(CrmConflict).where(
                CrmConflict.record_id == record_id, CrmConflict.field == clash.field, CrmConflict.decided_at.is_(None)
            )
            row = db.session.scalars(open_one).first() or CrmConflict(record_id=record_id, field=clash.field)
            row.ours, row.theirs, row.winner, row.found_at = clash.ours, clash.theirs, clash.winner, clock.now()
            db.session.add(row)
            self.counts["conflicts"] += 1


def _as_columns(values: Mapping[str, Any]) -> Values:
    """First and last name are one here."""
    if "last" not in values:
        return dict(values)
    name = " ".join(str(part) for part in (values.get("first"), values["last"]) if part)
    return {key: value for key, value in values.items() if key not in ("first", "last")} | {"name": name or None}


def readable(columns: Mapping[str, Column], values: Mapping[str, Any]) -> Values:
    """As a file's columns read them; what they cannot read is left out, it is no reason to lose the rest."""
    found: Values = {}
    for name, value in values.items():
        text = "" if value is None else str(value).strip()
        parse = columns[name].parse
        try:
            found[name] = (parse(text) if parse else text) if text else None
        except ValueError:
            found[name] = None
    return found


def _ids_by_name(model: Any, names: Sequence[str]) -> dict[str, int]:
    rows = db.session.execute(sa.select(model.external_id, model.id).where(model.external_id.in_(names)))
    return {row.external_id: row.id for row in rows}


def _take_spend(connection: CrmConnection, records: Sequence[Record]) -> Counter[str]:
    """Won deals as what was paid in the month of their close, each under a product of its own: a repeat replaces itself.

    A deal that moved to another month, was lost or deleted after all leaves a zero where it was.
    """
    columns = {column.name: column for column in RECORD_FILES["spend"].columns(None)}
    known = identities(connection.code, "account", [record.parent for record in records if record.parent])
    names, counts, rows = _names(Account, list(known.values())), Counter[str](), []
    for record in records:
        account = names.get(known.get(record.parent or "", 0))
        if account is None:
            counts["without_account"] += 1
            continue
        said = readable(
            columns,
            {
                "month": record.values.get("closed_on"),
                "amount": record.values.get("amount"),
                "currency": record.values.get("currency"),
            },
        )
        won = str(record.values.get("won")).lower() == "true" and not record.gone
        code = f"{connection.code}:{record.id}"
        rows += [zero for zero in _zeros(code) if not won or zero["month"] != said["month"]]
        if won and said["month"] and said["amount"] is not None:
            rows.append({"account_external_id": account, "product_code": code, **said})
    for result in RECORD_FILES["spend"].write(rows) if rows else []:
        counts[result.status] += 1
    return counts


def _zeros(code: str) -> list[Values]:
    query = sa.select(Account.external_id, Spend.month).join(Spend, Spend.account_id == Account.id)
    rows = db.session.execute(query.where(Spend.product_code == code, Spend.amount != 0))
    return [{"account_external_id": row.external_id, "month": row.month, "product_code": code, "amount": 0.0} for row in rows]
