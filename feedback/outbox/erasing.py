"""What messages and notices say about a person."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.erasing import Counts, Person, erases
from feedback.outbox.models import Notification, OutboxMessage


@erases("outbox_message.payload", "outbox_message.last_error", "notification.params")
def forget_messages(person: Person) -> Counts:
    """Clear the name from what was told and from what is still to be told; where from is stored nowhere, so all are read."""
    done = 0
    table = OutboxMessage
    for row_id, payload, error in db.session.execute(sa.select(table.id, table.payload, table.last_error)).all():
        cleared = {"payload": person.cleared(payload), "last_error": person.cleared(error)}
        if cleared != {"payload": payload, "last_error": error}:
            db.session.execute(sa.update(table).where(table.id == row_id).values(**cleared))
            done += 1
    for row_id, params in db.session.execute(sa.select(Notification.id, Notification.params)).all():
        if person.cleared(params) != params:
            db.session.execute(sa.update(Notification).where(Notification.id == row_id).values(params=person.cleared(params)))
            done += 1
    return {"messages_cleared": done}
