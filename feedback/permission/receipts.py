"""The receipt of a statement: who said what, when, and what they had been shown; in the person's language, ready to be mailed."""

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_datetime
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.permission.models import ConsentEvent, Notice
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.web.languages import LANGUAGES


@dataclass(frozen=True)
class Receipt:
    """A statement with the words that were shown; `text` is the letter."""

    event: ConsentEvent
    language: str
    notice: Notice | None
    text: str


def receipt_of(event: ConsentEvent) -> Receipt:
    """The receipt, written in the person's language."""
    contact = db.session.get_one(Contact, event.contact_id)
    own = (contact.language or "").lower().partition("-")[0]
    language = own if own in LANGUAGES else "en"
    notice = db.session.get(Notice, event.notice_id) if event.notice_id else None
    with force_locale(language):
        return Receipt(event, language, notice, _letter(contact, event, notice, language))


def _letter(contact: Contact, event: ConsentEvent, notice: Notice | None, language: str) -> str:
    lines = [
        _("Receipt no. %(number)s", number=event.id),
        "",
        _("Who: %(name)s", name=contact.name or contact.email or contact.external_id),
        _("What: %(sentence)s", sentence=_sentence(event)),
        _("When: %(moment)s", moment=_moment(event.occurred_at, language)),
        _("Written down: %(moment)s", moment=_moment(event.recorded_at, language)),
    ]
    if event.valid_until is not None:
        lines.append(_("Holds until: %(moment)s", moment=_moment(event.valid_until, language)))
    if event.evidence:
        lines.append(_("How it can be shown: %(evidence)s", evidence=event.evidence))
    if notice is not None:
        lines += ["", _("What was shown (version %(number)s):", number=notice.number), notice.text]
    return "\n".join([*lines, "", _("You can change this at any time.")]) + "\n"


def _moment(at: datetime, language: str) -> str:
    return format_datetime(at, "long", locale=language)


def _sentence(event: ConsentEvent) -> str:
    values = {"purpose": purpose_words()[event.purpose], "channel": _channels()[event.channel]}
    return {
        ConsentAction.GRANTED: _("Yes to %(purpose)s %(channel)s.", **values),
        ConsentAction.REFUSED: _("No to %(purpose)s %(channel)s.", **values),
        ConsentAction.WITHDRAWN: _("An earlier yes to %(purpose)s %(channel)s is taken back.", **values),
        ConsentAction.OBJECTED: _("Objection to %(purpose)s %(channel)s.", **values),
    }[event.action]


def purpose_words() -> dict[Purpose, str]:
    """Purposes as part of a sentence."""
    return {
        Purpose.OFFERS: _("offers"),
        Purpose.PARTNER_OFFERS: _("offers of partners"),
        Purpose.FEEDBACK: _("questions about your opinion"),
        Purpose.SERVICE: _("messages about what you reported"),
    }


def _channels() -> dict[Channel, str]:
    return {
        Channel.EMAIL: _("by e-mail"),
        Channel.PHONE: _("by phone"),
        Channel.SMS: _("by text message"),
        Channel.PORTAL: _("in the portal"),
        Channel.VISIT: _("by a visit"),
        Channel.POST: _("by post"),
    }
