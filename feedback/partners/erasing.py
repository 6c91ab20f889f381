"""What partners answered may repeat what they were told, or more: it goes with the person."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import change
from feedback.kernel.erasing import Counts, Person, erases
from feedback.partners.models import WebhookAttempt, WebhookDelivery


@erases("webhook_attempt.answer", "webhook_attempt.error")
def forget_answers(person: Person) -> Counts:
    """Whatever came back for news about the person's accounts; status and time stay."""
    about = sa.select(WebhookDelivery.id).where(WebhookDelivery.account_id.in_(person.account_ids))
    where = WebhookAttempt.delivery_id.in_(about)
    return {"texts_cleared": change(db.session(), person, WebhookAttempt, where, answer=None, error=None)}
