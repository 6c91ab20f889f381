"""Issues as the API shows them."""

from collections.abc import Sequence
from typing import Any

from feedback.issues.alarms import next_steps
from feedback.issues.models import Issue
from feedback.issues.moves import possible_moves
from feedback.issues.owing import clock_due_first
from feedback.issues.people import people_to_answer
from feedback.issues.queries.single import (
    Names,
    Voice,
    list_commitments,
    list_history,
    list_interactions,
    names_of,
    voices_of,
)
from feedback.issues.readings import read_clocks
from feedback.issues.rules import WORK_ITEMS, is_overdue
from feedback.issues.rules.escalation import Rung
from feedback.issues.why import why_words
from feedback.issues.working.diagnosed import diagnosis_of
from feedback.kernel import clock
from feedback.staffing.queries import StoodInFor, deputies_of

COLUMNS = [column.key for column in Issue.__table__.columns]


def present_many(issues: Sequence[Issue]) -> list[dict[str, Any]]:
    """The documents of a list, in three statements."""
    ids = [issue.id for issue in issues]
    names, voices = names_of(ids), voices_of(ids)
    away = deputies_of(issue.owner_id for issue in issues)
    return [
        _document(issue, names[issue.id], voices[issue.id]) | {"owner_away": _owner_away(away.get(issue.owner_id or 0))}
        for issue in issues
    ]


def _owner_away(away: StoodInFor | None) -> dict[str, Any] | None:
    if away is None:
        return None
    deputy = None if away.deputy_id is None else {"id": away.deputy_id, "name": away.deputy}
    return {"last_day": away.last_day, "deputy": deputy}


def present(issue: Issue) -> dict[str, Any]:
    """The document of one issue with its promises, talks, history and next moves."""
    history = [
        {"kind": event.kind, "actor": name or event.actor, "data": event.data, "occurred_at": event.occurred_at}
        for event, name in list_history(issue.id)
    ]
    return present_many([issue])[0] | {
        **_timed(issue),
        "next_moves": [{"to": target, "missing": missing} for target, missing in possible_moves(issue).items()],
        "diagnosis": diagnosis_of(issue),
        "commitments": list_commitments(issue.id),
        "interactions": list_interactions(issue.id),
        "history": history,
    }


def _timed(issue: Issue) -> dict[str, Any]:
    read = read_clocks(issue)
    return {"clocks": read.clocks, "missed": read.missed, "next_steps": next_steps(issue)}


def _document(issue: Issue, names: Names, voices: Sequence[Voice]) -> dict[str, Any]:
    return {name: getattr(issue, name) for name in COLUMNS} | {
        "defect": names.defect_code,
        "account": names.account,
        "owner": None if issue.owner_id is None else {"id": issue.owner_id, "name": names.owner},
        "team": None if issue.team_id is None else {"id": issue.team_id, "name": names.team},
        "next_clock": clock_due_first(issue),
        "overdue": is_overdue(issue.next_due_at, clock.now()) or is_overdue(issue.next_owed_at, clock.now()),
        "escalated": list(Rung)[issue.escalated - 1] if issue.escalated else None,
        "voices": voices,
        "people_to_answer": people_to_answer(voices),
        "why": why_words(issue.source, issue.why),
        "is_work_item": issue.source in WORK_ITEMS,
    }
