"""A personal link on paper: one page to print, with the question, the name and a code. It is shown once."""

from flask import Blueprint, abort, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.accounts.models import Contact
from feedback.accounts.queries import access_account
from feedback.extensions import db
from feedback.surveys.personal_links import find_asked
from feedback.surveys.service import DEFAULT_SURVEY, invite_contact
from feedback.surveys.texts import choose_language, words
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES
from feedback.web.qr import as_data, qr_png, qr_svg

blueprint = Blueprint("paper", __name__)


class PaperLink(MethodView):
    """Makes a link, like the button for one; hence a POST."""

    @requires("invitation.write")
    def post(self) -> ResponseReturnValue:
        """A page with a new personal link."""
        viewer, account_id, contact_id = current_viewer(), _number("account_id"), _number("contact_id")
        with transaction():
            account = access_account(account_id, viewer=viewer, permission="invitation.write")
            survey = request.form.get("survey") or DEFAULT_SURVEY
            link = invite_contact(account.id, contact_id, survey=survey, actor=viewer.actor)
            name = db.session.get_one(Contact, contact_id).name
        asked = find_asked(token_digest(link.url.rpartition("/")[2]))
        if asked is None:
            abort(404)
        language = choose_language(asked.language, asked.texts, asked.fallbacks)
        base = language.partition("-")[0]
        g.locale = base if base in LANGUAGES else "en"  # the page is for the customer, whoever prints it
        page = render_template(
            "survey/paper.html",
            name=name,
            question=words(language, asked.texts)["question"],
            url=link.url,
            svg=as_data(qr_svg(link.url), "image/svg+xml"),
            png=as_data(qr_png(link.url), "image/png"),
        )
        return make_response(page, 201)


def _number(field: str) -> int:
    text = request.form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        abort(404)
    return int(text)


blueprint.add_url_rule("/personal-link", view_func=PaperLink.as_view("link"))
