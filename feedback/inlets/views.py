"""The door of embedded forms. The form itself is the page of every personal link."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from feedback.access.auth import public
from feedback.inlets.embedding import open_form, origin_of
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("embedded", __name__)
_PAGES = "/s/f."


class EmbeddedForm(MethodView):
    """What one signed context shows."""

    @public
    def get(self, context: str) -> ResponseReturnValue:
        """Lead to the form, or show that there is nothing to ask."""
        with transaction():
            token = open_form(context)
        if token is not None:
            return redirect(url_for("survey.page", token=token, lang=_language()), 303)
        g.locale = _language() or request.accept_languages.best_match(list(LANGUAGES), default="en")
        return render_template("survey/nothing.html")


def _language() -> str | None:
    said = request.args.get("lang")
    return said if said in LANGUAGES else None


blueprint.add_url_rule("/e/<context>", view_func=EmbeddedForm.as_view("form"))


@blueprint.before_app_request
def _allow_frame() -> None:
    """The pages of an embedded form may be framed by the one site that its context named; every other page by nobody."""
    if request.path.startswith(_PAGES):
        origin = origin_of(request.path.removeprefix("/s/").partition("/")[0])
        g.frame_origins = [origin] if origin else None
