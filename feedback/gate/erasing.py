"""What the gate keeps about a person beside numbers: notes of sales contacts."""

from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.kernel.clearing import change, clear_texts
from feedback.kernel.erasing import Counts, Person, erases


@erases("sales_contact.note", "sales_contact.external_id")
def forget_notes(person: Person) -> Counts:
    """Notes about the person go, with the id that leads to them in another system; other notes lose the name."""
    session, mine = db.session(), SalesContact.contact_id == person.contact_id
    emptied = change(session, person, SalesContact, mine, note=None, external_id=None)
    done = clear_texts(session, person, [SalesContact.note], SalesContact.account_id.in_(person.account_ids))
    return {"texts_cleared": done + emptied}
