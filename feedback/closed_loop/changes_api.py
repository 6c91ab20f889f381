"""The API of changes by hand: correct an answer, take it out of all figures, count it again."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.closed_loop.changes import correct, exclude, restore
from feedback.closed_loop.intake.by_hand import MAX_NOTE, NewContent
from feedback.closed_loop.intake.content import MAX_COMMENT, MAX_DEFECTS
from feedback.closed_loop.intake.corrections import Change
from feedback.closed_loop.intake.exclusions import Reason
from feedback.closed_loop.schemas import Score
from feedback.surveys import withdrawn
from feedback.surveys.queries import codes_of
from feedback.surveys.rules import GIVEN_BY_STAFF, Band, CorrectionReason, ExclusionCause, band
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Id, Instant, PageArgs, QueryId, Schema, Text, page_of

blueprint = Blueprint("changes", __name__, url_prefix="/api/v1/responses", description="Answers changed by hand")
BY_STAFF = [reason.value for reason in GIVEN_BY_STAFF]


class AnswerCorrectionIn(Schema):
    """What an answer says from now on; fields that are left out stay."""

    score = Score()
    comment = Text(limit=MAX_COMMENT, empty=True, allow_none=True)
    defects = fields.List(fields.String(validate=validate.Length(min=1, max=100)), validate=validate.Length(max=MAX_DEFECTS))
    account_id = Id(metadata={"description": "Of an account in which the person has a role."})
    contact_id = Id()
    reason = fields.String(required=True, validate=validate.OneOf(BY_STAFF))
    note = Text(required=True, limit=MAX_NOTE, metadata={"description": "Why, in words."})

    @ma.validates_schema
    def check_something_changes(self, data: dict[str, Any], **_options: Any) -> None:
        """A reason alone changes nothing."""
        if not set(data) & set(NewContent.__slots__):
            raise ma.ValidationError(_("Say what the answer should say instead."), "score")


class ChangedAnswerOut(Schema):
    """An answer after its change."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    score = fields.Integer(required=True)
    band = fields.Enum(Band, by_value=True, required=True)
    previous_score = fields.Integer(required=True)
    issue_id = fields.Integer(required=True, allow_none=True)


class AnswerVersionOut(Schema):
    """What an answer said before; without a `reason` its source sent it again with other content."""

    version = fields.Integer(required=True)
    score = fields.Integer(required=True)
    comment = fields.String(required=True, allow_none=True)
    defects = fields.List(fields.String(), required=True)
    replaced_at = Instant(required=True)
    changed_by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class AnswerHistoryOut(Schema):
    """Every version of an answer, the current one apart."""

    id = fields.Integer(required=True)
    score = fields.Integer(required=True)
    comment = fields.String(required=True, allow_none=True)
    defects = fields.List(fields.String(), required=True)
    versions = fields.List(fields.Nested(AnswerVersionOut), required=True)


class AnswerExclusionIn(Schema):
    """Why an answer counts nowhere."""

    reason = fields.Enum(ExclusionCause, by_value=True, required=True)
    note = Text(required=True, limit=MAX_NOTE)


class AnswerExclusionOut(Schema):
    """An answer that was taken out of the figures."""

    id = fields.Integer(required=True)
    response_id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    score = fields.Integer(required=True)
    band = fields.Enum(Band, by_value=True, required=True)
    responded_at = Instant(required=True)
    reason = fields.Enum(ExclusionCause, by_value=True, required=True)
    note = fields.String(required=True)
    excluded_by = fields.String(required=True)
    own_account = fields.Boolean(required=True, metadata={"description": "Whoever excluded it looks after the account."})
    excluded_at = Instant(required=True)
    put_back_at = Instant(required=True, allow_none=True)


class AnswerExclusionsArgs(PageArgs):
    """Which exclusions."""

    account_id = QueryId(load_default=None)
    standing = fields.Boolean(load_default=False, metadata={"description": "Only answers that still count nowhere."})


@blueprint.route("/<int:response_id>/corrections")
class Corrections(MethodView):
    """The versions of one answer."""

    @requires("response.correct")
    @blueprint.arguments(AnswerCorrectionIn)
    @blueprint.response(201, ChangedAnswerOut)
    def post(self, body: dict[str, Any], response_id: int) -> dict[str, Any]:
        """Correct an answer; what it said before is kept

        Figures, issues and decisions follow at once. An issue that the wrong answer opened stays, with a note.
        """
        viewer = current_viewer()
        change = Change(viewer.actor, CorrectionReason(body.pop("reason")), body.pop("note"))
        if "defects" in body:
            body["defects"] = tuple(body["defects"])
        with transaction():
            done = correct(response_id, NewContent(**body), change, viewer)
        after = done.after
        shown = {"id": after.id, "account_id": after.account_id, "contact_id": after.contact_id, "score": after.score}
        return shown | {"band": band(after.score), "previous_score": done.before.score, "issue_id": done.issue_id}

    @requires("response.read")
    @blueprint.response(200, AnswerHistoryOut)
    def get(self, response_id: int) -> dict[str, Any]:
        """What an answer says and said"""
        answer = withdrawn.access_response(response_id, viewer=current_viewer(), permission="response.read")
        versions = withdrawn.list_versions([response_id]).get(response_id, [])
        told = ("version", "replaced_at", "changed_by", "reason", "note")
        lines = [
            {name: getattr(one, name) for name in told} | {name: one.content[name] for name in ("score", "comment", "defects")}
            for one in versions
        ]
        now = {"id": answer.id, "score": answer.score, "comment": answer.comment, "defects": codes_of([answer.id])[answer.id]}
        return now | {"versions": lines}


@blueprint.route("/<int:response_id>/exclusion")
class Exclusion(MethodView):
    """Whether an answer counts."""

    @requires("response.correct")
    @blueprint.arguments(AnswerExclusionIn)
    @blueprint.response(201, AnswerExclusionOut)
    def post(self, body: dict[str, Any], response_id: int) -> withdrawn.ExclusionLine:
        """Take an answer out of all figures

        It stays visible as excluded, and its identity is remembered: the same file again does not bring it back. Nobody can
        exclude a detractor's answer about an account that they look after.
        """
        viewer = current_viewer()
        with transaction():
            exclusion_id = exclude(response_id, Reason(body["reason"], body["note"]), viewer)
        return withdrawn.get_exclusion(exclusion_id)


@blueprint.route("/exclusions")
class Exclusions(MethodView):
    """What does not count."""

    @requires("response.read")
    @blueprint.arguments(AnswerExclusionsArgs, location="query")
    @blueprint.response(200, page_of(AnswerExclusionOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List answers that were taken out of the figures, those that were put back too"""
        page = withdrawn.page_exclusions(current_viewer(), **args)
        return {"items": page.items, "next_cursor": page.next_cursor}


@blueprint.route("/exclusions/<int:exclusion_id>")
class OneExclusion(MethodView):
    """One answer that does not count."""

    @requires("response.correct")
    @blueprint.response(204)
    def delete(self, exclusion_id: int) -> None:
        """Count an excluded answer again, as it was"""
        with transaction():
            restore(exclusion_id, current_viewer())
