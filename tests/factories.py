"""Rows for tests. Each factory commits, and answers the id; use inside `app.app_context()`."""

from itertools import count
from typing import Any

import sqlalchemy as sa

from feedback.access.models import ApiToken, Team, User
from feedback.access.rules import Role
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.defects.models import Defect
from feedback.defects.rules import DefectCategory
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SurveyKind
from feedback.uow import transaction

_numbers = count(1)


def insert(model: type[Model], **values: Any) -> int:
    """Insert one row with Core and commit; answers its id."""
    with transaction() as session:
        return session.execute(sa.insert(model).values(**values)).inserted_primary_key[0]


def make_team(**values: Any) -> int:
    """A frontline team."""
    number = next(_numbers)
    return insert(Team, **{"code": f"team-{number}", "name": f"Team {number}"} | values)


def make_user(role: Role = Role.ADMIN, **values: Any) -> int:
    """A person; without a password unless `password_hash` is given."""
    number = next(_numbers)
    defaults = {
        "email": f"person{number}@example.com",
        "name": f"Person {number}",
        "role": role,
        "created_at": clock.now(),
        "locale": "en",
        "time_zone": "UTC",
        "active": True,
    }
    return insert(User, **defaults | values)


def make_account(**values: Any) -> int:
    """An active account of tier B."""
    number = next(_numbers)
    now = clock.now()
    defaults = {
        "external_id": f"A{number}",
        "name": f"Account {number}",
        "value_tier": ValueTier.B,
        "status": AccountStatus.ACTIVE,
        "created_at": now,
        "updated_at": now,
    }
    return insert(Account, **defaults | values)


def make_contact(account_id: int, role: ContactRole = ContactRole.DECISION_MAKER, **values: Any) -> int:
    """A contact with a role in the account."""
    number = next(_numbers)
    now = clock.now()
    defaults = {"external_id": f"C{number}", "name": f"Contact {number}", "created_at": now, "updated_at": now}
    contact_id = insert(Contact, **defaults | values)
    insert(AccountContact, account_id=account_id, contact_id=contact_id, role=role, role_guessed=False, since=now)
    return contact_id


def make_defect(code: str = "", category: DefectCategory = DefectCategory.SERVICE, **values: Any) -> int:
    """A catalogue entry."""
    number = next(_numbers)
    with transaction() as session:
        ordinal = session.scalar(sa.select(sa.func.coalesce(sa.func.max(Defect.ordinal), -1))) + 1
        values = {
            "code": code or f"defect_{number}",
            "name": f"Defect {number}",
            "category": category,
            "ordinal": ordinal,
            "wording": {},
            "active": True,
            "created_at": clock.now(),
        } | values
        return session.execute(sa.insert(Defect).values(**values)).inserted_primary_key[0]


def make_survey(code: str, kind: SurveyKind = SurveyKind.TRANSACTIONAL) -> int:
    """A survey program beside the `relationship` one that every installation has."""
    return insert(SurveyProgram, code=code, name=code.title(), kind=kind, created_at=clock.now())


__all__ = ["ApiToken", "insert", "make_account", "make_contact", "make_defect", "make_survey", "make_team", "make_user"]
