"""What waves keep about a person: the words with which somebody was taken off, and what a mail server said."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import change, clear_texts
from feedback.kernel.erasing import Counts, Person, erases
from feedback.listening.models import SurveyMail, WaveExclusion
from feedback.surveys.models import Invitation


@erases("wave_exclusion.note", "survey_mail.stopped_because", "survey_mail.bounce")
def forget_mails(person: Person) -> Counts:
    """Who was taken off stays counted, with the reason and the score, without the words."""
    session = db.session()
    notes = change(
        session, person, WaveExclusion, WaveExclusion.contact_id == person.contact_id, WaveExclusion.note != "", note=""
    )
    others = WaveExclusion.account_id.in_(person.account_ids), WaveExclusion.contact_id != person.contact_id
    named = clear_texts(session, person, [WaveExclusion.note], *others)
    invited = SurveyMail.invitation_id.in_(sa.select(Invitation.id).where(Invitation.contact_id == person.contact_id))
    clear_texts(session, person, [SurveyMail.stopped_because, SurveyMail.bounce], invited)
    return {"notes_on_waves": notes, "texts_cleared": named}
