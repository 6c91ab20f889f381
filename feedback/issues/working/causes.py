"""The shared tree of root causes: named, arranged, retired and joined. Call the changes inside `transaction()`."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.issues.working.models import IssueDiagnosis, RootCause
from feedback.issues.working.rules import is_below
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation

MOST_NAME = 120


def add_cause(name: str, *, viewer: Viewer, parent_id: int | None = None, names: Mapping[str, str] | None = None) -> RootCause:
    """Name a cause and give it its place.

    Raises:
        InvalidInput: the name is empty, too long or taken, or there is no such cause to stand under.
    """
    shown = _checked_name(name)
    _check_parent(parent_id)
    made = _store(shown, parent_id, arranged=True)
    made.names = _checked_names(names or {})
    db.session.flush()
    audit.record(viewer.actor, "root_cause.added", "root_cause", made.id, name=shown)
    return made


def propose_cause(text: str) -> RootCause:
    """The cause of the tree that is called so, or a new one that waits for its place: nobody is held up by a missing name."""
    found = _find_called(_short(text))
    return found or _store(_short(text), None, arranged=False)


def change_cause(cause_id: int, changes: Mapping[str, Any], *, viewer: Viewer) -> RootCause:
    """Rename a cause, move it (`parent_id`, `place`), retire it or take it back. Whoever changes one has arranged it.

    Raises:
        NotFound: there is none with this id.
        InvalidInput: the name is taken, or it would stand under itself.
    """
    cause = get_cause(cause_id, lock=True)
    if "name" in changes:
        cause.name = _checked_name(changes["name"], but=cause.id)
    if "names" in changes:
        cause.names = _checked_names(changes["names"])
    if "parent_id" in changes:
        _check_parent(changes["parent_id"], under=cause.id)
        cause.parent_id = changes["parent_id"]
    if "place" in changes:
        cause.place = changes["place"]
    if "retired" in changes:
        cause.retired_at = (cause.retired_at or clock.now()) if changes["retired"] else None
    cause.arranged_at = cause.arranged_at or clock.now()
    db.session.flush()
    audit.record(viewer.actor, "root_cause.changed", "root_cause", cause.id, fields=sorted(changes))
    return cause


def join_causes(cause_id: int, into_id: int, *, viewer: Viewer) -> RootCause:
    """Two names of one cause: issues and causes below go over to the other one, and this one is retired.

    Raises:
        NotFound: one of them is not there.
        RuleViolation: they are the same, or the other one stands below this one.
    """
    gone, into = get_cause(cause_id, lock=True), get_cause(into_id, lock=True)
    if is_below(into.id, gone.id, parents_of()):
        raise RuleViolation(_("“%(name)s” stands below this cause; move it out first.", name=into.name))
    db.session.execute(sa.update(IssueDiagnosis).where(IssueDiagnosis.root_cause_id == gone.id).values(root_cause_id=into.id))
    db.session.execute(sa.update(RootCause).where(RootCause.parent_id == gone.id).values(parent_id=into.id))
    now = clock.now()
    gone.retired_at, gone.arranged_at, gone.parent_id = now, gone.arranged_at or now, into.id
    into.arranged_at = into.arranged_at or now
    db.session.flush()
    audit.record(viewer.actor, "root_cause.joined", "root_cause", gone.id, into=into.id)
    return into


def get_cause(cause_id: int, *, lock: bool = False) -> RootCause:
    """A cause of the tree.

    Raises:
        NotFound: there is none with this id.
    """
    query = sa.select(RootCause).where(RootCause.id == cause_id)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def active_cause(cause_id: int) -> RootCause:
    """A cause that can be chosen.

    Raises:
        InvalidInput: there is none, or it was retired.
    """
    found = db.session.get(RootCause, cause_id)
    if found is None or found.retired_at is not None:
        raise InvalidInput({"root_cause_id": [_("There is no such cause; choose another one, or write it in your own words.")]})
    return found


def parents_of() -> dict[int, int | None]:
    """Where each cause stands."""
    found: dict[int, int | None] = {}
    for cause_id, parent_id in db.session.execute(sa.select(RootCause.id, RootCause.parent_id)):
        found[cause_id] = parent_id
    return found


def _store(name: str, parent_id: int | None, *, arranged: bool) -> RootCause:
    now = clock.now()
    last = sa.select(sa.func.coalesce(sa.func.max(RootCause.place), 0)).where(RootCause.parent_id == parent_id)
    made = RootCause(
        name=name,
        names={},
        parent_id=parent_id,
        place=(db.session.scalar(last) or 0) + 1,
        arranged_at=now if arranged else None,
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _short(text: str) -> str:
    """A name from a whole sentence: its first words."""
    line = " ".join(text.split())
    if len(line) <= MOST_NAME:
        return line
    return line[: MOST_NAME - 1].rpartition(" ")[0].rstrip(" ,;:.") + "…"


def _find_called(name: str, *, but: int | None = None) -> RootCause | None:
    """By its name in any language, without regard to case; of several the one that stands in the tree."""
    wanted = name.casefold()
    query = sa.select(RootCause).where(RootCause.retired_at.is_(None), RootCause.id != (but or 0))
    same = [one for one in db.session.scalars(query) if wanted in {text.casefold() for text in (one.name, *one.names.values())}]
    return min(same, key=lambda one: (one.arranged_at is None, one.id), default=None)


def _checked_name(name: str, *, but: int | None = None) -> str:
    line = " ".join(name.split())
    if not line:
        raise InvalidInput({"name": [_("Name the cause.")]})
    if len(line) > MOST_NAME:
        raise InvalidInput({"name": [_("Use at most %(limit)s characters.", limit=MOST_NAME)]})
    if _find_called(line, but=but) is not None:
        raise InvalidInput({"name": [_("There is a cause “%(name)s” already.", name=line)]})
    return line


def _checked_names(names: Mapping[str, str]) -> dict[str, str]:
    return {language: line for language, text in names.items() if (line := " ".join((text or "").split())[:MOST_NAME])}


def _check_parent(parent_id: int | None, *, under: int | None = None) -> None:
    if parent_id is None:
        return
    parents = parents_of()
    if parent_id not in parents:
        raise InvalidInput({"parent_id": [_("There is no such cause.")]})
    if under is not None and is_below(parent_id, under, parents):
        raise InvalidInput({"parent_id": [_("A cause cannot stand under itself.")]})
