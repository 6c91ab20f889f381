"""What is known about why an issue happened and who mends it, for those who read it."""

from typing import Any

from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.working.cause_tree import list_causes
from feedback.issues.working.diagnosis import find_diagnosis
from feedback.issues.working.models import RootCause


def diagnosis_of(issue: Issue) -> dict[str, Any]:
    """The cause with its way down the tree, the whys, and the owner of the fix."""
    found = find_diagnosis(issue)
    if found is None:
        return {"root_cause_id": None, "path": None, "whys": [], "fix_owner": None}
    fixer = db.session.get(User, found.fix_owner_id) if found.fix_owner_id else None
    return {
        "root_cause_id": found.root_cause_id,
        "path": _path(found.root_cause_id),
        "whys": list(found.whys),
        "fix_owner": None if fixer is None else {"id": fixer.id, "name": fixer.name},
    }


def _path(cause_id: int | None) -> str | None:
    if cause_id is None:
        return None
    return next((line.path for line in list_causes(retired=True) if line.id == cause_id), None)


def own_words(issue: Issue, root_cause_id: int | None) -> str | None:
    """What was said of the cause beyond its name: a name of it, in whatever language it was chosen, says nothing more."""
    cause = db.session.get(RootCause, root_cause_id) if root_cause_id is not None else None
    text = " ".join((issue.root_cause or "").split())
    if not text or cause is None:
        return text or None
    return None if text.casefold() in {name.casefold() for name in (cause.name, *cause.names.values())} else text
