"""What an exception from a hold may do, and what no exception ever does.

An exception lifts the relationship of one hold to `limited`; permission and moment stay as they are, and the combination of the
tables says what follows. So it gives one offer at most, and never more than the tables give a customer who may be sold to.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from feedback.gate.rules import Advocacy, GateInputs, IssueBand, Outcome, PermissionStance, Stance
from feedback.gate.tables import Tables, Verdict

OVERRIDE_ACTIVE = "override_active"
MOST_DAYS = 7
WAITS = timedelta(days=7)  # so long a request can be answered; then it is about another day
WEEKS_OF_QUARTER = 13


class OverrideState(StrEnum):
    """How far an exception is. Only an approved one counts, and only until it expires."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class OverrideReason(StrEnum):
    """Why somebody wants to be allowed what the gate holds back."""

    EXPECTED = "expected"  # the customer expects to hear from us
    DEADLINE = "deadline"  # a tender or a renewal that does not wait
    KNOWN_OTHERWISE = "known_otherwise"  # we know something that the gate does not
    SERVICE_NEED = "service_need"  # what is to be sold mends what is wrong
    OTHER = "other"


class Never(StrEnum):
    """Why there is no exception here."""

    NOT_HELD = "not_held"
    DETRACTOR = "detractor"
    SERIOUS_ISSUE = "serious_issue"
    UNCONFIRMED_FIX = "unconfirmed_fix"
    SILENT_DETRACTOR = "silent_detractor"


def never(outcome: Outcome, inputs: GateInputs, *, silent_detractor: bool) -> Never | None:
    """Why this answer knows no exception; None where somebody may be asked for one.

    Args:
        silent_detractor: somebody's last word was a detractor's, and nothing was heard since.
    """
    if outcome is not Outcome.HOLD:
        return Never.NOT_HELD
    if inputs.advocacy is Advocacy.DETRACTOR:
        return Never.DETRACTOR
    if inputs.issues is IssueBand.MAJOR_OPEN:
        return Never.SERIOUS_ISSUE
    if inputs.issues is IssueBand.FIXED_UNVERIFIED:
        return Never.UNCONFIRMED_FIX
    return Never.SILENT_DETRACTOR if silent_detractor else None


def lifted(verdict: Verdict, inputs: GateInputs, tables: Tables) -> Verdict:
    """What the tables say about a hold for which there is an exception."""
    permission = PermissionStance(tables.permission_row(*inputs[3:]).stance)
    outcome = tables.outcome(Stance.LIMITED, permission, inputs.initiation)
    return verdict._replace(outcome=outcome, reasons=tuple(sorted({*verdict.reasons, OVERRIDE_ACTIVE})))


def is_silent_detractor(evidence: Mapping[str, Any]) -> bool:
    """Whether the evidence of a decision names somebody whose last word holds the account back."""
    return bool(evidence["advocacy"]["holding"])


def quarter_and_week(day: date) -> tuple[str, int]:
    """The quarter, such as `2026-Q4`, and the week in it, 1…13; the last one holds the quarter's remaining days."""
    number = (day.month - 1) // 3
    first = date(day.year, number * 3 + 1, 1)
    return f"{day.year}-Q{number + 1}", min((day - first).days // 7 + 1, WEEKS_OF_QUARTER)


def quarter_of(text: str) -> tuple[date, date]:
    """First day of a quarter such as `2026-Q4`, and the first day after it.

    Raises:
        ValueError: it is no quarter.
    """
    year, separator, number = text.partition("-Q")
    if separator != "-Q" or number not in ("1", "2", "3", "4") or not (len(year) == 4 and year.isascii() and year.isdigit()):
        raise ValueError(text)
    start = date(int(year), int(number) * 3 - 2, 1)
    end = date(start.year + 1, 1, 1) if number == "4" else date(start.year, start.month + 3, 1)
    return start, end
