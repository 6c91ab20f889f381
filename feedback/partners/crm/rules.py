"""What a CRM's records say, who wins each field, and what is a conflict: standard library only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Vendor(StrEnum):
    """Whose shape a CRM has."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"


class Kind(StrEnum):
    """What is taken from a CRM, in this order: contacts name accounts, deals too."""

    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    SPEND = "spend"


class Side(StrEnum):
    """Who wins a field, or what somebody decided."""

    CRM = "crm"
    OURS = "ours"


class RunState(StrEnum):
    """How a run ended."""

    RUNNING = "running"
    DONE = "done"
    WAITS = "waits"  # the CRM asks for a pause; the next run goes on where this one stopped
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Record:
    """One record, in our words. `parent`: the CRM's id of its account; `gone`: deleted there, which deletes nothing here."""

    id: str
    values: Mapping[str, Any]
    changed_at: datetime
    parent: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Clash:
    """A field about which both sides say something else."""

    field: str
    ours: Any
    theirs: Any
    winner: Side


@dataclass(frozen=True, slots=True)
class Merged:
    """What is written, and what somebody should look at."""

    values: dict[str, Any]
    clashes: tuple[Clash, ...]


Mark = Callable[[Any], str]


def merge(
    record: Mapping[str, Any],
    seen: Mapping[str, str] | None,
    ours: Mapping[str, Any] | None,
    owners: Mapping[str, str],
    mark: Mark,
) -> Merged:
    """Which of the CRM's values are written.

    A field that is ours is never overwritten; where the CRM says something new that differs, it is a conflict. A field of the
    CRM is written; where it was changed here too since the CRM was last seen, that is a conflict that the CRM won. An empty
    value of the CRM says nothing: nothing here is emptied.

    Args:
        seen: marks of what the CRM said last time; None the first time.
        ours: what is stored here; None for a record that is new here.
        mark: a value as it was remembered.
    """
    values: dict[str, Any] = {}
    clashes: list[Clash] = []
    for field, theirs in record.items():
        mine, before = (ours or {}).get(field), (seen or {}).get(field)
        if theirs is None or mark(theirs) == before:
            continue  # nothing new
        side = Side(owners.get(field, Side.CRM))
        if mine is None or side is Side.CRM:
            values[field] = theirs
        if mine is not None and mine != theirs and (side is Side.OURS or (seen is not None and mark(mine) != before)):
            clashes.append(Clash(field, mine, theirs, side))
    return Merged(values, tuple(clashes))
