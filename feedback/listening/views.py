"""The page behind "do not ask me any more". Looking at it changes nothing; mail programs may post to it at once (RFC 8058)."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from feedback.access.auth import public
from feedback.listening.unsubscribe import Recipient, allow_asking, find_recipient, stop_asking
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("unsubscribe", __name__)


class Unsubscribe(MethodView):
    """One recipient."""

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """Show what the button does."""
        return _show(find_recipient(token_digest(token)))

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Stop the mails, or allow them again."""
        digest = token_digest(token)
        with transaction():
            person = find_recipient(digest)
            if person is not None:
                (allow_asking if request.form.get("again") else stop_asking)(person)
        return _show(find_recipient(digest))


blueprint.add_url_rule("/u/<token>", view_func=Unsubscribe.as_view("page"))


def _show(person: Recipient | None) -> ResponseReturnValue:
    known = (person.language or "").lower().partition("-")[0] if person else ""
    said = request.values.get("lang")
    g.locale = said if said in LANGUAGES else known if known in LANGUAGES else None
    g.locale = g.locale or request.accept_languages.best_match(list(LANGUAGES), default="en")
    if person is None:
        return render_template("survey/closed.html"), 404
    return render_template("survey/unsubscribe.html", stopped=person.stopped, languages=LANGUAGES)
