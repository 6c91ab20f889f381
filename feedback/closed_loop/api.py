"""The API of answers: hand in, list, delete."""

import json
from typing import Any

from flask import Response, abort, current_app, request
from flask.views import MethodView
from flask_babel import gettext as _

from feedback.access.auth import current_viewer, requires
from feedback.closed_loop import batches
from feedback.closed_loop.drafts import Accepted, AnswerDraft, Rejected
from feedback.closed_loop.intake import delete_answer
from feedback.closed_loop.intake.stored import load_issue_ids
from feedback.closed_loop.schemas import (
    AnswerIn,
    AnswerListArgs,
    AnswerOut,
    BatchIn,
    BatchOut,
    ListedAnswerOut,
    read_plain,
    write_instant,
)
from feedback.defects.programs import find_survey_id
from feedback.extensions import db
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.surveys import queries
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint, parse_json, short_way
from feedback.web.schemas import page_of

blueprint = Blueprint("responses", __name__, url_prefix="/api/v1/responses", description="Answers to surveys")
NDJSON = "application/x-ndjson"
_LINES = {NDJSON: {"schema": {"type": "string", "description": "One answer per line."}}}


@blueprint.route("")
class Answers(MethodView):
    """Answers one by one, and the list of them."""

    @requires("response.write")
    @short_way(read_plain)
    @blueprint.arguments(AnswerIn())  # of a class one would be made for each request
    @blueprint.response(201, AnswerOut)
    @blueprint.alt_response(200, schema=AnswerOut, description="The same answer is stored already.")
    def post(self, draft: AnswerDraft) -> Response:
        """Hand in an answer

        Account, contact and role are created when they are new. A fresh detractor answer opens an issue or joins one.
        """
        outcome = batches.accept_one(draft, actor=current_viewer().actor)
        if isinstance(outcome, Rejected):
            raise _refusal(outcome)
        body = json.dumps(_present(outcome), ensure_ascii=False)
        return current_app.response_class(body, 201 if outcome.status == "created" else 200, mimetype="application/json")

    @requires("response.read")
    @blueprint.arguments(AnswerListArgs, location="query")
    @blueprint.response(200, page_of(ListedAnswerOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List answers, newest first"""
        if args["survey"] is not None and find_survey_id(db.session(), args["survey"]) is None:
            raise InvalidInput({"survey": [_("There is no survey with the code %(code)s.", code=args["survey"])]})
        wanted = queries.AnswerFilter(args["account_id"], args["contact_id"], args["survey"], args["from_"], args["to"])
        page = queries.list_answers(current_viewer(), wanted, limit=args["limit"], cursor=args["cursor"])
        issues = load_issue_ids(db.session(), [item["id"] for item in page.items])
        items = [item | {"issue_id": issues.get(item["id"])} for item in page.items]
        return {"items": items, "next_cursor": page.next_cursor}


@blueprint.route("/<int:response_id>")
class Answer(MethodView):
    """One stored answer."""

    @requires("response.write")
    @blueprint.response(204)
    def delete(self, response_id: int) -> None:
        """Delete an answer and take it out of all figures"""
        with transaction():
            delete_answer(response_id, current_viewer().actor)


@blueprint.route("/batch")
class Batch(MethodView):
    """Answers by the thousand."""

    @requires("response.write")
    @blueprint.doc(requestBody={"required": True, "content": {"application/json": {"schema": BatchIn}, **_LINES}})
    @blueprint.response(200, BatchOut)
    def post(self) -> dict[str, Any]:
        """Hand in up to 10,000 answers

        All that can be stored is stored, in one transaction; `errors` names the others by their place in the list.
        """
        return batches.accept_batch(_read_batch(), actor=current_viewer().actor)


def _read_batch() -> list[Any]:
    if request.mimetype == NDJSON:
        return batches.read_lines(request.get_data())
    if request.mimetype != "application/json":
        abort(415, "Send the body as 'application/json' or 'application/x-ndjson'.")
    try:
        document = parse_json(request.get_data())
    except ValueError as error:
        abort(400, f"The body is not JSON: {error}")
    if not isinstance(document, dict) or set(document) != {"responses"} or not isinstance(document["responses"], list):
        raise InvalidInput({"responses": ["The body is an object with one field, 'responses', which is a list."]})
    return list(document["responses"])


def _present(outcome: Accepted) -> dict[str, Any]:
    return {
        "id": outcome.response_id,
        "account_id": outcome.account_id,
        "contact_id": outcome.contact_id,
        "score": outcome.score,
        "band": outcome.band,
        "responded_at": write_instant(outcome.responded_at),
        "defects": outcome.defects,
        "issue_id": outcome.issue_id,
    }


def _refusal(outcome: Rejected) -> Exception:
    if outcome.code == "conflict":
        return Conflict(" ".join(message for messages in outcome.errors.values() for message in messages))
    return InvalidInput(outcome.errors)
