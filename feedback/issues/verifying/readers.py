"""Who will read what was done: the people a fix is asked about, each with their language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries.single import unheard_people
from feedback.issues.verifying.queries import waiting_voices
from feedback.issues.working.progress import stands_against
from feedback.issues.working.rules import MailStop
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SurveyKind
from feedback.surveys.texts import choose_language


@dataclass(frozen=True, slots=True)
class FixReader:
    """Somebody who has not said yes. `language`: of the mail to them; `stop`: why none may go; `unheard`: not spoken with."""

    contact_id: int
    name: str
    language: str
    stop: MailStop | None
    unheard: bool = False


def list_fix_readers(issue: Issue) -> list[FixReader]:
    """Whom the mail asks whether it is solved, who told us first; the erased ones are left out."""
    waiting = waiting_voices(issue)
    query = sa.select(Contact).where(Contact.id.in_(waiting), Contact.erased_at.is_(None))
    found = {contact.id: contact for contact in db.session.scalars(query)}
    languages = reading_languages(issue, waiting)
    unheard = unheard_people(issue)
    people = [found[one] for one in waiting if one in found]
    return [
        FixReader(one.id, one.name or one.external_id, languages[one.id], stands_against(issue, one.id), one.id in unheard)
        for one in people
    ]


def reading_languages(issue: Issue, contact_ids: Sequence[int]) -> Mapping[int, str]:
    """In which language each of these people is asked whether it is solved: their own, that of their company, English."""
    of_account = sa.select(Account.language).where(Account.id == issue.account_id).scalar_subquery()
    query = sa.select(Contact.id, sa.func.coalesce(Contact.language, of_account)).where(Contact.id.in_(contact_ids))
    rows = db.session.execute(query).all()
    fallbacks = _fallbacks()
    return {contact_id: choose_language(own, {}, fallbacks) for contact_id, own in rows}


def _fallbacks() -> Sequence[str]:
    kind = SurveyProgram.kind == SurveyKind.VERIFICATION
    return db.session.scalar(sa.select(SurveyProgram.fallbacks).where(kind).order_by(SurveyProgram.id).limit(1)) or ()
