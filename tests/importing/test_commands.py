"""closedloop import accounts|contacts|spend|wallets|consents, as a person types it."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from feedback.access.rules import Role
from feedback.accounts.models import Account, AccountContact, Contact, Spend, WalletEstimate
from feedback.cli.imports import import_group, spread_nulls
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from tests.factories import make_account, make_contact, make_user
from tests.importing import look_alikes
from tests.importing.test_csv import write

ALL_CREATED = {"updated": 0, "unchanged": 0, "rejected": 0, "rejects_file": None}


def run(app: Flask, *args: object) -> Result:
    return app.test_cli_runner().invoke(import_group, [str(arg) for arg in args], catch_exceptions=False)


def outcome(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])


def rows(app: Flask, *columns: Any) -> list[tuple[Any, ...]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(*columns))]


def rejected(result: Result) -> list[dict[str, str]]:
    with Path(outcome(result)["rejects_file"]).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("date_format", ["%Q", "%d.%m.", "YYYY-MM-DD", "%Y", "%"])
def test_a_date_format_by_which_nothing_can_be_read_is_refused_first(app: Flask, tmp_path: Path, date_format: str) -> None:
    path = write(tmp_path, "account_external_id,score,responded_at\nA,9,2024-01-05\n", "answers.csv")
    result = run(app, "responses", path, "--date-format", date_format)
    assert (result.exit_code, rows(app, Account.id)) == (2, [])
    assert "use %Y or %y for the year" in " ".join(result.stderr.split())


def test_accounts_are_created_then_unchanged(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, look_alikes.customers(50), "customers.csv")
    options = ("--map", "external_id=customer_id", "--map", "name=customer_id", "--json")
    first = run(app, "accounts", path, *options)
    assert (first.exit_code, outcome(first)) == (0, {"read": 50, "created": 50} | ALL_CREATED)
    second = run(app, "accounts", path, *options)
    assert outcome(second) == {"read": 50, "created": 0} | ALL_CREATED | {"unchanged": 50}
    assert "Columns not used: city, employee_count_band, signup_date" in second.stderr
    assert len(rows(app, Account.id)) == 50


def test_an_account_is_changed_by_what_is_said_and_keeps_the_rest(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_user(Role.ACCOUNT_MANAGER, email="ada@example.com")
        make_account(external_id="A", name="Old", segment="SMB", region="north")
    text = (
        "external_id,name,segment,region,owner_email,renewal_date,annual_revenue\nA,New,,south,Ada@example.com,2025-03-01,12.5\n"
    )
    result = run(app, "accounts", write(tmp_path, text), "--json")
    assert outcome(result)["updated"] == 1
    columns = (Account.name, Account.segment, Account.region, Account.owner_id.is_not(None), Account.annual_revenue)
    assert rows(app, *columns) == [("New", "SMB", "south", True, 12.5)]


def test_an_unknown_owner_is_rejected(app: Flask, tmp_path: Path) -> None:
    text = "external_id,name,owner_email\nA,One,nobody@example.com\nB,Two,\n"
    result = run(app, "accounts", write(tmp_path, text), "--json")
    assert (result.exit_code, outcome(result)["created"], outcome(result)["rejected"]) == (3, 1, 1)
    (row,) = rejected(result)
    assert (row["line"], row["column"], row["external_id"]) == ("2", "owner_email", "A")
    assert "nobody@example.com" in row["reason"]


def test_the_rejects_file_can_be_corrected_and_imported(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, '"",name,revenue\n=A,One,12\n-B,"a ""b""\nc",x\n')
    options = ("--map", "external_id=@1", "--map", "annual_revenue=revenue", "--json")
    first = run(app, "accounts", path, *options)
    again = Path(outcome(first)["rejects_file"])
    again.write_text(again.read_text().replace(",x", ",13"))
    second = run(app, "accounts", again, *options)
    assert outcome(second) == {"read": 1, "created": 1} | ALL_CREATED
    assert rows(app, Account.external_id, Account.name) == [("-B", 'a "b"\nc'), ("=A", "One")]


def test_of_two_rows_about_one_account_the_later_holds(app: Flask, tmp_path: Path) -> None:
    result = run(app, "accounts", write(tmp_path, "external_id,name\nA,One\nA,Two\nA,Two\n"), "--json")
    assert outcome(result) == {"read": 3, "created": 1} | ALL_CREATED | {"updated": 1, "unchanged": 1}
    assert rows(app, Account.name) == [("Two",)]


def test_a_dry_run_changes_nothing(app: Flask, tmp_path: Path) -> None:
    result = run(app, "accounts", write(tmp_path, "external_id,name\nA,One\n"), "--json", "--dry-run")
    assert outcome(result) == {"read": 1, "created": 1} | ALL_CREATED
    assert rows(app, Account.id) == []


def test_countries_and_currencies_are_kept_in_upper_case(app: Flask, tmp_path: Path) -> None:
    result = run(app, "accounts", write(tmp_path, "external_id,name,country,currency\nA,One,de,eur\n"), "--json")
    assert outcome(result)["created"] == 1
    assert rows(app, Account.country, Account.currency) == [("DE", "EUR")]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("country", "ZZZ", "country must be a country as two letters of ISO 3166-1, such as DE, ES or GB."),
        ("country", "EU", "country must be a country as two letters of ISO 3166-1, such as DE, ES or GB."),
        ("currency", "XXX", "currency must be a currency code of three letters, such as EUR (ISO 4217)."),
        ("currency", "euro", "currency must be a currency code of three letters, such as EUR (ISO 4217)."),
    ],
)
def test_what_is_no_country_or_currency_is_refused(app: Flask, tmp_path: Path, column: str, value: str, reason: str) -> None:
    (row,) = rejected(run(app, "accounts", write(tmp_path, f"external_id,name,{column}\nA,One,{value}\n"), "--json"))
    assert row["reason"] == reason


def test_reasons_are_sentences(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "account_external_id,score,responded_at,defects\nA,9,2024-01-05,nosuch\n")
    (row,) = rejected(run(app, "responses", path, "--json"))
    assert row["reason"].startswith("defects: There is no defect 'nosuch'.")


def test_two_columns_that_differ_in_case_only_are_refused(app: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "account_external_id,score,Score,responded_at\nA,9,2,2024-01-05\n")
    result = run(app, "responses", path)
    assert (result.exit_code, rows(app, Account.id)) == (2, [])
    assert "has 2 columns 'score': 'score' (@2) and 'Score' (@3)" in result.stderr
    assert run(app, "responses", path, "--map", "score=Score").exit_code == 0


CONTACTS = """\
account_external_id,external_id,name,email,role,not_now_until
A,c1,Ann,ann@example.com,influencer,2031-05-01
A,c2,Bob,,,
B,c3,Cy,,,
"""


def test_one_row_and_one_guess_are_not_many(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_account(external_id="A")
    result = run(app, "contacts", write(tmp_path, "account_external_id,external_id,name\nA,c1,Ann\n"))
    assert "1 row read: 1 created" in result.output
    assert "The role of 1 contact was guessed." in result.stderr


def test_contacts_get_roles_and_the_guessed_are_counted(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_account(external_id="A")
        make_account(external_id="B")
    result = run(app, "contacts", write(tmp_path, CONTACTS), "--json")
    assert outcome(result) == {"read": 3, "created": 3} | ALL_CREATED
    assert "The roles of 2 contacts were guessed." in result.stderr
    found = rows(app, AccountContact.contact_id, AccountContact.role, AccountContact.role_guessed)
    assert [row[1:] for row in found] == [("influencer", False), ("user", True), ("decision_maker", True)]
    assert outcome(run(app, "contacts", write(tmp_path, CONTACTS), "--json"))["unchanged"] == 3


def test_a_contact_of_an_unknown_account_is_rejected(app: Flask, tmp_path: Path) -> None:
    result = run(app, "contacts", write(tmp_path, CONTACTS), "--json")
    assert (result.exit_code, outcome(result)["rejected"]) == (3, 3)
    assert rows(app, Contact.id) == []


def test_a_said_role_replaces_the_stored_one(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_contact(make_account(external_id="A"), external_id="c1")
    text = "account_external_id,external_id,role\nA,c1,Decision Maker\n"
    assert outcome(run(app, "contacts", write(tmp_path, text), "--json"))["unchanged"] == 1
    assert outcome(run(app, "contacts", write(tmp_path, text.replace("Decision Maker", "user")), "--json"))["updated"] == 1


def test_spend_is_replaced_month_by_month(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_account(external_id="A")
    text = "account_external_id,month,amount,product_code\nA,2024-05,10,\nA,2024-06,20,\nA,2024-06,5,p1\n"
    assert outcome(run(app, "spend", write(tmp_path, text), "--json"))["created"] == 3
    changed = text.replace("06,20", "06,21")
    assert outcome(run(app, "spend", write(tmp_path, changed), "--json"))["updated"] == 1
    assert [float(row[0]) for row in rows(app, Spend.amount)] == [5, 10, 21]


def test_months_that_are_not_closed_are_stored_and_named(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_account(external_id="A")
    booked = "A,2026-09,10,\nA,2026-10,20,\nA,2026-11,5,\nA,2026-11,5,p1\nB,2026-12,5,\n"
    with clock.frozen(datetime(2026, 11, 3, 12, tzinfo=UTC)):
        result = run(app, "spend", write(tmp_path, "account_external_id,month,amount,product_code\n" + booked))
    assert "Kept aside until their books are closed: 2026-10 (1 row), 2026-11 (2 rows). They are stored" in result.stderr
    assert len(rows(app, Spend.amount)) == 4


def test_where_every_month_is_closed_nothing_is_kept_aside(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_account(external_id="A")
    with clock.frozen(datetime(2026, 11, 6, 12, tzinfo=UTC)):
        result = run(app, "spend", write(tmp_path, "account_external_id,month,amount\nA,2026-10,20\n"))
    assert "Kept aside" not in result.stderr


def test_wallets_are_kept_by_date(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_account(external_id="A")
    header = "account_external_id,category,total_spend,our_spend,confidence,as_of"
    text = f"{header}\nA,audit,100,20,0.8,2024-01-01\nA,audit,-1,,,\nA,audit,9,,2,\n"
    result = run(app, "wallets", write(tmp_path, text), "--json")
    assert (outcome(result)["created"], [row["column"] for row in rejected(result)]) == (1, ["total_spend", "confidence"])
    assert rows(app, WalletEstimate.total_spend, WalletEstimate.confidence) == [(100, 0.8)]


def test_our_part_of_a_wallet_is_not_more_than_the_whole(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_account(external_id="A")
    text = "account_external_id,category,total_spend,our_spend\nA,x,100,101\nA,y,100,100\nB,x,1,1\nA,z,100,\n"
    result = run(app, "wallets", write(tmp_path, text), "--json")
    assert [(row["line"], row["column"]) for row in rejected(result)] == [("2", "our_spend"), ("4", "account_external_id")]
    assert rows(app, WalletEstimate.category) == [("y",), ("z",)]


@pytest.mark.parametrize(
    ("kind", "text", "column"),
    [
        ("accounts", "external_id,name\n" + "x" * 256 + ",n\n", "external_id"),
        ("accounts", "external_id,name\nA," + "x" * 10_001 + "\n", "name"),
        ("contacts", "account_external_id,external_id,email\nA,c," + "x" * 250 + "@x.com\n", "email"),
        ("consents", "contact_external_id,purpose,channel,action,occurred_at\n" + "x" * 256 + ",offers,email,granted,2026-01-01",
         "contact_external_id"),
    ],
)  # fmt: skip
def test_a_file_brings_nothing_that_the_api_could_not_name(app: Flask, tmp_path: Path, kind: str, text: str, column: str) -> None:
    (row,) = rejected(run(app, kind, write(tmp_path, text), "--json"))
    assert (row["column"], "must have at most" in row["reason"]) == (column, True)


def test_a_currency_is_a_code_of_three_letters(app: Flask, tmp_path: Path) -> None:
    text = "external_id,name,currency\nA,n,usd\nB,n,dollars\nC,n,\n"
    (row,) = rejected(run(app, "accounts", write(tmp_path, text), "--json"))
    assert (row["line"], row["column"], "three letters, such as EUR" in row["reason"]) == ("3", "currency", True)
    assert rows(app, Account.currency) == [(None,), ("USD",)]


def test_consents_go_into_the_ledger_once(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        make_contact(make_account(), external_id="c1")
    text = (
        "contact_external_id,purpose,channel,action,occurred_at,basis\n"
        "c1,offers,email,granted,2024-01-05,form\nc2,offers,email,granted,2024-01-05,form\nc1,fun,email,granted,2024-01-05,form\n"
    )
    result = run(app, "consents", write(tmp_path, text), "--json")
    assert (result.exit_code, outcome(result)["created"]) == (3, 1)
    assert [row["column"] for row in rejected(result)] == ["contact_external_id", "purpose"]
    assert outcome(run(app, "consents", write(tmp_path, text), "--json"))["unchanged"] == 1
    assert rows(app, ConsentEvent.action, ConsentEvent.basis) == [("granted", "form")]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--map", "nope=x"), "not one of our columns"),
        (("--map", "nope"), "ours=theirs"),
        (("--map", "name=x", "--map", "NAME=y"), "given twice"),
        (("--map", "name=missing"), "no column 'missing'"),
        (("--encoding", "nope"), "not a text encoding"),
        (("--nope",), "No such option"),
    ],
)
def test_unusable_options_import_nothing(app: Flask, tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    result = run(app, "accounts", write(tmp_path, "external_id,name\nA,One\n"), "--json", *args)
    assert (result.exit_code, rows(app, Account.id)) == (2, [])
    assert message in result.stderr


def test_a_missing_file_is_an_unusable_one(app: Flask, tmp_path: Path) -> None:
    assert run(app, "accounts", tmp_path / "nothing.csv").exit_code == 2


def test_a_missing_required_column_imports_nothing(app: Flask, tmp_path: Path) -> None:
    result = run(app, "accounts", write(tmp_path, "external_id\nA\n"))
    assert (result.exit_code, rows(app, Account.id)) == (2, [])
    assert "Required but not in the file: name" in result.stderr


def test_damage_far_down_imports_nothing(app: Flask, tmp_path: Path) -> None:
    content = ("external_id,name\n" + "".join(f"A{n},Ü\n" for n in range(30_000))).encode() + b"B,\xff\n"
    result = run(app, "accounts", write(tmp_path, content))
    assert (result.exit_code, rows(app, Account.id)) == (2, [])
    assert "Line 30,002" in result.stderr


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["f.csv", "--null", "NA", "n/a", "--json"], ["f.csv", "--json", "--null", "NA", "--null", "n/a"]),
        (["--null", "NA", "-", "f.csv"], ["f.csv", "--null", "NA", "--null", "-"]),
        (["--null", "NA", "--null", "-", "f.csv", "--json"], ["--json", "f.csv", "--null", "NA", "--null", "-"]),
        (["--map", "a=b", "f.csv", "--null", "NA"], ["--map", "a=b", "f.csv", "--null", "NA"]),
        (["--null", "NA", "f.csv", "--set", "a=b"], ["--set", "a=b", "f.csv", "--null", "NA"]),
    ],
)
def test_null_takes_one_or_more_texts(args: list[str], expected: list[str]) -> None:
    assert spread_nulls(args) == expected
