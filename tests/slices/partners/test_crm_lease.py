"""Two runs of one connection never overlap, and one that was killed is given up."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict
from feedback.partners.crm.connections import CrmDraft, create_connection
from feedback.partners.crm.leasing import LEASE, STOPPED, take_lease
from feedback.partners.crm.models import CrmConnection, CrmCursor, CrmRun
from feedback.partners.crm.rules import Kind, RunState, Vendor
from feedback.partners.crm.running import due_connections, run_connection
from feedback.uow import transaction
from tests.factories import insert
from tests.slices.gate.world import NOW
from tests.slices.partners.crm_server import CrmServer, crm_server


@pytest.fixture
def crm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrmServer]:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with crm_server() as server:
        yield server


@pytest.fixture
def connection(crm: CrmServer) -> int:
    with transaction():
        return create_connection(CrmDraft("crm", Vendor.HUBSPOT, "secret", address=crm.url), actor="user:1").id


def _take(connection: int) -> str:
    with transaction():
        return take_lease(connection)


def test_while_one_run_goes_on_another_is_refused(connection: int, crm: CrmServer) -> None:
    _take(connection)
    with pytest.raises(Conflict):
        run_connection(connection)
    assert (crm.calls, due_connections()) == ([], [])


def test_a_run_that_ended_or_failed_lets_the_next_begin(connection: int, crm: CrmServer) -> None:
    crm.trouble = [500]
    states = [db.session.get_one(CrmRun, run_connection(connection)).state for _time in range(2)]
    assert states == ["failed", "done"]


def test_a_killed_run_is_given_up_and_ended_in_the_log(connection: int) -> None:
    _take(connection)
    killed = insert(CrmRun, connection_id=connection, dry=False, state=RunState.RUNNING, counts={}, started_at=NOW)
    with clock.frozen(NOW + LEASE):
        assert [one.id for one in due_connections()] == [connection]
        run_connection(connection)
    row = db.session.get_one(CrmRun, killed, populate_existing=True)
    assert (row.state, row.error) == ("failed", STOPPED)


def test_a_run_that_another_took_over_writes_nothing_more(
    connection: int, crm: CrmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.put(Kind.ACCOUNTS, "C1", NOW, name="Nordbau")
    with monkeypatch.context() as patched:
        patched.setattr("feedback.partners.crm.running.take_lease", lambda _id: "too late")
        _take(connection)
        row = db.session.get_one(CrmRun, run_connection(connection))
    assert (row.state, row.error) == ("failed", "another run took over")
    assert db.session.scalars(sa.select(CrmCursor)).all() == []
    assert db.session.scalars(sa.select(CrmConnection.leased_by)).one() not in (None, "too late")
