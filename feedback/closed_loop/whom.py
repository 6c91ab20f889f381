"""Who is to be erased: everything by which the person can be met in texts, mails and deliveries."""

from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account, AccountContact, Contact, ExternalIdentity
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.kernel.erasing import Person
from feedback.permission.models import Suppression
from feedback.planning.models import AccountPlan
from feedback.surveys.models import Invitation, Response, ResponseExclusion, ResponseVersion


def find_whom(contact: Contact, *, counting: bool = False) -> Person:
    """The person behind a contact, from all that is known about it."""
    session = db.session()
    roles = sa.select(AccountContact.account_id).where(AccountContact.contact_id == contact.id)
    accounts = tuple(session.scalars(roles))
    aliases = sa.select(ExternalIdentity.external_id).where(
        ExternalIdentity.object_type == "contact", ExternalIdentity.object_id == contact.id
    )
    answers = _answers_of(contact.id)
    mailed = sa.select(Invitation.address).where(Invitation.contact_id == contact.id)
    stopped = sa.select(Suppression.address).where(Suppression.contact_id == contact.id)
    links = sa.select(Invitation.token_digest).where(Invitation.contact_id == contact.id)
    return Person(
        contact.id,
        accounts,
        contact.name,
        contact.email,
        contact.phone,
        ids=(contact.external_id, f"erased-{contact.id}", *session.scalars(aliases)),
        # a contact that stands for its account has the account's id, which is no word about a person
        harmless=set(session.scalars(sa.select(Account.external_id).where(Account.id.in_(accounts)))),
        at=clock.now(),
        addresses=tuple(one for one in _texts(sa.union(mailed, stopped)) if not one.startswith(("#", "@"))),
        response_ids=frozenset(row.id for row in answers),
        answers=frozenset((row.source, row.external_id) for row in answers if row.external_id),
        link_digests=frozenset(_texts(links)),
        near=_near(contact.id, accounts),
        counting=counting,
    )


def _texts(query: Any) -> list[str]:
    return [one for one in db.session.scalars(query) if one]


def _answers_of(contact_id: int) -> list[Any]:
    """The person's answers, those that do not count, and those that were given to somebody else by a correction."""
    said_by = sa.type_coerce(ResponseVersion.content, sa.JSON)["contact_id"].as_integer()
    moved = sa.select(ResponseVersion.response_id).where(said_by == contact_id)
    mine = sa.or_(Response.contact_id == contact_id, Response.id.in_(moved))
    stored = sa.select(Response.id, Response.source, Response.external_id).where(mine)
    excluded = sa.select(ResponseExclusion.response_id.label("id"), ResponseExclusion.source, ResponseExclusion.external_id)
    found = [db.session.execute(query) for query in (stored, excluded.where(ResponseExclusion.contact_id == contact_id))]
    return [row for rows in found for row in rows]


def _near(contact_id: int, accounts: tuple[int, ...]) -> dict[str, frozenset[str]]:
    """What the person's accounts are about, by the names of the audit log."""
    of_accounts = {
        "issue": sa.select(Issue.id).where(Issue.account_id.in_(accounts)),
        "account_plan": sa.select(AccountPlan.id).where(AccountPlan.account_id.in_(accounts)),
        "response": sa.select(Response.id).where(Response.account_id.in_(accounts)),
        "invitation": sa.select(Invitation.id).where(Invitation.contact_id == contact_id),
    }
    found = {kind: frozenset(map(str, db.session.scalars(query))) for kind, query in of_accounts.items()}
    return found | {"account": frozenset(map(str, accounts)), "contact": frozenset({str(contact_id)})}
