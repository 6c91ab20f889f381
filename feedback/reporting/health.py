"""Is this installation fit to serve? Each part answers for itself."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import current_app

from feedback.audit.models import JobRun
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.uow import transaction

SCHEDULER_SILENT = timedelta(minutes=3)
OUTBOX_LATE = timedelta(minutes=5)
MIN_FREE_BYTES = 200 * 1024 * 1024
MIN_FREE_SHARE, ENOUGH_FREE_BYTES = 0.10, 5 * 1024**3
OK = "ok"


def readiness() -> dict[str, str]:
    """Each part with `ok` or what is wrong with it. Without a database the parts that read it are not asked."""
    parts = {"disk": _disk(), "database": _answer(_database)}
    readers: dict[str, Callable[[], str]] = {"migrations": _migrations, "scheduler": _scheduler, "outbox": _outbox}
    for name, check in readers.items():
        parts[name] = _answer(check) if parts["database"] == OK else "The database does not answer."
    return parts


def _answer(check: Callable[[], str]) -> str:
    try:
        return check()
    except sa.exc.SQLAlchemyError as error:
        current_app.logger.warning("readiness: %s", error)
        return "The database cannot be read or written."


def _database() -> str:
    with transaction() as session:  # on SQLite this takes the writer's lock, which a read-only file refuses
        if db.engine.dialect.name == "postgresql" and session.scalar(sa.text("SHOW transaction_read_only")) != "off":
            return "The database takes no writes."
        session.execute(sa.text("SELECT 1"))
    return OK


def _migrations() -> str:
    if not sa.inspect(db.engine).has_table("alembic_version"):
        return "The database is empty; run 'closedloop db upgrade'."
    current = db.session.scalars(sa.text("SELECT version_num FROM alembic_version")).all()
    return OK if list(current) == [_head()] else "The database is not at the newest revision; run 'closedloop db upgrade'."


@cache
def _head() -> str | None:
    folder = Path(current_app.extensions["migrate"].directory)
    config = Config()
    config.set_main_option("script_location", str(folder))
    return ScriptDirectory.from_config(config).get_current_head()


def _scheduler() -> str:
    last = db.session.scalar(sa.select(JobRun.started_at).order_by(JobRun.started_at.desc()).limit(1))
    if last is None:
        return "No job has run yet; is 'closedloop jobs run' running?"
    silent = clock.now() - last
    if silent > SCHEDULER_SILENT:
        return f"No job has started for {int(silent.total_seconds() // 60)} minutes; is 'closedloop jobs run' running?"
    return OK


def _outbox() -> str:
    late = clock.now() - OUTBOX_LATE
    # what was given up is no longer waiting: administrators were told, and nothing will change by itself
    waiting = (OutboxMessage.delivered_at.is_(None), OutboxMessage.dead_at.is_(None), OutboxMessage.available_at < late)
    count = db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage).where(*waiting)) or 0
    return OK if not count else f"{count} messages have been due for more than 5 minutes."


def _disk() -> str:
    folder = current_app.extensions["closedloop_settings"].data_dir
    usage = shutil.disk_usage(folder if folder.exists() else folder.parent)
    scarce = usage.free < ENOUGH_FREE_BYTES and usage.free < usage.total * MIN_FREE_SHARE
    if usage.free < MIN_FREE_BYTES or scarce:
        return f"Only {usage.free // 1024**2} MB are free on the disk of the data directory."
    return OK
