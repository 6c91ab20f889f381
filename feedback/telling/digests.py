"""What waits for a digest, or for the end of somebody's quiet hours, is put together and handed to the outbox.

A row of `notice_delivery` gets the key of its message in the transaction that writes the message, and only a row without one is
taken. So a run that is killed leaves all of it or nothing, and a second one beside it finds nothing to take.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.service import enqueue_many
from feedback.telling.hooks import active_hooks
from feedback.telling.models import NoticeDelivery
from feedback.telling.notices import SEND_CHAT
from feedback.telling.people import Recipient, recipients
from feedback.telling.rules.plans import Reason
from feedback.telling.rules.quiet import quiet_until
from feedback.telling.rules.topics import Channel

SEND_DIGEST = "send_digest"
_WAITS = (
    NoticeDelivery.outbox_key.is_(None),
    NoticeDelivery.due_at.is_not(None),
    NoticeDelivery.notification_id.is_not(None),  # else it was taken back
)


def due(now: datetime, *, mails_leave: bool) -> Sequence[tuple[int, Channel]]:
    """For whom, and on which way, something has waited long enough."""
    query = sa.select(NoticeDelivery.user_id, NoticeDelivery.channel).where(*_WAITS, NoticeDelivery.due_at <= now)
    if not mails_leave:
        query = query.where(NoticeDelivery.channel != Channel.MAIL)
    rows = db.session.execute(query.distinct().order_by(NoticeDelivery.user_id, NoticeDelivery.channel))
    return [(row.user_id, row.channel) for row in rows]


def collect(user_id: int, channel: Channel) -> bool:
    """Hand what is due for a person on a way to the outbox, as one message; answers whether there was something.

    Call inside `transaction()`.
    """
    now = clock.now()
    mine = (*_WAITS, NoticeDelivery.due_at <= now, NoticeDelivery.user_id == user_id, NoticeDelivery.channel == channel)
    ids = list(db.session.scalars(sa.select(NoticeDelivery.id).where(*mine).order_by(NoticeDelivery.id).with_for_update()))
    person = recipients([user_id]).get(user_id)
    if not ids or person is None:
        return False
    end = quiet_until(person.wishes.quiet, person.wishes.zone, now)
    if end is not None:  # chosen, or moved to another zone, since
        _note(ids, due_at=end)
        return False
    message = _message(person, channel, ids[0])
    if isinstance(message, Reason):
        _note(ids, due_at=None, reason=message)
        return True
    _note(ids, outbox_key=message[1])
    enqueue_many([message])
    return True


def _message(person: Recipient, channel: Channel, first: int) -> tuple[str, str, dict[str, object]] | Reason:
    if not person.active:
        return Reason.LEFT
    if channel is Channel.MAIL:
        return (SEND_DIGEST, f"digest:{first}", {"user_id": person.id}) if person.email else Reason.NO_ADDRESS
    hook = active_hooks().of(person.team_id)
    return (SEND_CHAT, f"chat:{hook.id}:digest:{first}", {"hook_id": hook.id}) if hook else Reason.NO_CHANNEL


def _note(ids: Sequence[int], **values: object) -> None:
    db.session.execute(sa.update(NoticeDelivery).where(NoticeDelivery.id.in_(ids)).values(**values))
