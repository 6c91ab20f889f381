"""The page behind "do not ask me any more". Looking at it changes nothing; mail programs may post to it at once (RFC 8058).

The button of the page is protected as the survey is: what sends every form of every page stops nobody's mails. Where a machine
was here a moment ago, the page asks for a second press and says so: it never thanks for what may still be dropped.
"""

import hashlib
from dataclasses import dataclass

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_babel import format_date
from flask_babel import gettext as _

from feedback.access.auth import public
from feedback.kernel import clock
from feedback.listening.unsubscribe import PAUSES, Recipient, change_asking, find_recipient, stop_asking
from feedback.permission.preference_links import preference_link
from feedback.surveys.people import marks, submissions
from feedback.surveys.people.client import fingerprint
from feedback.surveys.people.models import FormKind, SubmissionState
from feedback.surveys.people.pageviews import new_view, read_view
from feedback.surveys.people.rules import SignKind, is_instant
from feedback.surveys.people.submissions import Sent
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("unsubscribe", __name__)
PAGE = "unsubscribe"
ONE_CLICK = ("List-Unsubscribe", "One-Click")


class Unsubscribe(MethodView):
    """One recipient."""

    @public
    def head(self, token: str) -> ResponseReturnValue:
        """Only whether the link works."""
        return "", 200 if find_recipient(token_digest(token)) else 404

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """Show what the button does."""
        person = find_recipient(token_digest(token))
        _choose_language(person)
        if person is not None and _is_held(person):
            with transaction():
                submissions.wait_longer(person.invitation_id, fingerprint(request))
        return _show(token, person) if person else _unknown()

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Stop the mails, or allow them again."""
        person = find_recipient(token_digest(token))
        _choose_language(person)
        if person is None:
            return _unknown()
        if request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]:  # the mail program asks for its reader, from no page
            with transaction():
                stop_asking(person)
            return _show(token, find_recipient(token_digest(token)) or person)
        return _take(token, person)


blueprint.add_url_rule("/u/<token>", view_func=Unsubscribe.as_view("page"))


def _unknown() -> ResponseReturnValue:
    return render_template("survey/closed.html"), 404


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: to be asked, or not, or not for so many months."""

    again: bool
    months: int = 0


def _read_wish() -> Wish:
    months = request.form.get("pause", "")
    if months in map(str, PAUSES):
        return Wish(again=False, months=int(months))
    return Wish(again=bool(request.form.get("again")))


def _take(token: str, person: Recipient) -> ResponseReturnValue:
    wish, view = _read_wish(), read_view(request.form.get("view", ""), PAGE, token_digest(token))
    if view is None:
        return _ask_again(token, person)
    client = fingerprint(request)
    if is_instant(view.shown_at, clock.now()):
        with transaction():
            marks.note_sign(person.invitation_id, client, SignKind.INSTANT)
        return _ask_again(token, person)
    digest = hashlib.sha256(f"{wish.again} {wish.months}".encode()).hexdigest()
    sent = Sent(person.invitation_id, view.id, FormKind.UNSUBSCRIBE, client, digest)
    with transaction():
        believed = _decide(sent, person, wish)
    now = find_recipient(token_digest(token)) or person  # the page says what is stored, whatever was pressed
    return _show(token, now) if believed else _ask_again(token, now)


def _decide(sent: Sent, person: Recipient, wish: Wish) -> bool:
    """Do what a form says, or hold it; answers whether it was believed. A view may say something else later (Back)."""
    earlier = submissions.find_earlier(sent)
    if earlier is not None:
        state, same = earlier
        if state is SubmissionState.DROPPED:
            return False
        if same:  # a double click, or a page loaded again
            return True
    if submissions.is_said_again(sent) or not submissions.hold(sent, {"again": wish.again, "months": wish.months}):
        submissions.supersede_held(sent)
        change_asking(person.invitation_id, again=wish.again, months=wish.months)
        submissions.note_accepted(sent, first=earlier is None)
    return True


def _is_held(person: Recipient) -> bool:
    """Whether this client said something and is not believed yet."""
    return submissions.find_held_content(person.invitation_id, fingerprint(request), FormKind.UNSUBSCRIBE) is not None


def _ask_again(token: str, person: Recipient) -> ResponseReturnValue:
    return _show(token, person, notice=_("Press the button once more, please, so that we know a person does."))


def _choose_language(person: Recipient | None) -> None:
    known = (person.language or "").lower().partition("-")[0] if person else ""
    said = request.values.get("lang")
    g.locale = said if said in LANGUAGES else known if known in LANGUAGES else None
    g.locale = g.locale or request.accept_languages.best_match(list(LANGUAGES), default="en")


def _show(token: str, person: Recipient, *, notice: str | None = None) -> ResponseReturnValue:
    """What is stored, and what can be done about it; or, of what is held, the question whether it was meant."""
    page = render_template(
        "survey/unsubscribe.html",
        held=_is_held(person),
        stopped=person.stopped,
        until=format_date(person.rests_until, "long") if person.rests_until else None,
        pauses=PAUSES,
        preferences=preference_link(person.contact_id),
        names=LANGUAGES,
        token=token,
        view=new_view(PAGE, token_digest(token)),
        notice=notice,
    )
    return page, 422 if notice else 200
