"""Recording what contacts allow; the ledger only grows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.kernel.errors import InvalidInput
from feedback.permission.events import ConsentChanged
from feedback.permission.models import ConsentEvent, Notice
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
    valid_until: datetime | None = None
    notice_id: int | None = None  # what the contact was shown
    captured_via: str | None = None

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
    hashes = _wording_hashes(drafts)
    known = events_by_key({draft.contact_id for draft in drafts})
    fresh = {draft.key: draft for draft in drafts if draft.key not in known and draft.occurred_at <= latest}
    if fresh:
        _insert(list(fresh.values()), hashes, recorded_by)
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


def _wording_hashes(drafts: Sequence[ConsentDraft]) -> dict[int, str]:
    """Of the notices that people were shown, by id.

    Raises:
        InvalidInput: one of them does not exist, or is about another purpose.
    """
    wanted = {draft.notice_id: draft.purpose for draft in drafts if draft.notice_id is not None}
    if not wanted:
        return {}
    query = sa.select(Notice.id, Notice.purpose, Notice.wording_hash).where(Notice.id.in_(wanted))
    found = {id_: (purpose, hash_) for id_, purpose, hash_ in db.session.execute(query)}
    if any(draft.notice_id and found.get(draft.notice_id, (None,))[0] != draft.purpose for draft in drafts):
        raise InvalidInput({"notice_id": [_("This is no notice about this purpose.")]})
    return {id_: hash_ for id_, (_purpose, hash_) in found.items()}


def _insert(drafts: Sequence[ConsentDraft], hashes: Mapping[int, str], recorded_by: str) -> None:
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
            "valid_until": draft.valid_until,
            "notice_id": draft.notice_id,
            "wording_hash": hashes.get(draft.notice_id) if draft.notice_id else None,
            "captured_via": draft.captured_via,
        }
        for draft in drafts
    ]
    db.session.execute(sa.insert(ConsentEvent), rows)
