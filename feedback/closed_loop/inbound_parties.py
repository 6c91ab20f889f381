"""Whose answer an event holds: by a personal link, by the ids of account and contact, or by an e-mail address."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.models import Account, AccountContact, Contact, ExternalIdentity
from feedback.inlets.models import Connector
from feedback.inlets.rules.events import Unfit
from feedback.inlets.rules.kinds import Trouble
from feedback.inlets.rules.shapes import Said
from feedback.surveys.models import Invitation, Response, ResponseExclusion, SurveyProgram
from feedback.surveys.tokens import token_digest


@dataclass(frozen=True, slots=True)
class Parties:
    """Ids as the acceptor takes them. A personal link says everything, the survey too."""

    account: str
    contact: str
    invitation_id: int | None = None
    survey: str | None = None


def parties_of(session: Session, connector: Connector, said: Said) -> Parties:
    """Whose answer it is. An answer without a named person is none of ours.

    Raises:
        Unfit: nobody is named, or nobody whom we know.
    """
    if said.token:
        return _behind_link(session, connector, said)
    account = _account(session, connector, said)
    contact = said.contact or _contact_by_address(session, account, said.contact_email)
    if contact is None:
        raise Unfit(Trouble.MISSING, "contact")
    return Parties(account, contact)


def _behind_link(session: Session, connector: Connector, said: Said) -> Parties:
    query = (
        sa.select(Invitation.id, Account.external_id, Contact.external_id, SurveyProgram.code)
        .join(Account, Account.id == Invitation.account_id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .join(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
        .where(Invitation.token_digest == token_digest(said.token or ""))
    )
    row: Any = session.execute(query).one_or_none()
    if row is None:
        raise Unfit(Trouble.UNKNOWN_LINK, "token")
    if any(before != (connector.code, said.answer_id) for before in _answers_over(session, row[0])):
        raise Unfit(Trouble.LINK_USED, "token")
    return Parties(row[1], row[2], row[0], row[3])


def _answers_over(session: Session, invitation_id: int) -> list[tuple[str, str | None]]:
    """(source, name) of what was answered over a link, whether it counts or was taken out: its link is used up all the same."""
    stored = sa.select(Response.source, Response.external_id).where(Response.invitation_id == invitation_id)
    excluded = sa.select(ResponseExclusion.source, ResponseExclusion.external_id).where(
        ResponseExclusion.invitation_id == invitation_id, ResponseExclusion.put_back_at.is_(None)
    )
    return [(source, name) for source, name in session.execute(stored.union_all(excluded))]


def _account(session: Session, connector: Connector, said: Said) -> str:
    if said.account is None:
        return _account_of_address(session, said.contact_email)
    named = sa.select(Account.id).where(Account.external_id == said.account)
    alias = sa.select(ExternalIdentity.object_id).where(
        ExternalIdentity.system == connector.code,
        ExternalIdentity.object_type == "account",
        ExternalIdentity.external_id == said.account,
    )
    if not connector.create_accounts and session.scalar(named) is None and session.scalar(alias) is None:
        raise Unfit(Trouble.UNKNOWN_ACCOUNT, "account", said.account)
    return said.account


def _account_of_address(session: Session, address: str | None) -> str:
    if address is None:
        raise Unfit(Trouble.MISSING, "account")
    query = (
        sa.select(Account.external_id)
        .join(AccountContact, AccountContact.account_id == Account.id)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(sa.func.lower(Contact.email) == address.lower(), AccountContact.left_at.is_(None))
        .distinct()  # two records of one person in one account are no second account
        .limit(2)
    )
    found = session.scalars(query).all()
    if len(found) == 1:
        return found[0]
    raise Unfit(Trouble.SEVERAL_ACCOUNTS if found else Trouble.UNKNOWN_CONTACT, "contact_email", address)


def _contact_by_address(session: Session, account: str, address: str | None) -> str | None:
    """The contact of this account with this address; a new one is called by it."""
    if address is None:
        return None
    query = (
        sa.select(Contact.external_id)
        .join(AccountContact, AccountContact.contact_id == Contact.id)
        .join(Account, Account.id == AccountContact.account_id)
        .where(sa.func.lower(Contact.email) == address.lower(), Account.external_id == account)
        .order_by(Contact.id)
        .limit(1)
    )
    return session.scalar(query) or address.lower()
