"""The page behind a link of a mail to staff. Looking at it does nothing; its own form, sent by a person, acts once."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_babel import gettext as _

from feedback.access.auth import public
from feedback.closed_loop.survey_forms import HONEYPOT
from feedback.issues.working.mail_actions import NEEDS_NOTE, Action, Offer, action_words, look_at, refusal_words
from feedback.issues.working.mail_actions import act as act_once
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.surveys.people.pageviews import new_view, read_view
from feedback.surveys.people.rules import is_instant
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("mail_action", __name__)
PAGE = "mail action"
MAX_NOTE = 2000


class ActionPage(MethodView):
    """One link."""

    @public
    def head(self, token: str) -> ResponseReturnValue:
        """Who asks this way is looking, not reading."""
        return "", 200

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """Show what the link would do."""
        offer = look_at(token)
        _choose_language(offer)
        return _refused(offer) if offer.refusal else _show(token, offer)

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Do it, once."""
        offer = look_at(token)
        _choose_language(offer)
        if offer.refusal:
            return _refused(offer)
        said = request.form.get("note", "").replace("\r\n", "\n").replace("\0", "").strip()
        error = _not_by_hand(token) or (_("Use at most %(limit)s characters.", limit=MAX_NOTE) if len(said) > MAX_NOTE else "")
        if error:
            return _show(token, offer, note=said, error=error)
        try:
            with transaction():
                done = act_once(token, said)
        except InvalidInput as wrong:
            return _show(token, offer, note=said, error=" ".join(text for texts in wrong.errors.values() for text in texts))
        except (RuleViolation, NotFound) as wrong:
            return _show(token, offer, note=said, error=wrong.message)
        return _refused(done) if done.refusal else _done(done)


blueprint.add_url_rule("/t/<token>", view_func=ActionPage.as_view("page"))


def _not_by_hand(token: str) -> str:
    """Why this was not sent by a person from this page; empty when it was."""
    view = read_view(request.form.get("view", ""), PAGE, token_digest(token))
    if view is None or request.form.get(HONEYPOT):
        return _("Press the button once more, please.")
    if is_instant(view.shown_at, clock.now()):
        return _("That was quick. So that we know a person pressed it: once more, please. Nothing is lost.")
    return ""


def _choose_language(offer: Offer) -> None:
    own = offer.viewer.locale if offer.viewer else None
    g.locale = own if own in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), default="en")


def _show(token: str, offer: Offer, *, note: str = "", error: str = "") -> ResponseReturnValue:
    action = offer.link.action if offer.link else Action.TAKE
    page = render_template(
        "mail_action/form.html",
        offer=offer,
        verb=action_words(action),
        needs_note=action in NEEDS_NOTE,
        view=new_view(PAGE, token_digest(token)),
        token=token,
        note=note,
        error=error,
        max_note=MAX_NOTE,
        honeypot=HONEYPOT,
    )
    return page, 422 if error else 200


def _done(offer: Offer) -> ResponseReturnValue:
    verb = action_words(offer.link.action) if offer.link else ""
    return render_template("mail_action/done.html", offer=offer, verb=verb)


def _refused(offer: Offer) -> ResponseReturnValue:
    title, hint = refusal_words(offer)
    return render_template("mail_action/refused.html", offer=offer, title=title, hint=hint), 410 if offer.link else 404
