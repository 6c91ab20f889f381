"""What the preference centre takes: choices for the ledger, and the wishes that stand with the contact."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from flask_babel import get_locale
from flask_babel import gettext as _

from feedback.accounts.models import Contact
from feedback.accounts.rules import BestHours, WayToReach
from feedback.accounts.service import change_contact
from feedback.extensions import db
from feedback.gate.contacts.rules import NotNowReason
from feedback.kernel import clock
from feedback.listening.stopping import stop_waiting
from feedback.permission import notices, suppressions
from feedback.permission.models import Suppression
from feedback.permission.preferring import CELLS, Cell, Speaker, new_statements, objections
from feedback.permission.queries import list_consent_states
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason
from feedback.permission.service import record_consents
from feedback.surveys.rules import SkipReason

MAX_DAYS = 366  # further ahead than a year nobody plans to be left alone: then it is a no
SAID = {"yes": True, "no": False}
_DATES = ("paused_from", "paused_until", "not_now_until")


@dataclass
class Wishes:
    """A form as it was read; with errors nothing of it is kept."""

    choices: dict[Cell, bool] = field(default_factory=dict)
    columns: dict[str, date | str | None] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    stop_everything: bool = False


def cell_name(cell: Cell) -> str:
    """What the field of a cell is called."""
    return f"{cell[0].value}.{cell[1].value}"


def read_wishes(form: Mapping[str, str], contact: Contact) -> Wishes:
    """Check what was sent. What is left as it was is not checked again: a day can have passed meanwhile."""
    wishes = Wishes(stop_everything=bool(form.get("stop") and form.get("stop_sure")))
    if form.get("stop") and not wishes.stop_everything:
        wishes.errors["stop_sure"] = _("Tick the box first, so that nobody stops everything by accident.")
    wishes.choices = {cell: SAID[said] for cell in CELLS if (said := form.get(cell_name(cell), "")) in SAID}
    for name in _DATES:
        wishes.columns[name] = _read_day(form.get(name, ""), getattr(contact, name), name, wishes.errors)
    _check_pause(wishes)
    for name, kind in (("preferred_channel", WayToReach), ("best_hours", BestHours), ("not_now_reason", NotNowReason)):
        said = form.get(name, "")
        wishes.columns[name] = said if said in {one.value for one in kind} else None
    if wishes.columns["not_now_until"] is None:
        wishes.columns["not_now_reason"] = None
    return wishes


def _read_day(text: str, before: date | None, name: str, errors: dict[str, str]) -> date | None:
    text = text.strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors[name] = _("Write the day like this: 2026-12-24.")
        return None
    today = clock.now().date()
    if day != before and not 0 <= (day - today).days <= MAX_DAYS:
        errors[name] = _("Choose a day from today on, and within a year.")
    return day


def _check_pause(wishes: Wishes) -> None:
    first, until = wishes.columns["paused_from"], wishes.columns["paused_until"]
    if isinstance(until, date) and first is None:
        wishes.columns["paused_from"] = first = min(until, clock.now().date())
    if isinstance(first, date) and not (isinstance(until, date) and first < until):
        wishes.errors.setdefault("paused_until", _("Say on which later day the pause is over."))


def keep_wishes(contact: Contact, wishes: Wishes) -> None:
    """Write it down; open decisions about the person end. Call it inside `transaction()`, with the contact loaded there."""
    actor, now = f"contact:{contact.id}", clock.now()
    speaker = Speaker(contact.id, list_consent_states(contact.id), _shown_notices(contact), now)
    if wishes.stop_everything:
        said = objections(speaker)
    else:
        said = new_statements(speaker, wishes.choices)
        change_contact(contact, wishes.columns, actor=actor)
    record_consents(said, recorded_by=actor)
    mailed = {one.action for one in said if (one.purpose, one.channel) == (Purpose.FEEDBACK, Channel.EMAIL)}
    if ConsentAction.GRANTED in mailed:
        _allow_surveys(contact.id, actor)
    elif mailed:
        stop_waiting(contact.id, SkipReason.STOP_LIST)


def _shown_notices(contact: Contact) -> dict[Purpose, int]:
    found = {}
    for purpose in Purpose:
        notice = notices.current_notice(purpose, languages_of(contact))
        if notice is not None:
            found[purpose] = notice.id
    return found


def languages_of(contact: Contact) -> list[str]:
    """The language the page was read in, the person's own, English."""
    own = (contact.language or "").lower().partition("-")[0]
    return list(dict.fromkeys([get_locale().language, *([own] if own else []), "en"]))


def _allow_surveys(contact_id: int, actor: str) -> None:
    """Who wants to be asked again comes off the list that they put themselves on; other entries stay."""
    mine = (Suppression.contact_id == contact_id, Suppression.reason == SuppressionReason.UNSUBSCRIBED)
    for entry in db.session.scalars(sa.select(Suppression.id).where(*mine, Suppression.lifted_at.is_(None))).all():
        suppressions.lift(entry, actor=actor)


def is_asked_no_more(contact_id: int) -> bool:
    """Whether the person has stopped survey mails by the link in one."""
    mine = (Suppression.contact_id == contact_id, Suppression.reason == SuppressionReason.UNSUBSCRIBED)
    return db.session.scalar(sa.select(Suppression.id).where(*mine, Suppression.lifted_at.is_(None)).limit(1)) is not None
