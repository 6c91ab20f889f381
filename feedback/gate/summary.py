"""A decision in a few sentences that can be read aloud: the answer, why, who is on it, what changes it, and when to ask again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _

from feedback.gate.rules import Outcome, offers_permitted
from feedback.gate.timing import Why
from feedback.gate.wording import Change, Reason
from feedback.web.numerals import day_and_time, one_stop

# The customer's own words and problems come before what we reckon: they are what somebody who sells has to know.
_FIRST = (
    *("colleague_may_call", "override_active", "rel_detractor", "disruption_active", "issue_major_open", "issue_", "disruption_"),
    *("consent_", "timing_", *Why, "rel_"),
)
_UNTOLD = ("sow_", "reactive_only")  # of a no, the share of wallet explains the play and not the answer


class Told(NamedTuple):
    """The parts of the summary, for pages that lay them out themselves."""

    answer: str
    because: Sequence[str]
    changes: Sequence[str]
    again: str

    @property
    def text(self) -> str:
        """All of it, to be read aloud."""
        return " ".join(part for part in (self.answer, *self.because, *self.changes, self.again) if part)


def tell(
    outcome: Outcome, reasons: Sequence[Reason], changes: Sequence[Change], next_at: datetime | None, ends: datetime
) -> Told:
    """The summary of a decision.

    Args:
        changes: what would turn a no into a yes (`remedies`).
        next_at: when the moment opens; None where it is open, or nobody knows.
        ends: when the answer ends.
    """
    permitted = bool(offers_permitted(outcome))
    return Told(_answer(outcome), _because(reasons, permitted), _changes(changes), _again(permitted, next_at, ends))


def _answer(outcome: Outcome) -> str:
    return {
        Outcome.ALLOW: _("Yes, you may sell."),
        Outcome.ALLOW_LIMITED: _("Yes, with one offer."),
        Outcome.ASK_CONSENT: _("Ask for consent first."),
        Outcome.LEARN_ONLY: _("No offer; only ask and listen."),
        Outcome.DEFER: _("Not now."),
        Outcome.RESPOND_ONLY: _("Answer only what they asked for."),
        Outcome.SERVE_FIRST: _("Serve them first."),
        Outcome.HOLD: _("Not now."),
        Outcome.BLOCK: _("No, not on this channel."),
    }[outcome]


def _because(reasons: Sequence[Reason], permitted: bool) -> list[str]:
    told = [reason for reason in reasons if permitted or not reason.code.startswith(_UNTOLD)] or list(reasons)
    return [reason.text for reason in in_order(told)]


def in_order(reasons: Sequence[Reason]) -> list[Reason]:
    """As a person would tell them: the customer's word, the problems, the permission, the moment."""
    return sorted(reasons, key=lambda reason: _rank(reason.code))


def _rank(code: str) -> int:
    return next((place for place, start in enumerate(_FIRST) if code.startswith(start)), len(_FIRST))


def _changes(changes: Sequence[Change]) -> list[str]:
    if not changes:
        return []
    return [_("What has to change:"), *(change.text for change in changes)]


def _again(permitted: bool, next_at: datetime | None, ends: datetime) -> str:
    if permitted:
        return one_stop(_("This holds until %(at)s.", at=day_and_time(ends)))
    return one_stop(_("Ask again on %(day)s.", day=day_and_time(next_at))) if next_at else ""
