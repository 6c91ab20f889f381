"""How a suggestion to sell is screened: its own season first, then disruptions, open issues, and the gate. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from feedback.gate.rules import Outcome, offers_permitted
from feedback.selling.spend.monitor import Doubt, Finding

VALID_FOR = timedelta(days=60)  # a suggestion that nobody took says nothing after that
SCREEN_AGAIN = timedelta(days=7)
SHORT_WAIT = timedelta(days=3)


class Trigger(StrEnum):
    """Why somebody suggests to sell."""

    SPEND_DROP = "spend_drop"
    CRM_SUGGESTION = "crm_suggestion"
    RENEWAL = "renewal"
    OTHER = "other"


class PlayState(StrEnum):
    """What became of a sales play. The first four are what the screening says."""

    ACCEPTED = "accepted"
    HELD = "held"
    SCREENED_OUT = "screened_out"
    QUESTION = "question"
    TAKEN = "taken"  # somebody is on it
    DISMISSED = "dismissed"
    EXPIRED = "expired"


OPEN_STATES = (PlayState.ACCEPTED, PlayState.HELD, PlayState.QUESTION)


class Answer(StrEnum):
    """What the account manager says to the question why spend fell."""

    SEASONAL = "seasonal"
    KNOWN_PROJECT_END = "known_project_end"
    DATA_ERROR = "data_error"
    ASK_CUSTOMER = "ask_customer"  # nobody knows: somebody asks, without selling
    BUYS_LESS = "buys_less"  # a real drop


# what ends a play, and as what
_SAID = {
    Answer.SEASONAL: "seasonal_decline",
    Answer.KNOWN_PROJECT_END: "known_project_end",
    Answer.DATA_ERROR: "data_correction",
}
# the level from the drop on is the new one: it is no drop any more
SETTLES = (Answer.KNOWN_PROJECT_END, Answer.BUYS_LESS)
_NO_DROP = {
    Finding.SEASONAL: "seasonal_decline",
    Finding.USUAL: "usual_range",
    Finding.IMMATERIAL: "immaterial_decline",
    Finding.STEADY: "no_decline",
}
_DOUBTS = {Doubt.CALENDAR: "calendar_shift", Doubt.PEER_MOVE: "peer_move", Doubt.DATA: "data_correction"}
_NOBODY_KNOWS = {Finding.TOO_LITTLE: "seasonality_unknown", Finding.UNKNOWN_CURRENCY: "currency_unknown"}


class Case(NamedTuple):
    """What is known about a play when it is screened."""

    trigger: Trigger
    outcome: Outcome  # of the gate
    gate_reasons: Sequence[str]
    finding: Finding | None = None  # of the judged month, for a drop of spend
    doubts: Sequence[Doubt] = ()
    answer: Answer | None = None
    disruptions: Sequence[str] = ()  # reasons of those that concern the account
    issues: Sequence[int] = ()  # open problems
    wait: timedelta | None = None  # until the gate looks at the moment again


class Screened(NamedTuple):
    """What the screening says, and why."""

    state: PlayState
    reasons: tuple[str, ...]


def screen(case: Case) -> Screened:
    """The first line that applies; a question is asked only where nothing holds the play anyway."""
    out = _explained(case)
    if out:
        return Screened(PlayState.SCREENED_OUT, out)
    asked = _open_question(case)
    if case.disruptions:
        return Screened(PlayState.HELD, (*case.disruptions, *asked))
    if case.issues:
        return Screened(PlayState.HELD, ("issue_open", *asked))
    if not _may_sell(case):
        return Screened(PlayState.HELD, (*case.gate_reasons, *asked))
    if case.answer is Answer.ASK_CUSTOMER:
        return Screened(PlayState.HELD, ("ask_first",))
    if asked:
        return Screened(PlayState.QUESTION, asked)
    return Screened(PlayState.ACCEPTED, tuple(case.gate_reasons))


def _may_sell(case: Case) -> bool:
    """A night or a weekend holds no play: when to call is asked again before the call."""
    soon = case.outcome is Outcome.DEFER and case.wait is not None and case.wait <= SHORT_WAIT
    return soon or bool(offers_permitted(case.outcome))


def needs_recovery(case: Case, said: Screened) -> bool:
    """Whether somebody has to put something right before the play can go on; waiting for a day or a consent needs nobody."""
    if said.state is not PlayState.HELD:
        return False
    return bool(case.disruptions or case.issues) or case.outcome is Outcome.HOLD or case.answer is Answer.ASK_CUSTOMER


def _explained(case: Case) -> tuple[str, ...]:
    """Why a drop of spend is none, or none of this customer's doing."""
    if case.trigger is not Trigger.SPEND_DROP:
        return ()
    if case.answer is not None:
        return (_SAID[case.answer],) if case.answer in _SAID else ()
    if case.finding in _NO_DROP:
        return (_NO_DROP[case.finding],)
    return tuple(_DOUBTS[doubt] for doubt in case.doubts)


def _open_question(case: Case) -> tuple[str, ...]:
    if case.trigger is not Trigger.SPEND_DROP or case.answer is not None or case.finding is None:
        return ()
    return (_NOBODY_KNOWS[case.finding],) if case.finding in _NOBODY_KNOWS else ()


def may_answer(state: PlayState, trigger: Trigger) -> bool:
    """Whether an answer to "why did spend fall?" changes anything."""
    return trigger is Trigger.SPEND_DROP and state in (*OPEN_STATES, PlayState.SCREENED_OUT)
