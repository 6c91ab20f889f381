"""What administrators hear about messages that do not leave: at most one line an hour for each cause."""

import hashlib
import re

from feedback.issues.queries import staffing
from feedback.kernel import clock
from feedback.outbox.delivery import Delivered
from feedback.outbox.service import enqueue_many
from feedback.uow import transaction


def tell_administrators(result: Delivered) -> None:
    """However many messages die, or however long the mail server takes none."""
    if result.dead:
        _tell("message_dead", {"count": result.dead})
    if result.halted:
        _tell("mail_halted", {"reason": result.halted[:300]}, cause=_cause(result.halted))


def _cause(reason: str) -> str:
    """Short, and the same for the same cause, whatever number or name the mail server gives to a single refusal."""
    before, refused, _rest = reason.partition("does not take our mail")
    plain = before + refused if refused else re.sub(r"\d+", "", reason)
    return ":" + hashlib.sha256(plain.encode()).hexdigest()[:12]


def _tell(kind: str, params: dict[str, object], *, cause: str = "") -> None:
    hour = clock.now().strftime("%Y-%m-%dT%H")
    payload = {"kind": kind, "params": params, "link": "/"}
    name = kind.replace("_", "-")
    with transaction():
        admins = staffing.admin_ids()
        enqueue_many([("notify_user", f"{name}{cause}:{hour}:{admin}", payload | {"user_id": admin}) for admin in admins])
