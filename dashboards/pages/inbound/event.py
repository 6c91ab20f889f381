"""One event: what came, what is wrong, what can be done."""

import json
from contextlib import suppress
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.panels import empty_state, notice, panel
from dashboards.page import Query
from dashboards.pages.inbound.listing import answer_of, may_set_up
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.queries import get_event
from feedback.inlets.rules.kinds import EventState, Trouble
from feedback.inlets.wording import why_words
from feedback.reporting.inbound_answers import answers_of

Component = Any
_LONGEST = 20_000


def title(viewer: Viewer, query: Query) -> str:
    """Its number."""
    return _("Event %(number)s", number=query.ids["event"])


def body(viewer: Viewer, query: Query) -> Component:
    """State, reason, the steps, and the body as it came."""
    event, connector = get_event(query.ids["event"])
    why = why_words(event.state, event.trouble, event.detail)
    return html.Div(
        [notice([why]) if why else None, _facts(event, connector, viewer), _came(event, viewer)], className="cl-stack"
    )


def _facts(event: InboundEvent, connector: Connector, viewer: Viewer) -> Component:
    state = html.Span(words.word(words.event_states, event.state), className="cl-badge")
    name = dcc.Link(connector.name, href=f"/app/connectors/{connector.id}") if may_set_up(viewer) else connector.name
    rows = [
        (_("State"), state),
        (_("Connector"), name),
        (_("Came"), moment(event.received_at, viewer)),
        (_("Its id there"), event.answer_id or "–"),
        (_("Answer"), answer_of(event, answers_of(viewer, [event.response_id or 0])) or "–"),
    ]
    listed = html.Dl([part for label, value in rows for part in (html.Dt(label), html.Dd(value))], className="cl-facts")
    return panel(_("Where it stands"), [listed, html.Div(_steps(event, connector, viewer), className="cl-chips")])


def _steps(event: InboundEvent, connector: Connector, viewer: Viewer) -> list[Component]:
    here = {"event": event.id}
    if event.state not in (EventState.QUARANTINED, EventState.DISCARDED) or event.body is None:
        return [link_button(_("All events"), "/app/inbound")]
    steps = [button(_("Replay"), {"kind": "inbound-step", "step": "replay", **here}, primary=True, next_step=True)]
    if event.trouble is Trouble.UNKNOWN_ACCOUNT and scope_of(viewer, "account.write") is Scope.ALL:
        label = _("Create the account “%(code)s” and replay", code=str(event.detail.get("found", "")))
        steps.append(button(label, {"kind": "inbound-step", "step": "create", **here}))
    if may_set_up(viewer):
        steps.append(link_button(_("Change the connector"), f"/app/connectors/{connector.id}?event={event.id}"))
    if event.state is EventState.QUARANTINED:
        steps.append(button(_("Discard"), {"kind": "inbound-step", "step": "discard", **here}))
    return [*steps, link_button(_("All events"), "/app/inbound")]


def _came(event: InboundEvent, viewer: Viewer) -> Component:
    name, note = _("What came"), event.content_type or None
    if scope_of(viewer, "response.read") is not Scope.ALL:
        return panel(name, empty_state(_("Only those who may read all answers see the body.")), note=note)
    if event.body is None:
        return panel(name, empty_state(_("The body is not kept any more.")), note=note)
    return panel(name, html.Pre(html.Code(_readable(event.body)), className="cl-code", tabIndex=0), note=note)


def _readable(body: bytes) -> str:
    text = body.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
