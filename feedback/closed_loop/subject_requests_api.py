"""/api/v1/subject-requests: what people ask of us by right, and the file of what is held about them."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.audit import service as audit
from feedback.closed_loop import held, subject_requests
from feedback.permission.lookups import Looked, note_lookup
from feedback.permission.rights import RequestKind, RequestState
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, Id, Schema, Text

blueprint = Blueprint(
    "subject-requests", __name__, url_prefix="/api/v1/subject-requests", description="What people ask of us by right"
)


class SubjectRequestIn(Schema):
    """Somebody asks for something."""

    contact_id = Id(required=True)
    kind = fields.Enum(RequestKind, by_value=True, required=True)
    received_on = fields.Date(format="iso", load_default=None, allow_none=True, metadata={"description": "Default: today."})
    note = Text(load_default=None, allow_none=True, limit=LONG_TEXT)


class BecauseIn(Schema):
    """Why."""

    reason = Text(required=True, limit=LONG_TEXT)


class OutcomeIn(Schema):
    """How it ended. `done` erases for an erasure, and writes the objections of an objection."""

    state = fields.Enum(RequestState, by_value=True, required=True, validate=validate.NoneOf([RequestState.OPEN]))
    result = Text(required=True, limit=LONG_TEXT, metadata={"description": "What was done, or why not."})


class SubjectRequestOut(Schema):
    """A request with its last day."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    kind = fields.Enum(RequestKind, by_value=True, required=True)
    state = fields.Enum(RequestState, by_value=True, required=True)
    note = fields.String(required=True, allow_none=True)
    received_on = fields.Date(format="iso", required=True)
    due_on = fields.Date(format="iso", required=True)
    extended_at = fields.DateTime(format="iso", required=True, allow_none=True)
    extended_because = fields.String(required=True, allow_none=True)
    closed_at = fields.DateTime(format="iso", required=True, allow_none=True)
    closed_by = fields.String(required=True, allow_none=True)
    result = fields.String(required=True, allow_none=True)
    erasure_id = fields.Integer(required=True, allow_none=True)
    recorded_by = fields.String(required=True)
    recorded_at = fields.DateTime(format="iso", required=True)


class SubjectRequestsOut(Schema):
    """The open ones first, by their last day."""

    items = fields.List(fields.Nested(SubjectRequestOut), required=True)


class HeldArgs(Schema):
    """Query of the file."""

    format = fields.String(load_default="json", validate=validate.OneOf(["json", "text"]))


@blueprint.route("")
class SubjectRequests(MethodView):
    """The list."""

    @requires("request.read")
    @blueprint.response(200, SubjectRequestsOut)
    def get(self) -> dict[str, Any]:
        """Who asked for what, and until when it has to be done"""
        return {"items": subject_requests.list_requests()}

    @requires("request.write")
    @blueprint.arguments(SubjectRequestIn)
    @blueprint.response(201, SubjectRequestOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Note that somebody asked; a month runs from the day it came"""
        with transaction():
            return subject_requests.note_request(actor=current_viewer().actor, **body)


@blueprint.route("/<int:subject_request_id>/extension")
class SubjectRequestExtension(MethodView):
    """Two more months."""

    @requires("request.write")
    @blueprint.arguments(BecauseIn)
    @blueprint.response(200, SubjectRequestOut)
    def put(self, body: dict[str, Any], subject_request_id: int) -> Any:
        """Extend it, once, with the reason that the person is told"""
        with transaction():
            return subject_requests.extend_request(subject_request_id, body["reason"], actor=current_viewer().actor)


@blueprint.route("/<int:subject_request_id>/outcome")
class SubjectRequestOutcome(MethodView):
    """The end."""

    @requires("request.write")
    @blueprint.arguments(OutcomeIn)
    @blueprint.response(200, SubjectRequestOut)
    def put(self, body: dict[str, Any], subject_request_id: int) -> Any:
        """Fulfil it or refuse it; fulfilling an erasure erases the person"""
        done = body["state"] is RequestState.DONE
        finish = subject_requests.fulfil_request if done else subject_requests.refuse_request
        with transaction():
            return finish(subject_request_id, body["result"], actor=current_viewer().actor)


@blueprint.route("/<int:subject_request_id>/file")
class SubjectRequestFile(MethodView):
    """What is held."""

    @requires("request.write")
    @blueprint.arguments(HeldArgs, location="query")
    @blueprint.response(200, content_type="application/json")
    @blueprint.alt_response(200, content_type="text/plain", description="To be read")
    def get(self, query: dict[str, Any], subject_request_id: int) -> Response:
        """Everything that is held about the person, for a machine or to be read; making it stands in the audit log"""
        viewer = current_viewer()
        with transaction():
            request = subject_requests.get_request(subject_request_id)
            audit.record(viewer.actor, "subject_request.exported", "contact", request.contact_id, request=request.id)
            note_lookup(request.contact_id, Looked.FILE, viewer)
            data = held.held_about(request.contact_id)
        if query["format"] == "text":
            return Response(held.as_text(data), mimetype="text/plain")
        return jsonify(data)
