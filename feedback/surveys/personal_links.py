"""What the page behind a personal link needs to know: who is asked what, in which words, and what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import Account, Contact
from feedback.defects.models import Citation, Defect
from feedback.extensions import db
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import CallWish, Invitation, Response, ResponseVersion, SurveyProgram, SurveyVersion
from feedback.surveys.rules import InvitationState, SurveyKind
from feedback.uow import read_once


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation. `texts` are those of the version that was asked; `owner_…` who looks after the account."""

    invitation_id: int
    survey: str
    account_external_id: str
    contact_external_id: str
    language: str | None
    time_zone: str | None
    state: InvitationState
    expires_at: datetime
    texts: Mapping[str, Any]
    fallbacks: Sequence[str]
    owner_name: str | None
    owner_email: str | None


_QUERY = (
    sa.select(
        Invitation.id.label("invitation_id"),
        SurveyProgram.code.label("survey"),
        Account.external_id.label("account_external_id"),
        Contact.external_id.label("contact_external_id"),
        sa.func.coalesce(Contact.language, Invitation.language, Account.language).label("language"),
        sa.func.coalesce(Contact.time_zone, Account.time_zone).label("time_zone"),
        Invitation.state,
        Invitation.expires_at,
        SurveyVersion.texts,
        SurveyProgram.fallbacks,
        User.name.label("owner_name"),
        User.email.label("owner_email"),
    )
    .join(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
    .join(Account, Account.id == Invitation.account_id)
    .join(Contact, Contact.id == Invitation.contact_id)
    .outerjoin(SurveyVersion, SurveyVersion.id == Invitation.version_id)
    .outerjoin(User, sa.and_(User.id == Account.owner_id, User.active))
    .where(SurveyProgram.kind != SurveyKind.VERIFICATION)  # has a page of its own
)
_BY_TOKEN = Prepared(_QUERY.where(Invitation.token_digest == sa.bindparam("digest")))
_BY_ID = Prepared(_QUERY.where(Invitation.id == sa.bindparam("id")))


def find_asked(digest: str) -> Asked | None:
    """The invitation behind a token, by the digest of the token."""
    return _asked(read_once(_BY_TOKEN, {"digest": digest}))


def find_asked_by_id(invitation_id: int) -> Asked | None:
    """An invitation, as the transaction sees it."""
    return _asked(_BY_ID.rows(db.session.connection(), {"id": invitation_id}))


def _asked(rows: list[Any]) -> Asked | None:
    if not rows:
        return None
    said = rows[0]._asdict()
    return Asked(**said | {"texts": said["texts"] or {}, "fallbacks": said["fallbacks"] or []})


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that came over a link."""

    response_id: int
    version: int
    score: int
    comment: str
    defects: tuple[str, ...]
    answered_at: datetime  # when it first arrived: from then on it may be changed for a day
    call_me: tuple[str, str] | None = None  # the number and the time that a wish to be called named


_GIVEN = Prepared(
    sa.select(
        Response.id,
        Response.version,
        Response.score,
        Response.comment,
        Response.created_at,
        CallWish.phone,
        CallWish.best_time,
    )
    .outerjoin(CallWish, CallWish.response_id == Response.id)
    .where(Response.invitation_id == sa.bindparam("invitation_id"))
)


def find_given(invitation_id: int) -> Given | None:
    """What was answered to an invitation."""
    rows = read_once(_GIVEN, {"invitation_id": invitation_id})
    if not rows:
        return None
    response_id, version, score, comment, answered_at, phone, best_time = rows[0]
    wish = None if phone is None else (phone, best_time)
    return Given(response_id, version, score, comment or "", _codes(response_id), answered_at, wish)


def find_replaced_score(given: Given) -> int | None:
    """What was answered over this link before, when it was another number."""
    if given.version == 1:
        return None
    before = (ResponseVersion.response_id == given.response_id, ResponseVersion.version == given.version - 1)
    score = db.session.scalar(sa.select(ResponseVersion.content["score"].as_integer()).where(*before))
    return None if score == given.score else score


_CITED = Prepared(
    sa.select(Defect.code)
    .join(Citation, Citation.defect_id == Defect.id)
    .where(Citation.response_id == sa.bindparam("response_id"))
    .order_by(Defect.code)
)


def _codes(response_id: int) -> tuple[str, ...]:
    return tuple(row.code for row in read_once(_CITED, {"response_id": response_id}))
