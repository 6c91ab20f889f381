"""/api/v1/progress-templates and /issues/{id}/progress-mails: telling customers by mail how far we are."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.issues.queries.single import access_issue
from feedback.issues.rules.letters import MOST_SUBJECT, MOST_TEXT
from feedback.issues.schemas import Moment
from feedback.issues.working import progress, templates
from feedback.issues.working.rules import MailState, MailStop
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.languages import LANGUAGES
from feedback.web.schemas import Id, QueryId, Schema, Text

blueprint = Blueprint("progress", __name__, url_prefix="/api/v1", description="Mails about progress")


class ProgressLetterSchema(Schema):
    """A letter in one language; places in braces are filled for each customer: {name}, {problem} …"""

    subject = Text(required=True, limit=MOST_SUBJECT)
    text = Text(required=True, limit=MOST_TEXT)


def _letters(**options: Any) -> fields.Dict:
    language = fields.String(validate=validate.OneOf(list(LANGUAGES)))
    return fields.Dict(keys=language, values=fields.Nested(ProgressLetterSchema), **options)


class ProgressTemplateIn(Schema):
    """A new template."""

    name = Text(required=True, limit=MOST_SUBJECT)
    letters = _letters(required=True)


class ProgressTemplateChangeIn(Schema):
    """What changes about one."""

    name = Text(limit=MOST_SUBJECT)
    letters = _letters()
    retired = fields.Boolean(truthy={True}, falsy={False})


class ProgressTemplateOut(Schema):
    """A template."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    letters = _letters(required=True)
    retired_at = Moment(required=True, allow_none=True)


class ProgressTemplatesOut(Schema):
    """All of them, and the letters that owners start from where they choose none."""

    items = fields.List(fields.Nested(ProgressTemplateOut), required=True)
    built_in = _letters(required=True)


class ProgressTemplateArgs(Schema):
    """Which are shown."""

    retired = fields.Boolean(load_default=False)


class ProgressDraftArgs(Schema):
    """Whom the letter is for, and what it starts from."""

    contact_id = QueryId(load_default=None)
    template_id = QueryId(load_default=None)


class ProgressDraftOut(Schema):
    """A letter with everything filled in that is known; it is edited before it leaves."""

    contact_id = fields.Integer(required=True)
    language = fields.String(required=True)
    subject = fields.String(required=True)
    text = fields.String(required=True)


class ProgressMailIn(Schema):
    """The letter as it leaves."""

    contact_id = Id(required=True)
    subject = Text(required=True, limit=MOST_SUBJECT)
    text = Text(required=True, limit=MOST_TEXT)
    language = fields.String(load_default="en", validate=validate.OneOf(list(LANGUAGES)))
    template_id = Id(allow_none=True, load_default=None)


class ProgressMailOut(Schema):
    """A letter, and what became of it."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    language = fields.String(required=True)
    subject = fields.String(required=True)
    text = fields.String(required=True)
    state = fields.Enum(MailState, by_value=True, required=True)
    stopped_because = fields.Enum(MailStop, by_value=True, required=True, allow_none=True)
    created_at = Moment(required=True)
    sent_at = Moment(required=True, allow_none=True)


class ProgressMailsOut(Schema):
    """Newest first."""

    items = fields.List(fields.Nested(ProgressMailOut), required=True)


@blueprint.route("/progress-templates")
class Templates(MethodView):
    """What owners start from."""

    @requires("issue.read")
    @blueprint.arguments(ProgressTemplateArgs, location="query")
    @blueprint.response(200, ProgressTemplatesOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Show the templates of mails about progress"""
        return {"items": templates.list_templates(retired=args["retired"]), "built_in": templates.built_in()}

    @requires("progress.write")
    @blueprint.arguments(ProgressTemplateIn)
    @blueprint.response(201, ProgressTemplateOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Write a template"""
        with transaction():
            return templates.add_template(body["name"], body["letters"], viewer=current_viewer())


@blueprint.route("/progress-templates/<int:template_id>")
class OneTemplate(MethodView):
    """One template."""

    @requires("progress.write")
    @blueprint.arguments(ProgressTemplateChangeIn)
    @blueprint.response(200, ProgressTemplateOut)
    def patch(self, body: dict[str, Any], template_id: int) -> Any:
        """Change, retire or take back a template; letters replace the ones before"""
        with transaction():
            return templates.change_template(template_id, body, viewer=current_viewer())


@blueprint.route("/issues/<int:issue_id>/progress-mails/draft")
class MailDraft(MethodView):
    """What to start from."""

    @requires("issue.work")
    @blueprint.arguments(ProgressDraftArgs, location="query")
    @blueprint.response(200, ProgressDraftOut)
    def get(self, args: dict[str, Any], issue_id: int) -> Any:
        """Show the letter to start from, in the language of its reader"""
        return progress.draft_mail(issue_id, viewer=current_viewer(), **args)


@blueprint.route("/issues/<int:issue_id>/progress-mails")
class Mails(MethodView):
    """Mails about progress of one issue."""

    @requires("issue.read")
    @blueprint.response(200, ProgressMailsOut)
    def get(self, issue_id: int) -> dict[str, Any]:
        """List the mails about progress of an issue"""
        issue = access_issue(issue_id, viewer=current_viewer())
        return {"items": progress.list_mails(issue.id)}

    @requires("issue.work")
    @blueprint.arguments(ProgressMailIn)
    @blueprint.response(201, ProgressMailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> Any:
        """Mail how far we are; every stop is looked at again just before it leaves, and then the update clock starts anew"""
        with transaction():
            return progress.send_progress(issue_id, progress.Letter(**body), viewer=current_viewer())
