"""The page that respondents see. Looking at it writes nothing; only its own form, sent, is an answer."""

import re
from dataclasses import dataclass, field

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from feedback.access.auth import public
from feedback.closed_loop.batches import accept_one
from feedback.closed_loop.drafts import Accepted, AnswerDraft
from feedback.kernel import clock
from feedback.surveys import queries
from feedback.surveys.queries import Asked
from feedback.surveys.rules import AnswerChannel, Band, InvitationState, band
from feedback.surveys.tokens import token_digest
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("survey", __name__)
SOURCE = "survey"
MAX_COMMENT = 4000
HONEYPOT = "website"  # people do not see this field; programs that fill every field do
_WHOLE = re.compile(r"[0-9]|10")


@dataclass
class Form:
    """What the respondent has entered so far."""

    score: int | None = None
    comment: str = ""
    defects: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def band(self) -> Band | None:
        """Decides the wording of the follow-up question."""
        return None if self.score is None else band(self.score)


class SurveyPage(MethodView):
    """One personal link."""

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """Show the survey; `?score=n` preselects."""
        asked = queries.find_asked(token_digest(token))
        _choose_language(asked, request.args.get("lang"))
        return _closed(asked) or _show(token, asked, Form(score=_score(request.args.get("score"))))

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Take the answer."""
        asked = queries.find_asked(token_digest(token))
        _choose_language(asked, request.form.get("lang"))
        closed = _closed(asked, repeatable=True)
        if closed or asked is None:
            return closed or _gone(404)
        form = _read_form(token)
        if not form.errors:
            return _answer(token, asked, form)
        return _closed(asked) or _show(token, asked, form)


blueprint.add_url_rule("/s/<token>", view_func=SurveyPage.as_view("page"))


def _choose_language(asked: Asked | None, said: str | None) -> None:
    """The switch on the page first, then the contact's language, then the browser's."""
    known = (asked.language or "").lower().partition("-")[0] if asked else ""
    g.locale = said if said in LANGUAGES else known if known in LANGUAGES else None
    g.locale = g.locale or request.accept_languages.best_match(list(LANGUAGES), default="en")


def _closed(asked: Asked | None, *, repeatable: bool = False) -> ResponseReturnValue | None:
    """The page of a link that takes no answer (any more); None for one that does.

    A repeated POST of the same answer (a double click) is recognised later, so that it gets the same thanks.
    """
    if asked is None:
        return _gone(404)
    if asked.state is InvitationState.ANSWERED:
        return None if repeatable else render_template("survey/answered.html")
    return _gone(410) if asked.state is InvitationState.EXPIRED or asked.expires_at <= clock.now() else None


def _gone(status: int) -> ResponseReturnValue:
    return render_template("survey/closed.html"), status


def _show(token: str, asked: Asked | None, form: Form) -> ResponseReturnValue:
    page = render_template(
        "survey/form.html",
        form=form,
        view=_views().dumps(token_digest(token)),
        reasons=queries.list_reasons(asked.survey, g.locale) if asked else [],
        languages=LANGUAGES,
        max_comment=MAX_COMMENT,
        honeypot=HONEYPOT,
    )
    return page, 422 if form.errors else 200


def _views() -> URLSafeTimedSerializer:
    """Signs each shown page, so that an answer can only come from one."""
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="survey view")


def _score(text: str | None) -> int | None:
    return int(text) if text and _WHOLE.fullmatch(text) else None


def _read_form(token: str) -> Form:
    said = request.form
    comment = said.get("comment", "").replace("\r\n", "\n").replace("\0", "").strip()
    form = Form(_score(said.get("score")), comment, tuple(code.replace("\0", "") for code in said.getlist("defects")))
    if form.score is None:
        form.errors["score"] = _("Choose a number from 0 to 10.")
    if len(comment) > MAX_COMMENT:
        form.errors["comment"] = _("Shorten your comment to %(limit)s characters.", limit=MAX_COMMENT)
    filled_by_a_program = bool(said.get(HONEYPOT)) or not _is_view_of(token, said.get("view", ""))
    if not form.errors and filled_by_a_program:  # or by a browser that fills forms: nobody is thanked for what is not stored
        form.errors["score"] = _("Check your answer and send it once more.")
    return form


def _is_view_of(token: str, view: str) -> bool:
    try:
        return bool(_views().loads(view) == token_digest(token))
    except BadSignature:
        return False


def _answer(token: str, asked: Asked, form: Form) -> ResponseReturnValue:
    outcome = accept_one(_draft(asked, form), actor=f"invitation:{asked.invitation_id}")
    if isinstance(outcome, Accepted):
        return _thanks(Band(outcome.band))
    if outcome.code == "conflict":
        return render_template("survey/answered.html")
    errors = dict(outcome.errors)
    if errors.pop("defects", None):
        form.errors["defects"] = _not_on_the_list(form)
    if errors:
        form.errors["comment"] = " ".join(message for messages in errors.values() for message in messages)
    return _show(token, asked, form)


def _not_on_the_list(form: Form) -> str:
    """Ticked, but not in the catalogue: the form is damaged or was changed. Dropping it silently would lose what was meant."""
    unknown = sorted(set(form.defects) - queries.known_defects(form.defects))
    named = ", ".join(f"“{code[:40]}”" for code in unknown[:3])
    return _(
        "We do not know %(problems)s, which came with your answer. Say it in your own words and send your answer once more.",
        problems=named or _("one of the problems"),
    )


def _draft(asked: Asked, form: Form) -> AnswerDraft:
    # The list is hidden from promoters; what they ticked before they changed the score is not meant. Everything else counts, also
    # what has left the list since the page was shown.
    cited = () if form.band is Band.PROMOTER else form.defects
    return AnswerDraft(
        account_external_id=asked.account_external_id,
        contact_external_id=asked.contact_external_id,
        score=form.score if form.score is not None else -1,
        source=SOURCE,
        survey=asked.survey,
        comment=form.comment,
        language=g.locale,
        channel=AnswerChannel.WEB,
        defects=cited,
        invitation_id=asked.invitation_id,
    )


def _thanks(of_band: Band | None) -> ResponseReturnValue:
    return render_template("survey/thanks.html", band=of_band.value if of_band else None)
