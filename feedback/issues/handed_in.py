"""Who a complaint is of that another system hands in: no complaint is lost because its customer is not here yet."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.intake import ensure_parties
from feedback.accounts.models import Account, AccountContact
from feedback.accounts.queries import account_ids_by_external_id, contact_ids_by_external_id
from feedback.accounts.service import create_account
from feedback.extensions import db
from feedback.issues.rules import IssueSource
from feedback.kernel import clock
from feedback.kernel.db import microseconds
from feedback.kernel.errors import InvalidInput

# what a complaint may say of a customer who is not known yet
ABOUT_PARTIES = ("account_name", "contact_name", "contact_email", "contact_role")


def with_customer(body: dict[str, Any], *, viewer: Viewer) -> dict[str, Any]:
    """What was handed in, without what it says about its customer, who comes into being if that is needed.

    Only for those who may hand in answers, which do the same; a person who names an account that is not there made a mistake.
    A complaint of nobody in particular makes nobody. Call inside `transaction()`.
    """
    said = {name: value for name, value in body.items() if name not in ABOUT_PARTIES}
    account = _account_of(said)
    hands_in = scope_of(viewer, "response.write") is Scope.ALL
    if said["source"] is not IssueSource.COMPLAINT or account is None or not hands_in:
        return said
    contact = said.get("contact_external_id")
    if contact is not None:
        _ensure(account, contact, body)
    elif not account_ids_by_external_id([account]):
        create_account({"external_id": account, "name": body.get("account_name") or account}, actor=viewer.actor)
    return said


def _account_of(said: dict[str, Any]) -> str | None:
    if "account_id" not in said:
        return str(said["account_external_id"])
    known = db.session.get(Account, said["account_id"])
    return None if known is None else known.external_id


def _check_not_anothers(account: str, contact: str, body: dict[str, Any]) -> None:
    """A mistyped id must not give somebody of another customer a role here, and our mails."""
    known = contact_ids_by_external_id([contact]).get(contact)
    if known is None or body.get("contact_role") is not None:
        return
    here = sa.select(Account.external_id).join(AccountContact, AccountContact.account_id == Account.id)
    places = set(db.session.scalars(here.where(AccountContact.contact_id == known)))
    if places and account not in places:
        text = _("This contact belongs to another account. Say with `contact_role` that they have a role at this one too.")
        raise InvalidInput({"contact_external_id": [text]})


def _ensure(account: str, contact: str, body: dict[str, Any]) -> None:
    _check_not_anothers(account, contact, body)
    about = {name: [body.get(name)] for name in (*ABOUT_PARTIES, "segment", "region", "contact_time_zone")}
    said: dict[str, list[Any]] = {
        "source": [body.get("external_system") or "api"],
        "account_external_id": [account],
        "contact_external_id": [contact],
        "responded_at": [microseconds(clock.now())],
    }
    ensure_parties(db.session(), said | about)
