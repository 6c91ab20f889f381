"""Everything that is held about a person, as data for machines and as a text to read (GDPR, Articles 15 and 20).

Every table that points to a contact takes part by itself, and those that point to the person's answers; so a new one cannot
be forgotten. What identifies people here, and what only opens links, stays out.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Contact
from feedback.closed_loop.personal import PERSONAL, Personal
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.kernel.errors import NotFound
from feedback.permission.lookups import lookups_of
from feedback.surveys.models import Response

_KEPT_BACK = {"invitation.token_digest", "invitation.nonce", "submission.view", "submission.client", "submission.digest"}
_HIDDEN = (Personal.STAFF, Personal.PSEUDONYM)


def held_about(contact_id: int) -> dict[str, Any]:
    """Table → rows, with the contact itself first.

    Raises:
        NotFound: there is no such contact.
    """
    if db.session.get(Contact, contact_id) is None:
        raise NotFound
    answers = list(db.session.scalars(sa.select(Response.id).where(Response.contact_id == contact_id)))
    found: dict[str, Any] = {"contact": _rows(Contact.__table__, Contact.__table__.c.id == contact_id)}
    for table, column, parent in _pointing():
        wanted = column == contact_id if parent == "contact" else column.in_(answers)
        rows = _rows(table, wanted)
        if rows:
            found.setdefault(table.name, []).extend(row for row in rows if row not in found.get(table.name, ()))
    looks = lookups_of(contact_id, limit=None)
    if looks:  # who works here stays out: that somebody looked, at what and when
        found["lookup"] = [{"at": one.at.isoformat(), "what": one.what} for one in looks]
    return {"exported_at": clock.now().isoformat(), "contact_id": contact_id, "data": found}


def _pointing() -> Iterator[tuple[Any, Any, str]]:
    """Tables that point to a contact or to an answer, with the column and to which of them."""
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in ("contact", "response") and table.name != "contact":
                yield table, key.parent, key.column.table.name


def _rows(table: Any, condition: Any) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if _is_told(table.name, column.name)]
    rows = db.session.execute(sa.select(*columns).where(condition).order_by(*table.primary_key.columns)).mappings()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _is_told(table: str, column: str) -> bool:
    name = f"{table}.{column}"
    return name not in _KEPT_BACK and PERSONAL.get(name) not in _HIDDEN


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | dict) or value is None else str(value)


def as_text(held: Mapping[str, Any]) -> str:
    """The same to be read: a heading per kind of record, a line per thing that is known."""
    lines = [f"{held['contact_id']} · {held['exported_at']}"]
    for table, rows in held["data"].items():
        lines += ["", table.replace("_", " ").upper()]
        for row in rows:
            lines += [f"  {name.replace('_', ' ')}: {value}" for name, value in row.items() if value is not None]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"
