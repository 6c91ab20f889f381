"""The defect catalogue: what can be cited, and its place in the stored arrays."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.defects import locks
from feedback.defects.models import Defect
from feedback.defects.rules import DefectCategory
from feedback.kernel import clock


class DefectKey(NamedTuple):
    """What the acceptor needs to know about a defect."""

    id: int
    ordinal: int
    category: DefectCategory


def defects_by_code(session: Session) -> dict[str, DefectKey]:
    """The whole catalogue by code."""
    rows = session.execute(sa.select(Defect.code, Defect.id, Defect.ordinal, Defect.category))
    return {code: DefectKey(defect_id, ordinal, category) for code, defect_id, ordinal, category in rows}


def create_defects(session: Session, wanted: Iterable[tuple[str, DefectCategory]]) -> Mapping[str, DefectKey]:
    """Add entries (code, category) that do not exist yet, named after their code; answers the whole catalogue by code."""
    locks.hold(session, locks.CATALOGUE)  # two writers must not give out the same ordinal
    known = defects_by_code(session)
    missing = {code: category for code, category in wanted if code not in known}
    if missing:
        first, now = next_ordinal(session), clock.now()
        shared = {"wording": {}, "active": True, "created_at": now}
        session.execute(
            sa.insert(Defect),
            [
                {"ordinal": ordinal, "code": code, "name": name_of(code), "category": category, **shared}
                for ordinal, (code, category) in enumerate(missing.items(), start=first)
            ],
        )
        known = defects_by_code(session)
    return known


def next_ordinal(session: Session) -> int:
    """The first free place in the stored arrays; hold the catalogue lock."""
    return session.execute(sa.select(sa.func.coalesce(sa.func.max(Defect.ordinal), -1))).scalar_one() + 1


def name_of(code: str) -> str:
    """A readable name until somebody writes one: `late_claims` is "Late claims"."""
    words = code.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] if words else code
