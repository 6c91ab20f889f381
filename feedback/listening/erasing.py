"""What waves keep about a person: the words with which somebody was taken off, and what a mail server said."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.erasing import Counts, Person, erases
from feedback.listening.models import SurveyMail, WaveExclusion
from feedback.surveys.models import Invitation


@erases("wave_exclusion.note", "survey_mail.stopped_because", "survey_mail.bounce")
def forget_mails(person: Person) -> Counts:
    """Who was taken off stays counted, with the reason and the score, without the words."""
    mine = sa.update(WaveExclusion).where(WaveExclusion.contact_id == person.contact_id, WaveExclusion.note != "")
    notes = db.session.execute(mine.values(note="").returning(WaveExclusion.wave_id)).all()
    invited = sa.select(Invitation.id).where(Invitation.contact_id == person.contact_id)
    for mail in db.session.scalars(sa.select(SurveyMail).where(SurveyMail.invitation_id.in_(invited))):
        if person.is_in(mail.stopped_because) or person.is_in(mail.bounce):
            mail.stopped_because, mail.bounce = person.cleared(mail.stopped_because), person.cleared(mail.bounce)
    db.session.flush()
    return {"notes_on_waves": len(notes)}
