"""Where a mail service reports what came back. The address holds a secret, and a report counts only for a mail that it names."""

import base64
import hmac
import logging
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback.access.auth import public
from feedback.kernel.errors import InvalidInput, NotFound, Unauthenticated
from feedback.listening.collecting import UNKNOWN, take_report
from feedback.listening.hook_signatures import is_trusted
from feedback.listening.rules.events import NotUnderstood, read_events
from feedback.listening.rules.reports import Report, read_report

blueprint = Blueprint("mail_events", __name__)
log = logging.getLogger("closedloop.bounces")


def hook_token() -> str:
    """The secret in the address: made from that of the installation, so that there is nothing to set up."""
    secret: str = current_app.extensions["closedloop_settings"].secret_key.get_secret_value()
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), b"mail events", "sha256")[:24]).decode()


@blueprint.post("/m/<token>")
@public
def mail_events(token: str) -> ResponseReturnValue:
    """Take reports: JSON of a known shape, or the returned mail itself as message/rfc822."""
    if not hmac.compare_digest(token.encode("utf-8", "replace"), hook_token().encode()):
        raise NotFound
    if not is_trusted(current_app.extensions["closedloop_settings"], request.headers, request.get_data()):
        log.warning("a report about mails was refused: it is not signed with the key that is set")
        raise Unauthenticated(_("This report is not signed with the key that is set here."))
    reports = _reports()
    matched = sum(take_report(report) != UNKNOWN for report in reports)
    return {"reports": len(reports), "matched": matched}


def _reports() -> list[Report]:
    if request.mimetype in ("message/rfc822", "multipart/report"):
        report = read_report(request.get_data())
        return [] if report is None else [report]
    body: Any = request.get_json(force=True, silent=True)  # Amazon's topics call JSON text
    if isinstance(body, dict) and body.get("Type") == "SubscriptionConfirmation":
        log.warning("a mail service asks to confirm where it reports; open once: %s", str(body.get("SubscribeURL", ""))[:2000])
        return []
    try:
        return read_events(body)
    except NotUnderstood as error:
        known = "our own {'events': […]}, SendGrid, Mailgun, Amazon SES through SNS, or message/rfc822"
        raise InvalidInput({"body": [f"This is none of the shapes we know: {known}."]}) from error
