"""Hand over what people want to hear together, or after their quiet hours."""

from flask import current_app

from feedback.kernel import clock
from feedback.telling.digests import collect, due
from feedback.uow import end_reading, transaction
from jobs.each import log


def run() -> str | None:
    """One message for each person and way whose time has come; what fails for one holds up nobody else."""
    waiting = due(clock.now(), mails_leave=bool(current_app.extensions["closedloop_settings"].smtp_url))
    end_reading()
    done, failed = 0, 0
    for user_id, channel in waiting:
        try:
            with transaction():
                done += collect(user_id, channel)
        except Exception:
            failed += 1
            log.exception("what was collected for person %s (%s) could not be handed over", user_id, channel)
    if failed and failed == len(waiting):
        raise RuntimeError(f"all {failed} failed; the log has the reason of each")
    return f"{done} handed over, {failed} failed" if done or failed else None
