"""Writing lists of accounts, contacts, spend and wallet estimates: found by their identity, created or changed, set by set.

Files and the API both come through here. None means "not said" and leaves what is stored; a list is worked through in its
order, so that of two rows about the same thing the later one holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.erased import Erased, find_erased, refusal
from feedback.accounts.events import BuyingFactsChanged
from feedback.accounts.models import Account, AccountContact, Contact, Contract, Site, Spend, WalletEstimate
from feedback.accounts.queries import account_ids_by_external_id, contact_ids_by_external_id
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.kernel.db import Model
from feedback.kernel.errors import FieldErrors

Values = dict[str, Any]
_PART = 5_000  # values in one IN list; SQLite takes 32,766 parameters


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one row: `created`, `updated`, `unchanged`, or refused with errors by field."""

    status: str
    errors: FieldErrors = field(default_factory=dict)
    role_guessed: bool = False


def _refused(column: str, reason: str) -> Written:
    return Written("rejected", {column: [reason]})


class _Merge:
    """Rows of one table by their identity, and what a list of changes makes of them."""

    def __init__(self, model: type[Model], key: Sequence[str], stored: Iterable[Mapping[str, Any]], *, touch: bool) -> None:
        self._table = cast(sa.Table, model.__table__)
        self._key, self._touch = tuple(key), touch
        self._rows: dict[tuple[Any, ...], Values] = {tuple(row[name] for name in key): dict(row) for row in stored}
        self._new: dict[tuple[Any, ...], Values] = {}
        self._changed: dict[tuple[Any, ...], Values] = {}

    def get(self, *key: Any) -> Values | None:
        """The row as it will be stored."""
        return self._rows.get(key)

    def put(self, key: tuple[Any, ...], said: Values, defaults: Values) -> str:
        """Take over what is said; answers what that does to the row."""
        current = self._rows.get(key)
        if current is None:
            row = (
                dict(zip(self._key, key, strict=True))
                | defaults
                | {name: value for name, value in said.items() if value is not None}
            )
            self._rows[key] = self._new[key] = row
            return "created"
        changed = {name: value for name, value in said.items() if value is not None and current.get(name) != value}
        if not changed:
            return "unchanged"
        current.update(changed)
        if key not in self._new:
            self._changed.setdefault(key, {}).update(changed)
        return "updated"

    def write(self) -> None:
        """Insert and update, a constant number of statements per set of changed columns."""
        now = clock.now()
        if self._new:
            names = {name for row in self._new.values() for name in row}
            stamps = {"created_at": now, "updated_at": now} if self._touch else {}
            rows = [dict.fromkeys(names) | row | stamps for row in self._new.values()]
            db.session.execute(sa.insert(self._table), rows)
        by_names: dict[tuple[str, ...], list[Values]] = {}
        for key, changed in self._changed.items():
            by_names.setdefault(tuple(sorted(changed)), []).append(self._parameters(key, changed))
        for columns, parameters in by_names.items():
            values: Values = {name: sa.bindparam(f"new_{name}") for name in columns}
            if self._touch:
                values["updated_at"] = now
            where = [self._table.c[name] == sa.bindparam(f"key_{name}") for name in self._key]
            db.session.connection().execute(sa.update(self._table).where(*where).values(values), parameters)

    def _parameters(self, key: tuple[Any, ...], changed: Values) -> Values:
        keys = {f"key_{name}": value for name, value in zip(self._key, key, strict=True)}
        return keys | {f"new_{name}": value for name, value in changed.items()}


def _stored(model: type[Model], column: Any, values: Iterable[Any], *conditions: Any) -> list[Mapping[str, Any]]:
    wanted = list(dict.fromkeys(values))
    found: list[Mapping[str, Any]] = []
    for start in range(0, len(wanted), _PART):
        query = sa.select(*model.__table__.c).where(column.in_(wanted[start : start + _PART]), *conditions)
        found.extend(dict(row) for row in db.session.execute(query).mappings())
    return found


def upsert_accounts(rows: Sequence[Values]) -> list[Written]:
    """Rows of `external_id, name` and any of the other account columns; the owner is named by `owner_email`."""
    owners = _user_ids(row.get("owner_email") for row in rows)
    merge = _Merge(
        Account, ["external_id"], _stored(Account, Account.external_id, (row["external_id"] for row in rows)), touch=True
    )
    results = []
    for row in rows:
        said = {name: value for name, value in row.items() if name not in ("external_id", "owner_email")}
        email = row.get("owner_email")
        if email and email.casefold() not in owners:
            results.append(_refused("owner_email", f"names nobody who can log in here: {email}"))
            continue
        if email:
            said["owner_id"] = owners[email.casefold()]
        said |= closing(said.get("status"), said.get("closed_on"), merge.get(row["external_id"]) or {})
        defaults = {"value_tier": ValueTier.C, "status": AccountStatus.ACTIVE}
        results.append(Written(merge.put((row["external_id"],), said, defaults)))
    merge.write()
    _publish("account", _changed(rows, results, "external_id"))
    return results


def closing(status: AccountStatus | None, closed_on: date | None, stored: Mapping[str, Any]) -> Values:
    """The last day of an account that is closed now and whose day nobody named: today."""
    closes = status is AccountStatus.CLOSED and stored.get("status") is not AccountStatus.CLOSED
    return {"closed_on": clock.now().date()} if closes and closed_on is None else {}


def _changed(rows: Sequence[Values], results: Sequence[Written], column: str) -> set[str]:
    return {row[column] for row, result in zip(rows, results, strict=True) if result.status in ("created", "updated")}


def _publish(what: str, accounts: Iterable[str]) -> None:
    """Tell what the gate reads of these accounts changed, so that open decisions which did not know it are closed."""
    ids = account_ids_by_external_id(accounts)
    if ids:
        events.publish(BuyingFactsChanged(tuple(ids.values()), what))


def _user_ids(emails: Iterable[str | None]) -> dict[str, int]:
    wanted = {email.casefold() for email in emails if email}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(User.email, User.id).where(User.active))
    return {email.casefold(): id_ for email, id_ in rows if email.casefold() in wanted}


def upsert_contacts(rows: Sequence[Values]) -> list[Written]:
    """Rows of `account_external_id, external_id` and any of the other contact columns, `role` among them.

    Without a role the account's first contact becomes `decision_maker`, every further one `user`, marked as guessed; a said
    role replaces a guessed or an earlier one. Somebody who left an account stays gone until the API brings them back.
    """
    erased = find_erased(db.session(), (row.get(name) for row in rows for name in ("external_id", "email")))
    if erased:
        return _without_erased(rows, erased)
    accounts = account_ids_by_external_id(row["account_external_id"] for row in rows)
    known = [row for row in rows if row["account_external_id"] in accounts]
    people = _Merge(
        Contact, ["external_id"], _stored(Contact, Contact.external_id, (row["external_id"] for row in known)), touch=True
    )
    statuses = []
    for row in known:
        said = {name: value for name, value in row.items() if name not in ("account_external_id", "external_id", "role")}
        statuses.append(people.put((row["external_id"],), said, {}))
    people.write()
    contacts = contact_ids_by_external_id(row["external_id"] for row in known)
    pairs = [(accounts[row["account_external_id"]], contacts[row["external_id"]], row.get("role")) for row in known]
    linked = _link(pairs, statuses)
    _publish_people([contacts[name] for name in _changed(known, linked, "external_id")])
    links = iter(linked)
    unknown = "is no account here; import the accounts first"
    return [next(links) if row["account_external_id"] in accounts else _refused("account_external_id", unknown) for row in rows]


def _without_erased(rows: Sequence[Values], erased: Mapping[str, Erased]) -> list[Written]:
    refused = [refusal(row, erased) for row in rows]
    written = iter(upsert_contacts([row for row, errors in zip(rows, refused, strict=True) if not errors]))
    return [Written("rejected", errors) if errors else next(written) for errors in refused]


def _publish_people(contact_ids: Sequence[int]) -> None:
    link = AccountContact
    ids = {row["account_id"] for row in _stored(link, link.contact_id, contact_ids)}  # a person may buy for several
    if ids:
        events.publish(BuyingFactsChanged(tuple(ids), "contact"))


def _link(pairs: Sequence[tuple[int, int, ContactRole | None]], statuses: Sequence[str]) -> list[Written]:
    roles = _Merge(
        AccountContact,
        ["account_id", "contact_id"],
        _stored(AccountContact, AccountContact.account_id, (account_id for account_id, _, _ in pairs)),
        touch=False,
    )
    has_contact = _accounts_with_contacts({account_id for account_id, _, _ in pairs})
    since = clock.now()
    results = []
    for (account_id, contact_id, role), status in zip(pairs, statuses, strict=True):
        guess = ContactRole.USER if account_id in has_contact else ContactRole.DECISION_MAKER
        has_contact.add(account_id)
        said = {"role": role, "role_guessed": False if role else None}
        linked = roles.put((account_id, contact_id), said, {"role": guess, "role_guessed": True, "since": since})
        merged = status if status == "created" or linked == "unchanged" else "updated"
        results.append(Written(merged, role_guessed=linked == "created" and role is None))
    roles.write()
    return results


def _accounts_with_contacts(account_ids: Iterable[int]) -> set[int]:
    rows = _stored(AccountContact, AccountContact.account_id, account_ids)
    return {row["account_id"] for row in rows}


def upsert_contracts(rows: Sequence[Values]) -> list[Written]:
    """Rows of `account_external_id, external_id` and any of the other contract columns; `site_…` names the place it is about.

    A contract without a name is called by its id. A site that is not known is added, by its name or its id. A contract that
    belongs to another account is refused: an id names one contract.
    """
    accounts = account_ids_by_external_id(row["account_external_id"] for row in rows)
    known = [row for row in rows if row["account_external_id"] in accounts]
    sites = _upsert_sites(known)
    stored = _stored(Contract, Contract.external_id, (row["external_id"] for row in known))
    merge = _Merge(Contract, ["external_id"], stored, touch=True)
    results = [_contract(row, accounts, sites, merge) for row in rows]
    merge.write()
    return results


def _contract(row: Values, accounts: Mapping[str, int], sites: Mapping[str, int], merge: _Merge) -> Written:
    account_id = accounts.get(row["account_external_id"])
    if account_id is None:
        return _refused("account_external_id", "is no account here; import the accounts first")
    current = merge.get(row["external_id"])
    if current is not None and current["account_id"] != account_id:
        return _refused("external_id", "names a contract of another account")
    said = {name: row.get(name) for name in ("name", "renewal_on", "annual_value", "currency", "ended")}
    said |= {"account_id": account_id, "site_id": sites.get(row.get("site_external_id") or "")}
    return Written(merge.put((row["external_id"],), said, {"name": row["external_id"], "ended": False}))


def _upsert_sites(rows: Sequence[Values]) -> dict[str, int]:
    named = [row for row in rows if row.get("site_external_id")]
    merge = _Merge(Site, ["external_id"], _stored(Site, Site.external_id, (row["site_external_id"] for row in named)), touch=True)
    for row in named:
        said = {"name": row.get("site_name"), "kind": row.get("site_kind"), "address": row.get("site_address")}
        merge.put((row["site_external_id"],), said, {"name": row["site_external_id"]})
    merge.write()
    return {row["external_id"]: row["id"] for row in _stored(Site, Site.external_id, (row["site_external_id"] for row in named))}


def record_spend(rows: Sequence[Values]) -> list[Written]:
    """Rows of `account_external_id, month, amount` and perhaps `currency, product_code`; a month said again is replaced."""

    def load(account_ids: Iterable[int]) -> list[Mapping[str, Any]]:
        months = [row["month"] for row in rows]
        between = Spend.month.between(min(months), max(months))
        return _stored(Spend, Spend.account_id, account_ids, between)

    rows = [row | {"product_code": row.get("product_code") or ""} for row in rows]
    results = _record(Spend, ("month", "product_code"), rows, load, touch=False)
    _publish("spend", _changed(rows, results, "account_external_id"))
    return results


def record_wallets(rows: Sequence[Values]) -> list[Written]:
    """Rows of `account_external_id, category, total_spend` and perhaps the other wallet columns; `as_of` is today if unsaid.

    A row in which our part is more than the whole is refused.
    """
    today = clock.now().date()
    rows = [row | {"as_of": row.get("as_of") or today} for row in rows]
    possible = [row for row in rows if (row.get("our_spend") or 0) <= row["total_spend"]]
    written = iter(_write_wallets(possible))
    contradiction = _refused("our_spend", "is more than total_spend, of which it is a part")
    return [next(written) if (row.get("our_spend") or 0) <= row["total_spend"] else contradiction for row in rows]


def _write_wallets(rows: Sequence[Values]) -> list[Written]:
    results = _record(
        WalletEstimate,
        ("category", "as_of"),
        rows,
        lambda account_ids: _stored(WalletEstimate, WalletEstimate.account_id, account_ids),
        touch=False,
        defaults={"confidence": 1.0, "created_at": clock.now()},
    )
    _publish("wallet", _changed(rows, results, "account_external_id"))
    return results


def _record(
    model: type[Model],
    key: tuple[str, ...],
    rows: Sequence[Values],
    load: Any,
    *,
    touch: bool,
    defaults: Values | None = None,
) -> list[Written]:
    accounts = account_ids_by_external_id(row["account_external_id"] for row in rows)
    merge = _Merge(model, ["account_id", *key], load(accounts.values()), touch=touch)
    results = []
    for row in rows:
        account_id = accounts.get(row["account_external_id"])
        if account_id is None:
            results.append(_refused("account_external_id", "is no account here; import the accounts first"))
            continue
        said = {name: value for name, value in row.items() if name not in ("account_external_id", *key)}
        identity = (account_id, *(row[name] for name in key))
        results.append(Written(merge.put(identity, said, dict(defaults or {}))))
    merge.write()
    return results
