"""CRMs as an administrator sees them: connected without showing the secret, runs and failures in words, conflicts decided."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from dashboards.pages.crm import callbacks
from dashboards.pages.crm.words import in_words
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.kernel import clock
from feedback.partners.crm.connections import CrmDraft, create_connection
from feedback.partners.crm.models import CrmConflict, CrmConnection, CrmRecord
from feedback.partners.crm.rules import Kind, Side, Vendor
from feedback.partners.crm.running import run_connection
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_account, make_user
from tests.slices.partners.crm_server import CrmServer, crm_server


@pytest.fixture
def crm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrmServer]:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with crm_server() as server:
        yield server


@pytest.fixture
def connection(app: Flask, crm: CrmServer) -> int:
    with app.app_context(), transaction():
        draft = CrmDraft("portal", Vendor.HUBSPOT, "top-secret", address=crm.url, active=False)
        return create_connection(draft, actor="user:1").id


@pytest.fixture
def viewer(app: Flask) -> Iterator[Viewer]:
    with app.app_context():
        admin = make_user(Role.ADMIN)
    with viewing(app, admin, "/app/crm") as found:
        yield found


def _conflict(connection: int) -> int:
    about = {"connection_id": connection, "kind": Kind.ACCOUNTS, "object_id": make_account(name="Nordbau"), "said": {}}
    record = insert(CrmRecord, crm_id="C1", changed_at=clock.now(), **about)
    return insert(
        CrmConflict, record_id=record, field="industry", ours="steel", theirs="glass", winner=Side.OURS, found_at=clock.now()
    )


def test_without_a_crm_the_page_says_how_to_begin(viewer: Viewer) -> None:
    assert "No CRM is connected yet." in texts(body_of(viewer, "/app/crm"))


def test_a_connection_is_made_paused_and_its_secret_is_never_shown(
    viewer: Viewer, crm: CrmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "clear_marks", lambda: None)
    callbacks.make(viewer, 1, "portal", "hubspot", crm.url, "", "top-secret", True)
    row = db.session.scalars(sa.select(CrmConnection)).one()
    assert (row.active, row.push) == (False, True)
    assert "top-secret" not in repr(body_of(viewer, f"/app/crm/{row.id}"))


def test_a_run_stands_there_with_counts_and_how_far_it_came(viewer: Viewer, crm: CrmServer, connection: int) -> None:
    crm.put(Kind.ACCOUNTS, "C1", clock.now(), name="Nordbau")
    callbacks.run_now(viewer, 1, connection)
    said = texts(body_of(viewer, f"/app/crm/{connection}"))
    assert "Companies: 1 new" in said
    assert "Contacts taken up to" in said


def test_a_failed_run_says_what_to_do(viewer: Viewer, crm: CrmServer, connection: int) -> None:
    crm.trouble = [401]
    run_connection(connection)
    assert "Enter a new secret below" in texts(body_of(viewer, f"/app/crm/{connection}"))


@pytest.mark.parametrize(
    ("error", "words"),
    [("x answers 503", "status 503"), ("x answers 404", "no such address"), ("a pause of 7 seconds", "asked for a pause")],
)
def test_each_failure_has_its_own_words(viewer: Viewer, error: str, words: str) -> None:
    assert words in in_words(error)


def test_a_test_writes_nothing(crm: CrmServer, connection: int, viewer: Viewer) -> None:
    crm.put(Kind.ACCOUNTS, "C1", clock.now(), name="Nordbau")
    assert "1 customer on" in callbacks.test(viewer, 1, connection)
    assert db.session.scalars(sa.select(Account)).all() == []


def test_a_conflict_shows_both_values_and_is_decided(viewer: Viewer, connection: int, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = _conflict(connection)
    said = texts(body_of(viewer, "/app/crm"))
    assert ["Nordbau" in said, "steel" in said, "glass" in said] == [True, True, True]
    monkeypatch.setattr(
        callbacks, "callback_context", type("Context", (), {"triggered_id": {"conflict": conflict, "keep": "crm"}})
    )
    callbacks.decide(viewer, [1])
    assert db.session.scalars(sa.select(Account.industry)).one() == "glass"
    assert "There is nothing to decide." in texts(body_of(viewer, "/app/crm"))


def test_whose_fields_are_whose_and_the_pause_can_be_set(
    viewer: Viewer, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "clear_marks", lambda: None)
    callbacks.keep(viewer, 1, connection, ["accounts.name"], True, "")
    callbacks.switch(viewer, 1, connection)
    row = db.session.get_one(CrmConnection, connection)
    assert (row.owners, row.push, row.active) == ({"accounts.name": "ours"}, True, True)
