"""Systems that number their customers from 1 meet in one installation: whose contact is 17?"""

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.extensions import db
from feedback.surveys.models import Response
from tests.importing.test_commands import outcome, run
from tests.importing.test_csv import write

PASSENGERS = "carrier,passenger,score\nAA,17,3\nAA,18,9\n"
CUSTOMERS = "customer,score\n17,9\n19,8\n"
BY_PASSENGER = (
    "--map", "account_external_id=carrier", "--map", "contact_external_id=passenger", "--set", "responded_at=2024-05-01",
    "--set", "source=airline", "--json",
)  # fmt: skip
BY_CUSTOMER = (
    "--map", "account_external_id=customer", "--set", "responded_at=2024-05-01", "--set", "source=mart", "--json",
)  # fmt: skip


@pytest.fixture
def passengers(tmp_path: Path) -> Path:
    return write(tmp_path, PASSENGERS.encode(), "passengers.csv")


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    return write(tmp_path, CUSTOMERS.encode(), "customers.csv")


def who_answered(app: Flask) -> set[tuple[str, str]]:
    query = sa.select(Account.external_id, Contact.external_id).join(Response, Response.account_id == Account.id)
    with app.app_context():
        return {tuple(row) for row in db.session.execute(query.join(Contact, Contact.id == Response.contact_id))}


def shared(app: Flask) -> int:
    query = sa.select(AccountContact.contact_id).group_by(AccountContact.contact_id).having(sa.func.count() > 1)
    with app.app_context():
        return len(db.session.scalars(query).all())


def test_an_account_that_stands_for_itself_is_no_passenger(app: Flask, passengers: Path, customers: Path) -> None:
    run(app, "responses", passengers, *BY_PASSENGER)
    result = run(app, "responses", customers, *BY_CUSTOMER)
    assert "known before" not in result.stderr
    assert shared(app) == 0
    assert who_answered(app) == {("AA", "17"), ("AA", "18"), ("17", "account:17"), ("19", "19")}


def test_the_same_file_again_finds_the_account_itself(app: Flask, passengers: Path, customers: Path) -> None:
    run(app, "responses", passengers, *BY_PASSENGER)
    run(app, "responses", customers, *BY_CUSTOMER)
    again = outcome(run(app, "responses", customers, *BY_CUSTOMER))
    assert (again["created"], again["unchanged"], shared(app)) == (0, 2, 0)


def test_a_person_with_a_role_there_stands_for_the_account(app: Flask, tmp_path: Path, customers: Path) -> None:
    run(app, "accounts", write(tmp_path, b"external_id,name\n17,Seventeen\n", "accounts.csv"))
    run(app, "contacts", write(tmp_path, b"account_external_id,external_id\n17,17\n", "contacts.csv"))
    run(app, "responses", customers, *BY_CUSTOMER)
    assert ("17", "17") in who_answered(app)


def test_ids_that_were_said_are_one_person_and_the_import_tells(app: Flask, passengers: Path, customers: Path) -> None:
    run(app, "responses", customers, *BY_CUSTOMER)
    result = run(app, "responses", passengers, *BY_PASSENGER)
    assert "1 contact was known before, as contacts of other accounts" in result.stderr
    assert shared(app) == 1


def test_a_dry_run_tells_it_beforehand(app: Flask, passengers: Path, customers: Path) -> None:
    run(app, "responses", customers, *BY_CUSTOMER)
    result = run(app, "responses", passengers, *BY_PASSENGER, "--dry-run")
    assert "--prefix contact_external_id=" in result.stderr
    assert shared(app) == 0


def test_a_broker_of_two_accounts_in_one_file_is_not_told(app: Flask, tmp_path: Path) -> None:
    brokers = write(tmp_path, b"carrier,passenger,score\nAA,17,3\nBB,17,9\n")
    assert "known before" not in run(app, "responses", brokers, *BY_PASSENGER).stderr


def test_a_prefix_keeps_systems_apart(app: Flask, passengers: Path, customers: Path) -> None:
    run(app, "responses", customers, *BY_CUSTOMER, "--prefix", "account_external_id=mart-")
    result = run(app, "responses", passengers, *BY_PASSENGER, "--prefix", "contact_external_id=air-")
    assert "known before" not in result.stderr
    assert who_answered(app) == {("AA", "air-17"), ("AA", "air-18"), ("mart-17", "mart-17"), ("mart-19", "mart-19")}


def test_a_prefix_is_for_ids_only(app: Flask, passengers: Path) -> None:
    result = run(app, "responses", passengers, *BY_PASSENGER, "--prefix", "score=1")
    assert result.exit_code == 2
    assert "a prefix is for ids only: external_id, account_external_id, contact_external_id" in result.stderr
