"""Writing surveys, invitations and answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import AccountContact
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.programs import latest_version_id
from feedback.surveys.rules import SCORED_KINDS, InvitationState, SurveyKind
from feedback.surveys.tokens import random_token, token_digest

DEFAULT_SURVEY = "relationship"


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """A new invitation and its link. The token in it is stored nowhere: it can be shown once only."""

    invitation_id: int
    url: str
    state: InvitationState


def ensure_default_surveys() -> None:
    """Every installation has the relationship survey."""
    names = {"es": "Encuesta de relación", "ru": "Опрос об отношениях"}
    ensure_survey(DEFAULT_SURVEY, name="Relationship survey", kind=SurveyKind.RELATIONSHIP, names=names)


def ensure_survey(code: str, *, name: str, kind: SurveyKind, names: Mapping[str, str] | None = None) -> None:
    """Add a survey program, `names` by the reader's language; one with this code is left alone."""
    if db.session.scalar(sa.select(SurveyProgram.id).where(SurveyProgram.code == code)) is None:
        row = {"code": code, "name": name, "names": dict(names or {}), "kind": kind, "created_at": clock.now()}
        db.session.execute(sa.insert(SurveyProgram).values(**row))


def _has_role(account_id: int, contact_id: int) -> bool:
    role = AccountContact
    mine = (role.account_id == account_id, role.contact_id == contact_id, role.left_at.is_(None))
    return db.session.scalar(sa.select(role.contact_id).where(*mine)) is not None


def invite_contact(account_id: int, contact_id: int, *, survey: str = DEFAULT_SURVEY, actor: str) -> PersonalLink:
    """Make a personal survey link for a contact of an account; call it inside `transaction()`.

    Whether the caller may do so at this account is checked before.

    Raises:
        NotFound: the contact has no role in this account.
        InvalidInput: there is no such survey.
    """
    named = (SurveyProgram.code == survey, SurveyProgram.kind.in_(SCORED_KINDS))
    survey_id = db.session.scalar(sa.select(SurveyProgram.id).where(*named))
    if survey_id is None:
        raise InvalidInput({"survey": [f"There is no survey '{survey}'."]})
    if not _has_role(account_id, contact_id):
        raise NotFound
    settings, now, token = current_app.extensions["closedloop_settings"], clock.now(), random_token()
    row = {
        "token_digest": token_digest(token),
        "account_id": account_id,
        "contact_id": contact_id,
        "survey_id": survey_id,
        "version_id": latest_version_id(survey_id),
        "state": InvitationState.CREATED,
        "created_by": actor,
        "created_at": now,
        "expires_at": now + timedelta(days=settings.invitation_valid_days),
    }
    invitation_id = db.session.execute(sa.insert(Invitation).values(**row).returning(Invitation.id)).scalar_one()
    audit.record(actor, "invitation.created", "invitation", invitation_id, account_id=account_id, contact_id=contact_id)
    return PersonalLink(invitation_id, f"{settings.base_url.rstrip('/')}/s/{token}", InvitationState.CREATED)
