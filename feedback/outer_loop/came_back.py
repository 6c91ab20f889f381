"""Letters that came back, or were reported as spam. Call inside `transaction()`."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from feedback.audit import service as audit
from feedback.extensions import db
from feedback.outer_loop.follow_ups import release_account, reopen_batch
from feedback.outer_loop.models import FollowUpItem
from feedback.outer_loop.rules.states import ItemState, StopReason
from feedback.permission import suppressions
from feedback.permission.rules import SuppressionReason

ACTOR = "mail"


def note_returned(message_ids: Collection[str], *, reason: SuppressionReason | None, status: str) -> int:
    """The customers whose letters these were are open again, to be called; answers how many.

    Args:
        reason: why the person or the address gets no more mail; None: the mail was refused, the address may be good.
    """
    query: Any = sa.select(FollowUpItem).where(FollowUpItem.message_id.in_(message_ids)).with_for_update()
    found = list(db.session.scalars(query))
    for item in found:
        _stop_mails(item, reason, status)
        item.message_id = None  # the same report a second time changes nothing
        if item.state is ItemState.MAILED:
            item.state = ItemState.OPEN
            item.stopped_because = _STOPS.get(reason, StopReason.NOT_DELIVERED) if reason else StopReason.NOT_DELIVERED
            release_account(item, None)
            reopen_batch(item.batch_id)
        db.session.flush()
        audit.record(ACTOR, "follow_up.returned", "follow_up_item", item.id, status=status)
    return len(found)


_STOPS = {SuppressionReason.HARD_BOUNCE: StopReason.BOUNCED, SuppressionReason.COMPLAINT: StopReason.STOP_LIST}


def _stop_mails(item: FollowUpItem, reason: SuppressionReason | None, status: str) -> None:
    if reason is not None and item.contact_id is not None and item.address:
        suppressions.suppress(reason, actor=ACTOR, contact_id=item.contact_id, address=item.address, note=status)
