"""What partners answered may repeat what they were told, or more: it goes with the person."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import change, drop
from feedback.kernel.erasing import Counts, Person, erases
from feedback.partners.crm.models import CrmConflict, CrmRecord
from feedback.partners.crm.rules import Kind
from feedback.partners.models import WebhookAttempt, WebhookDelivery


@erases("webhook_attempt.answer", "webhook_attempt.error")
def forget_answers(person: Person) -> Counts:
    """Whatever came back for news about the person's accounts; status and time stay."""
    about = sa.select(WebhookDelivery.id).where(WebhookDelivery.account_id.in_(person.account_ids))
    where = WebhookAttempt.delivery_id.in_(about)
    return {"texts_cleared": change(db.session(), person, WebhookAttempt, where, answer=None, error=None)}


@erases("crm_conflict.ours", "crm_conflict.theirs")
def forget_conflicts(person: Person) -> Counts:
    """What a CRM and we said differently about the person; the CRM's id goes with the identities, and is refused from then on."""
    mine = sa.select(CrmRecord.id).where(CrmRecord.kind == Kind.CONTACTS, CrmRecord.object_id == person.contact_id)
    gone = drop(db.session(), person, CrmConflict, CrmConflict.record_id.in_(mine))
    drop(db.session(), person, CrmRecord, CrmRecord.id.in_(mine))
    return {"texts_cleared": gone}
