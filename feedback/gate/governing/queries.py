"""Reading policies: what counts, what was drafted, and what one says otherwise than the other."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased, defer

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.extensions import db
from feedback.gate.governing.active import active_draft_id
from feedback.gate.governing.models import DraftState, PolicyActivation, PolicyDraft
from feedback.gate.governing.rules import RANGES
from feedback.gate.limits import Limits, current_limits, limits_of_settings
from feedback.gate.policies import version_of
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor

WRITE, APPROVE, READ = "policy.write", "policy.approve", "policy.read"
Content = Mapping[str, Any]


class Difference(NamedTuple):
    """One thing that two policies say otherwise."""

    name: str
    before: Any
    after: Any


def current_policy() -> dict[str, Any]:
    """The policy that counts now, as data."""
    limits = current_limits()
    return {"version": version_of(limits), "draft_id": active_draft_id(), "content": _content(limits)}


def _content(limits: Limits) -> dict[str, Any]:
    return {**limits.rules.tables.to_data(), "limits": limits.governed()}


def differences(before: Content, after: Content) -> list[Difference]:
    """What the second says otherwise than the first: numbers by name, then rows."""
    numbers = [Difference(name, *(_number(one, name) for one in (before, after))) for name in RANGES]
    return [one for one in (*numbers, *_row_differences(before, after)) if one.before != one.after]


def _number(content: Content, name: str) -> Any:
    limits = content["limits"]
    return limits[name] if name in limits else limits["timing"][name]


def _row_differences(before: Content, after: Content) -> Iterator[Difference]:
    for table in ("relationship", "permission"):
        old = {row["id"]: row for row in before[table]}
        for row in after[table]:
            for part in ("stance", "play"):
                yield Difference(f"{row['id']}.{part}", old.get(row["id"], {}).get(part), row.get(part))


def _lines() -> Any:
    author, decider, activation = aliased(User), aliased(User), PolicyActivation
    names = (author.name.label("author"), decider.name.label("decided_by"), activation.activated_at, activation.retired_at)
    return (
        sa.select(PolicyDraft, *names)
        .join(author, author.id == PolicyDraft.author_id)
        .outerjoin(decider, decider.id == PolicyDraft.decided_by_id)
        .outerjoin(activation, activation.draft_id == PolicyDraft.id)
    )


def _shown(row: Any) -> dict[str, Any]:
    draft = row[0]
    plain = ("id", "title", "why", "state", "created_at", "changed_at", "simulated_at", "decided_at", "decision")
    active = {"active": row.activated_at is not None and row.retired_at is None}
    names = {"author": row.author, "author_id": draft.author_id, "decided_by": row.decided_by}
    times = {"active_from": row.activated_at, "active_until": row.retired_at}
    return {name: getattr(draft, name) for name in plain} | names | times | active


def list_drafts(*, limit: int, cursor: str | None = None, state: DraftState | None = None) -> Page[dict[str, Any]]:
    """Drafts and the policies that came from them, the newest first."""
    heavy = (defer(PolicyDraft.content), defer(PolicyDraft.simulation))
    query = _lines().options(*heavy).order_by(PolicyDraft.id.desc())
    if state is not None:
        query = query.where(PolicyDraft.state == state)
    if cursor is not None:
        query = query.where(PolicyDraft.id < decode_numbers(cursor, size=1)[0])
    rows = db.session.execute(query.limit(limit + 1)).all()
    return Page([_shown(row) for row in rows[:limit]], encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None)


def draft_details(draft_id: int) -> dict[str, Any]:
    """One of them, whole.

    Raises:
        NotFound: there is none.
    """
    row = db.session.execute(_lines().where(PolicyDraft.id == draft_id)).one_or_none()
    if row is None:
        raise NotFound
    draft = row[0]
    changed = [one._asdict() for one in differences(_base_of(row), draft.content)]
    simulated = {"simulation": draft.simulation, "outdated": is_outdated(draft)}
    return _shown(row) | {"content": draft.content, "differences": changed} | simulated


def _base_of(row: Any) -> Content:
    """What a policy differs from: of one that was ever active what counted just before it, of any other what counts now."""
    if row.activated_at is None:
        return _content(current_limits())
    before = (
        sa.select(PolicyDraft.content)
        .join(PolicyActivation, PolicyActivation.draft_id == PolicyDraft.id)
        .where(PolicyActivation.retired_at.is_not(None), PolicyActivation.retired_at <= row.activated_at)
        .order_by(PolicyActivation.id.desc())
        .limit(1)
    )
    return db.session.scalar(before) or _content(limits_of_settings())


def is_outdated(draft: PolicyDraft) -> bool:
    """Whether it was simulated against a policy that does not count any more."""
    return draft.simulation is not None and draft.simulation.get("against") != active_draft_id()


def count_to_decide(viewer: Viewer) -> int:
    """Simulated drafts of others that wait for the viewer's word."""
    if scope_of(viewer, APPROVE) is Scope.NONE:
        return 0
    waiting = (PolicyDraft.state == DraftState.DRAFT, PolicyDraft.simulated_at.is_not(None))
    others = PolicyDraft.author_id != viewer.user_id
    return db.session.scalar(sa.select(sa.func.count()).select_from(PolicyDraft).where(*waiting, others)) or 0
