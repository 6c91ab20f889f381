"""What opens issues: switching rules, setting them, and the words that keyword rules listen for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.accounts.rules import ValueTier
from feedback.audit.service import record
from feedback.defects.models import Defect
from feedback.extensions import db
from feedback.issues.models import Issue, KeywordRuleRow, OpeningRuleRow
from feedback.issues.queries.openings import get_opening_rules
from feedback.issues.rules import DEFAULTS, KeywordRule, OpeningRule, Severity, check_phrases, first_match
from feedback.issues.service import find_defect
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput, NotFound
from feedback.surveys.models import Response

COUNTED = timedelta(days=90)
PREVIEW_DAYS, PREVIEW_COMMENTS, PREVIEW_SAMPLES = 365, 50_000, 5
MAX_DAYS = 3_650


@dataclass(frozen=True)
class RuleLine:
    """A rule as it holds, and how many issues it opened in the last 90 days."""

    name: str
    active: bool
    params: Mapping[str, Any]
    opened: int


def list_opening_rules() -> list[RuleLine]:
    """All rules, in the order of the code."""
    rules, counts = get_opening_rules(), _opened_lately()
    return [_line(rules.of(name), counts) for name in DEFAULTS]


def _line(rule: OpeningRule, counts: Mapping[str, int]) -> RuleLine:
    return RuleLine(rule.name, rule.active, rule.params, counts.get(rule.name, 0))


def _opened_lately() -> dict[str, int]:
    query = sa.select(sa.type_coerce(Issue.source, sa.Text), sa.func.count()).where(Issue.opened_at >= clock.now() - COUNTED)
    found: Any = db.session.execute(query.group_by(Issue.source))
    return dict(map(tuple, found))


def change_opening_rule(name: str, *, active: bool | None, params: Mapping[str, Any] | None, actor: str) -> RuleLine:
    """Switch a rule, or set what it goes by; what is not said stays. Issues that are open stay open.

    Raises:
        NotFound: there is no such rule.
        InvalidInput: a value makes no sense for it.
    """
    if name not in DEFAULTS:
        raise NotFound
    rule = get_opening_rules().of(name)
    said = dict(rule.params) | _checked(name, params or {})
    on = rule.active if active is None else active
    db.session.execute(sa.delete(OpeningRuleRow).where(OpeningRuleRow.name == name))
    db.session.execute(sa.insert(OpeningRuleRow).values(name=name, active=on, params=said, updated_at=clock.now()))
    record(actor, "opening_rule.changed", "opening_rule", name, active=on, params=said)
    return _line(OpeningRule(name, on, said), _opened_lately())


def _checked(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(params) - set(DEFAULTS[name]))
    if unknown:
        raise InvalidInput({f"params.{unknown[0]}": ["This rule has no such setting."]})
    checks = {"points": _points, "tiers": _tiers, "days": _days, "per_day": _per_day, "in_words": _yes_no}
    return {key: checks[key](value) for key, value in params.items()}


def _whole(field: str, value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        text = _("Write a whole number from %(least)s to %(most)s.", least=least, most=most)
        raise InvalidInput({f"params.{field}": [text]})
    return value


def _points(value: Any) -> int:
    return _whole("points", value, 1, 10)


def _per_day(value: Any) -> int:
    return _whole("per_day", value, 1, 1_000)


def _yes_no(value: Any) -> bool:
    if type(value) is not bool:
        raise InvalidInput({"params.in_words": [_("Write true or false.")]})
    return value


def _tiers(value: Any) -> list[str]:
    known = {tier.value for tier in ValueTier}
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one in known for one in value):
        raise InvalidInput({"params.tiers": [_("Name at least one value tier: A, B or C.")]})
    return sorted(set(value))


def _days(value: Any) -> dict[str, int]:
    known = {tier.value for tier in ValueTier}
    if not isinstance(value, dict) or not set(value) <= known:
        raise InvalidInput({"params.days": [_("Name the days by value tier: A, B or C.")]})
    return {tier: _whole(f"days.{tier}", days, 1, MAX_DAYS) for tier, days in value.items() if days is not None}


@dataclass(frozen=True)
class KeywordLine:
    """A keyword rule with the code of its defect."""

    id: int
    name: str
    active: bool
    phrases: Mapping[str, Sequence[str]]
    severity: Severity
    defect: str | None
    updated_at: datetime


@dataclass(frozen=True)
class KeywordDraft:
    """What a keyword rule is to be."""

    name: str
    phrases: Mapping[str, Sequence[str]]
    severity: Severity = Severity.MINOR
    defect: str | None = None
    active: bool = True


def list_keywords() -> list[KeywordLine]:
    """All keyword rules in the order in which they are tried."""
    return [_keyword_line(row, code) for row, code in db.session.execute(_keyword_query().order_by(KeywordRuleRow.id))]


def _keyword_query() -> Any:
    return sa.select(KeywordRuleRow, Defect.code).outerjoin(Defect, Defect.id == KeywordRuleRow.defect_id)


def _keyword_line(row: KeywordRuleRow, code: str | None) -> KeywordLine:
    return KeywordLine(row.id, row.name, row.active, row.phrases, row.severity, code, row.updated_at)


def get_keyword(rule_id: int) -> KeywordLine:
    """One keyword rule.

    Raises:
        NotFound: there is none.
    """
    found = db.session.execute(_keyword_query().where(KeywordRuleRow.id == rule_id)).one_or_none()
    if found is None:
        raise NotFound
    return _keyword_line(*found)


def save_keyword(draft: KeywordDraft, *, actor: str, rule_id: int | None = None) -> KeywordLine:
    """Add a keyword rule, or change one.

    Raises:
        NotFound: there is no such rule.
        Conflict: another rule has this name.
        InvalidInput: phrases cannot be searched for, or there is no such defect.
    """
    defect = find_defect(draft.defect)
    values = {
        "name": draft.name,
        "active": draft.active,
        "phrases": check_phrases(draft.phrases),
        "severity": draft.severity,
        "defect_id": defect.id if defect else None,
        "updated_at": clock.now(),
    }
    same = sa.select(KeywordRuleRow.id).where(sa.func.lower(KeywordRuleRow.name) == draft.name.lower())
    taken = db.session.scalar(same.where(KeywordRuleRow.id != rule_id) if rule_id is not None else same)
    if taken is not None:
        raise Conflict(_("There is a rule with the name %(name)s already.", name=draft.name))
    row = db.session.get(KeywordRuleRow, rule_id) if rule_id is not None else KeywordRuleRow(created_at=clock.now())
    if row is None:
        raise NotFound
    for name, value in values.items():
        setattr(row, name, value)
    db.session.add(row)
    db.session.flush()
    record(actor, "keyword_rule.saved", "keyword_rule", row.id, name=draft.name, active=draft.active)
    return get_keyword(row.id)


def delete_keyword(rule_id: int, *, actor: str) -> None:
    """Remove a keyword rule; issues that it opened stay.

    Raises:
        NotFound: there is none.
    """
    line = get_keyword(rule_id)
    db.session.execute(sa.delete(KeywordRuleRow).where(KeywordRuleRow.id == rule_id))
    record(actor, "keyword_rule.deleted", "keyword_rule", rule_id, name=line.name)


@dataclass(frozen=True)
class Preview:
    """What a rule would have found: of the comments looked at, how many matched, and how many of those opened no issue anyway."""

    looked_at: int
    matched: int
    matched_above: int  # with a score of 7 or more: only the rule would have opened an issue
    samples: Sequence[str]
    days: int
    limited: bool  # there are more comments than were looked at


def preview_keyword(phrases: Mapping[str, Sequence[str]]) -> Preview:
    """Try phrases on the newest comments of a year, here and now, without storing anything.

    Raises:
        InvalidInput: phrases cannot be searched for.
    """
    rule = KeywordRule(0, "", check_phrases(phrases))
    since = clock.now() - timedelta(days=PREVIEW_DAYS)
    query = (
        sa.select(Response.comment, Response.language, Response.score)
        .where(Response.responded_at >= since, Response.comment.is_not(None))
        .order_by(Response.responded_at.desc())
        .limit(PREVIEW_COMMENTS + 1)
    )
    rows = db.session.execute(query).all()
    found = [row for row in rows[:PREVIEW_COMMENTS] if first_match(row.comment, row.language, [rule]) is not None]
    return Preview(
        looked_at=min(len(rows), PREVIEW_COMMENTS),
        matched=len(found),
        matched_above=sum(row.score > 6 for row in found),
        samples=[row.comment for row in found[:PREVIEW_SAMPLES]],
        days=PREVIEW_DAYS,
        limited=len(rows) > PREVIEW_COMMENTS,
    )
