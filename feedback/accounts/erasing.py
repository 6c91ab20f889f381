"""What the customer record keeps about a person, and how it forgets."""

from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact, ExternalIdentity, Interaction
from feedback.extensions import db
from feedback.kernel.clearing import change, clear_texts, drop
from feedback.kernel.erasing import Counts, Person, erases


@erases(
    "contact.external_id",
    "contact.name",
    "contact.email",
    "contact.phone",
    "contact.language",
    "contact.time_zone",
    "contact.not_now_reason",
    "contact.preferred_channel",
    "contact.best_hours",
    "external_identity.external_id",
)
def forget_contact(person: Person) -> Counts:
    """Empty the row, end the roles, and drop what other systems call the person."""
    session, kept = db.session(), {"id", "created_at", "updated_at", "erased_at", "external_id"}
    empty: dict[str, Any] = dict.fromkeys({column.name for column in Contact.__table__.columns} - kept)
    empty |= {"external_id": f"erased-{person.contact_id}", "erased_at": person.at, "updated_at": person.at}
    change(session, person, Contact, Contact.id == person.contact_id, **empty)
    roles = AccountContact.contact_id == person.contact_id, AccountContact.left_at.is_(None)
    left = change(session, person, AccountContact, *roles, left_at=person.at)
    named = ExternalIdentity.object_type == "contact", ExternalIdentity.object_id == person.contact_id
    return {"roles_ended": left, "ids_of_other_systems": drop(session, person, ExternalIdentity, *named)}


@erases("interaction.summary")
def forget_talks(person: Person) -> Counts:
    """What was said with the person goes; where others' talks name the person, the name goes."""
    session, told = db.session(), Interaction.summary.is_not(None)
    own = change(session, person, Interaction, Interaction.contact_id == person.contact_id, told, summary=None)
    others = sa.or_(Interaction.contact_id.is_(None), Interaction.contact_id != person.contact_id)
    near = Interaction.account_id.in_(person.account_ids), others, told
    return {"notes_of_talks": own, "texts_cleared": clear_texts(session, person, [Interaction.summary], *near)}
