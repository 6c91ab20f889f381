"""/api/v1/issues/{id}/verifications: who was asked whether a fix holds, what they said, and asking."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.closed_loop.verifying.asking import ask_everybody
from feedback.issues.queries import access_issue
from feedback.issues.rules import IssueState
from feedback.issues.schemas import CHANNELS, Moment
from feedback.issues.verifying.calls import Call, record_call
from feedback.issues.verifying.rules import Verdict, Way
from feedback.reporting.verification import VerificationState, verification_state
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, Id, Schema, Text

blueprint = Blueprint("verifications", __name__, url_prefix="/api/v1/issues", description="Whether the fix of an issue holds")
NOT_REACHED = "not_reached"


class VerificationIn(Schema):
    """What somebody said in a call, that nobody was reached, or a wish to ask by mail."""

    way = fields.String(load_default=Way.CALL.value, validate=validate.OneOf((Way.CALL.value, Way.MAIL.value)))
    verdict = fields.String(validate=validate.OneOf((*Verdict, NOT_REACHED)))
    said = Text(limit=LONG_TEXT, metadata={"description": "What was said, in a call that reached somebody."})
    contact_id = Id(allow_none=True, load_default=None)
    channel = fields.String(load_default="phone", validate=validate.OneOf(CHANNELS))
    occurred_at = Moment(load_default=None, allow_none=True)

    @ma.validates_schema
    def _complete(self, data: dict[str, Any], **_options: Any) -> None:
        if data["way"] == Way.CALL and "verdict" not in data:
            raise ma.ValidationError(_("Say what came of the call: yes, partly, no or not_reached."), "verdict")


class AskedByMailOut(Schema):
    """A mail that asks whether it is solved."""

    state = fields.String(required=True)
    send_at = Moment(required=True, allow_none=True)
    sent_at = Moment(required=True, allow_none=True)
    reminders = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)


class CustomersWordOut(Schema):
    """What somebody said, and who wrote it down; null: the customer."""

    verdict = fields.String(required=True, validate=validate.OneOf(tuple(Verdict)))
    way = fields.String(required=True, validate=validate.OneOf(tuple(Way)))
    comment = fields.String(required=True, allow_none=True)
    at = Moment(required=True)
    recorded_by = fields.String(required=True, allow_none=True)


class AskedPersonOut(Schema):
    """Somebody behind the issue; `there`: has a role at the account."""

    contact_id = fields.Integer(required=True)
    name = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True)
    language = fields.String(
        required=True, allow_none=True, metadata={"description": "In which they are asked, and read what was done."}
    )
    there = fields.Boolean(required=True)
    verdict = fields.String(required=True, allow_none=True)
    mail = fields.Nested(AskedByMailOut, required=True, allow_none=True)
    unheard = fields.Boolean(
        required=True,
        metadata={"description": "Nobody spoke with them since they told us: they are called before a mail asks."},
    )
    words = fields.List(fields.Nested(CustomersWordOut), required=True)
    calls = fields.Integer(required=True, metadata={"description": "Calls since the fix that reached nobody."})


class RecoveryPulseOut(Schema):
    """A score that is asked some time after the fix was settled."""

    contact_id = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    due_at = Moment(required=True)
    sent_at = Moment(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    score = fields.Integer(required=True, allow_none=True)
    answered_at = Moment(required=True, allow_none=True)


class VerificationOut(Schema):
    """Whether the fix of an issue holds."""

    state = fields.String(required=True, validate=validate.OneOf(tuple(IssueState)))
    reopen_count = fields.Integer(required=True)
    attempts = fields.Integer(required=True, metadata={"description": "At the person who was tried the least."})
    needed = fields.Integer(required=True)
    closable_from = Moment(required=True, allow_none=True)
    people = fields.List(fields.Nested(AskedPersonOut), required=True)
    pulses = fields.List(fields.Nested(RecoveryPulseOut), required=True)


@blueprint.route("/<int:issue_id>/verifications")
class Verifications(MethodView):
    """Asking, and what came of it."""

    @requires("issue.read")
    @blueprint.response(200, VerificationOut)
    def get(self, issue_id: int) -> dict[str, Any]:
        """Show who was asked whether it is solved, what they said, and the recovery pulses"""
        return _present(issue_id)

    @requires("issue.work")
    @blueprint.arguments(VerificationIn)
    @blueprint.response(201, VerificationOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Record what somebody said in a call, or that nobody was reached; or ask by mail

        `no` and `partly` open the issue again; the call is the first contact about what is left, so it goes on from `contacted`.
        The last of the people behind it who says `yes` verifies it.
        """
        with transaction():
            if body.pop("way") == Way.MAIL:
                ask_everybody(issue_id, viewer=current_viewer())
            else:
                verdict = None if body["verdict"] == NOT_REACHED else Verdict(body["verdict"])
                record_call(issue_id, Call(**body | {"verdict": verdict}), viewer=current_viewer())
            return _present(issue_id)


def _present(issue_id: int) -> dict[str, Any]:
    issue = access_issue(issue_id, viewer=current_viewer())
    found: VerificationState = verification_state(issue)
    names = ("attempts", "needed", "closable_from", "people", "pulses")
    return {name: getattr(found, name) for name in names} | {"state": issue.state, "reopen_count": issue.reopen_count}
