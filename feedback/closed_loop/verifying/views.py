"""The page behind "is it solved?". Looking at it writes nothing; only its own form, sent by a person, is an answer."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_babel import get_locale
from flask_babel import gettext as _

from feedback.access.auth import public
from feedback.closed_loop.survey_forms import HONEYPOT, MAX_COMMENT
from feedback.closed_loop.verifying.links import Link, find_link
from feedback.closed_loop.verifying.page_words import Said, submit, touch_trap
from feedback.issues.verifying.rules import Verdict
from feedback.kernel import clock
from feedback.listening.about_issues import FixFacts, find_fix, foreign_words
from feedback.surveys.people.client import fingerprint, may_be_a_person
from feedback.surveys.people.marks import Mark, leave_mark
from feedback.surveys.people.models import FormKind
from feedback.surveys.people.pageviews import new_view, read_view
from feedback.surveys.people.rules import CHANGEABLE, SignKind, is_instant
from feedback.surveys.people.submissions import find_held_content, wait_longer
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("verdict", __name__)
PAGE = "verdict"
_PLACES = {Verdict.NO: 0, Verdict.PARTLY: 5, Verdict.YES: 10}  # as the marks of opened links keep them


@dataclass
class Form:
    """What was entered so far. `notice` is said above it; nothing is wrong then."""

    verdict: Verdict | None = None
    comment: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    notice: str | None = None


class VerdictPage(MethodView):
    """One personal link."""

    @public
    def head(self, token: str) -> ResponseReturnValue:
        """Only whether the link works: who asks this way is looking, not reading."""
        link = find_link(token_digest(token))
        return "", 404 if link is None else 410 if link.is_over else 200

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """Show the question, with what was said; `?answer=yes` preselects."""
        link = find_link(token_digest(token))
        _choose_language(link)
        if link is None or link.is_over:
            return _gone(link)
        held = _held(link)
        if held is not None:
            with transaction():
                wait_longer(link.invitation_id, fingerprint(request))
        elif link.is_settled:
            return _done(token, link, None)
        chosen = _verdict(request.args.get("answer"))
        if chosen and link.verdict is None and held is None and may_be_a_person(request):
            leave_mark(Mark(link.invitation_id, fingerprint(request), _PLACES[chosen]))
        said = held or (Said(link.verdict, link.comment or "") if link.verdict else None)
        return _show(token, link, Form(chosen or (said.verdict if said else None), said.comment if said else ""), said)

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Take the answer."""
        link = find_link(token_digest(token))
        _choose_language(link)
        if link is None or link.is_over:
            return _gone(link)
        form, client = _read(), fingerprint(request)
        view = read_view(request.form.get("view", ""), PAGE, token_digest(token))
        if not form.errors and request.form.get(HONEYPOT):
            _note(link, client, SignKind.HIDDEN_FIELD, view.id if view else None)
        if not form.errors and (view is None or request.form.get(HONEYPOT)):
            form.errors["answer"] = _("Check your answer and send it once more.")
        if form.errors or view is None or form.verdict is None:
            return _show(token, link, form, _held(link))
        if is_instant(view.shown_at, clock.now()):
            _note(link, client, SignKind.INSTANT)
            form.notice = _("That was quick. So that we know a person answers: send it once more, please. Nothing is lost.")
            return _show(token, link, form, _held(link))
        if not submit(link, Said(form.verdict, form.comment), view.id, client):
            form.errors["answer"] = _("Check your answer and send it once more.")
            return _show(token, link, form, None)
        return _done(token, find_link(token_digest(token)) or link, _held(link))


class Trap(MethodView):
    """Where nobody gets who sees the page or the mail as people do; whoever comes is sent back to the page."""

    kind: SignKind

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """A link that no person sees was followed, or the address of a form that no person sees was opened."""
        if self.kind is SignKind.HIDDEN_LINK:
            self._touch(token)
        return redirect(url_for("verdict.page", token=token), 303)

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """A form that no person sees was sent."""
        self._touch(token)
        return redirect(url_for("verdict.page", token=token), 303)

    def _touch(self, token: str) -> None:
        link = find_link(token_digest(token))
        if link is not None:
            view = read_view(request.form.get("view", ""), PAGE, token_digest(token))
            _note(link, fingerprint(request), self.kind, view.id if view else None)


class Decoy(Trap):
    """A form beside the real one."""

    kind = SignKind.DECOY


class HiddenLink(Trap):
    """A link in the mail beside the real ones."""

    kind = SignKind.HIDDEN_LINK


blueprint.add_url_rule("/v/<token>", view_func=VerdictPage.as_view("page"))
blueprint.add_url_rule("/v/<token>/note", view_func=Decoy.as_view("decoy"))
blueprint.add_url_rule("/v/<token>/about", view_func=HiddenLink.as_view("hidden_link"))


def _note(link: Link, client: str, kind: SignKind, view: str | None = None) -> None:
    with transaction():
        touch_trap(link.invitation_id, client, kind, view)


def _verdict(text: str | None) -> Verdict | None:
    return Verdict(text) if text in set(Verdict) else None


def _read() -> Form:
    comment = request.form.get("comment", "").replace("\r\n", "\n").replace("\0", "").strip()
    form = Form(_verdict(request.form.get("answer")), comment)
    if form.verdict is None:
        form.errors["answer"] = _("Choose one of the three answers.")
    if len(comment) > MAX_COMMENT:
        form.errors["comment"] = _("Shorten your comment to %(limit)s characters.", limit=MAX_COMMENT)
    return form


def _held(link: Link) -> Said | None:
    """What this client said and is not believed yet: it was thanked for, so it is shown."""
    held = find_held_content(link.invitation_id, fingerprint(request), FormKind.VERDICT)
    return Said(Verdict(held[0]["verdict"]), held[0]["comment"]) if held else None


def _choose_language(link: Link | None) -> None:
    known = (link.language or "").lower().partition("-")[0] if link else ""
    said = request.values.get("lang")
    g.locale = said if said in LANGUAGES else known if known in LANGUAGES else None
    g.locale = g.locale or request.accept_languages.best_match(list(LANGUAGES), default="en")


def _gone(link: Link | None) -> ResponseReturnValue:
    return render_template("survey/closed.html"), 404 if link is None else 410


def _show(token: str, link: Link, form: Form, said: Said | None) -> ResponseReturnValue:
    fix = find_fix(link.invitation_id, g.locale)
    page = render_template(
        "verdict/form.html",
        form=form,
        token=token,
        view=new_view(PAGE, token_digest(token)),
        fix=fix,
        foreign=foreign_words(fix.done.language) if fix else "",
        told_on=_day_told(link, fix),
        said=said,
        until=_local(link.answered_at + CHANGEABLE, link) if link.answered_at else None,
        names=LANGUAGES,
        verdicts=verdict_names(),
        max_comment=MAX_COMMENT,
        honeypot=HONEYPOT,
    )
    return page, 422 if form.errors or form.notice else 200


def _day_told(link: Link, fix: FixFacts | None) -> str | None:
    return None if fix is None or fix.told_at is None else format_date(_here(fix.told_at, link), "long", locale=get_locale())


def verdict_names() -> dict[str, str]:
    """The three answers as the customer reads them."""
    return {
        "yes": _("Yes, it is solved"),
        "partly": _("Partly, something is left"),
        "no": _("No, it is not solved"),
    }


def _done(token: str, link: Link, held: Said | None) -> ResponseReturnValue:
    """What is stored now, and what happens next: never more than is true."""
    verdict = held.verdict if held else link.verdict
    page = render_template(
        "verdict/done.html",
        token=token,
        link=link,
        held=held,
        verdict=verdict.value if verdict else None,
        verdicts=verdict_names(),
        at=_local(link.answered_at, link) if link.answered_at else None,
        until=_local(link.answered_at + CHANGEABLE, link) if link.answered_at and not link.is_settled else None,
    )
    return page, 200


def _here(at: datetime, link: Link) -> datetime:
    return at.astimezone(ZoneInfo(link.time_zone or current_app.extensions["closedloop_settings"].installation_time_zone))


def _local(at: datetime, link: Link) -> str:
    """Day and time where the contact is."""
    here, locale = _here(at, link), get_locale()
    return f"{format_date(here, 'long', locale=locale)}, {format_time(here, 'short', locale=locale)} ({here:%Z})"
