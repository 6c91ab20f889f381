"""What mail services tell about mails, as reports: our own shape, and those of SendGrid, Mailgun and Amazon SES (through SNS)."""

import json
from collections.abc import Iterator
from typing import Any

from feedback.listening.rules.reports import Report
from feedback.listening.rules.verdicts import Verdict, find_status, verdict_of

MOST = 10_000


class NotUnderstood(Exception):
    """None of the shapes we know."""


def read_events(body: Any) -> list[Report]:
    """The reports in a body; events that say nothing about a failure (delivered, opened) are none.

    Raises:
        NotUnderstood: the body has none of the shapes.
    """
    if isinstance(body, dict) and isinstance(body.get("events"), list):
        found = [_ours(event) for event in _objects(body["events"])]
    elif isinstance(body, list):
        found = [_sendgrid(event) for event in _objects(body)]
    elif isinstance(body, dict) and isinstance(body.get("event-data"), dict):
        found = [_mailgun(body["event-data"])]
    elif isinstance(body, dict) and (body.get("Type") == "Notification" or "notificationType" in body or "eventType" in body):
        found = [_ses(body)]
    else:
        raise NotUnderstood
    return [report for report in found if report is not None]


def _objects(values: list[Any]) -> Iterator[dict[str, Any]]:
    for value in values[:MOST]:
        if not isinstance(value, dict):
            raise NotUnderstood
        yield value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _id(value: Any) -> frozenset[str]:
    text = _text(value).strip()
    return frozenset([text if text.startswith("<") else f"<{text}>"]) if text else frozenset()


def _failure(status: str, said: str, message_id: Any, *, for_good: bool) -> Report:
    code = find_status(status) or find_status(said)
    verdict = verdict_of(code, said) if for_good else Verdict.DELAYED
    # the service has given up: what was temporary is over too
    return Report(Verdict.REFUSED if for_good and verdict is Verdict.DELAYED else verdict, code, _id(message_id))


def _ours(event: dict[str, Any]) -> Report | None:
    kind, said = _text(event.get("type")), _text(event.get("diagnostic"))
    if kind == "complaint":
        return Report(Verdict.COMPLAINT, "complaint", _id(event.get("message_id")))
    if kind in ("bounce", "delayed"):
        return _failure(_text(event.get("status")), said, event.get("message_id"), for_good=kind == "bounce")
    return None


def _sendgrid(event: dict[str, Any]) -> Report | None:
    kind, message_id = _text(event.get("event")), event.get("smtp-id")
    if kind == "spamreport":
        return Report(Verdict.COMPLAINT, "spamreport", _id(message_id))
    if kind in ("bounce", "deferred"):
        blocked, said = event.get("type") == "blocked", _text(event.get("reason")) or _text(event.get("response"))
        report = _failure(_text(event.get("status")), said, message_id, for_good=kind == "bounce")
        return Report(Verdict.REFUSED, report.status, report.message_ids) if blocked else report
    return None


def _mailgun(event: dict[str, Any]) -> Report | None:
    kind, message_id = _text(event.get("event")), _inside(event, "message", "headers", "message-id")
    if kind == "complained":
        return Report(Verdict.COMPLAINT, kind, _id(message_id))
    if kind == "failed":
        code = _text(_inside(event, "delivery-status", "enhanced-code")) or _text(_inside(event, "delivery-status", "code")) + " "
        said = _text(_inside(event, "delivery-status", "message"))
        return _failure(code, said, message_id, for_good=event.get("severity") == "permanent")
    return None


def _ses(body: dict[str, Any]) -> Report | None:
    try:
        event = json.loads(body["Message"]) if isinstance(body.get("Message"), str) else body
    except ValueError as error:
        raise NotUnderstood from error
    kind = _text(_inside(event, "notificationType") or _inside(event, "eventType"))
    headers = _inside(event, "mail", "headers") or []
    named = [_text(_inside(one, "value")) for one in headers if _text(_inside(one, "name")).lower() == "message-id"]
    message_id = named[0] if named else _inside(event, "mail", "commonHeaders", "messageId")
    if kind == "Complaint":
        return Report(Verdict.COMPLAINT, "complaint", _id(message_id))
    if kind == "Bounce":
        people = _inside(event, "bounce", "bouncedRecipients") or [{}]
        status, said = _text(_inside(people[0], "status")), _text(_inside(people[0], "diagnosticCode"))
        return _failure(status, said, message_id, for_good=_inside(event, "bounce", "bounceType") == "Permanent")
    return None
