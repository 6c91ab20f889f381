"""A sales contact against the gate's answer is news for those who look after the customer, and for whoever leads them."""

from feedback.access.models import User
from feedback.access.queries import lead_of
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.gate.contacts.events import SalesContactLogged
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import Match
from feedback.issues import news


def after_sales_contact(logged: SalesContactLogged) -> None:
    """The account manager, and the lead of the team of whoever made the contact, else of the team of the account."""
    entry = db.session.get_one(SalesContact, logged.sales_contact_id)
    if entry.matched is not Match.AGAINST:
        return
    account = db.session.get_one(Account, logged.account_id)
    person = db.session.get(User, entry.user_id) if entry.user_id is not None else None
    team_id = person.team_id if person is not None and person.team_id is not None else account.team_id
    lead = lead_of(team_id) if team_id is not None else None
    facts = {"account": account.name, "person": person.name if person is not None else None}
    people = dict.fromkeys(one for one in (account.owner_id, lead) if one is not None)
    link = f"/app/accounts/{account.id}"
    news.send([news.notice(f"sale-against:{entry.id}", one, "sale_against", link, **facts) for one in people])
