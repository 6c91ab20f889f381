"""/api/v1/webhooks and /api/v1/webhook-deliveries: who is told what happens here, and how that went."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.kernel.paging import decode_numbers, encode_cursor
from feedback.partners import deliveries, webhooks
from feedback.partners.deliveries import DeliveryDetails, DeliveryFilter
from feedback.partners.models import Webhook
from feedback.partners.schemas import (
    NewWebhookOut,
    OneWebhookDeliveryOut,
    WebhookChangeIn,
    WebhookDeliveryArgs,
    WebhookDeliveryPageOut,
    WebhookIn,
    WebhookListOut,
    WebhookOut,
    WebhookReplayIn,
    WebhookReplayOut,
    WebhookSecretOut,
)
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import keep_out_of_store

blueprint = Blueprint("webhooks", __name__, url_prefix="/api/v1", description="Who is told by webhooks what happens here")


def _present(webhook: Webhook) -> dict[str, Any]:
    shown = {column.name: getattr(webhook, column.name) for column in Webhook.__table__.columns}
    return shown | {"deliveries": deliveries.count_by_state(webhook.id)}


def _present_delivery(found: DeliveryDetails) -> dict[str, Any]:
    return {**found.row._mapping, "payload": found.payload, "tries": found.attempts}


@blueprint.route("/webhooks")
class Webhooks(MethodView):
    """All webhooks."""

    @requires("webhook.write")
    @blueprint.response(200, WebhookListOut)
    def get(self) -> dict[str, Any]:
        """List webhooks"""
        return {"items": [_present(webhook) for webhook in webhooks.list_webhooks()]}

    @requires("webhook.write")
    @blueprint.arguments(WebhookIn)
    @blueprint.response(201, NewWebhookOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set up a webhook

        Its secret is shown in this answer only: the same `Idempotency-Key` again gets the answer without it.
        """
        with transaction():
            webhook, secret = webhooks.create_webhook(webhooks.WebhookDraft(**body), actor=current_viewer().actor)
            shown = _present(webhook)
        keep_out_of_store("secret")
        return shown | {"secret": secret}


@blueprint.route("/webhooks/<int:webhook_id>")
class OneWebhook(MethodView):
    """One webhook."""

    @requires("webhook.write")
    @blueprint.response(200, WebhookOut)
    def get(self, webhook_id: int) -> dict[str, Any]:
        """Show a webhook"""
        return _present(webhooks.get_webhook(webhook_id))

    @requires("webhook.write")
    @blueprint.arguments(WebhookChangeIn)
    @blueprint.response(200, WebhookOut)
    def patch(self, body: dict[str, Any], webhook_id: int) -> dict[str, Any]:
        """Change a webhook, pause it or switch it on"""
        with transaction():
            return _present(webhooks.change_webhook(webhook_id, body, actor=current_viewer().actor))

    @requires("webhook.write")
    @blueprint.response(204)
    def delete(self, webhook_id: int) -> None:
        """Remove a webhook with its deliveries"""
        with transaction():
            webhooks.remove_webhook(webhook_id, actor=current_viewer().actor)


@blueprint.route("/webhooks/<int:webhook_id>/secret")
class WebhookSecret(MethodView):
    """Its secret."""

    @requires("webhook.write")
    @blueprint.response(200, WebhookSecretOut)
    def post(self, webhook_id: int) -> dict[str, Any]:
        """Give a webhook a new secret

        For another day each delivery carries a signature of the one before as well.
        """
        with transaction():
            secret = webhooks.renew_secret(webhook_id, actor=current_viewer().actor)
        keep_out_of_store("secret")
        return {"secret": secret}


@blueprint.route("/webhooks/<int:webhook_id>/test")
class TestEvent(MethodView):
    """An event to try it."""

    @requires("webhook.write")
    @blueprint.response(200, OneWebhookDeliveryOut)
    def post(self, webhook_id: int) -> dict[str, Any]:
        """Send a test event at once, and show what came back

        Without `Idempotency-Key`.
        """
        return _present_delivery(deliveries.send_test(webhook_id, actor=current_viewer().actor))


@blueprint.route("/webhooks/<int:webhook_id>/replay")
class Replay(MethodView):
    """What happened in a time."""

    @requires("webhook.write")
    @blueprint.arguments(WebhookReplayIn)
    @blueprint.response(202, WebhookReplayOut)
    def post(self, body: dict[str, Any], webhook_id: int) -> dict[str, Any]:
        """Send again what happened in a time, and what the webhook missed while it was off"""
        with transaction():
            count = deliveries.replay(webhook_id, body["since"], body["until"], body["events"], actor=current_viewer().actor)
        return {"deliveries": count}


@blueprint.route("/webhook-deliveries")
class WebhookDeliveries(MethodView):
    """The log."""

    @requires("webhook.write")
    @blueprint.arguments(WebhookDeliveryArgs, location="query")
    @blueprint.response(200, WebhookDeliveryPageOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List deliveries, the newest first"""
        limit, cursor = args.pop("limit"), args.pop("cursor")
        before = decode_numbers(cursor, size=1)[0] if cursor else None
        found = deliveries.list_deliveries(DeliveryFilter(**args), limit=limit + 1, before_id=before)
        more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": more}


@blueprint.route("/webhook-deliveries/<int:delivery_id>")
class OneWebhookDelivery(MethodView):
    """One delivery."""

    @requires("webhook.write")
    @blueprint.response(200, OneWebhookDeliveryOut)
    def get(self, delivery_id: int) -> dict[str, Any]:
        """Show a delivery with its payload and every try"""
        return _present_delivery(deliveries.get_delivery(delivery_id))


@blueprint.route("/webhook-deliveries/<int:delivery_id>/redeliver")
class Redeliver(MethodView):
    """Once more."""

    @requires("webhook.write")
    @blueprint.response(202, OneWebhookDeliveryOut)
    def post(self, delivery_id: int) -> dict[str, Any]:
        """Put a delivery back into the queue, under the same `webhook-id`"""
        with transaction():
            deliveries.send_again(delivery_id, actor=current_viewer().actor)
            return _present_delivery(deliveries.get_delivery(delivery_id))
