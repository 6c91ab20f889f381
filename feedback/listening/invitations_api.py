"""The API of invitations: a link to hand over, or a mail after an event."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.listening import triggers
from feedback.surveys import queries, service
from feedback.surveys.schemas import InvitationIn, InvitationOut
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import keep_out_of_store
from feedback.web.qr import qr_data

blueprint = Blueprint("invitations", __name__, url_prefix="/api/v1/invitations", description="Asking one person")


@blueprint.route("")
class Invitations(MethodView):
    """Personal invitations."""

    @requires("invitation.write")
    @blueprint.arguments(InvitationIn)
    @blueprint.response(201, InvitationOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask one person

        Without `send` it makes a personal link that you hand over. With `send` the person is asked by mail, `delay_hours` after
        now and in the working hours of the settings, in their own zone, under the rules of waves: consent, stop list, "not now"
        and quarantine. Who must not be asked is `skipped`, with the `reason`. So the same event reported twice asks once.

        The contact must have a role in the account. A link can be answered once; `qr` makes a code of it. Both are shown in
        this answer only: the same `Idempotency-Key` again gets the answer without them.
        """
        viewer = current_viewer()
        keep_out_of_store("url", "qr")
        with transaction():
            account_id, contact_id = queries.get_invitable(viewer, body["account_external_id"], body["contact_external_id"])
            if body["send"]:
                asked = triggers.ask_by_mail(
                    account_id, contact_id, survey=body["survey"], hours=body["delay_hours"] or 0, actor=viewer.actor
                )
                return {name: getattr(asked, name) for name in ("id", "url", "state", "reason", "send_at")} | {"qr": None}
            link = service.invite_contact(account_id, contact_id, survey=body["survey"], actor=viewer.actor)
        code = qr_data(link.url, body["qr"]) if body["qr"] else None
        return {"id": link.invitation_id, "url": link.url, "qr": code, "state": link.state, "reason": None, "send_at": None}
