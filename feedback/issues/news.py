"""What people are told about issues: lines for the bell, written with their cause."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from feedback.issues.rules import WORK_ITEMS, IssueSource, Route
from feedback.outbox.service import enqueue_many

Message = tuple[str, str, dict[str, Any]]


def notice(cause: str, user_id: int, kind: str, link: str, **params: Any) -> Message:
    """A line under one person's bell; `cause` makes it once per person."""
    payload = {"user_id": user_id, "kind": kind, "params": params, "link": link}
    return "notify_user", f"{cause}:{user_id}", payload


def send(messages: Sequence[Message]) -> None:
    """Write them in the transaction of their cause."""
    enqueue_many(messages)


def issue_link(issue_id: int) -> str:
    """Where the issue page is."""
    return f"/app/issues/{issue_id}"


def to_each(people: Iterable[int | None], cause: str, kind: str, issue_id: int, **params: Any) -> list[Message]:
    """The same line for several people, each once."""
    known = dict.fromkeys(person for person in people if person is not None)
    return [notice(cause, person, kind, issue_link(issue_id), **params) for person in known]


def issue_opened(
    issue_id: int, route: Route | None, manager: int | None, *, number: int, account: str, **more: Any
) -> list[Message]:
    """The owner and the account manager hear of a new issue, or the lead hears that nobody has room for it."""
    params = {"number": number, "account": account}
    waits = route is not None and route.waiting
    owner = None if route is None or waits else route.owner_id
    opened = to_each((owner, manager), f"issue-opened:{issue_id}", "issue_opened", issue_id, **params, **more)
    if route is None:
        return opened
    if waits:
        return opened + issue_waits(issue_id, route, **params)
    return opened + issue_caught(issue_id, route, more.get("source"), **params)


def together(messages: Sequence[Message]) -> list[Message]:
    """Work items that open in one run, with one line for each person instead of one for each customer."""
    opened: dict[tuple[int, str], list[Message]] = {}
    for message in messages:
        payload = message[2]
        if payload["kind"] == "issue_opened":
            opened.setdefault((payload["user_id"], payload["params"]["source"]), []).append(message)
    several = {key: group for key, group in opened.items() if len(group) > 1}
    joined = {cause for group in several.values() for _kind, cause, _payload in group}
    lines = [_several(user_id, source, group) for (user_id, source), group in several.items()]
    return [message for message in messages if message[1] not in joined] + lines


def _several(user_id: int, source: str, group: Sequence[Message]) -> Message:
    accounts = [payload["params"]["account"] for _kind, _cause, payload in group]
    return notice(f"work-items:{group[0][1]}", user_id, "work_items_opened", "/app/issues", source=source, accounts=accounts)


def issue_waits(issue_id: int, route: Route, **params: Any) -> list[Message]:
    """Whoever answers for the queue hears that nobody has room."""
    return to_each([route.owner_id], f"issue-waits:{issue_id}", "issue_waits", issue_id, **params)


def issue_caught(issue_id: int, route: Route, source: IssueSource | None, **params: Any) -> list[Message]:
    """Leads hear that only the rule for everything else found somebody. A work item is about nothing that a rule could name."""
    if source in WORK_ITEMS:
        return []
    return to_each(route.alerts, f"issue-caught:{issue_id}", "issue_caught", issue_id, **params, passed=bool(route.passed))


def issue_joined(
    issue: Any, account: Any, voice: int | str, *, graver: bool, reopened: bool, deputy: int | None
) -> list[Message]:
    """Owner and deputy hear of a further voice; the account manager too when it makes the issue worse or opens it again."""
    kind = "issue_reopened" if reopened else "issue_graver" if graver else "issue_voice"
    people = [issue.owner_id, deputy, account.owner_id if graver or reopened else None]
    params = {"number": issue.number, "account": account.name}
    return to_each(people, f"issue-voice:{issue.id}:{voice}", kind, issue.id, **params)


def call_wished(issue: Any, account: Any, response_id: int, at: datetime, *, deputy: int | None) -> list[Message]:
    """The owner and who stands in hear that somebody who spoke up before wants to be called now."""
    params = {"number": issue.number, "account": account.name}
    cause = f"call-wished:{issue.id}:{response_id}:{at.isoformat()}"
    return to_each([issue.owner_id, deputy], cause, "call_wished", issue.id, **params)
