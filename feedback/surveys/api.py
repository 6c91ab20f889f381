"""The API of invitations."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.surveys import queries, service
from feedback.surveys.schemas import InvitationIn, InvitationOut
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import keep_out_of_store

blueprint = Blueprint("invitations", __name__, url_prefix="/api/v1/invitations", description="Personal survey links")


@blueprint.route("")
class Invitations(MethodView):
    """Personal survey links."""

    @requires("invitation.write")
    @blueprint.arguments(InvitationIn)
    @blueprint.response(201, InvitationOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a personal survey link

        The contact must have a role in the account. The link can be answered once. It is shown in this answer only: the
        same `Idempotency-Key` again gets the answer without it.
        """
        viewer = current_viewer()
        with transaction():
            account_id, contact_id = queries.get_invitable(viewer, body["account_external_id"], body["contact_external_id"])
            link = service.invite_contact(account_id, contact_id, survey=body["survey"], actor=viewer.actor)
        keep_out_of_store("url")
        return {"id": link.invitation_id, "url": link.url, "state": link.state}
