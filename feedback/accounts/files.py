"""Files of the customer record: which columns accounts, contacts, spend and wallets have, and how their rows are written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.accounts.contracts import as_stored
from feedback.accounts.rules import AccountStatus, ContactRole, ContractStatus, ValueTier
from feedback.accounts.upserts import Written, record_spend, record_wallets, upsert_accounts, upsert_contacts, upsert_contracts
from feedback.importing import columns as parse
from feedback.importing.columns import Column


@dataclass(frozen=True)
class RecordFile:
    """A kind of file: its columns for a date format, and the set-based write of its rows."""

    columns: Callable[[str | None], list[Column]]
    write: Callable[[Sequence[dict[str, Any]]], list[Written]]
    renamed: tuple[tuple[str, str], ...] = ()  # (column of the file, column of the table)
    is_spend: bool = False  # rows are of months, which may run still


def _accounts(date_format: str | None) -> list[Column]:
    return [
        Column("external_id", parse.name_text, required=True),
        Column("name", parse.long_text, required=True),
        Column("segment", parse.name_text),
        Column("industry", parse.name_text),
        Column("region", parse.name_text),
        Column("country", parse.country),
        Column("time_zone", parse.time_zone),
        Column("language", parse.name_text),
        Column("owner_email", parse.email),
        Column("value_tier", parse.one_of(ValueTier)),
        Column("annual_revenue", parse.not_negative),
        Column("currency", parse.currency),
        Column("status", parse.one_of(AccountStatus)),
        Column("renewal_date", parse.day(date_format)),
        Column("customer_since", parse.day(date_format)),
        Column("closed_date", parse.day(date_format)),
        Column("referred_by", parse.name_text),
    ]


def _contacts(date_format: str | None) -> list[Column]:
    return [
        Column("account_external_id", parse.name_text, required=True),
        Column("external_id", parse.name_text, required=True),
        Column("name", parse.name_text),
        Column("email", parse.email),
        Column("phone", parse.name_text),
        Column("role", parse.one_of(ContactRole)),
        Column("language", parse.name_text),
        Column("time_zone", parse.time_zone),
        Column("not_now_until", parse.day(date_format)),
        Column("not_now_reason", parse.long_text, free_text=True),
    ]


def _spend(_date_format: str | None) -> list[Column]:
    return [
        Column("account_external_id", parse.name_text, required=True),
        Column("month", parse.month, required=True),
        Column("amount", parse.number, required=True),
        Column("currency", parse.currency),
        Column("product_code", parse.name_text),
    ]


def _wallets(date_format: str | None) -> list[Column]:
    return [
        Column("account_external_id", parse.name_text, required=True),
        Column("category", parse.name_text, required=True),
        Column("total_spend", parse.positive, required=True),
        Column("our_spend", parse.not_negative),
        Column("method", parse.name_text),
        Column("source", parse.name_text),
        Column("confidence", parse.share),
        Column("as_of", parse.day(date_format)),
    ]


def _contracts(date_format: str | None) -> list[Column]:
    return [
        Column("account_external_id", parse.name_text, required=True),
        Column("external_id", parse.name_text, required=True),
        Column("name", parse.long_text),
        Column("renewal_date", parse.day(date_format)),
        Column("annual_value", parse.not_negative),
        Column("currency", parse.currency),
        Column("status", parse.one_of(ContractStatus)),
        Column("site_external_id", parse.name_text),
        Column("site_name", parse.long_text),
        Column("site_kind", parse.name_text),
        Column("site_address", parse.long_text),
    ]


def _write_contracts(rows: Sequence[dict[str, Any]]) -> list[Written]:
    return upsert_contracts([as_stored(row) for row in rows])


RECORD_FILES = {
    "accounts": RecordFile(_accounts, upsert_accounts, (("renewal_date", "renewal_on"), ("closed_date", "closed_on"))),
    "contacts": RecordFile(_contacts, upsert_contacts),
    "contracts": RecordFile(_contracts, _write_contracts, (("renewal_date", "renewal_on"),)),
    "spend": RecordFile(_spend, record_spend, is_spend=True),
    "wallets": RecordFile(_wallets, record_wallets),
}
