"""The door of embedded forms. The form itself is the page of every personal link."""

import logging

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from feedback.access.auth import public
from feedback.inlets.embedding import find_form, find_untimely, is_unseen, note_seen, open_form, origin_of
from feedback.inlets.rules.contexts import split_context
from feedback.surveys.people.client import is_fetched_ahead
from feedback.uow import end_reading, transaction
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("embedded", __name__)
_PAGES = "/s/f."
logger = logging.getLogger(__name__)


class EmbeddedForm(MethodView):
    """What one signed context shows."""

    @public
    def head(self, context: str) -> ResponseReturnValue:
        """Who asks this way is looking, not showing."""
        return "", 200 if split_context(context) else 404

    @public
    def get(self, context: str) -> ResponseReturnValue:
        """Lead to the form, or show that there is nothing to ask."""
        if is_fetched_ahead(request):
            return "", 503, {"Cache-Control": "no-store"}  # the browser asks again when somebody really opens the page
        found = find_form(context)
        token = found.token if found else None
        if found is not None and found.new:
            end_reading()
            with transaction():
                token = open_form(context)
        if token is not None:
            return redirect(url_for("survey.page", token=token, lang=_language()), 303)
        g.locale = _language() or request.accept_languages.best_match(list(LANGUAGES), default="en")
        return render_template("survey/late.html" if _is_untimely(context) else "survey/nothing.html")


class SeenForm(MethodView):
    """The frame reports that its form is on the screen."""

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Count its person as asked."""
        if is_unseen(token):
            end_reading()
            with transaction():
                note_seen(token)
        return "", 204


def _is_untimely(context: str) -> bool:
    """Whether only the time of the context is wrong; then its site may learn that, and the log has it."""
    found = find_untimely(context)
    if found is None:
        return False
    g.frame_origins, g.frame_seen = [found.origin], ""
    ahead = "The clock of its server is fast, or it gives its contexts too much time." if found.left > 0 else ""
    level = logging.WARNING if found.left > 0 else logging.INFO  # a page that somebody left open is late too
    logger.log(level, "embed key %s: a context ends in %d seconds. %s", found.public_id, found.left, ahead)
    return True


def _language() -> str | None:
    said = request.args.get("lang")
    return said if said in LANGUAGES else None


blueprint.add_url_rule("/e/<context>", view_func=EmbeddedForm.as_view("form"))
blueprint.add_url_rule("/e/<token>/seen", view_func=SeenForm.as_view("seen"))


@blueprint.before_app_request
def _allow_frame() -> None:
    """The pages of an embedded form may be framed by the one site that its context named; every other page by nobody."""
    if request.path.startswith(_PAGES):
        token = request.path.removeprefix("/s/").partition("/")[0]
        origin = origin_of(token)
        g.frame_origins = [origin] if origin else None
        g.frame_seen = url_for("embedded.seen", token=token)
