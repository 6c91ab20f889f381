"""A plan that is to be changed: held, seen as it is, and counted on. Call inside `transaction()`."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.audit import service as audit
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, NotFound, RuleViolation
from feedback.planning.models import AccountPlan
from feedback.planning.rules.states import PlanState
from feedback.web.numerals import day_and_time

READ, WRITE, OBJECT = "plan.read", "plan.write", "account_plan"


def hold_plan(plan_id: int, *, version: int, viewer: Viewer) -> AccountPlan:
    """The plan, to be changed by whoever saw it as `version`.

    Raises:
        NotFound: it is not there or not the viewer's.
        RuleViolation: it is closed; history is not rewritten.
        Conflict: somebody changed it since.
    """
    query = sa.select(AccountPlan).join(Account, Account.id == AccountPlan.account_id)
    query = query.where(AccountPlan.id == plan_id, account_scope(viewer, WRITE)).with_for_update(of=AccountPlan)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    if found.state is PlanState.CLOSED:
        raise RuleViolation(_("This plan is closed: make a new one for what comes next."))
    if found.version != version:
        raise Conflict(_changed_by(found))
    return found


def _changed_by(plan: AccountPlan) -> str:
    query = sa.select(AuditEvent.actor).where(AuditEvent.object_type == OBJECT, AuditEvent.object_id == str(plan.id))
    actor = db.session.scalar(query.order_by(AuditEvent.id.desc()).limit(1)) or ""
    kind, _colon, number = actor.partition(":")
    name = db.session.scalar(sa.select(User.name).where(User.id == int(number))) if kind == "user" and number.isdigit() else None
    values = {"name": name or _("somebody"), "time": day_and_time(plan.changed_at)}
    return _("The plan was changed by %(name)s at %(time)s. Look at it as it is now, then change it once more.", **values)


def note_change(plan: AccountPlan, kind: str, *, viewer: Viewer, **data: Any) -> None:
    """Count the change and keep who made it; `kind` is a code that history turns into a sentence."""
    plan.version += 1
    plan.changed_at = clock.now()
    db.session.flush()
    audit.record(viewer.actor, f"plan.{kind}", OBJECT, plan.id, **data)
