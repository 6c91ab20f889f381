"""The API of what connectors received."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.access.policy import scope_of
from feedback.access.rules import Scope
from feedback.closed_loop import inbound
from feedback.inlets import queries
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.schemas import InboundEventOut, InboundListArgs, InboundReplayIn, OneInboundEventOut, ReplayedOut
from feedback.inlets.wording import trouble_words
from feedback.kernel.errors import RuleViolation
from feedback.uow import end_reading, transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

blueprint = Blueprint(
    "inbound-events", __name__, url_prefix="/api/v1/inbound-events", description="What connectors received, and what came of it"
)


def _present(event: InboundEvent, connector: Connector) -> dict[str, Any]:
    shown = {column.name: getattr(event, column.name) for column in InboundEvent.__table__.columns}
    reason = trouble_words(event.trouble, event.detail) if event.trouble else None
    return shown | {"connector": connector.code, "reason": reason, "body": None}


def shown_body(event: InboundEvent) -> str | None:
    """What came, for people who may read every answer; nobody else."""
    if event.body is None or scope_of(current_viewer(), "response.read") is not Scope.ALL:
        return None
    return event.body.decode(errors="replace")


@blueprint.route("")
class Events(MethodView):
    """All events."""

    @requires("inbound.write")
    @blueprint.arguments(InboundListArgs, location="query")
    @blueprint.response(200, page_of(InboundEventOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List what connectors received, the newest first"""
        wanted = queries.EventFilter(args["state"], args["connector_id"])
        page = queries.list_events(wanted, limit=args["limit"], cursor=args["cursor"])
        return {"items": [_present(*listed) for listed in page.items], "next_cursor": page.next_cursor}


@blueprint.route("/<int:event_id>")
class Event(MethodView):
    """One event."""

    @requires("inbound.write")
    @blueprint.response(200, OneInboundEventOut)
    def get(self, event_id: int) -> dict[str, Any]:
        """Show an event with its body, as it came

        The body is there for those who may read all answers.
        """
        event, connector = queries.get_event(event_id)
        return _present(event, connector) | {"body": shown_body(event)}


@blueprint.route("/<int:event_id>/replay")
class Replay(MethodView):
    """Another look."""

    @requires("inbound.write")
    @blueprint.response(200, InboundEventOut)
    def post(self, event_id: int) -> dict[str, Any]:
        """Look into an event once more, after its connector or the customer record was corrected"""
        _event_that_can_be_replayed(event_id)
        inbound.process(inbound.Task(event_id, actor=current_viewer().actor))
        return _present(*queries.get_event(event_id))


def _event_that_can_be_replayed(event_id: int) -> None:
    event, _connector = queries.get_event(event_id)
    if event.state not in inbound.REPLAYABLE:
        raise RuleViolation("This event is settled: its answer is stored, or a newer one is.")
    if event.body is None:
        raise RuleViolation("The body of this event is not kept any more.")
    end_reading()


@blueprint.route("/<int:event_id>/discard")
class Discard(MethodView):
    """No use."""

    @requires("inbound.write")
    @blueprint.response(200, InboundEventOut)
    def post(self, event_id: int) -> dict[str, Any]:
        """Take an event out of quarantine because it is of no use"""
        with transaction():
            queries.get_event(event_id)
            if not inbound.discard(event_id, actor=current_viewer().actor):
                raise RuleViolation("Only an event in quarantine can be discarded.")
        return _present(*queries.get_event(event_id))


@blueprint.route("/replay")
class ReplayAll(MethodView):
    """Another look at all."""

    @requires("inbound.write")
    @blueprint.arguments(InboundReplayIn)
    @blueprint.response(200, ReplayedOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Look once more into everything that is in quarantine"""
        ids = queries.quarantined_ids(body["connector_id"])
        end_reading()
        counts = inbound.replay_many(ids, actor=current_viewer().actor)
        return {"states": {state.value: count for state, count in counts.items()}}
