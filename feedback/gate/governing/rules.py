"""What no policy may say, whoever approves it; and which settings it may.

The product's promise to customers is the same under every policy: nobody sells to a detractor, over a serious or unconfirmed
problem, without recorded consent, against a refusal, or before the need is solved; and things getting worse never permit more.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from flask_babel import gettext as _

from feedback.gate.rules import (
    Advocacy,
    GateInputs,
    Initiation,
    IssueBand,
    Outcome,
    PermissionStance,
    Play,
    Stance,
    Timing,
    offers_permitted,
)
from feedback.gate.tables import HitPolicyBroken, Row, Tables, all_inputs, check_unique
from feedback.permission.rules import Consent

# From better to worse; `unknown` advocacy is not ordered.
WORSE: dict[str, tuple[tuple[str, str], ...]] = {
    "advocacy": ((Advocacy.PROMOTER, Advocacy.PASSIVE), (Advocacy.PASSIVE, Advocacy.DETRACTOR)),
    "issues": (
        (IssueBand.NONE, IssueBand.MINOR_OPEN),
        (IssueBand.MINOR_OPEN, IssueBand.FIXED_UNVERIFIED),
        (IssueBand.MINOR_OPEN, IssueBand.MAJOR_OPEN),
    ),
    "consent": ((Consent.ALLOWED, Consent.NOT_RECORDED), (Consent.NOT_RECORDED, Consent.REFUSED)),
    "timing": ((Timing.OPEN, Timing.DEFERRED),),
}
RANGES: dict[str, tuple[float, float]] = {
    "relationship_days": (30, 730),
    "transactional_days": (7, 365),
    "cut": (0.05, 0.95),
    "max_age_days": (30, 1825),
    "min_confidence": (0.0, 1.0),
    "decision_hours": (1, 168),
    "contact_cap": (0, 100),
    "contact_days": (1, 365),
    "account_cap": (0, 1000),
    "account_days": (1, 365),
    "other_team_days": (0, 60),
    "cooldown_days": (0, 730),
}
_WHOLE = frozenset(RANGES) - {"cut", "min_confidence"}


class Objection(NamedTuple):
    """A promise that tables would break, the situation in which they do, and the rows that answer there."""

    rule: str
    where: GateInputs | None
    rows: tuple[str, ...]

    def __str__(self) -> str:
        if self.where is None:
            return self.rule
        return _("%(rule)s It breaks at: %(where)s.", rule=self.rule, where=" × ".join(str(value) for value in self.where))


def objections(tables: Tables) -> list[Objection]:
    """Every reason why these tables can never be a policy, one for each rule that they break; empty for a sound policy."""
    try:
        check_unique(tables)
    except HitPolicyBroken as error:
        return [Objection(_("Each situation must meet exactly one row: %(detail)s", detail=str(error)), None, ())]
    verdicts = {inputs: tables.decide(inputs).outcome for inputs in all_inputs()}
    found = []
    for sentence, breaks in _promises():
        at = next((inputs for inputs, outcome in verdicts.items() if breaks(inputs, outcome)), None)
        if at is not None:
            found.append(Objection(sentence, at, tables.decide(at).rows))
    risen = next(_not_monotone(verdicts), None)
    if risen is not None:
        before, worse = risen
        rows = tuple(dict.fromkeys((*tables.decide(before).rows, *tables.decide(worse).rows)))
        found.append(Objection(_("When things get worse, not more may be sold than before."), worse, rows))
    return found


WIDE_COUNT, WIDE_SHARE = 25, 0.05


def is_wide(opens: int, accounts: int) -> bool:
    """Whether a policy opens so many accounts at once that nobody should approve it without having read how many."""
    return opens >= WIDE_COUNT or (accounts > 0 and opens / accounts >= WIDE_SHARE)


def _sells(inputs: GateInputs, outcome: Outcome) -> bool:
    return offers_permitted(outcome) > 0


_UNSOLVED = (IssueBand.MAJOR_OPEN, IssueBand.FIXED_UNVERIFIED)
_NO_ANSWER = (Outcome.BLOCK, Outcome.HOLD, Outcome.DEFER)
_SILENT = (Outcome.BLOCK, Outcome.RESPOND_ONLY)


def _promises() -> list[tuple[str, Callable[[GateInputs, Outcome], bool]]]:
    """Each promise with what breaks it."""
    return [
        (_("Nothing is sold to a detractor."), lambda i, o: _sells(i, o) and i.advocacy is Advocacy.DETRACTOR),
        (
            _("Nothing is sold over a serious problem, or one whose fix nobody confirmed."),
            lambda i, o: _sells(i, o) and i.issues in _UNSOLVED,
        ),
        (_("Nothing is sold without a recorded consent."), lambda i, o: _sells(i, o) and i.consent is not Consent.ALLOWED),
        (
            _("A refusal is only ever answered with silence, or with what the customer asked for."),
            lambda i, o: i.consent is Consent.REFUSED and o not in _SILENT,
        ),
        (
            _("Nobody is approached without a recorded consent."),
            lambda i, o: i.consent is not Consent.ALLOWED and i.initiation is Initiation.OUTBOUND and o is not Outcome.BLOCK,
        ),
        (
            _("Nothing is offered before the need is solved."),
            lambda i, o: _sells(i, o) and i.initiation is Initiation.INBOUND_UNSERVED,
        ),
        (
            _("Nothing is offered at the wrong moment."),
            lambda i, o: _sells(i, o) and i.timing is Timing.DEFERRED and i.initiation is not Initiation.REQUESTED,
        ),
        (
            _("Silence never makes a customer sellable."),
            lambda i, o: _sells(i, o) and i.advocacy is Advocacy.UNKNOWN and i.initiation is not Initiation.REQUESTED,
        ),
        (
            _("A customer's own request is never turned away."),
            lambda i, o: i.initiation is Initiation.REQUESTED and o in _NO_ANSWER,
        ),
    ]


def _not_monotone(verdicts: Mapping[GateInputs, Outcome]) -> Iterator[tuple[GateInputs, GateInputs]]:
    for inputs, outcome in verdicts.items():
        for worse in _worse(inputs):
            if offers_permitted(verdicts[worse]) > offers_permitted(outcome):
                yield inputs, worse


def _worse(inputs: GateInputs) -> Iterator[GateInputs]:
    """The neighbours in which one thing is worse."""
    for name, pairs in WORSE.items():
        for before, after in pairs:
            if before == getattr(inputs, name):
                changed: dict[str, Any] = {name: after}
                yield inputs._replace(**changed)


def limit_errors(limits: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the numbers of a policy, by name."""
    flat = {name: limits.get(name, limits["timing"].get(name)) for name in RANGES}
    errors = {}
    for name, (least, most) in RANGES.items():
        value = flat[name]
        whole = name not in _WHOLE or isinstance(value, int)
        if isinstance(value, bool) or not isinstance(value, int | float) or not whole or not least <= value <= most:
            errors[name] = [_("Name a number from %(least)s to %(most)s.", least=least, most=most)]
    return errors


def with_rows(tables: Tables, changes: Mapping[str, Mapping[str, str]]) -> Tables:
    """The tables with other plays or stances in some rows.

    Args:
        changes: row id → {"play", "stance"}.

    Raises:
        ValueError: it names the row or the value that does not exist.
    """
    unknown = set(changes) - {row.id for row in (*tables.relationship, *tables.permission)}
    if unknown:
        raise ValueError(_("There is no row %(row)s.", row=sorted(unknown)[0]))
    relationship = tuple(_changed(row, changes.get(row.id), Stance) for row in tables.relationship)
    permission = tuple(_changed(row, changes.get(row.id), PermissionStance) for row in tables.permission)
    return replace(tables, relationship=relationship, permission=permission)


def _changed(row: Row, change: Mapping[str, str] | None, stances: type[Stance] | type[PermissionStance]) -> Row:
    if not change:
        return row
    if change.get("play") and not row.play:
        raise ValueError(_("Row %(row)s has no play: it says what is permitted.", row=row.id))
    stance, play = change.get("stance", row.stance), change.get("play", row.play)
    if stance not in [one.value for one in stances] or (play and play not in [one.value for one in Play]):
        raise ValueError(_("Row %(row)s cannot say that.", row=row.id))
    return replace(row, stance=stance, play=play)
