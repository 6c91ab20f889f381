"""The door for systems that send answers by themselves."""

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from feedback.access.auth import public
from feedback.closed_loop.inbound import Task, process
from feedback.inlets.connectors import find_connector, lock_of
from feedback.inlets.models import Connector
from feedback.inlets.receiving import MAX_BODY, Arrived, count_refused, keep
from feedback.inlets.rules.signatures import Delivery, Refusal, check, delivery_digest
from feedback.kernel import clock
from feedback.kernel.concealing import Unreadable
from feedback.uow import end_reading
from feedback.web.problems import answer

blueprint = Blueprint("inbound", __name__)
_REFUSALS = {
    Refusal.MISSING: "The signature is missing.",
    Refusal.WRONG: "The signature is wrong.",
    Refusal.OLD: "The signed time is more than five minutes away from ours.",
}


class Inbound(MethodView):
    """The address of one connector. The way with a secret in it is for senders that do not sign."""

    @public
    def get(self, code: str, secret: str | None = None) -> ResponseReturnValue:
        """Vendors look whether somebody is there before they take the address (SurveyMonkey with HEAD)."""
        return "", 200

    @public
    def post(self, code: str, secret: str | None = None) -> ResponseReturnValue:
        """Store the delivery as it came, then look into it. 202: it is stored; what it says may still be refused later."""
        connector = find_connector(code)
        if connector is None or not connector.active:
            abort(404)
        if (request.content_length or 0) > MAX_BODY:
            abort(413)
        request.max_content_length = MAX_BODY
        delivery = Delivery({name.lower(): value for name, value in request.headers.items()}, request.get_data(), secret)
        refusal, digest = _checked(connector, delivery)
        connector_id = connector.id
        end_reading()
        if refusal is not None:
            count_refused(connector_id)
            return answer(401, _REFUSALS[refusal])
        kept = keep(Arrived(connector_id, digest, delivery.body, request.headers.get("Content-Type", "")))
        if kept.new:
            process(Task(kept.event_id))  # what comes of it is none of the sender's business: we have it
        return jsonify({"id": kept.event_id, "status": "stored" if kept.new else "repeated"}), 202 if kept.new else 200


def _checked(connector: Connector, delivery: Delivery) -> tuple[Refusal | None, str]:
    try:
        lock = lock_of(connector, clock.now())
    except Unreadable:  # the installation has another secret key than when it was set up: nobody can be believed
        return Refusal.WRONG, ""
    return check(lock, delivery, clock.now()), delivery_digest(lock, delivery)


blueprint.add_url_rule("/inbound/<code>", view_func=Inbound.as_view("connector"))
blueprint.add_url_rule("/inbound/<code>/<secret>", view_func=Inbound.as_view("connector_with_secret"))
