"""Each revision goes up, down and up again, on the database of this run; what it leaves behind is what the models say."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from config import Settings
from feedback.access.models import User, WebSession
from feedback.access.rules import Role
from feedback.accounts.rules import ValueTier
from feedback.app import create_app
from feedback.extensions import db
from feedback.issues.models import ClockRun, Commitment, Issue, IssueEvent
from feedback.issues.rules import Clock, IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.uow import transaction
from tests import factories
from tests.conftest import SECRET
from tests.databases import USE_POSTGRESQL, postgresql_cluster


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own without any table."""
    settings = {"data_dir": tmp_path, "secret_key": SECRET}
    if USE_POSTGRESQL:
        with postgresql_cluster() as url:
            yield from _pushed(create_app(Settings(DATABASE_URL=url, **settings)))
    else:
        yield from _pushed(create_app(Settings(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}", **settings)))


def _pushed(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def test_up_down_and_up_again(empty: Flask) -> None:
    upgrade()
    first = _tables()
    downgrade(revision="base")
    assert _tables() == {"alembic_version"}
    upgrade()
    assert _tables() == first == set(Model.metadata.tables) | {"alembic_version"}


def test_each_revision_goes_down_and_up_alone(empty: Flask) -> None:
    upgrade()
    folder = Config()
    folder.set_main_option("script_location", empty.extensions["migrate"].directory)
    steps = len(list(ScriptDirectory.from_config(folder).walk_revisions()))
    tables = [_step(downgrade, "-1") for _ in range(steps)]
    assert tables[-1] == {"alembic_version"}
    all_tables = set(Model.metadata.tables) | {"alembic_version"}
    assert [_step(upgrade, "+1") for _ in range(steps)] == [*reversed(tables[:-1]), all_tables]


def _step(move: Callable[..., None], revision: str) -> set[str]:
    move(revision=revision)
    return _tables()


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_tables_are_what_the_models_say(empty: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Model.metadata) == []


def test_there_is_one_newest_revision(empty: Flask) -> None:
    assert _head(Path(empty.extensions["migrate"].directory))


def test_constraints_are_in_the_database_too(empty: Flask) -> None:
    upgrade()
    with db.engine.begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(
            sa.text(
                'INSERT INTO "user" (email, name, role, locale, time_zone, theme, active, created_at) '
                "VALUES ('a@example.com', 'A', 'emperor', 'en', 'UTC', 'system', true, '2026-01-01')"
            )
        )


@pytest.mark.skipif(USE_POSTGRESQL, reason="only SQLite rebuilds a table to change it")
def test_rebuilding_a_parent_table_keeps_its_children(empty: Flask, tmp_path: Path) -> None:
    """A revision that changes `user` rebuilds it; the sessions that point to it with ON DELETE CASCADE must stay."""
    upgrade()
    folder = tmp_path / "migrations"
    shutil.copytree(empty.extensions["migrate"].directory, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_rebuild.py").write_text(REBUILD.replace("HEAD", _head(folder)), encoding="utf-8")
    with transaction() as session:
        user = {"email": "a@example.com", "name": "A", "role": Role.ADMIN, "created_at": clock.now()}
        user_id = session.execute(sa.insert(User).values(**user)).inserted_primary_key[0]
        times = {"created_at": clock.now(), "last_seen_at": clock.now(), "expires_at": clock.now()}
        session.execute(sa.insert(WebSession).values(digest="d", user_id=user_id, **times))
    upgrade(directory=str(folder))
    assert "nickname" in {column["name"] for column in sa.inspect(db.engine).get_columns("user")}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(WebSession)) == 1


REBUILD = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "HEAD"

def upgrade():
    with op.batch_alter_table("user", recreate="always") as batch:
        batch.add_column(sa.Column("nickname", sa.Text()))

def downgrade():
    with op.batch_alter_table("user", recreate="always") as batch:
        batch.drop_column("nickname")
"""


def _head(folder: Path) -> str:
    config = Config()
    config.set_main_option("script_location", str(folder))
    (head,) = ScriptDirectory.from_config(config).get_heads()
    return head


@pytest.mark.skipif(USE_POSTGRESQL, reason="SQLite alone builds the list of an IN for each row it checks")
def test_no_check_holds_a_list(empty: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table'").scalars().all()
    assert any("CHECK (role = 'decision_maker' OR " in table for table in tables)
    assert not any(" IN (" in table for table in tables)


MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _issue(number: int, account_id: int, state: IssueState, **values: Any) -> int:
    kind = {"severity": Severity.MAJOR, "source": IssueSource.STAFF, "value_tier": ValueTier.B, "cause_key": str(number)}
    at = dict.fromkeys(("opened_at", "first_contact_due_at", "next_update_due_at", "resolution_due_at"), MONDAY)
    known = {"account_id": account_id, "defect_key": 0, **kind, **at}
    return factories.insert(Issue, number=number, state=state, **known, **values)


def test_what_is_owed_is_known_of_issues_from_before(empty: Flask) -> None:
    upgrade()
    account_id, due = factories.make_account(), {"next_due_at": MONDAY + timedelta(days=9)}
    promised = _issue(1, account_id, IssueState.CONTACTED, **due)
    fixing = _issue(2, account_id, IssueState.IN_FIX, fix_due_at=MONDAY + timedelta(days=2), **due)
    for days, kept in ((1, MONDAY), (3, None)):
        at = {"due_at": MONDAY + timedelta(days=days), "created_at": MONDAY, "kept_at": kept}
        factories.insert(Commitment, issue_id=promised, text="Call", **at)
    downgrade(revision="0032")
    upgrade()
    found = dict(map(tuple, db.session.execute(sa.select(Issue.id, Issue.next_owed_at))))
    assert found == {promised: MONDAY + timedelta(days=3), fixing: MONDAY + timedelta(days=2)}


def test_whoever_confirmed_a_fix_before_is_owed_no_update(empty: Flask) -> None:
    upgrade()
    verified = _issue(1, factories.make_account(), IssueState.VERIFIED)
    said = {"kind": "moved", "actor": "system", "data": {"was": "fixed", "to": "verified"}, "occurred_at": MONDAY}
    factories.insert(IssueEvent, issue_id=verified, **said)
    for hours in (-5, 0):  # the one that ended with the word of the customer, and the one that began with it
        run = {
            "clock": Clock.NEXT_UPDATE,
            "started_at": MONDAY + timedelta(hours=hours),
            "due_at": MONDAY,
            "ended_at": MONDAY,
            "late_seconds": 0,
        }
        factories.insert(ClockRun, issue_id=verified, **run)
    downgrade(revision="0032")
    upgrade()
    assert db.session.scalars(sa.select(ClockRun.started_at)).all() == [MONDAY - timedelta(hours=5)]
    assert db.session.scalar(sa.select(Issue.next_due_at)) is None
