"""The API of connectors."""

from dataclasses import asdict
from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.inlets import connectors, queries
from feedback.inlets.models import Connector
from feedback.inlets.schemas import (
    ConnectorChangeIn,
    ConnectorIn,
    ConnectorListOut,
    ConnectorOut,
    NewConnectorOut,
    SecretIn,
    SecretOut,
    TrialIn,
    TrialOut,
)
from feedback.inlets.trial import try_out
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import keep_out_of_store

blueprint = Blueprint(
    "connectors", __name__, url_prefix="/api/v1/connectors", description="Systems that send answers by themselves"
)


def _present(connector: Connector) -> dict[str, Any]:
    shown = {column.name: getattr(connector, column.name) for column in Connector.__table__.columns}
    return shown | {
        "address": connectors.address_of(connector),
        "has_api_token": connector.api_token is not None,
        "events": {state.value: count for state, count in queries.count_by_state(connector.id).items()},
    }


@blueprint.route("")
class Connectors(MethodView):
    """All connectors."""

    @requires("connector.write")
    @blueprint.response(200, ConnectorListOut)
    def get(self) -> dict[str, Any]:
        """List connectors"""
        return {"items": [_present(connector) for connector in connectors.list_connectors()]}

    @requires("connector.write")
    @blueprint.arguments(ConnectorIn)
    @blueprint.response(201, NewConnectorOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set up a connector

        Its secret is shown in this answer only: the same `Idempotency-Key` again gets the answer without it.
        """
        with transaction():
            connector, secret = connectors.create_connector(connectors.ConnectorDraft(**body), actor=current_viewer().actor)
            shown = _present(connector)
        keep_out_of_store("secret", "address")
        return shown | {"secret": secret, "address": connectors.address_of(connector, secret)}


@blueprint.route("/<int:connector_id>")
class OneConnector(MethodView):
    """One connector."""

    @requires("connector.write")
    @blueprint.response(200, ConnectorOut)
    def get(self, connector_id: int) -> dict[str, Any]:
        """Show a connector"""
        return _present(connectors.get_connector(connector_id))

    @requires("connector.write")
    @blueprint.arguments(ConnectorChangeIn)
    @blueprint.response(200, ConnectorOut)
    def patch(self, body: dict[str, Any], connector_id: int) -> dict[str, Any]:
        """Change a connector

        Its kind and the way its sender signs stay.
        """
        with transaction():
            return _present(connectors.change_connector(connector_id, body, actor=current_viewer().actor))


@blueprint.route("/<int:connector_id>/secret")
class Secret(MethodView):
    """Its secret."""

    @requires("connector.write")
    @blueprint.arguments(SecretIn)
    @blueprint.response(200, SecretOut)
    def post(self, body: dict[str, Any], connector_id: int) -> dict[str, Any]:
        """Give a connector a new secret

        The one before is believed for another day, so that nothing is lost while it is exchanged.
        """
        with transaction():
            secret = connectors.renew_secret(connector_id, body["secret"], actor=current_viewer().actor)
            address = connectors.address_of(connectors.get_connector(connector_id), secret)
        keep_out_of_store("secret", "address")
        return {"secret": secret, "address": address}


@blueprint.route("/<int:connector_id>/trial")
class Trial(MethodView):
    """A pasted event."""

    @requires("connector.write")
    @blueprint.arguments(TrialIn)
    @blueprint.response(200, TrialOut)
    def post(self, body: dict[str, Any], connector_id: int) -> dict[str, Any]:
        """See how an event would be read

        Nothing is stored, and no signature is needed.
        """
        found = try_out(connectors.get_connector(connector_id), body["sample"], body["content_type"], body.get("mapping"))
        return asdict(found)
