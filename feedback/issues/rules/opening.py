"""What opens an issue: the rules with their defaults, and the reasons that one answer gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from feedback.accounts.rules import ContactRole, ValueTier
from feedback.issues.rules.call_words import call_wish_in
from feedback.issues.rules.enums import IssueSource, Severity, worse
from feedback.issues.rules.keywords import KeywordRule, Matched, first_match
from feedback.issues.rules.standing import severity_of_answer

DETRACTOR_MAX = 6
KEY_ROLES = (ContactRole.DECISION_MAKER, ContactRole.INFLUENCER)
HARM = "harm"  # the rule about a customer's own customers stands beside those that are named by a source

# What each rule can be set to, and what holds until somebody does. All of them can be switched off.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    IssueSource.RESPONSE: {},
    IssueSource.CALL_WISH: {"in_words": True},
    IssueSource.KEYWORD: {},
    IssueSource.SCORE_DROP: {"points": 3},
    IssueSource.SILENCE: {"tiers": [ValueTier.A.value]},
    IssueSource.CONTACT_GAP: {"days": {ValueTier.A.value: 60, ValueTier.B.value: 120}, "per_day": 10},
    HARM: {},
}


@dataclass(frozen=True)
class OpeningRule:
    """One rule as it holds."""

    name: str
    active: bool
    params: Mapping[str, Any]


@dataclass(frozen=True)
class OpeningRules:
    """All rules as they hold: what is stored, and the defaults of what is not."""

    stored: Mapping[str, OpeningRule] = field(default_factory=dict)

    def of(self, name: str) -> OpeningRule:
        """The rule of a source, or of harm to a customer's own customers."""
        found = self.stored.get(name)
        if found is None:
            return OpeningRule(name, True, DEFAULTS[name])
        return OpeningRule(name, found.active, {**DEFAULTS[name], **found.params})

    def is_on(self, name: str) -> bool:
        """Whether it opens issues."""
        return self.of(name).active

    @property
    def hears_wishes(self) -> bool:
        """Whether comments are searched for a wish to be called that nobody ticked."""
        rule = self.of(IssueSource.CALL_WISH)
        return rule.active and bool(rule.params["in_words"])

    @property
    def drop_points(self) -> int | None:
        """From which fall on an answer opens an issue; None when none does."""
        rule = self.of(IssueSource.SCORE_DROP)
        return int(rule.params["points"]) if rule.active else None

    def gap_days(self, tier: ValueTier) -> int | None:
        """After how many days without contact a customer of this tier becomes a work item; None: never."""
        rule = self.of(IssueSource.CONTACT_GAP)
        days = rule.params["days"].get(tier.value) if rule.active else None
        return int(days) if days else None


@dataclass(frozen=True, slots=True)
class CallWish:
    """What somebody who wants to be called left for it; both may be empty."""

    phone: str = ""
    best_time: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for an issue, with what its sentence says. `rule_id` names the keyword rule."""

    source: IssueSource
    facts: Mapping[str, Any] = field(default_factory=dict)
    rule_id: int | None = None
    severity: Severity = Severity.MINOR

    @property
    def key(self) -> str:
        """What tells this cause from others at the same account, where no defect does."""
        if self.source is IssueSource.RESPONSE:
            return ""
        return self.source.value if self.rule_id is None else f"{self.source.value}:{self.rule_id}"


@dataclass(frozen=True, slots=True)
class Said:
    """What the rules look at in one answer. `before` is the same person's last answer in the same program."""

    score: int
    role: ContactRole
    comment: str | None = None
    language: str | None = None
    call: CallWish | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a detractor's answer is major."""

    major_score_max: int
    decision_maker_major: bool


def causes_of(said: Said, rules: OpeningRules, keywords: Sequence[KeywordRule], limits: Limits) -> list[Cause]:
    """Every reason that an answer gives for an issue, the one that names it first; empty: it opens none."""
    found = [
        _detractor(said, limits) if rules.is_on(IssueSource.RESPONSE) else None,
        _wish(said, in_words=rules.hears_wishes) if rules.is_on(IssueSource.CALL_WISH) else None,
        _words(said, keywords),
        _drop(said, rules.drop_points),
    ]
    return [cause for cause in found if cause is not None]


def _detractor(said: Said, limits: Limits) -> Cause | None:
    if said.score > DETRACTOR_MAX:
        return None
    severity = severity_of_answer(
        said.score,
        said.role,
        major_score_max=limits.major_score_max,
        decision_maker_major=limits.decision_maker_major,
    )
    return Cause(IssueSource.RESPONSE, {"score": said.score}, severity=severity)


def _wish(said: Said, *, in_words: bool) -> Cause | None:
    """Ticked, which may name a number and a time, or written in the comment."""
    if said.call is None:
        words = call_wish_in(said.comment, said.language) if in_words and said.comment else None
        return Cause(IssueSource.CALL_WISH, {"score": said.score, "words": words}) if words else None
    facts = {"score": said.score, "phone": said.call.phone, "best_time": said.call.best_time}
    return Cause(IssueSource.CALL_WISH, {name: value for name, value in facts.items() if value != ""})


def _words(said: Said, keywords: Sequence[KeywordRule]) -> Cause | None:
    found: Matched | None = first_match(said.comment, said.language, keywords) if said.comment else None
    if found is None:
        return None
    rule = found.rule
    facts = {"score": said.score, "rule": rule.name, "words": found.words}
    return Cause(IssueSource.KEYWORD, facts, rule_id=rule.id, severity=rule.severity)


def _drop(said: Said, points: int | None) -> Cause | None:
    if points is None or said.before is None or said.before - said.score < points:
        return None
    return Cause(IssueSource.SCORE_DROP, {"score": said.score, "before": said.before})


def gravest(causes: Sequence[Cause]) -> Severity:
    """The gravest of what several reasons amount to."""
    severity = Severity.MINOR
    for cause in causes:
        severity = worse(severity, cause.severity)
    return severity


def is_gap(last_contact: datetime, days: int, now: datetime) -> bool:
    """Whether nobody has been in touch for longer than the rule allows."""
    return now - last_contact >= timedelta(days=days)
