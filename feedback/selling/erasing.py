"""What sales plays keep about a person: what the other system sent along, and the notes of people here."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import clear_texts
from feedback.kernel.erasing import Counts, Person, erases
from feedback.selling.models import SalesPlay, SalesPlayStep


@erases("sales_play.payload", "sales_play.answer_note", "sales_play_step.note")
def forget_names(person: Person) -> Counts:
    """Clear them at the person's accounts."""
    session, here = db.session(), SalesPlay.account_id.in_(person.account_ids)
    done = clear_texts(session, person, [SalesPlay.payload, SalesPlay.answer_note], here)
    plays = sa.select(SalesPlay.id).where(here)
    done += clear_texts(session, person, [SalesPlayStep.note], SalesPlayStep.play_id.in_(plays))
    return {"texts_cleared": done}
