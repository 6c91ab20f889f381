"""The page that respondents see. Looking at it writes no answer; only its own form, sent by a person, is one."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_babel import gettext as _

from feedback.access.auth import public
from feedback.closed_loop import page_answers
from feedback.closed_loop.drafts import Rejected
from feedback.closed_loop.page_answers import PageAnswer, Told, touch_trap
from feedback.closed_loop.survey_forms import (
    HONEYPOT,
    MAX_COMMENT,
    Form,
    Wording,
    changeable_until,
    choose_wording,
    local_time,
    read_form,
    read_score,
)
from feedback.issues.rules import CallWish
from feedback.issues.voices import is_followed_up
from feedback.kernel import clock
from feedback.surveys.people.client import fingerprint, may_be_a_person
from feedback.surveys.people.marks import Mark, leave_mark
from feedback.surveys.people.pageviews import new_view, read_view
from feedback.surveys.people.rules import SignKind, is_changeable, is_instant
from feedback.surveys.people.submissions import find_held_content, wait_longer
from feedback.surveys.personal_links import Asked, Given, find_asked, find_given, find_replaced_score
from feedback.surveys.queries import known_defects, list_reasons
from feedback.surveys.rules import Band, InvitationState, band
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction

blueprint = Blueprint("survey", __name__)
PAGE = "survey"


class SurveyPage(MethodView):
    """One personal link."""

    @public
    def head(self, token: str) -> ResponseReturnValue:
        """Only whether the link works: who asks this way is looking, not reading."""
        asked = find_asked(token_digest(token))
        return "", 404 if asked is None else 410 if _is_over(asked) else 200

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """Show the survey, with what was answered; `?score=n` preselects."""
        asked = find_asked(token_digest(token))
        wording = choose_wording(asked, request.args.get("lang"))
        if asked is None or _is_over(asked):
            return _gone(asked)
        score, given = read_score(request.args.get("score")), _given(asked)
        if _is_settled(asked, given):
            return _answered(asked, given)
        if score is not None and given is None and may_be_a_person(request):
            leave_mark(Mark(asked.invitation_id, fingerprint(request), score))
        return _show(token, asked, wording, _filled(score, given), given)

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Take the answer."""
        asked = find_asked(token_digest(token))
        wording = choose_wording(asked, request.form.get("lang"))
        if asked is None or _is_over(asked):
            return _gone(asked)
        form, client = read_form(), fingerprint(request)
        view = read_view(request.form.get("view", ""), PAGE, token_digest(token))
        if not form.errors and request.form.get(HONEYPOT):
            _note(asked, client, SignKind.HIDDEN_FIELD, view.id if view else None)
        if not form.errors and (view is None or request.form.get(HONEYPOT)):
            # or a browser that fills forms by itself: nobody is thanked for what is not stored
            form.errors["score"] = _("Check your answer and send it once more.")
        if form.errors or view is None:
            return _show(token, asked, wording, form, _given(asked))
        if is_instant(view.shown_at, clock.now()):
            _note(asked, client, SignKind.INSTANT)
            form.notice = _("That was quick. So that we know a person answers: send it once more, please. Nothing is lost.")
            return _show(token, asked, wording, form, _given(asked))
        return _answer(token, wording, form, PageAnswer(asked, form.words(wording.language), view.id, client))


class Trap(MethodView):
    """Where nobody gets who sees the page or the mail as people do; whoever comes is sent back to the page."""

    kind: SignKind

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """A link that no person sees was followed, or the address of a form that no person sees was opened."""
        if self.kind is SignKind.HIDDEN_LINK:
            self._touch(token)
        return self._back(token)

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """A form that no person sees was sent."""
        self._touch(token)
        return self._back(token)

    def _touch(self, token: str) -> None:
        asked = find_asked(token_digest(token))
        if asked is None:
            return
        views = [read_view(request.form.get("view", ""), page, token_digest(token)) for page in (PAGE, "unsubscribe")]
        view = next((view.id for view in views if view is not None), None)
        _note(asked, fingerprint(request), self.kind, view)

    def _back(self, token: str) -> ResponseReturnValue:
        page = "unsubscribe.page" if request.form.get("page") == "unsubscribe" else "survey.page"
        return redirect(url_for(page, token=token), 303)


class Decoy(Trap):
    """A form beside the real one."""

    kind = SignKind.DECOY


class HiddenLink(Trap):
    """A link in the mail beside the real ones."""

    kind = SignKind.HIDDEN_LINK


blueprint.add_url_rule("/s/<token>", view_func=SurveyPage.as_view("page"))
blueprint.add_url_rule("/s/<token>/note", view_func=Decoy.as_view("decoy"))
blueprint.add_url_rule("/s/<token>/about", view_func=HiddenLink.as_view("hidden_link"))


def _note(asked: Asked, client: str, kind: SignKind, view: str | None = None) -> None:
    with transaction():
        touch_trap(asked.invitation_id, client, kind, view)


def _is_over(asked: Asked) -> bool:
    if asked.state is InvitationState.ANSWERED:  # the page of an answer outlives its invitation
        return False
    return asked.state is InvitationState.EXPIRED or asked.expires_at <= clock.now()


def _is_settled(asked: Asked, given: Given | None) -> bool:
    """Whether nothing can be said over this link any more."""
    if given is None:
        return asked.state is InvitationState.ANSWERED
    return not is_changeable(given.answered_at, clock.now())


def _gone(asked: Asked | None) -> ResponseReturnValue:
    return render_template("survey/closed.html"), 404 if asked is None else 410


def _given(asked: Asked) -> Given | None:
    """What this link said last; for its client also what is still held, because that was thanked for."""
    held = find_held_content(asked.invitation_id, fingerprint(request))
    if held is None:
        return find_given(asked.invitation_id)
    if request.method == "GET":
        with transaction():
            wait_longer(asked.invitation_id, fingerprint(request))
    said, at = held
    wish = said.get("call_me")
    return Given(0, 1, said["score"], said["comment"], tuple(said["defects"]), at, tuple(wish) if wish else None)


def _filled(score: int | None, given: Given | None) -> Form:
    """The form as it is opened. The number of the link that somebody followed goes before the one they gave earlier."""
    if given is None:
        return Form(score)
    wish = CallWish(*given.call_me) if given.call_me else None
    return Form(given.score if score is None else score, given.comment, given.defects, call_me=wish)


def _show(
    token: str, asked: Asked, wording: Wording, form: Form, given: Given | None, *, status: int | None = None
) -> ResponseReturnValue:
    page = render_template(
        "survey/form.html",
        form=form,
        token=token,
        view=new_view(PAGE, token_digest(token)),
        reasons=list_reasons(asked.survey, wording.language),
        wording=wording,
        given=given,
        given_at=local_time(given.answered_at, asked) if given else None,
        changeable_until=changeable_until(given, asked) if given else None,
        max_comment=MAX_COMMENT,
        honeypot=HONEYPOT,
    )
    return page, status or (422 if form.errors or form.notice else 200)


def _answered(asked: Asked, given: Given | None) -> ResponseReturnValue:
    """The page of an answer that cannot be changed any more; without one: of one that was taken out."""
    at = local_time(given.answered_at, asked) if given else None
    until = changeable_until(given, asked) if given else None
    return render_template("survey/answered.html", given=given, given_at=at, until=until, asked=asked)


def _answer(token: str, wording: Wording, form: Form, answer: PageAnswer) -> ResponseReturnValue:
    outcome, asked = page_answers.submit(answer), answer.asked
    if isinstance(outcome, Rejected):
        return _refused(token, wording, form, outcome, asked)
    if outcome is Told.NOT_BELIEVED:
        form.errors["score"] = _("Check your answer and send it once more.")
        return _show(token, asked, wording, form, _given(asked))
    if outcome is Told.CONTRADICTED:
        form.notice = _("Two different numbers came from here within seconds. Choose the one you mean and send it once more.")
        return _show(token, asked, wording, form, _given(asked))
    given = _given(asked)
    if outcome is Told.TOO_LATE:
        return _answered(asked, given)
    return _thanks(token, wording, asked, given)


def _thanks(token: str, wording: Wording, asked: Asked, given: Given | None) -> ResponseReturnValue:
    """What is stored now, and what happens next: never more than is true."""
    of_band: Band | None = band(given.score) if given else None
    return render_template(
        "survey/thanks.html",
        band=of_band.value if of_band else None,
        called=given is not None and is_followed_up(given.response_id),
        given=given,
        phoned=given is not None and given.call_me is not None,
        given_at=local_time(given.answered_at, asked) if given else None,
        until=changeable_until(given, asked) if given else None,
        replaced=find_replaced_score(given) if given and given.response_id else None,
        wording=wording,
        token=token,
    )


def _refused(token: str, wording: Wording, form: Form, outcome: Rejected, asked: Asked) -> ResponseReturnValue:
    if outcome.code == "conflict":  # the answer was taken out of the figures: its link is used up all the same
        return _answered(asked, None)
    errors = dict(outcome.errors)
    if errors.pop("defects", None):
        form.errors["defects"] = _not_on_the_list(form)
    if errors:
        form.errors["comment"] = " ".join(message for messages in errors.values() for message in messages)
    return _show(token, asked, wording, form, _given(asked))


def _not_on_the_list(form: Form) -> str:
    """Ticked, but not in the catalogue: the form is damaged or was changed. Dropping it silently would lose what was meant."""
    unknown = sorted(set(form.defects) - known_defects(form.defects))
    named = ", ".join(f"“{code[:40]}”" for code in unknown[:3])
    return _(
        "We do not know %(problems)s, which came with your answer. Say it in your own words and send your answer once more.",
        problems=named or _("one of the problems"),
    )
