"""What the forms of the privacy officer's page do."""

import time
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import Any

import sqlalchemy as sa
from dash import Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from feedback.access.auth import check_may
from feedback.access.rules import Viewer
from feedback.accounts.models import Contact
from feedback.closed_loop.subject_requests import extend_request, note_request
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput
from feedback.permission.models import Suppression
from feedback.permission.notices import publish_notice
from feedback.permission.rights import RequestKind
from feedback.permission.rules import Channel, Coverage, Purpose, SuppressionReason
from feedback.permission.suppressions import Reach, add_entry, lift
from feedback.uow import transaction


def register(app: Dash) -> None:
    """Attach the forms."""
    _attach(app, "asked-save", ("asked-who", "asked-kind", "asked-on", "asked-note"), "request.write", note)
    _attach(app, "extend-save", ("extend-id", "extend-because"), "request.write", extend)
    stop = ("stop-address", "stop-covers", "stop-channel", "stop-reason", "stop-note")
    _attach(app, "stop-add", stop, "suppression.write", put_on_list)
    _attach(app, "stop-lift", ("lift-id",), "suppression.write", take_off_list)
    _attach(app, "notice-publish", ("notice-purpose", "notice-locale", "notice-text", "notice-from"), "ground.write", publish)


def _attach(app: Dash, press: str, fields: tuple[str, ...], permission: str, act: Any) -> None:
    refresh, states = Output("refresh", "data", allow_duplicate=True), [State(name, "value") for name in fields]
    app.callback(refresh, Input(press, "n_clicks"), *states, prevent_initial_call=True)(allowed(permission)(act))


def note(viewer: Viewer, clicks: int | None, who: str | None, kind: str, on: str | None, words: str | None) -> Any:
    """Write down that somebody asked; the month runs from the day it came."""
    if not clicks:
        return no_update
    received = date.fromisoformat(on) if on else None
    with transaction():
        contact_id = _person(who)
        note_request(contact_id, RequestKind(kind), actor=viewer.actor, received_on=received, note=(words or "").strip() or None)
    return time.perf_counter_ns()


def _person(who: str | None) -> int:
    wanted = (who or "").strip()
    mine = sa.or_(sa.func.lower(Contact.email) == wanted.lower(), Contact.external_id == wanted)
    found = list(db.session.scalars(sa.select(Contact.id).where(mine, Contact.erased_at.is_(None)).limit(2)))
    if len(found) == 1:
        return found[0]
    several = _("Several people have this address: write the id of the one who asks.")
    raise InvalidInput({"person": [several if found else _("We know nobody with this address or id.")]})


def extend(viewer: Viewer, clicks: int | None, request_id: str | None, because: str | None) -> Any:
    """Two more months, with what the person is told."""
    if not clicks:
        return no_update
    said = (because or "").strip()
    if not request_id or not said:
        raise InvalidInput({"request": [_("Choose the request, and say why it takes longer.")]})
    with transaction():
        extend_request(int(request_id), said, actor=viewer.actor)
    return time.perf_counter_ns()


def put_on_list(
    viewer: Viewer, clicks: int | None, address: str | None, covers: str, channel: str | None, reason: str, words: str | None
) -> Any:
    """An address that gets nothing more; what keeps offers away counts for the next decision."""
    if not clicks:
        return no_update
    wanted = (address or "").strip()
    if "@" not in wanted:
        raise InvalidInput({"address": [_("Write an e-mail address, or @ and the domain.")]})
    if Coverage(covers) is not Coverage.SURVEYS:
        check_may(viewer, "suppression.offers")
    reach = Reach(address=wanted, covers=Coverage(covers), channel=Channel(channel) if channel else None)
    with transaction():
        add_entry(SuppressionReason(reason), reach, actor=viewer.actor, note=(words or "").strip() or None)
    return time.perf_counter_ns()


def take_off_list(viewer: Viewer, clicks: int | None, entry_id: str | None) -> Any:
    """The entry stays on record as lifted."""
    if not clicks:
        return no_update
    if not entry_id:
        raise InvalidInput({"entry": [_("Choose the entry first.")]})
    with transaction():
        entry = db.session.get_one(Suppression, int(entry_id))
        if entry.covers is not Coverage.SURVEYS:
            check_may(viewer, "suppression.offers")
        lift(entry.id, actor=viewer.actor)
    return time.perf_counter_ns()


def publish(viewer: Viewer, clicks: int | None, purpose: str, locale: str, text: str | None, on: str | None) -> Any:
    """New words for a purpose."""
    if not clicks:
        return no_update
    words = (text or "").strip()
    if not words:
        raise InvalidInput({"text": [_("Write what people are to read.")]})
    day = datetime.combine(date.fromisoformat(on), clock_time(), UTC) if on else None
    with transaction():
        publish_notice(Purpose(purpose), locale, words, actor=viewer.actor, effective_at=day)
    return time.perf_counter_ns()
