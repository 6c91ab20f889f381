"""Everything that the page of an account's plan shows: the sheet, its history, and what could be added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import access_account
from feedback.audit.models import AuditEvent
from feedback.defects.models import Citation, Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.issues.models import Commitment, Issue
from feedback.issues.queries.promises import is_open_promise
from feedback.kernel import clock
from feedback.planning.locking import OBJECT, READ, WRITE
from feedback.planning.models import AccountPlan
from feedback.planning.queries import PlanLine, plan_of_today, plans_of
from feedback.planning.sheets import PlanSheet, Suggestion, sheet_of, suggestions_for
from feedback.reporting.actors import names_of
from feedback.surveys.models import Response

Option = tuple[int, str]
_HISTORY = 50


@dataclass(frozen=True)
class HistoryLine:
    """Something that happened to the plan."""

    kind: str
    by: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Choices:
    """What can be put into the plan: people there and here, problems that were named, promises of issues."""

    contacts: Sequence[Option]
    people: Sequence[Option]
    defects: Sequence[Option]
    promises: Sequence[Option]


@dataclass(frozen=True)
class PlanPage:
    """The account, all its plans, and the one that is looked at; `sheet` is None where there is none."""

    account: Account
    owner: str | None
    plans: Sequence[AccountPlan]
    sheet: PlanSheet | None
    suggestions: Sequence[Suggestion]
    choices: Choices
    history: Sequence[HistoryLine]
    may_write: bool


def get_plan_page(viewer: Viewer, account_id: int, *, today: date, plan_id: int | None = None) -> PlanPage:
    """The account's plan that is asked for, or the one that is worked by today.

    Raises:
        NotFound: the account is missing or somebody else's.
    """
    account = access_account(account_id, viewer=viewer, permission=READ)
    plans = plans_of(viewer, account_id)
    chosen = next((plan for plan in plans if plan.id == plan_id), None) or plan_of_today(plans, today)
    owner = db.session.scalar(sa.select(User.name).where(User.id == account.owner_id)) if account.owner_id else None
    sheet = sheet_of(PlanLine(chosen, account.name, account.owner_id, owner), asker=viewer.user_id) if chosen else None
    writes = scope_of(viewer, WRITE) is not Scope.NONE
    return PlanPage(
        account=account,
        owner=owner,
        plans=plans,
        sheet=sheet,
        suggestions=suggestions_for(sheet) if sheet else (),
        choices=_choices(account_id, sheet) if sheet and writes else Choices((), (), (), ()),
        history=_history(chosen.id) if chosen else (),
        may_write=writes,
    )


def _choices(account_id: int, sheet: PlanSheet) -> Choices:
    contacts = [(one.buyer.contact_id, one.name or one.external_id) for one in sheet.standing.facts.people]
    people: Any = db.session.execute(sa.select(User.id, User.name).where(User.active).order_by(User.name)).all()
    linked = [one.row.commitment_id for one in sheet.promises if one.row.commitment_id]
    promised = sa.select(Commitment.id, Commitment.text).join(Issue, Issue.id == Commitment.issue_id)
    promised = promised.where(Issue.account_id == account_id, is_open_promise(), Commitment.id.not_in(linked))
    promises: Any = db.session.execute(promised.order_by(Commitment.due_at)).all()
    return Choices(contacts, [tuple(one) for one in people], _defects(account_id), [tuple(one) for one in promises])


def _defects(account_id: int) -> list[Option]:
    """Problems that somebody of the account named within the last two years, or has an issue about."""
    since = clock.now().replace(year=clock.now().year - 2, day=1)
    cited = sa.select(Citation.defect_id).join(Response, Response.id == Citation.response_id)
    cited = cited.where(Response.account_id == account_id, Response.responded_at > since)
    about = sa.select(Issue.defect_id).where(Issue.account_id == account_id, Issue.defect_id.is_not(None))
    query = sa.select(Defect.id, shown_name().label("shown")).where(sa.or_(Defect.id.in_(cited), Defect.id.in_(about)))
    return [(id_, name) for id_, name in db.session.execute(query.order_by(sa.text("shown")))]


def _history(plan_id: int) -> list[HistoryLine]:
    query = sa.select(AuditEvent).where(AuditEvent.object_type == OBJECT, AuditEvent.object_id == str(plan_id))
    rows = db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(_HISTORY)).all()
    names = names_of([row.actor for row in rows])
    return [
        HistoryLine(row.action.partition(".")[2], names.get(row.actor) or row.actor, row.occurred_at, _about(row.data))
        for row in rows
    ]


def _about(data: dict[str, Any]) -> str:
    """The words that the change was about, as far as it had any."""
    for part in (data, data.get("values"), data.get("after")):
        for name in ("text", "product", "agreed", "note"):
            value = part.get(name) if isinstance(part, dict) else None
            value = value.get("text") if isinstance(value, dict) else value
            if isinstance(value, str) and value:
                return value
    return ""
