"""Who did what, and which job ran when: two append-only lists, newest first."""

from typing import Any

import sqlalchemy as sa
from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import requires
from feedback.access.queries import decode_id
from feedback.audit.models import AuditEvent, JobRun
from feedback.extensions import db
from feedback.kernel.db import MAX_ID
from feedback.kernel.paging import Page, encode_cursor
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, Schema, Text, page_of

blueprint = Blueprint("log", __name__, url_prefix="/api/v1", description="Who did what, and which job ran when")


class AuditArgs(PageArgs):
    """Which events."""

    actor = Text(load_default=None)
    object_type = Text(load_default=None)
    object_id = Text(load_default=None)


class AuditEventOut(Schema):
    """One action of a person, a token or a job."""

    id = fields.Integer(required=True)
    occurred_at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    object_type = fields.String(required=True)
    object_id = fields.String(required=True)
    data = fields.Dict(required=True)


class JobRunArgs(PageArgs):
    """Which runs."""

    job = Text(load_default=None)


class JobRunOut(Schema):
    """One claimed slot of a job."""

    id = fields.Integer(required=True)
    job = fields.String(required=True)
    slot = fields.AwareDateTime(required=True)
    worker = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)


@blueprint.route("/audit-events")
class AuditEvents(MethodView):
    """Who did what."""

    @requires("audit.read")
    @blueprint.arguments(AuditArgs, location="query")
    @blueprint.response(200, page_of(AuditEventOut))
    def get(self, args: dict[str, Any]) -> Page[Any]:
        """List what was done, newest first"""
        return _newest(AuditEvent, args)


@blueprint.route("/job-runs")
class JobRuns(MethodView):
    """Which job ran when."""

    @requires("audit.read")
    @blueprint.arguments(JobRunArgs, location="query")
    @blueprint.response(200, page_of(JobRunOut))
    def get(self, args: dict[str, Any]) -> Page[Any]:
        """List runs of jobs, newest first"""
        return _newest(JobRun, args)


def _newest(model: type[AuditEvent] | type[JobRun], args: dict[str, Any]) -> Page[Any]:
    """One page of rows equal to the arguments; both tables only grow, so the id is the order."""
    limit, cursor = args.pop("limit"), args.pop("cursor")
    wanted = [getattr(model, name) == value for name, value in args.items() if value is not None]
    before = decode_id(cursor, start=MAX_ID)
    query = sa.select(model).where(model.id < before, *wanted).order_by(model.id.desc()).limit(limit + 1)
    rows: list[Any] = list(db.session.scalars(query))
    return Page(rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None)
