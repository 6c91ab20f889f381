"""What the form of a complaint offers: the people, contracts and defects that it can name."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.queries import access_account
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.reporting.issue_neighbours import ContractChoice, list_choices


@dataclass(frozen=True)
class ComplaintForm:
    """The choices of one account."""

    account_id: int
    people: Sequence[tuple[int, str]]
    defects: Sequence[dict[str, str]]  # value and label
    contracts: Sequence[ContractChoice]


def complaint_form(viewer: Viewer, account_id: int) -> ComplaintForm:
    """The choices, if the viewer may open issues there.

    Raises:
        NotFound: the account is missing or somebody else's.
    """
    account = access_account(account_id, viewer=viewer, permission="issue.open")
    people = (
        sa.select(Contact.id, sa.func.coalesce(Contact.name, Contact.external_id))
        .join(AccountContact, AccountContact.contact_id == Contact.id)
        .where(AccountContact.account_id == account.id, AccountContact.left_at.is_(None), Contact.erased_at.is_(None))
        .order_by(AccountContact.role, Contact.name)
    )
    return ComplaintForm(
        account.id,
        [(contact_id, name) for contact_id, name in db.session.execute(people)],
        list_defect_choices(),
        list_choices(account.id),
    )


def list_defect_choices() -> list[dict[str, str]]:
    """The defects that can be named, by their name in the reader's language."""
    defects = sa.select(Defect.code, shown_name()).where(Defect.active)
    named = sorted(((name or code, code) for code, name in db.session.execute(defects)), key=lambda pair: pair[0].casefold())
    return [{"value": code, "label": name} for name, code in named]
