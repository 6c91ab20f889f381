"""Recording what contacts allow; the ledger only grows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.permission.events import ConsentChanged
from feedback.permission.models import ConsentEvent
from feedback.permission.queries import EventKey, events_by_key
from feedback.permission.rules import Channel, ConsentAction, Purpose

# Clocks of other systems may run a little ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """One statement as a channel received it; `occurred_at` is aware."""

    contact_id: int
    purpose: Purpose
    channel: Channel
    action: ConsentAction
    occurred_at: datetime
    basis: str | None = None
    evidence: str | None = None

    @property
    def key(self) -> EventKey:
        """What makes two statements the same."""
        return self.contact_id, self.purpose, self.channel, self.occurred_at, self.action


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a draft: `created`, `unchanged` (it was there) or `rejected` (see `errors`)."""

    status: str
    event_id: int | None = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


def record_consents(drafts: Sequence[ConsentDraft], *, recorded_by: str) -> list[Recorded]:
    """Add statements to the ledger, in a constant number of statements; one result per draft.

    The same statement a second time changes nothing. Statements from the future are rejected.
    """
    latest = clock.now() + CLOCK_TOLERANCE
    known = events_by_key({draft.contact_id for draft in drafts})
    fresh = {draft.key: draft for draft in drafts if draft.key not in known and draft.occurred_at <= latest}
    if fresh:
        _insert(list(fresh.values()), recorded_by)
        known = events_by_key({draft.contact_id for draft in drafts})
        events.publish(ConsentChanged(tuple(dict.fromkeys(draft.contact_id for draft in fresh.values()))))
    results = []
    for draft in drafts:
        if draft.occurred_at > latest:
            results.append(Recorded("rejected", errors={"occurred_at": [_("This moment lies in the future.")]}))
        else:
            # of the same statement twice in one list the first one creates it
            created_now = fresh.pop(draft.key, None) is not None
            results.append(Recorded("created" if created_now else "unchanged", known[draft.key]))
    return results


def _insert(drafts: Sequence[ConsentDraft], recorded_by: str) -> None:
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "contact_id": draft.contact_id,
            "purpose": draft.purpose,
            "channel": draft.channel,
            "action": draft.action,
            "basis": draft.basis,
            "evidence": draft.evidence,
            "occurred_at": draft.occurred_at,
            "recorded_at": now,
            "recorded_by": recorded_by,
        }
        for draft in drafts
    ]
    db.session.execute(sa.insert(ConsentEvent), rows)
