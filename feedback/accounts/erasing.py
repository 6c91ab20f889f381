"""What the customer record keeps about a person, and how it forgets."""

import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact, ExternalIdentity, Interaction
from feedback.extensions import db
from feedback.kernel.erasing import Counts, Person, erases


@erases(
    "contact.external_id",
    "contact.name",
    "contact.email",
    "contact.phone",
    "contact.language",
    "contact.time_zone",
    "contact.not_now_reason",
    "external_identity.external_id",
)
def forget_contact(person: Person) -> Counts:
    """Empty the row, end the roles, and drop what other systems call the person."""
    kept = {"id", "created_at", "updated_at", "erased_at", "external_id"}
    empty = dict.fromkeys({column.name for column in Contact.__table__.columns} - kept)
    mine = sa.update(Contact).where(Contact.id == person.contact_id)
    db.session.execute(mine.values(**empty, external_id=f"erased-{person.contact_id}", erased_at=person.at, updated_at=person.at))
    roles = sa.update(AccountContact).where(AccountContact.contact_id == person.contact_id, AccountContact.left_at.is_(None))
    left = db.session.execute(roles.values(left_at=person.at).returning(AccountContact.account_id)).all()
    names = sa.delete(ExternalIdentity).where(
        ExternalIdentity.object_type == "contact", ExternalIdentity.object_id == person.contact_id
    )
    aliases = db.session.execute(names.returning(ExternalIdentity.id)).all()
    return {"roles_ended": len(left), "ids_of_other_systems": len(aliases)}


@erases("interaction.summary")
def forget_talks(person: Person) -> Counts:
    """What was said with the person goes; where others' talks name the person, the name goes."""
    query = sa.select(Interaction).where(
        sa.or_(Interaction.contact_id == person.contact_id, Interaction.account_id.in_(person.account_ids)),
        Interaction.summary.is_not(None),
    )
    own = named = 0
    for row in db.session.scalars(query):
        if row.contact_id == person.contact_id:
            row.summary, own = None, own + 1
        elif person.is_in(row.summary):
            row.summary, named = person.cleared(row.summary), named + 1
    db.session.flush()
    return {"notes_of_talks": own, "texts_cleared": named}
