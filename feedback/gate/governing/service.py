"""From a draft to the active policy. Call inside `transaction()`."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.gate.closing import invalidate_open_decisions
from feedback.gate.governing import queries, rules
from feedback.gate.governing.events import PolicyActivated
from feedback.gate.governing.models import DraftState, PolicyActivation, PolicyDraft
from feedback.gate.limits import current_limits
from feedback.gate.policies import ensure_policy
from feedback.gate.rulesets import digest_of
from feedback.gate.tables import Tables
from feedback.kernel import clock, events
from feedback.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound

Content = dict[str, Any]


def draft_policy(title: str, why: str, changes: Mapping[str, Any], viewer: Viewer) -> PolicyDraft:
    """A draft of the policy that counts now, with these changes.

    Args:
        changes: {"limits": {name: number}, "rows": {row id: {"stance", "play"}}}.

    Raises:
        InvalidInput: a number, a row or what the tables would say cannot be.
    """
    now = clock.now()
    _check_words({"title": title, "why": why})
    content = _content(changes)
    draft = PolicyDraft(title=title, why=why, content=content, state=DraftState.DRAFT, author_id=_person(viewer))
    draft.created_at = draft.changed_at = now
    db.session.add(draft)
    db.session.flush()
    audit.record(viewer.actor, "policy.drafted", "policy_draft", draft.id, title=title)
    return draft


def change_draft(draft_id: int, values: Mapping[str, Any], changes: Mapping[str, Any] | None, viewer: Viewer) -> PolicyDraft:
    """Other words or other contents; what was simulated before says nothing any more.

    Raises:
        Conflict: it was decided about.
    """
    draft = _undecided(draft_id)
    _check_words(values)
    for name, value in values.items():
        setattr(draft, name, value)
    if changes is not None:
        draft.content, draft.simulation, draft.simulated_at = _content(changes), None, None
    draft.author_id = _person(viewer)  # who changes it cannot be the second person
    draft.changed_at = clock.now()
    db.session.flush()
    audit.record(viewer.actor, "policy.changed", "policy_draft", draft.id)
    return draft


def keep_simulation(draft_id: int, seen: Any, figures: Mapping[str, Any]) -> PolicyDraft:
    """What a draft would change, as long as it is still the draft that was simulated.

    Args:
        seen: the draft's `changed_at` when the simulation began.
    """
    draft = _undecided(draft_id)
    if draft.changed_at != seen:
        raise Conflict(_("The draft was changed meanwhile; simulate it again."))
    draft.simulation, draft.simulated_at = dict(figures), clock.now()
    db.session.flush()
    return draft


def decide_draft(draft_id: int, *, approve: bool, note: str, viewer: Viewer) -> PolicyDraft:
    """A second person's word. A yes makes it the active policy at once, and ends every open decision.

    Raises:
        Forbidden: the viewer wrote it.
        Conflict: it was not simulated as it is, or it was decided about.
        InvalidInput: a no without a reason.
    """
    draft, person = _undecided(draft_id), _person(viewer)
    if draft.author_id == person:
        raise Forbidden(_("Somebody else has to decide about what you wrote."))
    if not approve and not note.strip():
        raise InvalidInput({"note": [_("Say what has to be changed.")]})
    if approve and draft.simulated_at is None:
        raise Conflict(_("Simulate the draft first: nobody approves what nobody has seen."))
    if approve and queries.is_outdated(draft):
        raise Conflict(_("Another policy became active since the draft was simulated; simulate it again."))
    draft.state = DraftState.APPROVED if approve else DraftState.RETURNED
    draft.decided_by_id, draft.decided_at, draft.decision = person, clock.now(), note.strip() or None
    db.session.flush()
    audit.record(viewer.actor, f"policy.{draft.state.value}", "policy_draft", draft.id)
    if approve:
        _activate(draft, person)
    return draft


def withdraw_draft(draft_id: int, viewer: Viewer) -> PolicyDraft:
    """Its author does not want it any more."""
    draft = _undecided(draft_id)
    draft.state = DraftState.WITHDRAWN
    db.session.flush()
    audit.record(viewer.actor, "policy.withdrawn", "policy_draft", draft.id)
    return draft


def _activate(draft: PolicyDraft, person: int) -> None:
    now, running = clock.now(), PolicyActivation.retired_at.is_(None)
    db.session.execute(sa.update(PolicyActivation).where(running).values(retired_at=now))
    row = {"slot": 1, "draft_id": draft.id, "digest": digest_of(draft.content), "activated_by_id": person, "activated_at": now}
    db.session.execute(sa.insert(PolicyActivation).values(**row))
    ensure_policy()
    invalidate_open_decisions(f"policy:{draft.id}")
    events.publish(PolicyActivated(draft.id))


def _content(changes: Mapping[str, Any]) -> Content:
    limits = current_limits()
    try:
        tables = rules.with_rows(limits.rules.tables, changes.get("rows") or {})
    except ValueError as error:
        raise InvalidInput({"rows": [str(error)]}) from error
    numbers = _numbers(limits.governed(), changes.get("limits") or {})
    errors = rules.limit_errors(numbers)
    if errors:
        raise InvalidInput(errors)
    _check(tables)
    return {**tables.to_data(), "limits": numbers}


def faults_of(changes: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with changes, by the number or the row that it is about; empty where they could be a draft.

    An objection stands with each changed row that answers where it breaks, so that a form can say it there.
    """
    limits, rows = current_limits(), changes.get("rows") or {}
    found = rules.limit_errors(_numbers(limits.governed(), changes.get("limits") or {}))
    for objection in rules.objections(rules.with_rows(limits.rules.tables, rows)):
        for row in [row for row in objection.rows if row in rows] or ["rows"]:
            found.setdefault(row, []).append(objection.rule)
    return found


def differences_of(changes: Mapping[str, Any]) -> tuple[list[queries.Difference], Content]:
    """What changes would say otherwise than the policy that counts now, and the content that they make; sound or not."""
    limits, now = current_limits(), queries.current_policy()["content"]
    tables = rules.with_rows(limits.rules.tables, changes.get("rows") or {})
    content = {**tables.to_data(), "limits": _numbers(limits.governed(), changes.get("limits") or {})}
    return queries.differences(now, content), content


def _check_words(values: Mapping[str, Any]) -> None:
    hints = {"title": _("Give it a name."), "why": _("Say why it is needed.")}
    missing = {name: [hint] for name, hint in hints.items() if name in values and not str(values[name] or "").strip()}
    if missing:
        raise InvalidInput(missing)


def _numbers(governed: Content, changes: Mapping[str, Any]) -> Content:
    unknown = sorted(set(changes) - set(rules.RANGES))
    if unknown:
        raise InvalidInput({"limits": [_("There is no setting %(name)s.", name=unknown[0])]})
    timing = {name: value for name, value in changes.items() if name in governed["timing"]}
    plain = {name: value for name, value in changes.items() if name not in timing}
    return {**governed, **plain, "timing": {**governed["timing"], **timing}}


def _check(tables: Tables) -> None:
    found = rules.objections(tables)
    if found:
        raise InvalidInput({"rows": [str(one) for one in found]})


def _undecided(draft_id: int) -> PolicyDraft:
    draft = db.session.scalar(sa.select(PolicyDraft).where(PolicyDraft.id == draft_id).with_for_update())
    if draft is None:
        raise NotFound
    if draft.state is not DraftState.DRAFT:
        raise Conflict(_("This draft was decided about; draft another one."))
    return draft


def _person(viewer: Viewer) -> int:
    if viewer.user_id is None:
        raise Forbidden(_("A policy is written and approved by people, not by systems."))
    return viewer.user_id
