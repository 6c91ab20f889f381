"""The HTML of caught mails, for the frame that shows them."""

from flask import Blueprint, Response

from feedback.access.auth import requires
from feedback.kernel.errors import NotFound
from feedback.reporting.caught_mails import get_caught
from feedback.web.mail_frames import framed

blueprint = Blueprint("caught_mails", __name__)


@blueprint.get("/mails/<int:mail_id>.html")
@requires("survey.write")
def caught_html(mail_id: int) -> Response:
    """One mail as its reader would see it."""
    html = get_caught(mail_id).html
    if html is None:
        raise NotFound
    return framed(html)
