"""/api/v1/issues/{id}/…: the people in an issue, what it harms, notes, and two issues that are one."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.issues.answering import get_voice, waive_voice
from feedback.issues.harm import Harm, say_harm
from feedback.issues.harm_schemas import HarmIn
from feedback.issues.merging import Split, merge_issues, split_voice
from feedback.issues.presenting import present
from feedback.issues.queries.single import lock_issue
from feedback.issues.schemas import CHANNELS, IssueDetailOut
from feedback.issues.service import Talk, place_issue, record_interaction
from feedback.issues.working import notes
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, Id, Schema, Text

blueprint = Blueprint("issue_voices", __name__, url_prefix="/api/v1/issues", description="People in an issue, and notes")
WORK = "issue.work"


class VoiceAnswerIn(Schema):
    """What was said to a person."""

    summary = Text(required=True, limit=LONG_TEXT)
    channel = fields.String(load_default="phone", validate=validate.OneOf(CHANNELS))


class WaiverIn(Schema):
    """Why nobody has to answer a person."""

    reason = Text(required=True, limit=LONG_TEXT)


class SplitIn(Schema):
    """What the voice's own issue is about; without anything it is about the same."""

    defect = Text(load_default=None, allow_none=True)
    title = Text(load_default=None, allow_none=True)


class MergeIn(Schema):
    """The issue that becomes part of this one."""

    issue_id = Id(required=True)


class NoteIn(Schema):
    """A note for colleagues."""

    note = Text(required=True, limit=LONG_TEXT)


class PlaceIn(Schema):
    """The contract that the issue is about; null: none."""

    contract_id = Id(required=True, allow_none=True)


@blueprint.route("/<int:issue_id>/voices/<int:voice_id>/answer")
class VoiceAnswer(MethodView):
    """Speaking with one of the people."""

    @requires(WORK)
    @blueprint.arguments(VoiceAnswerIn)
    @blueprint.response(201, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int, voice_id: int) -> dict[str, Any]:
        """Record that somebody who spoke up was answered; it answers everything that they said"""
        viewer = current_viewer()
        with transaction():
            voice = get_voice(lock_issue(issue_id, viewer=viewer, permission=WORK), voice_id)
            talk = Talk(body["summary"], body["channel"], contact_id=voice.contact_id)
            return present(record_interaction(issue_id, talk, viewer=viewer))


@blueprint.route("/<int:issue_id>/voices/<int:voice_id>/waiver")
class VoiceWaiver(MethodView):
    """Nobody has to answer."""

    @requires(WORK)
    @blueprint.arguments(WaiverIn)
    @blueprint.response(200, IssueDetailOut)
    def put(self, body: dict[str, Any], issue_id: int, voice_id: int) -> dict[str, Any]:
        """Say why nobody has to answer a person; it holds for everything that they said"""
        with transaction():
            return present(waive_voice(issue_id, voice_id, body["reason"], viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/voices/<int:voice_id>/issue")
class VoiceIssue(MethodView):
    """A voice that means something else."""

    @requires(WORK)
    @blueprint.arguments(SplitIn)
    @blueprint.response(201, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int, voice_id: int) -> dict[str, Any]:
        """Give a voice an issue of its own; answers the new issue"""
        with transaction():
            return present(split_voice(issue_id, voice_id, Split(**body), viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/merges")
class Merges(MethodView):
    """Two issues that are one."""

    @requires(WORK)
    @blueprint.arguments(MergeIn)
    @blueprint.response(200, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Take everybody and everything of another issue of the same customer into this one; the other is closed"""
        with transaction():
            return present(merge_issues(issue_id, body["issue_id"], viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/notes")
class IssueNotes(MethodView):
    """What colleagues should know."""

    @requires(notes.PERMISSION)
    @blueprint.arguments(NoteIn)
    @blueprint.response(201, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Write a note for colleagues; no customer sees it, and no clock or state moves"""
        with transaction():
            return present(notes.write_note(issue_id, text=body["note"], viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/harm")
class IssueHarm(MethodView):
    """The customer's own customers."""

    @requires("issue.open")
    @blueprint.arguments(HarmIn)
    @blueprint.response(200, IssueDetailOut)
    def put(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Say whether the issue harms the customer's own customers; that makes it a step graver"""
        with transaction():
            return present(say_harm(issue_id, Harm(**body), viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/contract")
class IssueContract(MethodView):
    """Which contract it is about."""

    @requires("issue.open")
    @blueprint.arguments(PlaceIn)
    @blueprint.response(200, IssueDetailOut)
    def put(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Say which contract the issue is about: it counts for its renewal, and for its site"""
        with transaction():
            return present(place_issue(issue_id, body["contract_id"], viewer=current_viewer()))
