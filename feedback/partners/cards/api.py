"""POST /api/v1/accounts/{id}/card-links: a link to the card of an account."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.partners.cards.links import make_link, reader_of
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import keep_out_of_store
from feedback.web.languages import LANGUAGES
from feedback.web.schemas import Schema, Text

blueprint = Blueprint("cards", __name__, url_prefix="/api/v1/accounts", description="Cards of a standing for other pages")


class CardLinkIn(Schema):
    """Where a card will be shown."""

    origin = Text(required=True, metadata={"description": "The site around it, one of `CLOSEDLOOP_CARD_ORIGINS`."})
    for_email = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of whoever reads it; then it shows only what this person may see. For systems only."},
    )
    language = fields.String(load_default="en", validate=validate.OneOf(list(LANGUAGES)))


class CardLinkOut(Schema):
    """A link for the `src` of an `iframe`."""

    url = fields.String(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True)


@blueprint.route("/<int:account_id>/card-links")
class CardLinks(MethodView):
    """Links to its card."""

    @requires("account.read")
    @blueprint.arguments(CardLinkIn)
    @blueprint.response(201, CardLinkOut)
    def post(self, body: dict[str, Any], account_id: int) -> dict[str, Any]:
        """Make a link to the card of an account, for ten minutes

        Only this site can show it, and whoever asks now has to be allowed to see the account when it is opened. The same
        `Idempotency-Key` again gets the answer without the link.
        """
        reader = reader_of(body["for_email"], viewer=current_viewer())
        url, until = make_link(account_id, body["origin"], body["language"], viewer=reader)
        keep_out_of_store("url")
        return {"url": url, "expires_at": until}
