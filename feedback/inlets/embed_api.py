"""The API of the keys of embedded forms."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.inlets import embedding
from feedback.inlets.models import EmbedKey
from feedback.inlets.schemas import EmbedKeyIn, EmbedKeyListOut, NewEmbedKeyOut
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import keep_out_of_store

blueprint = Blueprint(
    "embed-keys", __name__, url_prefix="/api/v1/embed-keys", description="Sites that show the survey to people logged in there"
)


def _present(key: EmbedKey, survey: str) -> dict[str, Any]:
    return {column.name: getattr(key, column.name) for column in EmbedKey.__table__.columns} | {"survey": survey, "secret": None}


@blueprint.route("")
class EmbedKeys(MethodView):
    """All keys."""

    @requires("connector.write")
    @blueprint.response(200, EmbedKeyListOut)
    def get(self) -> dict[str, Any]:
        """List the keys of embedded forms, the newest first"""
        return {"items": [_present(key, survey) for key, survey in embedding.list_keys()]}

    @requires("connector.write")
    @blueprint.arguments(EmbedKeyIn)
    @blueprint.response(201, NewEmbedKeyOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a key

        Its secret is shown in this answer only: the same `Idempotency-Key` again gets the answer without it.
        """
        with transaction():
            key, secret = embedding.create_key(embedding.KeyDraft(**body), actor=current_viewer().actor)
            shown = _present(key, body["survey"])
        keep_out_of_store("secret")
        return shown | {"secret": secret}


@blueprint.route("/<int:key_id>")
class OneEmbedKey(MethodView):
    """One key."""

    @requires("connector.write")
    @blueprint.response(204)
    def delete(self, key_id: int) -> None:
        """Revoke a key

        From now on nothing that is signed with it is believed.
        """
        with transaction():
            embedding.revoke_key(key_id, actor=current_viewer().actor)
