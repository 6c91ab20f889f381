"""Changing the catalogue by hand."""

from typing import Any

import sqlalchemy as sa

from feedback.audit.service import record
from feedback.defects import locks
from feedback.defects.catalogue import name_of, next_ordinal
from feedback.defects.models import Defect
from feedback.defects.queries import get_defect
from feedback.defects.rules import DefectCategory
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict


def create_defect(
    code: str,
    *,
    category: DefectCategory,
    actor: str,
    name: str | None = None,
    names: dict[str, str] | None = None,
    wording: dict[str, str] | None = None,
) -> Defect:
    """Add one entry.

    Args:
        name: what it is called where no name in the reader's language is known.
        names: the same by language.
        wording: how customers say it, by language.

    Raises:
        Conflict: the code is taken.
    """
    session = db.session()
    locks.hold(session, locks.CATALOGUE)
    if session.scalar(sa.select(Defect.id).where(Defect.code == code)) is not None:
        raise Conflict(f"There is a defect with the code '{code}' already.")
    defect = Defect(
        ordinal=next_ordinal(session),
        code=code,
        name=name or name_of(code),
        names=names or {},
        category=category,
        wording=wording or {},
        active=True,
        created_at=clock.now(),
    )
    session.add(defect)
    session.flush()
    record(actor, "defect.created", "defect", defect.id, code=code, category=category.value)
    return defect


def change_defect(defect_id: int, *, actor: str, **changes: Any) -> Defect:
    """Change names, category, wording or whether it is offered; what was counted stays counted.

    Raises:
        NotFound: there is no such entry.
    """
    defect = get_defect(defect_id)
    for name, value in changes.items():
        setattr(defect, name, value)
    db.session.flush()
    record(actor, "defect.changed", "defect", defect_id, **changes)
    return defect
