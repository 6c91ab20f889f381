"""Samples of mails: over the API, and as a document for the frame of a page."""

from typing import Any

from flask import Blueprint as Pages
from flask import Response, request
from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.kernel.db import MAX_ID
from feedback.listening.rules.states import MailKind
from feedback.listening.samples import NUMBERS, Sample, request_sample, show
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.mail_frames import framed
from feedback.web.schemas import Schema, Text

blueprint = Blueprint("samples", __name__, url_prefix="/api/v1/programs", description="Mails before they are sent")
pages = Pages("sample_pages", __name__)


class SampleArgs(Schema):
    """Whose language the mails are in."""

    language = Text(load_default=None, allow_none=True, metadata={"description": "Of the reader, such as es."})


class SampleOut(Schema):
    """One mail as it looks."""

    number = fields.Integer(required=True, metadata={"description": "0: the invitation; 1 and 2: its reminders."})
    kind = fields.Enum(MailKind, by_value=True, required=True)
    language = fields.String(required=True, metadata={"description": "In which it goes out."})
    subject = fields.String(required=True)
    html = fields.String(required=True)
    text = fields.String(required=True)


class SampleListOut(Schema):
    """The invitation and its reminders."""

    items = fields.List(fields.Nested(SampleOut), required=True)


class TestMailIn(Schema):
    """Which mail."""

    language = Text(load_default=None, allow_none=True)
    number = fields.Integer(strict=True, load_default=0, validate=validate.OneOf(NUMBERS))


class TestMailOut(Schema):
    """Where it goes."""

    to = fields.String(required=True)


@blueprint.route("/<int:program_id>/mails")
class ProgramMails(MethodView):
    """The mails of a program."""

    @requires("survey.read")
    @blueprint.arguments(SampleArgs, location="query")
    @blueprint.response(200, SampleListOut)
    def get(self, args: dict[str, Any], program_id: int) -> dict[str, Any]:
        """Show the mails of a program

        As they would go out now to somebody who reads this language; their links lead to the preview of the survey page.
        """
        shown = [show(Sample(program_id, number, args["language"])) for number in NUMBERS]
        names = ("number", "kind", "language", "subject")
        forms = ({"html": one.drawn.html, "text": one.drawn.text} for one in shown)
        return {"items": [{name: getattr(one, name) for name in names} | form for one, form in zip(shown, forms, strict=True)]}


@blueprint.route("/<int:program_id>/test-mails")
class ProgramTestMails(MethodView):
    """Test mails."""

    @requires("survey.write")
    @blueprint.arguments(TestMailIn)
    @blueprint.response(202, TestMailOut)
    def post(self, body: dict[str, Any], program_id: int) -> dict[str, Any]:
        """Send yourself a test mail

        It is marked as one, and none of its links counts.
        """
        with transaction():
            return {"to": request_sample(Sample(program_id, body["number"], body["language"]), current_viewer().user_id)}


@pages.get("/programs/<int:program_id>/mail.html")
@requires("survey.read")
def sample_html(program_id: int) -> Response:
    """The HTML of one mail; `number`, `language` and `version` say which."""
    number, version = (_whole(request.args.get(name)) for name in ("number", "version"))
    sample = Sample(program_id, number if number in NUMBERS else 0, request.args.get("language"), version)
    return framed(show(sample).drawn.html)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= MAX_ID else None
