"""Customers out of a CRM of either shape, and standings back: equal rows whatever happens on the way, and nothing deleted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.accounts.models import Account, Contact, ExternalIdentity, Spend
from feedback.extensions import db
from feedback.kernel import clock
from feedback.partners.crm import running
from feedback.partners.crm.connections import CrmDraft, create_connection
from feedback.partners.crm.models import CrmConflict, CrmConnection, CrmRecord, CrmRun
from feedback.partners.crm.rules import Kind, Vendor
from feedback.partners.crm.running import due_connections, run_connection
from feedback.partners.watching import follow_watchers
from feedback.uow import transaction
from jobs import tell_standings
from tests.logins import token
from tests.slices.gate.world import NOW
from tests.slices.partners.crm_server import CrmServer, crm_server

THEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
HUB, SF = Vendor.HUBSPOT, Vendor.SALESFORCE
NAMES: dict[Vendor, dict[str, str]] = {
    HUB: {"name": "name", "revenue": "annualrevenue", "email": "email", "last": "lastname", "parent": "associatedcompanyid",
          "amount": "amount", "closed": "closedate", "won": "hs_is_closed_won", "deal_parent": "hs_primary_associated_company"},
    SF: {"name": "Name", "revenue": "AnnualRevenue", "email": "Email", "last": "LastName", "parent": "AccountId",
         "amount": "Amount", "closed": "CloseDate", "won": "IsWon", "deal_parent": "AccountId"},
}  # fmt: skip


@pytest.fixture
def crm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrmServer]:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with crm_server() as server:
        yield server


@pytest.fixture(params=[HUB, SF], ids=["hubspot", "salesforce"])
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param


def _connect(crm: CrmServer, vendor: Vendor, **more: Any) -> int:
    draft = CrmDraft("crm", vendor, "secret", address=crm.url, client_id="app", **more)
    with transaction():
        made = create_connection(draft, actor="user:1").id
        follow_watchers()
    return made


def _fill(crm: CrmServer, vendor: Vendor, count: int = 5) -> None:
    names = NAMES[vendor]
    for number in range(count):
        at = THEN + timedelta(minutes=number)
        crm.put(Kind.ACCOUNTS, f"C{number}", at, **{names["name"]: f"Firm {number}", names["revenue"]: 1000.5 * number})
        person = {names["last"]: f"Person {number}", names["email"]: f"p{number}@firm.example", names["parent"]: f"C{number}"}
        crm.put(Kind.CONTACTS, f"P{number}", at, **person)
        deal = {
            names["amount"]: 100 + number,
            names["closed"]: "2026-05-09",
            names["won"]: "true",
            names["deal_parent"]: f"C{number}",
        }
        crm.put(Kind.SPEND, f"D{number}", at, **deal)


def _rows() -> dict[str, list[Any]]:
    """Everything that matters, without the times at which it was written."""
    tables = {
        "accounts": sa.select(Account.external_id, Account.name, Account.annual_revenue).order_by(Account.external_id),
        "contacts": sa.select(Contact.external_id, Contact.name, Contact.email).order_by(Contact.external_id),
        "spend": sa.select(Spend.product_code, Spend.month, Spend.amount).order_by(Spend.product_code, Spend.month),
        "names": sa.select(ExternalIdentity.object_type, ExternalIdentity.external_id).order_by(ExternalIdentity.external_id),
    }
    return {name: [tuple(row) for row in db.session.execute(query)] for name, query in tables.items()}


def _run(connection_id: int, **how: Any) -> CrmRun:
    return db.session.get_one(CrmRun, run_connection(connection_id, **how))


def test_customers_people_and_spend_come_page_by_page(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor)
    run = _run(_connect(crm, vendor))
    assert (run.state, run.error) == ("done", None)
    rows = _rows()
    assert rows["accounts"][2] == ("crm-C2", "Firm 2", 2001.0)
    assert rows["contacts"][4] == ("crm-P4", "Person 4", "p4@firm.example")
    assert [amount for _code, _month, amount in rows["spend"]] == [100, 101, 102, 103, 104]


def test_the_second_run_changes_nothing(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor)
    connection_id = _connect(crm, vendor)
    run_connection(connection_id)
    before, crm.twice = _rows(), True
    run = _run(connection_id)
    assert _rows() == before
    assert not [name for name in run.counts if name.endswith(("created", "updated", "rejected"))]


@pytest.mark.parametrize("place", range(7))
def test_broken_in_the_middle_and_run_again_the_rows_are_equal(crm: CrmServer, vendor: Vendor, place: int) -> None:
    _fill(crm, vendor)
    connection_id = _connect(crm, vendor)
    crm.trouble = [0] * place + [500]
    first = _run(connection_id)
    assert (first.state, "answers 500" in (first.error or "")) == ("failed", True)
    assert _run(connection_id).state == "done"
    assert [len(rows) for rows in _rows().values()] == [5, 5, 5, 10]


def test_killed_before_its_commit_a_page_comes_again(crm: CrmServer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(crm, vendor)
    connection_id = _connect(crm, vendor)

    def die(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(running, "_move", die)
        with pytest.raises(KeyboardInterrupt):
            run_connection(connection_id)
    assert _rows()["accounts"] == []
    run_connection(connection_id)
    assert [len(rows) for rows in _rows().values()] == [5, 5, 5, 10]


def test_429_waits_as_long_as_it_is_asked_to(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor)
    connection_id = _connect(crm, vendor)
    crm.trouble = [0, 429]
    assert _run(connection_id).state == "waits"
    assert due_connections() == []
    with clock.frozen(NOW + timedelta(seconds=7)):
        assert [one.id for one in due_connections()] == [connection_id]


def test_a_token_that_runs_out_is_renewed(crm: CrmServer) -> None:
    _fill(crm, SF)
    crm.token_uses = 2
    assert _run(_connect(crm, SF)).state == "done"
    assert crm.tokens > 2


def test_what_is_deleted_there_stays_here(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor)
    connection_id = _connect(crm, vendor)
    with clock.frozen(NOW - timedelta(days=1)):
        run_connection(connection_id)
    named = {"Name": "Firm 1"} if vendor is Vendor.SALESFORCE else {"name": "Firm 1"}
    crm.put(Kind.ACCOUNTS, "C1", THEN + timedelta(hours=1), gone=True, **named)
    assert _run(connection_id).counts["accounts.gone"] == 1
    assert len(_rows()["accounts"]) == 5
    assert db.session.scalar(sa.select(CrmRecord.gone_at).where(CrmRecord.crm_id == "C1", CrmRecord.kind == Kind.ACCOUNTS)) == NOW


def test_a_stamp_that_shows_late_is_not_missed(crm: CrmServer) -> None:
    """A transaction of theirs that took minutes carries an older stamp than what we saw already."""
    _fill(crm, SF)
    connection_id = _connect(crm, SF)
    run_connection(connection_id)
    crm.put(Kind.ACCOUNTS, "LATE", THEN + timedelta(minutes=1), Name="Late")
    run_connection(connection_id)
    assert "crm-LATE" in [row[0] for row in _rows()["accounts"]]


def test_a_deal_that_moved_or_was_lost_leaves_no_money(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor, 1)
    connection_id, names, later = _connect(crm, vendor), NAMES[vendor], THEN + timedelta(hours=1)
    run_connection(connection_id)
    deal = {names["amount"]: 70, names["closed"]: "2026-06-01", names["deal_parent"]: "C0"}
    crm.put(Kind.SPEND, "D0", later, **deal, **{names["won"]: "true"})
    run_connection(connection_id)
    assert [amount for _code, _month, amount in _rows()["spend"]] == [0, 70]
    crm.put(Kind.SPEND, "D0", later + timedelta(hours=1), **deal, **{names["won"]: "false"})
    run_connection(connection_id)
    assert [amount for _code, _month, amount in _rows()["spend"]] == [0, 0]


def test_a_dry_run_writes_nothing(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor)
    run = _run(_connect(crm, vendor), dry=True)
    assert run.counts["accounts.created"] == 5
    assert [len(rows) for rows in _rows().values()] == [0, 0, 0, 0]


def _rename(crm: CrmServer, vendor: Vendor, name: str, hours: int) -> None:
    crm.put(Kind.ACCOUNTS, "C0", THEN + timedelta(hours=hours), **{NAMES[vendor]["name"]: name})


def _renamed_here(name: str) -> None:
    with transaction() as session:
        session.execute(sa.update(Account).where(Account.external_id == "crm-C0").values(name=name))


def test_the_crm_wins_its_field_and_the_clash_is_written_down(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor, 1)
    connection_id = _connect(crm, vendor)
    run_connection(connection_id)
    _renamed_here("Ours")
    _rename(crm, vendor, "Theirs", 1)
    run_connection(connection_id)
    clash = db.session.scalars(sa.select(CrmConflict)).one()
    assert (clash.field, clash.ours, clash.theirs, clash.winner) == ("name", "Ours", "Theirs", "crm")
    assert _rows()["accounts"][0][1] == "Theirs"


def test_a_field_of_ours_is_kept_until_somebody_decides(app: Flask, client: FlaskClient, crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor, 1)
    connection_id = _connect(crm, vendor, owners={"accounts.name": "ours"})
    run_connection(connection_id)
    _rename(crm, vendor, "Theirs", 1)
    run_connection(connection_id)
    run_connection(connection_id)
    (found,) = client.get("/api/v1/crm-conflicts", headers=token(app)).get_json()["items"]
    assert (_rows()["accounts"][0][1], found["theirs"], found["winner"]) == ("Firm 0", "Theirs", "ours")
    path = f"/api/v1/crm-conflicts/{found['id']}/decision"
    assert client.put(path, json={"keep": "crm"}, headers=token(app)).status_code == 204
    assert client.put(path, json={"keep": "ours"}, headers=token(app)).status_code == 409
    assert _rows()["accounts"][0][1] == "Theirs"


def test_only_our_change_is_no_conflict(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor, 1)
    connection_id = _connect(crm, vendor)
    run_connection(connection_id)
    _renamed_here("Ours")
    run_connection(connection_id)
    assert (_rows()["accounts"][0][1], db.session.scalars(sa.select(CrmConflict)).all()) == ("Ours", [])


def test_standings_are_written_back_and_a_part_may_fail(crm: CrmServer, vendor: Vendor) -> None:
    _fill(crm, vendor, 3)
    crm.refuses = {"C1"}
    connection_id = _connect(crm, vendor, push=True)
    run_connection(connection_id)
    tell_standings.run()
    with clock.frozen(NOW + timedelta(minutes=5)):
        run = _run(connection_id)
    assert (run.counts["pushed"], run.counts["push_refused"]) == (2, 1)
    assert {name.removesuffix("__c"): value for name, value in crm.pushed["C0"].items()}["closedloop_gate"] == "closed"


def test_the_secret_stands_nowhere_in_words(app: Flask, client: FlaskClient, crm: CrmServer) -> None:
    body = {"code": "crm", "vendor": "hubspot", "secret": "pat-eu1-secret", "address": crm.url}
    made = client.post("/api/v1/crm-connections", json=body, headers=token(app))
    assert (made.status_code, "pat-eu1-secret" in made.text) == (201, False)
    assert "pat-eu1" not in db.session.scalars(sa.select(CrmConnection.secret)).one()


def test_who_wins_can_be_changed_and_a_run_started(app: Flask, client: FlaskClient, crm: CrmServer) -> None:
    _fill(crm, HUB)
    path = f"/api/v1/crm-connections/{_connect(crm, HUB)}"
    assert client.patch(path, json={"owners": {"accounts.name": "ours"}}, headers=token(app)).status_code == 200
    assert client.post(f"{path}/runs", json={"dry": True}, headers=token(app)).get_json()["state"] == "done"
    assert len(client.get(f"{path}/runs", headers=token(app)).get_json()["items"]) == 1


@pytest.mark.parametrize("place", range(7))
def test_an_answer_that_makes_no_sense_ends_the_run_in_the_log_and_the_next_one_goes_on(
    crm: CrmServer, vendor: Vendor, place: int
) -> None:
    _fill(crm, vendor)
    connection_id = _connect(crm, vendor)
    crm.trouble = [0] * place + [200]  # answers, and not what it should
    first = _run(connection_id)
    assert (first.state, "something else" in (first.error or "")) == ("failed", True)
    assert _run(connection_id).state == "done"
    assert [len(rows) for rows in _rows().values()] == [5, 5, 5, 10]


def test_archived_records_are_looked_through_once_a_day_page_by_page(crm: CrmServer) -> None:
    _fill(crm, Vendor.HUBSPOT)
    for number in range(5):
        crm.put(Kind.ACCOUNTS, f"OLD{number}", THEN, gone=True, name="Old")
    connection_id = _connect(crm, Vendor.HUBSPOT)
    assert [_run(connection_id).counts.get("accounts.gone", 0) for _ in range(2)] == [5, 0]
    assert crm.calls.count("GET /crm/v3/objects/companies") == 3
    with clock.frozen(NOW + timedelta(days=1)):
        run_connection(connection_id)
    assert crm.calls.count("GET /crm/v3/objects/companies") == 6
    assert len(_rows()["accounts"]) == 5
