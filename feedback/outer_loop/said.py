"""What survey mails say under "You said, we did": the newest deliveries, first those about what this person named."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.defects.models import Citation
from feedback.extensions import db
from feedback.outer_loop.models import Initiative, InitiativeDefect
from feedback.outer_loop.queries.reaching import is_reached
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import InitiativeState
from feedback.surveys.models import Response

MOST = 2
FRESH = timedelta(days=365)
_DONE = (InitiativeState.DELIVERED, InitiativeState.EFFECT_CONFIRMED)


def paragraph(language: str, at: datetime, *, account_id: int | None = None, contact_id: int | None = None) -> str:
    """The paragraph in a language, as of a moment; empty where nothing was delivered, or not for this account."""
    query = sa.select(Initiative).where(
        Initiative.state.in_(_DONE), Initiative.delivered_at <= at, Initiative.delivered_at > at - FRESH
    )
    base = language.partition("-")[0]
    found = [one for one in db.session.scalars(query) if one.news.get(base)]
    if account_id is not None:
        found = [one for one in found if _gets_it(one, account_id)]
    if not found:
        return ""
    named = _named_by(contact_id, [one.id for one in found]) if contact_id is not None else frozenset()
    found.sort(key=lambda one: (one.id in named, one.delivered_at, one.id), reverse=True)
    return "\n".join(str(one.news[base]) for one in found[:MOST])


def _gets_it(initiative: Initiative, account_id: int) -> bool:
    reach = Reach.from_document(initiative.reach)
    if reach.is_everybody:
        return True
    return db.session.scalar(sa.select(Account.id).where(Account.id == account_id, is_reached(reach))) is not None


def _named_by(contact_id: int, initiative_ids: list[int]) -> frozenset[int]:
    query = (
        sa.select(InitiativeDefect.initiative_id)
        .join(Citation, Citation.defect_id == InitiativeDefect.defect_id)
        .join(Response, Response.id == Citation.response_id)
        .where(Response.contact_id == contact_id, InitiativeDefect.initiative_id.in_(initiative_ids))
    )
    return frozenset(db.session.scalars(query))
