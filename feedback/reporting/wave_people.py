"""What the monitor of a wave says of one person besides their state."""

from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.listening.models import SurveyMail
from feedback.permission.models import Suppression
from feedback.permission.rules import SuppressionReason
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState

UNDELIVERED = (InvitationState.BOUNCED, InvitationState.FAILED)
WISHES = (SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINT, SuppressionReason.OBJECTION)


def tried_at() -> sa.ColumnElement[Any]:
    """When the mail server said no to a mail that never left."""
    of_first = (SurveyMail.invitation_id == Invitation.id, SurveyMail.number == 0, Invitation.state.in_(UNDELIVERED))
    return sa.select(SurveyMail.stopped_at).where(*of_first).scalar_subquery()


def wants_no_more() -> sa.ColumnElement[bool]:
    """Whether somebody who was asked has unsubscribed, complained or asked for a pause."""
    said = (Suppression.contact_id == Invitation.contact_id, Suppression.lifted_at.is_(None), Suppression.reason.in_(WISHES))
    rests = sa.and_(Contact.no_surveys_until.is_not(None), Contact.no_surveys_until > clock.now().date())
    return sa.and_(Invitation.sent_at.is_not(None), sa.or_(sa.exists().where(*said), rests))


def person_named(account_id: int, contact_id: int) -> tuple[str | None, str]:
    """What a contact and an account are called.

    Raises:
        NotFound: the contact has no role there.
    """
    query = (
        sa.select(Contact.name, Account.name)
        .select_from(AccountContact)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .join(Account, Account.id == AccountContact.account_id)
        .where(AccountContact.account_id == account_id, AccountContact.contact_id == contact_id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]
