"""/calendar/{token}.ics for calendars, and /settings/calendar where each person makes, renews and revokes the address."""

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.http import generate_etag

from feedback.access.auth import current_viewer, public, requires
from feedback.access.authentication import csrf_token
from feedback.planning.feed import as_calendar, find_feed, note_reading, reader_of, renew_feed, revoke_feed, was_read_lately
from feedback.planning.feed_entries import entries_of
from feedback.uow import transaction
from feedback.web.numerals import day_and_time

blueprint = Blueprint("calendar_feed", __name__)


@blueprint.get("/calendar/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """One person's reviews, objectives and promises; whoever knows the address reads it."""
    viewer = reader_of(token)
    assert viewer.user_id is not None
    g.viewer, g.locale = viewer, viewer.locale
    content = as_calendar(entries_of(viewer), viewer)
    if not was_read_lately(viewer.user_id):
        with transaction():
            note_reading(viewer.user_id)
    headers = {"Content-Disposition": 'inline; filename="closedloop.ics"'}
    response = Response(content, content_type="text/calendar; charset=utf-8", headers=headers)
    response.set_etag(generate_etag(content))
    return response.make_conditional(request)


@blueprint.get("/settings/calendar")
@requires("self")
def settings() -> ResponseReturnValue:
    """Whether there is an address, and when a calendar looked last."""
    return _page()


@blueprint.post("/settings/calendar")
@requires("self")
def change() -> ResponseReturnValue:
    """Make a new address, shown once, or revoke it."""
    viewer = current_viewer()
    assert viewer.user_id is not None  # tokens have no permission "self"
    with transaction():
        if request.form.get("revoke"):
            revoke_feed(viewer.user_id, actor=viewer.actor)
            token = None
        else:
            token = renew_feed(viewer.user_id, actor=viewer.actor)
    if token is None:
        return redirect(url_for("calendar_feed.settings"))
    return _page(address=url_for("calendar_feed.feed", token=token, _external=True))


def _page(address: str | None = None) -> str:
    viewer = current_viewer()
    found = find_feed(viewer.user_id) if viewer.user_id else None
    return render_template(
        "planning/calendar.html",
        address=address,
        made=day_and_time(found.created_at) if found else None,
        read=day_and_time(found.read_at) if found and found.read_at else None,
        csrf_token=csrf_token(),
    )
