"""Whether a part may be written so: it names only what is this account's, and days that can be."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import AccountContact
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.gate.advocacy import FRESH_KEY_SCORE
from feedback.issues.models import Commitment, Issue
from feedback.kernel import clock
from feedback.kernel.currencies import is_known_currency
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.kernel.wall_clock import FARTHEST
from feedback.outer_loop.models import DisruptionAccount
from feedback.permission.rules import Channel
from feedback.planning.models import AccountPlan, PlanCondition, PlanPromise, PlanReview
from feedback.planning.rules.states import REFERENCES, ConditionKind, PromiseEnd

Values = dict[str, Any]
_ENDS = {PromiseEnd.KEPT: "kept_at", PromiseEnd.BROKEN: "broken_at", PromiseEnd.WITHDRAWN: "withdrawn_at"}
_REFERENCED = ("issue_id", "defect_id", "disruption_id", "contact_id", "channel")


def objective(_plan: AccountPlan, values: Values, row: Any) -> Values:
    """Something to reach, by somebody who works here, by a day."""
    _check_text(values, "text")
    owner = values.get("owner_id")
    if owner is not None and not db.session.scalar(sa.select(User.active).where(User.id == owner)):
        raise InvalidInput({"owner_id": [_("This person is not here, or has left.")]})
    _check_day(values.get("due_on"), row and row.due_on)
    return values


def condition(plan: AccountPlan, values: Values, row: Any) -> Values:
    """A link to the evidence; there is nothing to change about it."""
    if row is not None:
        raise RuleViolation(_("What must change ticks itself: take it out, or add another."))
    kind = values["kind"]
    if kind is ConditionKind.CONSENT:
        values.setdefault("channel", Channel.PHONE)
    _check_references(kind, values)
    if not _is_of_account(kind, values, plan.account_id):
        raise InvalidInput({REFERENCES[kind][0]: [_("There is none with this number at this customer.")]})
    if kind is ConditionKind.SCORE:
        values.setdefault("least_score", FRESH_KEY_SCORE)
    elif values.get("least_score") is not None:
        raise InvalidInput({"least_score": [_("Only a person's score has one.")]})
    key = ":".join([kind.value, *(str(values[name]) for name in REFERENCES[kind])])
    if db.session.scalar(sa.select(PlanCondition.id).where(PlanCondition.plan_id == plan.id, PlanCondition.key == key)):
        raise InvalidInput({"kind": [_("This stands in the plan already.")]})
    return values | {"key": key}


def _check_references(kind: ConditionKind, values: Values) -> None:
    given = {name for name in _REFERENCED if values.get(name) is not None}
    wanted = set(REFERENCES[kind])
    errors = {name: [_("Say which one.")] for name in sorted(wanted - given)}
    errors |= {name: [_("This does not belong to what is to change.")] for name in sorted(given - wanted)}
    if errors:
        raise InvalidInput(errors)


def _is_of_account(kind: ConditionKind, values: Values, account_id: int) -> bool:
    queries: dict[ConditionKind, sa.Select[Any]] = {
        ConditionKind.ISSUE: sa.select(Issue.id).where(Issue.id == values.get("issue_id"), Issue.account_id == account_id),
        ConditionKind.DEFECT: sa.select(Defect.id).where(Defect.id == values.get("defect_id")),
        ConditionKind.DISRUPTION: sa.select(DisruptionAccount.account_id).where(
            DisruptionAccount.disruption_id == values.get("disruption_id"), DisruptionAccount.account_id == account_id
        ),
        ConditionKind.SCORE: _member(account_id, values.get("contact_id")),
        ConditionKind.CONSENT: _member(account_id, values.get("contact_id")),
    }
    query = queries.get(kind)
    return query is None or db.session.scalar(query) is not None


def _member(account_id: int, contact_id: int | None) -> sa.Select[Any]:
    here = (AccountContact.account_id == account_id, AccountContact.contact_id == contact_id)
    return sa.select(AccountContact.contact_id).where(*here, AccountContact.left_at.is_(None))


def intent(_plan: AccountPlan, values: Values, row: Any) -> Values:
    """Something to sell: what, for how much, when. An amount has a currency."""
    _check_text(values, "product")
    _check_day(values.get("due_on"), row and row.due_on)
    amount = values.get("amount", row and row.amount)
    if amount is None:
        return values | {"currency": None}
    code = (values.get("currency") or (row and row.currency) or current_exchange().currency).upper()
    if not is_known_currency(code):
        message = _("There is no currency %(code)s: write its three letters, such as EUR.", code=code)
        raise InvalidInput({"currency": [message]})
    return values | {"currency": code, "amount": round(amount, 2)}


def review(_plan: AccountPlan, values: Values, row: PlanReview | None) -> Values:
    """A day to look at the plan; minutes of it are written once it was, and one that is over cannot be moved."""
    starts_at = values.get("starts_at")
    if row is None or (starts_at is not None and starts_at != row.starts_at):
        _check_moment(starts_at)
    if row is not None and starts_at is not None and starts_at != row.starts_at and row.held_at is not None:
        raise RuleViolation(_("This review was held: it cannot be moved."))
    if values.pop("cancelled", False):
        if row is not None and row.held_at is not None:
            raise RuleViolation(_("This review was held: it cannot be called off."))
        values["cancelled_at"] = clock.now()
    return _with_minutes(values, row)


def _with_minutes(values: Values, row: PlanReview | None) -> Values:
    agreed = (values.get("agreed") or "").strip()
    if not agreed or row is None:
        return values
    if row.cancelled_at is not None:
        raise RuleViolation(_("This review was called off: it has no minutes."))
    if row.starts_at > clock.now() + timedelta(days=1):
        raise RuleViolation(_("This review lies ahead: its minutes are written when it was held."))
    return values | {"held_at": row.held_at or min(row.starts_at, clock.now())}


def promise(plan: AccountPlan, values: Values, row: PlanPromise | None) -> Values:
    """One of an issue of this account, which ends there, or an own one with its words and day."""
    if row is None:
        return _new_promise(plan, values)
    if row.commitment_id is not None:
        raise RuleViolation(_("This was promised in an issue: it is changed and kept there."))
    _check_text(values, "text")
    _check_day(values.get("due_on"), row.due_on)
    _check_person(plan, values)
    end = values.pop("end", None)
    if end is None:
        return values
    if row.kept_at or row.broken_at or row.withdrawn_at:
        raise RuleViolation(_("It was said already how this promise ended."))
    return values | {_ENDS[end]: clock.now()}


def _new_promise(plan: AccountPlan, values: Values) -> Values:
    commitment = values.get("commitment_id")
    if commitment is None:
        errors = {name: [_("Say what was promised, and by when.")] for name in ("text", "due_on") if not values.get(name)}
        if errors:
            raise InvalidInput(errors)
        _check_day(values["due_on"], None)
        _check_person(plan, values)
        return values
    own = sorted(name for name in ("text", "due_on", "contact_id") if values.get(name) is not None)
    if own:
        raise InvalidInput({name: [_("This is read from the issue in which it was promised.")] for name in own})
    query = sa.select(Commitment.id).join(Issue, Issue.id == Commitment.issue_id)
    if db.session.scalar(query.where(Commitment.id == commitment, Issue.account_id == plan.account_id)) is None:
        raise InvalidInput({"commitment_id": [_("There is none with this number at this customer.")]})
    linked = (PlanPromise.plan_id == plan.id, PlanPromise.commitment_id == commitment)
    if db.session.scalar(sa.select(PlanPromise.id).where(*linked)) is not None:
        raise InvalidInput({"commitment_id": [_("This stands in the plan already.")]})
    return {"commitment_id": commitment}


def removal(row: Any) -> None:
    """What has happened stays.

    Raises:
        RuleViolation: a review that was held, a promise that ended.
    """
    if isinstance(row, PlanReview) and row.held_at is not None:
        raise RuleViolation(_("This review was held: what was agreed stays on record."))
    if isinstance(row, PlanPromise) and (row.kept_at or row.broken_at or row.withdrawn_at):
        raise RuleViolation(_("This promise has ended: it stays on record."))


def _check_person(plan: AccountPlan, values: Values) -> None:
    contact = values.get("contact_id")
    if contact is not None and db.session.scalar(_member(plan.account_id, contact)) is None:
        raise InvalidInput({"contact_id": [_("There is none with this number at this customer.")]})


def _check_text(values: Values, name: str) -> None:
    if name in values and not (values[name] or "").strip():
        raise InvalidInput({name: [_("Write a few words.")]})


def _check_day(day: date | None, before: date | None) -> None:
    """A day may have passed only if it stood there before."""
    if day is None or day == before:
        return
    if day < (clock.now() - timedelta(hours=12)).date():
        raise InvalidInput({"due_on": [_("The day has to lie ahead.")]})
    if day > (clock.now() + FARTHEST).date():
        raise InvalidInput({"due_on": [_("This lies more than ten years ahead: check the year.")]})


def _check_moment(at: datetime | None) -> None:
    if at is None:
        raise InvalidInput({"starts_at": [_("Say when.")]})
    if at > clock.now() + FARTHEST:
        raise InvalidInput({"starts_at": [_("This lies more than ten years ahead: check the year.")]})
    if at < clock.now() - timedelta(days=366):
        raise InvalidInput({"starts_at": [_("A review of more than a year ago is not entered any more: check the year.")]})
