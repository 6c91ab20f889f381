"""Initiatives: proposed, committed to, worked on, delivered, measured. Call inside `transaction()`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.audit import service as audit
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.kernel.currencies import is_known_currency
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.kernel.wall_clock import FARTHEST
from feedback.outer_loop.follow_ups import check_team, close_batches, follow_up_initiative
from feedback.outer_loop.models import EffectCheck, FollowUpBatch, Initiative, InitiativeDefect, InitiativeIssue
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import InitiativeFacts, InitiativeState, check_move
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SurveyKind
from feedback.web.languages import LANGUAGES

MAX_NEWS = 600
LAST_ZONE = timedelta(hours=12)  # behind UTC
_PLAIN = (
    "title",
    "plan",
    "root_cause",
    "owner_id",
    "team_id",
    "cost",
    "currency",
    "due_on",
    "target_from",
    "target_to",
    "promise",
)


@dataclass(frozen=True)
class InitiativeDraft:
    """What somebody proposes. `survey`: the code of the survey whose answers measure it, "all", or None for the usual one."""

    title: str
    defects: Sequence[str] = ()
    issue_ids: Sequence[int] = ()
    plan: str | None = None
    root_cause: str | None = None
    owner_id: int | None = None
    team_id: int | None = None
    cost: float | None = None
    currency: str | None = None
    due_on: date | None = None
    survey: str | None = None
    target_from: float | None = None
    target_to: float | None = None
    promise: str | None = None
    reach: Reach = field(default_factory=Reach)
    news: Mapping[str, str] = field(default_factory=dict)


def propose_initiative(draft: InitiativeDraft, *, viewer: Viewer) -> Initiative:
    """Write it down.

    Raises:
        InvalidInput: it has no title, or names a defect, issue, person, team, account or survey that is not there.
    """
    values = {name: getattr(draft, name) for name in _PLAIN}
    _check(values, draft.reach)
    _check_due(draft.due_on, before=None)
    found = Initiative(
        **values, survey_id=_survey(draft.survey), reach=draft.reach.document, news=_checked_news(draft.news),
        state=InitiativeState.PROPOSED, created_by=viewer.actor, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    _link(found.id, draft.defects, draft.issue_ids)
    audit.record(viewer.actor, "initiative.proposed", "initiative", found.id, title=draft.title)
    return found


def change_initiative(initiative_id: int, changes: Mapping[str, Any], *, viewer: Viewer) -> Initiative:
    """Change what is written; the state moves by `move_initiative` only.

    Raises:
        NotFound: there is no such initiative.
        InvalidInput: as for a new one.
    """
    found = lock_initiative(initiative_id)
    reach = changes.get("reach")
    values = {name: changes[name] for name in _PLAIN if name in changes}
    _check(values, reach)
    _check_due(values.get("due_on"), before=found.due_on)
    if "news" in changes:
        values["news"] = _checked_news(changes["news"])
    if "survey" in changes:
        values["survey_id"] = _survey(changes["survey"])
    if reach is not None:
        values["reach"] = reach.document
    for name, value in values.items():
        setattr(found, name, value)
    db.session.flush()
    _link(found.id, changes.get("defects"), changes.get("issue_ids"))
    audit.record(viewer.actor, "initiative.changed", "initiative", found.id, fields=sorted(changes))
    return found


def move_initiative(initiative_id: int, to: InitiativeState, *, note: str | None, viewer: Viewer) -> Initiative:
    """Move it on. What is delivered gets a list of customers to be told, and days on which its effect is looked at.

    Raises:
        NotFound: there is no such initiative.
        RuleViolation: the state cannot follow, or something is missing (named in `missing`).
    """
    found, now = lock_initiative(initiative_id), clock.now()
    defects = sa.select(sa.func.count()).where(InitiativeDefect.initiative_id == found.id)
    facts = InitiativeFacts(found.state, found.owner_id is not None, found.due_on, note, db.session.scalar(defects) or 0)
    check_move(to, facts)
    was, found.state = found.state, to
    _stamp(found, was, now)
    db.session.flush()
    if to is InitiativeState.DELIVERED:
        plan_checks(found)
        follow_up_initiative(found)
    elif was in (InitiativeState.DELIVERED, InitiativeState.EFFECT_CONFIRMED):
        withdraw_delivery(found.id)
    audit.record(viewer.actor, "initiative.moved", "initiative", found.id, was=was.value, to=to.value, note=note)
    return found


def _stamp(found: Initiative, was: InitiativeState, now: datetime) -> None:
    if found.state is InitiativeState.COMMITTED:
        found.committed_at = now
    elif found.state is InitiativeState.IN_PROGRESS:
        found.started_at = found.started_at or now
        found.reopen_count += was is InitiativeState.EFFECT_CONFIRMED
    elif found.state is InitiativeState.DELIVERED:
        found.delivered_at, found.decided_at = now, None


def plan_checks(found: Initiative) -> None:
    """The days on which its effect is looked at."""
    delivered_at = found.delivered_at or clock.now()
    for days in current_app.extensions["closedloop_settings"].effect_check_days:
        add_check(found.id, delivered_at, days)


def add_check(initiative_id: int, delivered_at: datetime, days: int) -> None:
    """One more such day."""
    due_at = delivered_at + timedelta(days=days)
    db.session.add(EffectCheck(initiative_id=initiative_id, delivered_at=delivered_at, days=days, due_at=due_at, figures={}))
    db.session.flush()


def withdraw_delivery(initiative_id: int) -> None:
    """It was not delivered after all: nobody is told, nothing is measured."""
    db.session.execute(sa.delete(EffectCheck).where(EffectCheck.initiative_id == initiative_id, EffectCheck.done_at.is_(None)))
    close_batches(FollowUpBatch.initiative_id == initiative_id)


def lock_initiative(initiative_id: int) -> Initiative:
    """One of them, to be changed.

    Raises:
        NotFound: there is none.
    """
    query = sa.select(Initiative).where(Initiative.id == initiative_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def _check(values: Mapping[str, Any], reach: Reach | None) -> None:
    errors: dict[str, list[str]] = {}
    if "title" in values and not (values["title"] or "").strip():
        errors["title"] = [_("Give it a name that says what is going to change.")]
    owner = values.get("owner_id")
    if owner is not None and not db.session.scalar(sa.select(User.active).where(User.id == owner)):
        errors["owner_id"] = [_("This person is not here, or has left.")]
    shares = values.get("target_from"), values.get("target_to")
    if None not in shares and shares[1] >= shares[0]:  # type: ignore[operator]
        errors["target_to"] = [_("The target must be lower than where it starts.")]
    currency = values.get("currency")
    if currency is not None and not is_known_currency(currency):
        errors["currency"] = [_("There is no currency %(code)s: write its three letters, such as EUR.", code=currency or "?")]
    if errors:
        raise InvalidInput(errors)
    check_team(values.get("team_id"))
    if reach is not None and reach.account_ids:
        _must_exist(Account, reach.account_ids, "accounts")


def _check_due(day: date | None, *, before: date | None) -> None:
    """A day is set to be kept; one that has passed may stay as it was. The last zone in which it is still today decides."""
    if day is not None and day != before and day < (clock.now() - LAST_ZONE).date():
        raise InvalidInput({"due_on": [_("The day has to lie ahead.")]})
    if day is not None and day > (clock.now() + FARTHEST).date():
        raise InvalidInput({"due_on": [_("This lies more than ten years ahead: check the year.")]})


def _must_exist(model: Any, ids: Collection[int], field_name: str) -> None:
    known = set(db.session.scalars(sa.select(model.id).where(model.id.in_(ids))))
    missing = sorted(set(ids) - known)
    if missing:
        raise InvalidInput({field_name: [_("There is none with the number %(numbers)s.", numbers=", ".join(map(str, missing)))]})


def _checked_news(news: Mapping[str, str]) -> dict[str, str]:
    kept = {language: text.strip() for language, text in news.items() if text and text.strip()}
    unknown = sorted(set(kept) - set(LANGUAGES))
    if unknown:
        raise InvalidInput({"news": [_("There are no mails in %(language)s.", language=", ".join(unknown))]})
    if any(len(text) > MAX_NEWS for text in kept.values()):
        raise InvalidInput({"news": [_("At most %(limit)s characters.", limit=MAX_NEWS)]})
    return kept


def _survey(code: str | None) -> int | None:
    """The survey that measures it: as on the board of defects, the first about the whole relationship where there are several."""
    if code == "all":
        return None
    programs = db.session.execute(sa.select(SurveyProgram.id, SurveyProgram.code, SurveyProgram.kind).order_by(SurveyProgram.id))
    known = programs.all()
    if code:
        found = next((row.id for row in known if row.code == code), None)
        if found is None:
            raise InvalidInput({"survey": [_("There is no survey “%(code)s”.", code=code)]})
        return found
    first = next((row.id for row in known if row.kind is SurveyKind.RELATIONSHIP), None)
    return first if len(known) > 1 else None


def _link(initiative_id: int, defects: Sequence[str] | None, issue_ids: Sequence[int] | None) -> None:
    """What it is about; None leaves it as it is."""
    if defects is not None:
        ids = {row.code: row.id for row in db.session.execute(sa.select(Defect.code, Defect.id).where(Defect.code.in_(defects)))}
        missing = [code for code in defects if code not in ids]
        if missing:
            raise InvalidInput({"defects": [_("There is no defect %(codes)s.", codes=", ".join(missing))]})
        _replace(InitiativeDefect, initiative_id, "defect_id", list(ids.values()))
    if issue_ids is not None:
        _must_exist(Issue, issue_ids, "issue_ids")
        _replace(InitiativeIssue, initiative_id, "issue_id", list(dict.fromkeys(issue_ids)))


def _replace(model: Any, initiative_id: int, column: str, ids: Sequence[int]) -> None:
    db.session.execute(sa.delete(model).where(model.initiative_id == initiative_id))
    if ids:
        db.session.execute(sa.insert(model), [{"initiative_id": initiative_id, column: one} for one in ids])
