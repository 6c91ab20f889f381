"""What must change and whether it has, as sentences in the reader's language."""

from collections.abc import Callable
from datetime import date

from flask_babel import gettext as _

from feedback.gate.wording import channel_name
from feedback.planning.evidence import Evidence
from feedback.planning.models import PlanCondition
from feedback.planning.rules.states import ConditionKind, PeriodKind
from feedback.planning.rules.ticks import Tick
from feedback.web.numerals import day, day_of, number, one_stop


def condition_words(one: PlanCondition, seen: Evidence) -> str:
    """What has to be so."""
    return one_stop(_CONDITIONS[one.kind](one, seen))


def _name(one: PlanCondition, seen: Evidence) -> str:
    return seen.names.get(one.contact_id or 0) or _("a former contact")


def _issue(one: PlanCondition, seen: Evidence) -> str:
    return _("Issue #%(number)s solved, by the customer's word.", number=seen.numbers.get(one.issue_id or 0, "?"))


def _defect(one: PlanCondition, seen: Evidence) -> str:
    return _("“%(defect)s” no problem here any more.", defect=seen.defect_names.get(one.defect_id or 0, "?"))


def _disruption(one: PlanCondition, seen: Evidence) -> str:
    return _("“%(title)s” over, and the customer told so.", title=seen.disruption_titles.get(one.disruption_id or 0, "?"))


def _score(one: PlanCondition, seen: Evidence) -> str:
    return _("A fresh score of %(least)s or better from %(name)s.", least=one.least_score, name=_name(one, seen))


def _consent(one: PlanCondition, seen: Evidence) -> str:
    channel = channel_name(one.channel.value if one.channel else "phone")
    return _("The consent of %(name)s to offers %(channel)s.", name=_name(one, seen), channel=channel)


_CONDITIONS: dict[ConditionKind, Callable[[PlanCondition, Evidence], str]] = {
    ConditionKind.ISSUE: _issue,
    ConditionKind.DEFECT: _defect,
    ConditionKind.DISRUPTION: _disruption,
    ConditionKind.SCORE: _score,
    ConditionKind.CONSENT: _consent,
    ConditionKind.HEARD: lambda _one, _seen: _("An answer from the people who decide."),
    ConditionKind.INDEX: lambda _one, _seen: _("Better answers: the account's advocacy at zero or above."),
    ConditionKind.WALLET: lambda _one, _seen: _("A fresh estimate of what the account spends in all."),
}


def tick_words(tick: Tick) -> str:
    """Why it is so, or not yet, and since when."""
    dated, undated = _TICKS[tick.code]
    if tick.at is None or dated is None:
        return one_stop(undated(tick))
    return one_stop(dated(tick, day_of(tick.at)))


Dated = Callable[[Tick, str], str]
Undated = Callable[[Tick], str]
_TICKS: dict[str, tuple[Dated | None, Undated]] = {
    "issue_verified": (
        lambda _tick, day: _("The customer confirmed it on %(day)s.", day=day),
        lambda _tick: _("The customer confirmed it."),
    ),
    "issue_closed": (
        lambda _tick, day: _("Closed on %(day)s.", day=day),
        lambda _tick: _("Closed."),
    ),
    "issue_mistaken": (
        lambda _tick, day: _("It was entered by mistake, and taken back on %(day)s.", day=day),
        lambda _tick: _("It was entered by mistake."),
    ),
    "issue_answered": (
        lambda _tick, day: _("Closed on %(day)s without the customer's word; a 7 or better came since.", day=day),
        lambda _tick: _("Closed without the customer's word; a 7 or better came since."),
    ),
    "issue_unverified": (
        lambda _tick, day: _("Closed on %(day)s without the customer's word; a 7 or better is missing.", day=day),
        lambda _tick: _("Closed without the customer's word; a 7 or better is missing."),
    ),
    "issue_fixed": (
        lambda _tick, day: _("Fixed on %(day)s; the customer has not confirmed it yet.", day=day),
        lambda _tick: _("Fixed; the customer has not confirmed it yet."),
    ),
    "issue_reopened": (
        lambda _tick, day: _("It came back: open again since %(day)s.", day=day),
        lambda _tick: _("It came back."),
    ),
    "issue_open": (None, lambda _tick: _("It is open.")),
    "defect_open": (None, lambda _tick: _("An issue about it is open.")),
    "defect_named": (
        lambda _tick, day: _("It was named last on %(day)s.", day=day),
        lambda _tick: _("It was named lately."),
    ),
    "defect_quiet": (
        lambda tick, day: _("No issue is open and nobody named it for %(days)s days, since %(day)s.", days=tick.days, day=day),
        lambda tick: _("No issue is open and nobody named it for %(days)s days.", days=tick.days),
    ),
    "disruption_none": (None, lambda _tick: _("It does not affect this customer any more.")),
    "disruption_told": (
        lambda _tick, day: _("The customer was told on %(day)s.", day=day),
        lambda _tick: _("The customer was told."),
    ),
    "disruption_over": (
        lambda _tick, day: _("It ended on %(day)s; the customer was not told yet.", day=day),
        lambda _tick: _("It ended; the customer was not told yet."),
    ),
    "disruption_active": (
        lambda _tick, day: _("It goes on, until %(day)s as far as is known.", day=day),
        lambda _tick: _("It goes on."),
    ),
    "person_left": (
        lambda _tick, day: _("This person left on %(day)s and owes no score.", day=day),
        lambda _tick: _("This person left and owes no score."),
    ),
    "score_none": (None, lambda _tick: _("There is no answer yet.")),
    "score_low": (
        lambda tick, day: _("The last answer was %(score)s, on %(day)s.", score=tick.score, day=day),
        lambda tick: _("The last answer was %(score)s.", score=tick.score),
    ),
    "score_old": (
        lambda tick, day: _("The answer of %(day)s, %(score)s, is too old to count.", score=tick.score, day=day),
        lambda tick: _("The last answer, %(score)s, is too old to count.", score=tick.score),
    ),
    "score_good": (
        lambda tick, day: _("The answer of %(day)s was %(score)s.", score=tick.score, day=day),
        lambda tick: _("The answer was %(score)s.", score=tick.score),
    ),
    "consent_left": (None, lambda _tick: _("This person has left; nobody else can give it.")),
    "consent_allowed": (
        lambda _tick, day: _("Given on %(day)s.", day=day),
        lambda _tick: _("Given."),
    ),
    "consent_not_recorded": (None, lambda _tick: _("Nothing is recorded.")),
    "consent_refused": (
        lambda _tick, day: _("Refused on %(day)s.", day=day),
        lambda _tick: _("Refused."),
    ),
    "heard": (
        lambda _tick, day: _("The newest answer that counts is of %(day)s.", day=day),
        lambda _tick: _("Somebody answered."),
    ),
    "heard_nobody": (None, lambda _tick: _("Nobody has given an answer that still counts.")),
    "index": (None, lambda tick: _("It is %(index)s on a scale from −100 to 100.", index=number(tick.score or 0))),
    "index_none": (None, lambda _tick: _("Nobody has given an answer that still counts.")),
    "wallet_known": (None, lambda _tick: _("There is a fresh one.")),
    "wallet_none": (None, lambda _tick: _("Nobody has estimated it.")),
    "wallet_old": (None, lambda _tick: _("The last one is too old or too uncertain.")),
}


def period_words(kind: PeriodKind, starts_on: date, ends_on: date) -> str:
    """What the period of a plan is called."""
    if kind is PeriodKind.QUARTER:
        return _("Quarter %(quarter)s of %(year)s", quarter=(starts_on.month + 2) // 3, year=starts_on.year)
    if kind is PeriodKind.HALF:
        if starts_on.month == 1:
            return _("First half of %(year)s", year=starts_on.year)
        return _("Second half of %(year)s", year=starts_on.year)
    if kind is PeriodKind.YEAR:
        return _("Year %(year)s", year=starts_on.year)
    return _("%(first)s to %(last)s", first=day(starts_on), last=day(ends_on))
