"""Everything one person has said about what we may do, and who looked it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import access_contact, account_scope
from feedback.extensions import db
from feedback.permission.lookups import Looked, Lookup, lookups_of, note_lookup
from feedback.permission.models import ConsentEvent, Notice
from feedback.permission.queries import list_consent_states, list_events
from feedback.permission.rules import Channel, ConsentFact, Purpose
from feedback.reporting.actors import names_of


@dataclass(frozen=True)
class Ledger:
    """One person. `lookups` is None for those who may not see who looked; `names`: actor → name."""

    contact: Contact
    accounts: Sequence[tuple[int, str]]
    states: Mapping[tuple[Purpose, Channel], ConsentFact]
    events: Sequence[ConsentEvent]
    notices: Mapping[int, Notice]
    lookups: Sequence[Lookup] | None
    names: Mapping[str, str]


def ledger_of(contact_id: int, viewer: Viewer) -> Ledger:
    """What a person said, the newest first; that the viewer looked is on record from now on.

    Raises:
        NotFound: the person is missing, or at somebody else's account.
    """
    contact = access_contact(contact_id, viewer=viewer, permission="consent.read")
    note_lookup(contact_id, Looked.LEDGER, viewer)
    events = list_events(contact_id)
    wanted = {event.notice_id for event in events if event.notice_id}
    notices = {one.id: one for one in db.session.scalars(sa.select(Notice).where(Notice.id.in_(wanted)))}
    lookups = lookups_of(contact_id) if scope_of(viewer, "request.read") is not Scope.NONE else None
    actors = [event.recorded_by for event in events] + [one.actor for one in lookups or ()]
    return Ledger(
        contact, _accounts(contact_id, viewer), list_consent_states(contact_id), events, notices, lookups, names_of(actors)
    )


def _accounts(contact_id: int, viewer: Viewer) -> list[tuple[int, str]]:
    query = (
        sa.select(Account.id, Account.name)
        .join(AccountContact, AccountContact.account_id == Account.id)
        .where(AccountContact.contact_id == contact_id, account_scope(viewer))
        .order_by(Account.name)
    )
    return [(id_, name) for id_, name in db.session.execute(query)]
