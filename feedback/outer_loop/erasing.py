"""What the outer loop keeps about a person: words about a talk, and where a letter went."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import change, clear_texts
from feedback.kernel.erasing import Counts, Person, erases
from feedback.outer_loop.models import FollowUpItem


@erases("follow_up_item.note", "follow_up_item.address")
def forget_follow_ups(person: Person) -> Counts:
    """Clear what was noted when customers were told, and the address of the letter."""
    session = db.session()
    here: sa.ColumnElement[bool] = FollowUpItem.account_id.in_(person.account_ids)
    written = (FollowUpItem.contact_id == person.contact_id, FollowUpItem.address.is_not(None))
    cleared = clear_texts(session, person, [FollowUpItem.note], here)
    return {"texts_cleared": cleared + change(session, person, FollowUpItem, *written, address=None, message_id=None)}
