"""Named reads of the catalogue."""

import sqlalchemy as sa

from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_cursor, encode_cursor


def get_defect(defect_id: int) -> Defect:
    """One entry.

    Raises:
        NotFound: there is none.
    """
    defect = db.session.get(Defect, defect_id)
    if defect is None:
        raise NotFound
    return defect


def list_defects(*, limit: int, cursor: str | None = None) -> Page[Defect]:
    """The catalogue by code."""
    wanted = sa.select(Defect).order_by(Defect.code).limit(limit + 1)
    if cursor is not None:
        (code,) = decode_cursor(cursor, size=1)
        wanted = wanted.where(Defect.code > str(code))
    found = list(db.session.scalars(wanted))
    return Page(found[:limit], encode_cursor(found[limit - 1].code) if len(found) > limit else None)
