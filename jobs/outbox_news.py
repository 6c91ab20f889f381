"""What administrators hear about messages that do not leave: at most one line an hour each."""

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
        _tell("mail_halted", {"reason": result.halted[:300]})


def _tell(kind: str, params: dict[str, object]) -> None:
    hour = clock.now().strftime("%Y-%m-%dT%H")
    payload = {"kind": kind, "params": params, "link": "/"}
    name = kind.replace("_", "-")
    with transaction():
        admins = staffing.admin_ids()
        enqueue_many([("notify_user", f"{name}:{hour}:{admin}", payload | {"user_id": admin}) for admin in admins])
