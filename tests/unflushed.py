"""A guard over every test: no statement may run while changed objects wait in the session, or it would not see them.

Statements on the session's own connection (hot paths run those) do not flush; who changed objects before has to.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from feedback.extensions import db


def watch() -> None:
    """Attach the guard to every engine."""
    if not sa.event.contains(Engine, "before_cursor_execute", _check):
        sa.event.listen(Engine, "before_cursor_execute", _check)


def _check(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    try:
        session = db.session.registry() if db.session.registry.has() else None
    except RuntimeError:  # outside of any application context
        return
    if session is None or session._flushing:
        return
    waiting = [*session.new, *session.deleted, *(changed for changed in session.dirty if session.is_modified(changed))]
    assert not waiting, f"{waiting} are not flushed, and this does not see them: {statement[:200]}"
