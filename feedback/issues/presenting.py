"""Issues as the API shows them."""

from collections.abc import Sequence
from typing import Any

from feedback.issues.models import Issue
from feedback.issues.moves import possible_moves
from feedback.issues.queries.single import (
    Names,
    list_commitments,
    list_history,
    list_interactions,
    names_of,
    voice_ids,
)
from feedback.issues.rules import is_overdue, next_clock
from feedback.issues.service import due_dates
from feedback.kernel import clock

COLUMNS = [column.key for column in Issue.__table__.columns]


def present_many(issues: Sequence[Issue]) -> list[dict[str, Any]]:
    """The documents of a list, in two statements."""
    ids = [issue.id for issue in issues]
    names, voices = names_of(ids), voice_ids(ids)
    return [_document(issue, names[issue.id], voices[issue.id]) for issue in issues]


def present(issue: Issue) -> dict[str, Any]:
    """The document of one issue with its promises, talks, history and next moves."""
    history = [
        {"kind": event.kind, "actor": name or event.actor, "data": event.data, "occurred_at": event.occurred_at}
        for event, name in list_history(issue.id)
    ]
    return present_many([issue])[0] | {
        "next_moves": [{"to": target, "missing": missing} for target, missing in possible_moves(issue).items()],
        "commitments": list_commitments(issue.id),
        "interactions": list_interactions(issue.id),
        "history": history,
    }


def _document(issue: Issue, names: Names, voices: Sequence[tuple[int | None, int | None]]) -> dict[str, Any]:
    return {name: getattr(issue, name) for name in COLUMNS} | {
        "defect": names.defect_code,
        "account": names.account,
        "owner": None if issue.owner_id is None else {"id": issue.owner_id, "name": names.owner},
        "team": None if issue.team_id is None else {"id": issue.team_id, "name": names.team},
        "next_clock": next_clock(issue.state, due_dates(issue)),
        "overdue": is_overdue(issue.next_due_at, clock.now()),
        "voices": [{"contact_id": contact_id, "response_id": response_id} for contact_id, response_id in voices],
    }
