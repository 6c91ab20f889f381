"""The API of interviews by phone."""

from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema

from feedback.access.auth import current_viewer, requires
from feedback.closed_loop.intake.content import MAX_COMMENT, MAX_DEFECTS
from feedback.closed_loop.interviews import MAX_NOTE, InterviewDraft, Noted, note_interview, script_of
from feedback.closed_loop.schemas import AnswerOut, CallWishIn, Score
from feedback.surveys.rules import Band
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Id, Instant, Schema, Text

blueprint = Blueprint("interviews", __name__, url_prefix="/api/v1/interviews", description="Answers that customers give by phone")


class ScriptArgs(Schema):
    """Which survey."""

    survey = fields.String(load_default=DEFAULT_SURVEY, validate=validate.Length(max=255))


class ScriptOut(Schema):
    """What to ask, in the customer's language."""

    survey = fields.String(required=True)
    language = fields.String(required=True)
    words = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    consent = fields.String(required=True, metadata={"description": "What the person said about being asked by phone before."})
    own_account = fields.Boolean(required=True, metadata={"description": "Whether you sell to this account yourself."})
    open_since = Instant(required=True, allow_none=True, metadata={"description": "An open invitation, which the talk answers."})
    changes_score = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The answer of the last 24 hours that the talk would change."}
    )


class InterviewIn(Schema):
    """What was noted. Without the customer's yes only the refusal is stored; `reached` false: nobody picked up."""

    account_id = Id(required=True)
    contact_id = Id(required=True)
    survey = Text(load_default=DEFAULT_SURVEY)
    reached = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    agreed = fields.Boolean(required=True, truthy={True}, falsy={False})
    score = Score(load_default=None, allow_none=True)
    comment = Text(limit=MAX_COMMENT, empty=True, load_default=None, allow_none=True)
    reasons = fields.List(Text(limit=120), load_default=(), validate=validate.Length(max=MAX_DEFECTS))
    note = Text(limit=MAX_NOTE, empty=True, load_default=None, allow_none=True)
    call_me = fields.Nested(
        CallWishIn, load_default=None, allow_none=True, metadata={"description": "They want to be called again."}
    )

    @validates_schema
    def check_reached(self, data: dict[str, Any], **_options: Any) -> None:
        """Where nobody picked up, nobody said yes."""
        if not data["reached"] and data["agreed"]:
            raise ValidationError(_("Nobody can agree where nobody picked up."), "agreed")


class InterviewOut(Schema):
    """What became of it; `answer` is null after a refusal, and when nobody picked up."""

    id = fields.Integer(required=True)
    answer = fields.Nested(AnswerOut, required=True, allow_none=True)


def _present(noted: Noted) -> dict[str, Any]:
    accepted = noted.accepted
    if accepted is None:
        return {"id": noted.interview_id, "answer": None}
    return {"id": noted.interview_id, "answer": accepted._asdict() | {"id": accepted.response_id, "band": Band(accepted.band)}}


@blueprint.route("/accounts/<int:account_id>/contacts/<int:contact_id>")
class InterviewScript(MethodView):
    """Before the call."""

    @requires("interview.write")
    @blueprint.arguments(ScriptArgs, location="query")
    @blueprint.response(200, ScriptOut)
    def get(self, args: dict[str, Any], account_id: int, contact_id: int) -> dict[str, Any]:
        """Show the words to ask with, and what the talk would answer or change"""
        found = script_of(current_viewer(), account_id, contact_id, args["survey"])
        return {
            "survey": found.program.code,
            "language": found.language,
            "words": found.words,
            "consent": found.consent.state.value,
            "own_account": found.own_account,
            "open_since": found.open_since,
            "changes_score": found.changes.score if found.changes else None,
        }


@blueprint.route("")
class Interviews(MethodView):
    """After the call."""

    @requires("interview.write")
    @blueprint.arguments(InterviewIn)
    @blueprint.response(201, InterviewOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Note what a customer said by phone

        An open invitation of the person is answered by it; an answer of the last 24 hours becomes a new version.
        """
        viewer = current_viewer()
        draft = InterviewDraft(**body | {"reasons": tuple(body["reasons"])})
        with transaction():
            return _present(note_interview(viewer, draft))
