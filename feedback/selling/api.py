"""/api/v1/sales-plays: suggestions to sell, screened before anybody acts on them."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.selling import queries, service
from feedback.selling.presenting import documents
from feedback.selling.queries import PlayFilter
from feedback.selling.schemas import PlayAnswerIn, PlayDismissalIn, SalesPlayIn, SalesPlayListArgs, SalesPlayOut
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

blueprint = Blueprint(
    "sales_plays", __name__, url_prefix="/api/v1/sales-plays", description="Suggestions to sell, and whether they are right."
)


@blueprint.route("")
class SalesPlays(MethodView):
    """The inbox."""

    @requires(queries.READ)
    @blueprint.arguments(SalesPlayListArgs, location="query")
    @blueprint.response(200, page_of(SalesPlayOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List sales plays, the newest first"""
        limit, cursor = args.pop("limit"), args.pop("cursor")
        page = queries.list_plays(current_viewer(), PlayFilter(**args), limit=limit, cursor=cursor)
        return {"items": documents(page.items), "next_cursor": page.next_cursor}

    @requires(service.SUGGEST)
    @blueprint.arguments(SalesPlayIn)
    @blueprint.response(201, SalesPlayOut)
    @blueprint.alt_response(200, schema=SalesPlayOut, description="It was handed in before")
    def post(self, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Hand in a suggestion to sell; it is screened at once

        A drop of spend is held against the account's own season first, then disruptions, open issues and the gate decide. What is
        held comes back as a work item for whoever recovers the customer; it is screened again when the standing changes.
        """
        account = body.pop("account_external_id")
        with transaction():
            play, is_new = service.receive_play(service.Suggested(**body), account, current_viewer())
            (shown,) = documents([play])
        return shown, 201 if is_new else 200


@blueprint.route("/<int:sales_play_id>")
class OneSalesPlay(MethodView):
    """One of them."""

    @requires(queries.READ)
    @blueprint.response(200, SalesPlayOut)
    def get(self, sales_play_id: int) -> dict[str, Any]:
        """A sales play and what the screening says about it"""
        return documents([queries.access_play(sales_play_id, current_viewer())])[0]


@blueprint.route("/<int:sales_play_id>/answer")
class SalesPlayAnswer(MethodView):
    """The answer to why spend fell."""

    @requires(service.WORK)
    @blueprint.arguments(PlayAnswerIn)
    @blueprint.response(200, SalesPlayOut)
    def put(self, body: dict[str, Any], sales_play_id: int) -> dict[str, Any]:
        """Say why spend fell; the play is screened again with it"""
        with transaction():
            play = service.answer_play(sales_play_id, body["answer"], current_viewer(), note=body["note"])
            return documents([play])[0]


@blueprint.route("/<int:sales_play_id>/taken")
class SalesPlayTaken(MethodView):
    """Somebody is on it."""

    @requires(service.WORK)
    @blueprint.response(200, SalesPlayOut)
    def put(self, sales_play_id: int) -> dict[str, Any]:
        """Take an accepted play; 409 when it is not accepted, or not any more"""
        with transaction():
            return documents([service.take_play(sales_play_id, current_viewer())])[0]


@blueprint.route("/<int:sales_play_id>/dismissal")
class SalesPlayDismissal(MethodView):
    """Nothing comes of it."""

    @requires(service.WORK)
    @blueprint.arguments(PlayDismissalIn)
    @blueprint.response(200, SalesPlayOut)
    def put(self, body: dict[str, Any], sales_play_id: int) -> dict[str, Any]:
        """Dismiss an open play, with the reason"""
        with transaction():
            return documents([service.dismiss_play(sales_play_id, body["reason"], current_viewer())])[0]
