"""What the gate keeps about a person beside numbers: notes of sales contacts and of exceptions."""

from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.overriding.models import GateOverride
from feedback.kernel.clearing import change, clear_texts
from feedback.kernel.erasing import Counts, Person, erases


@erases("sales_contact.note", "sales_contact.external_id")
def forget_notes(person: Person) -> Counts:
    """Notes about the person go, with the id that leads to them in another system; other notes lose the name."""
    session, mine = db.session(), SalesContact.contact_id == person.contact_id
    emptied = change(session, person, SalesContact, mine, note=None, external_id=None)
    done = clear_texts(session, person, [SalesContact.note], SalesContact.account_id.in_(person.account_ids))
    return {"texts_cleared": done + emptied}


@erases("gate_override.note", "gate_override.decision")
def forget_exceptions(person: Person) -> Counts:
    """What was said for and against exceptions about the person goes; elsewhere the name does."""
    session, mine = db.session(), GateOverride.contact_id == person.contact_id
    emptied = change(session, person, GateOverride, mine, note="", decision=None)
    here = GateOverride.account_id.in_(person.account_ids)
    done = clear_texts(session, person, [GateOverride.note, GateOverride.decision], here)
    return {"texts_cleared": done + emptied}
