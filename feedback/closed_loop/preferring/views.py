"""The preference centre, `/p/{token}`: what we may do with somebody, in their words. Looking at it writes nothing."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_babel import format_date
from flask_babel import gettext as _

from feedback.access.auth import public
from feedback.accounts.models import Contact
from feedback.closed_loop.preferring import texts
from feedback.closed_loop.preferring.wishes import Wishes, cell_name, is_asked_no_more, keep_wishes, languages_of, read_wishes
from feedback.closed_loop.survey_forms import HONEYPOT
from feedback.kernel import clock
from feedback.permission import notices
from feedback.permission.preference_links import find_contact
from feedback.permission.preferring import CHOSEN_CHANNELS, CHOSEN_PURPOSES, Cell, said_so_far
from feedback.permission.queries import list_consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, Consent, ConsentFact, Purpose
from feedback.surveys.people.pageviews import new_view, read_view
from feedback.surveys.people.rules import is_instant
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

blueprint = Blueprint("preferences", __name__)
PAGE = "preferences"


class PreferencePage(MethodView):
    """One person."""

    @public
    def head(self, token: str) -> ResponseReturnValue:
        """Only whether the link works."""
        return "", 404 if find_contact(token) is None else 200

    @public
    def get(self, token: str) -> ResponseReturnValue:
        """Show what holds, and what can be chosen."""
        contact = find_contact(token)
        _choose_language(contact)
        return _unknown() if contact is None else _show(token, contact, Wishes(), saved=bool(request.args.get("saved")))

    @public
    def post(self, token: str) -> ResponseReturnValue:
        """Keep what was chosen."""
        contact = find_contact(token)
        _choose_language(contact)
        if contact is None:
            return _unknown()
        wishes = read_wishes(request.form, contact)
        notice = _not_by_hand(token)
        if notice or wishes.errors:
            return _show(token, contact, wishes, notice=notice)
        with transaction() as session:
            keep_wishes(session.get_one(Contact, contact.id), wishes)
        return redirect(f"/p/{token}?lang={g.locale}&saved=1", code=303)


blueprint.add_url_rule("/p/<token>", view_func=PreferencePage.as_view("page"))


def _unknown() -> ResponseReturnValue:
    return render_template("survey/closed.html"), 404


def _not_by_hand(token: str) -> str | None:
    """What to say where a program may have sent the form: programs that check mails press every button they find."""
    view = read_view(request.form.get("view", ""), PAGE, token_digest(token))
    if view is None or request.form.get(HONEYPOT) or is_instant(view.shown_at, clock.now()):
        return _("Press the button once more, please, so that we know a person does.")
    return None


def _choose_language(contact: Contact | None) -> None:
    known = (contact.language or "").lower().partition("-")[0] if contact else ""
    said = request.values.get("lang")
    g.locale = said if said in LANGUAGES else known if known in LANGUAGES else None
    g.locale = g.locale or request.accept_languages.best_match(list(LANGUAGES), default="en")


def _show(token: str, contact: Contact, wishes: Wishes, *, notice: str | None = None, saved: bool = False) -> ResponseReturnValue:
    states = list_consent_states(contact.id)
    page = render_template(
        "preferences/form.html",
        contact=contact,
        groups=[_group(purpose, states, wishes, contact) for purpose in CHOSEN_PURPOSES],
        columns={name: _kept(contact, wishes, name) for name in texts.COLUMNS},
        ways=texts.ways(),
        hours=texts.hours(),
        reasons=texts.reasons(),
        holds=_holds(contact),
        errors=wishes.errors,
        names=LANGUAGES,
        token=token,
        view=new_view(PAGE, token_digest(token)),
        honeypot=HONEYPOT,
        notice=notice,
        saved=saved,
    )
    return page, 422 if notice or wishes.errors else 200


def _kept(contact: Contact, wishes: Wishes, name: str) -> Any:
    return wishes.columns.get(name, getattr(contact, name)) if wishes.columns else getattr(contact, name)


def _group(purpose: Purpose, states: dict[Cell, ConsentFact], wishes: Wishes, contact: Contact) -> dict[str, Any]:
    """A purpose with its notice and a line per channel."""
    told = notices.current_notice(purpose, languages_of(contact))
    lines = []
    for channel in CHOSEN_CHANNELS:
        fact = states.get((purpose, channel), NOTHING_RECORDED)
        said = wishes.choices.get((purpose, channel), _said(purpose, channel, fact, contact))
        lines.append(
            {"name": cell_name((purpose, channel)), "label": texts.channels()[channel], "said": said, "note": _note(fact)}
        )
    words = texts.purposes()[purpose]
    return {"title": words[0], "text": told.text if told else words[1], "number": told.number if told else None, "lines": lines}


def _said(purpose: Purpose, channel: Channel, fact: ConsentFact, contact: Contact) -> bool | None:
    if (purpose, channel) == (Purpose.FEEDBACK, Channel.EMAIL) and is_asked_no_more(contact.id):
        return False
    return said_so_far(fact)


def _note(fact: ConsentFact) -> str | None:
    """What holds where it is not what the person said."""
    if fact.listed is not None:
        return _("You stand on our list of people who get none.")
    if fact.policy_id is not None:
        if fact.state is Consent.ALLOWED:
            return _("You have not said; until you say no, we may.")
        return _("We do not do this in your country.")
    if fact.expired_at is not None:
        return _("Your yes ended on %(day)s.", day=format_date(fact.expired_at, "long"))
    return None


def _holds(contact: Contact) -> list[str]:
    """What rests now, in sentences."""
    today, found = clock.now().date(), []
    first, until, not_now = contact.paused_from, contact.paused_until, contact.not_now_until
    if first and until and until > today:
        days = {"first": format_date(first, "long"), "until": format_date(until, "long")}
        found.append(_("You hear nothing from us from %(first)s; on %(until)s the pause is over.", **days))
    if not_now and not_now > today:
        found.append(_("No offers before %(day)s.", day=format_date(not_now, "long")))
    return found
