"""The two decision tables as data, and their evaluation (hit policy UNIQUE: each input hits exactly one row of each).

A `Tables` value can be written to JSON and read back (`to_data`, `from_data`), so a stored policy version decides alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any, NamedTuple

from feedback.gate.rules import (
    INPUT_KINDS,
    Advocacy,
    GateInputs,
    Initiation,
    IssueBand,
    Outcome,
    PermissionStance,
    Play,
    ShareOfWallet,
    Stance,
    Timing,
)
from feedback.kernel.errors import RuleViolation
from feedback.permission.rules import Consent

RELATIONSHIP_INPUTS = ("advocacy", "share_of_wallet", "issues")
PERMISSION_INPUTS = ("consent", "timing", "initiation")
REACTIVE_ONLY = "reactive_only"
TIMING_DEFERRED = "timing_deferred"


@dataclass(frozen=True)
class Row:
    """One row: which values of each input it covers, and what it says."""

    id: str
    when: tuple[tuple[str, ...], ...]
    stance: str
    reasons: tuple[str, ...]
    play: str = ""

    def covers(self, values: Sequence[str]) -> bool:
        """Whether the row is hit by these input values, in the order of its table's inputs."""
        return all(value in allowed for value, allowed in zip(values, self.when, strict=True))


@dataclass(frozen=True)
class Line:
    """One line of the combination; an empty condition means any. The first line that applies gives the outcome."""

    outcome: str
    permission: str = ""
    relationship: str = ""
    initiation: str = ""

    def applies(self, relationship: str, permission: str, initiation: str) -> bool:
        """Whether the two stances and the initiation meet the conditions."""
        pairs = ((self.permission, permission), (self.relationship, relationship), (self.initiation, initiation))
        return all(wanted in ("", given) for wanted, given in pairs)


class Verdict(NamedTuple):
    """What the tables say about one input."""

    outcome: Outcome
    play: Play
    stance: Stance
    reasons: tuple[str, ...]
    rows: tuple[str, str]


class HitPolicyBroken(RuleViolation):
    """An input hits no row, or more than one."""


@dataclass(frozen=True)
class Tables:
    """Table R, table P and the combination of their stances."""

    relationship: tuple[Row, ...]
    permission: tuple[Row, ...]
    combination: tuple[Line, ...]

    def relationship_row(self, advocacy: str, share_of_wallet: str, issues: str) -> Row:
        """The one row of table R that this standing hits."""
        return _only_hit(self.relationship, (advocacy, share_of_wallet, issues))

    def permission_row(self, consent: str, timing: str, initiation: str) -> Row:
        """The one row of table P that this permission and moment hit."""
        return _only_hit(self.permission, (consent, timing, initiation))

    def decide(self, inputs: GateInputs) -> Verdict:
        """Outcome, play, reasons and the rows hit.

        Raises:
            HitPolicyBroken: the tables are not unique and complete for this input.
        """
        first = self.relationship_row(*inputs[:3])
        second = self.permission_row(*inputs[3:])
        reasons = {*first.reasons, *second.reasons}
        if first.stance == Stance.REACTIVE and inputs.initiation != Initiation.REQUESTED:
            reasons.add(REACTIVE_ONLY)
        outcome = self.outcome(first.stance, second.stance, inputs.initiation)
        return Verdict(outcome, Play(first.play), Stance(first.stance), tuple(sorted(reasons)), (first.id, second.id))

    def outcome(self, relationship: str, permission: str, initiation: str) -> Outcome:
        """What the combination makes of both stances.

        Raises:
            HitPolicyBroken: no line covers them.
        """
        for line in self.combination:
            if line.applies(relationship, permission, initiation):
                return Outcome(line.outcome)
        raise HitPolicyBroken(f"No line of the combination covers {relationship}, {permission}, {initiation}.")

    def to_data(self) -> dict[str, Any]:
        """The tables as JSON-able rows."""
        return {
            "relationship": [_row_data(row, RELATIONSHIP_INPUTS) for row in self.relationship],
            "permission": [_row_data(row, PERMISSION_INPUTS) for row in self.permission],
            "combination": [{key: value for key, value in vars(line).items() if value != ""} for line in self.combination],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Tables":
        """Tables from stored rows."""
        return cls(
            tuple(_row_from(row, RELATIONSHIP_INPUTS) for row in data["relationship"]),
            tuple(_row_from(row, PERMISSION_INPUTS) for row in data["permission"]),
            tuple(Line(**line) for line in data["combination"]),
        )


def _only_hit(rows: Sequence[Row], values: tuple[str, ...]) -> Row:
    hits = [row for row in rows if row.covers(values)]
    if len(hits) != 1:
        names = ", ".join(row.id for row in hits) or "no row"
        raise HitPolicyBroken(f"{' × '.join(map(str, values))} hits {names}; it must hit exactly one row.")
    return hits[0]


def _row_data(row: Row, names: Sequence[str]) -> dict[str, Any]:
    data: dict[str, Any] = {"id": row.id, "when": {name: list(values) for name, values in zip(names, row.when, strict=True)}}
    data |= {"stance": row.stance, "reasons": list(row.reasons)}
    return data | ({"play": row.play} if row.play else {})


def _row_from(data: Mapping[str, Any], names: Sequence[str]) -> Row:
    when = tuple(tuple(data["when"][name]) for name in names)
    return Row(data["id"], when, data["stance"], tuple(data["reasons"]), data.get("play", ""))


def all_inputs() -> Iterator[GateInputs]:
    """The whole input space, 1,152 cells."""
    for values in product(Advocacy, ShareOfWallet, IssueBand, Consent, Timing, Initiation):
        yield GateInputs(*values)


def check_unique(tables: Tables) -> None:
    """Check that each input hits exactly one row of each table and that every row is hit by some input.

    Raises:
        HitPolicyBroken: it names the input or the unused rows.
    """
    used = {row for inputs in all_inputs() for row in tables.decide(inputs).rows}
    idle = [row.id for row in (*tables.relationship, *tables.permission) if row.id not in used]
    if idle:
        raise HitPolicyBroken(f"No input hits {', '.join(idle)}.")


def _spread(text: str, kind: type[StrEnum]) -> tuple[str, ...]:
    values = [member.value for member in kind]
    named = values if text == "any" else text.split()
    unknown = set(named) - set(values)
    if unknown:
        raise ValueError(f"{unknown} are not values of {kind.__name__}")
    return tuple(named)


def _when(names: Sequence[str], texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(_spread(text, INPUT_KINDS[name]) for name, text in zip(names, texts, strict=True))


def _r(row: str, advocacy: str, share: str, issues: str, play: Play, stance: Stance, reasons: str) -> Row:
    when = _when(RELATIONSHIP_INPUTS, (advocacy, share, issues))
    return Row(row, when, stance.value, tuple(reasons.split()), play.value)


def _p(row: str, consent: str, timing: str, initiation: str, stance: PermissionStance, reasons: str) -> Row:
    return Row(row, _when(PERMISSION_INPUTS, (consent, timing, initiation)), stance.value, tuple(reasons.split()))


_NOT_DETRACTOR = "promoter passive unknown"
_INBOUND_OR_OUTBOUND = "outbound inbound_served inbound_unserved"
HOLD, REACTIVE, LIMITED, ALLOW = Stance.HOLD, Stance.REACTIVE, Stance.LIMITED, Stance.ALLOW
BLOCK, RESPOND, SERVE, OK = (
    PermissionStance.BLOCK,
    PermissionStance.RESPOND_ONLY,
    PermissionStance.SERVE_FIRST,
    PermissionStance.OK,
)
ASK, DEFER = PermissionStance.ASK_CONSENT, PermissionStance.DEFER

RELATIONSHIP = (
    #  row    advocacy          share          issues              play                       stance    reasons
    _r("R01", "detractor", "high", "any", Play.RECOVER_NOW, HOLD, "rel_detractor sow_high"),
    _r("R02", "detractor", "low unknown", "any", Play.FIX_BASICS, HOLD, "rel_detractor"),
    _r("R03", _NOT_DETRACTOR, "high", "major_open", Play.RECOVER_NOW, HOLD, "issue_major_open sow_high"),
    _r("R04", _NOT_DETRACTOR, "low unknown", "major_open", Play.FIX_FIRST, HOLD, "issue_major_open"),
    _r("R05", _NOT_DETRACTOR, "any", "fixed_unverified", Play.VERIFY_FIX, HOLD, "issue_fix_unverified"),
    _r("R06", "passive unknown", "any", "minor_open", Play.FIX_FIRST, HOLD, "issue_minor_open"),
    _r("R07", "promoter", "low", "none", Play.UPSELL, ALLOW, "rel_promoter sow_low"),
    _r("R08", "promoter", "low", "minor_open", Play.UPSELL_WITH_BRIEFING, LIMITED, "rel_promoter sow_low issue_minor_open"),
    _r("R09", "promoter", "high", "none minor_open", Play.PROTECT_AND_REFER, REACTIVE, "rel_promoter sow_high"),
    _r("R10", "promoter", "unknown", "none minor_open", Play.QUALIFY_WALLET, LIMITED, "rel_promoter sow_unknown"),
    _r("R11", "passive", "low", "none", Play.NURTURE, LIMITED, "rel_passive sow_low"),
    _r("R12", "passive", "high", "none", Play.PROTECT, REACTIVE, "rel_passive sow_high"),
    _r("R13", "passive", "unknown", "none", Play.QUALIFY_WALLET, REACTIVE, "rel_passive sow_unknown"),
    _r("R14", "unknown", "any", "none", Play.SURVEY_FIRST, REACTIVE, "rel_no_fresh_feedback"),
)

PERMISSION = (
    #  row    consent                 timing      initiation             stance   reasons
    _p("P01", "refused", "any", _INBOUND_OR_OUTBOUND, BLOCK, "consent_refused"),
    _p("P02", "refused", "any", "requested", RESPOND, "consent_refused customer_request"),
    _p("P03", "not_recorded", "any", "outbound", BLOCK, "consent_missing"),
    _p("P04", "not_recorded allowed", "any", "inbound_unserved", SERVE, "need_not_solved"),
    _p("P05", "not_recorded", "open", "inbound_served", ASK, "consent_missing"),
    _p("P06", "not_recorded allowed", "deferred", "inbound_served", DEFER, "timing_deferred"),
    _p("P07", "not_recorded", "any", "requested", RESPOND, "consent_missing customer_request"),
    _p("P08", "allowed", "deferred", "outbound", DEFER, "timing_deferred"),
    _p("P09", "allowed", "open", "outbound inbound_served", OK, ""),
    _p("P10", "allowed", "any", "requested", OK, "customer_request"),
)

COMBINATION = (
    Line("block", permission="block"),
    Line("respond_only", permission="respond_only"),
    Line("serve_first", permission="serve_first"),
    Line("respond_only", relationship="hold", initiation="requested"),
    Line("hold", relationship="hold"),
    Line("hold", relationship="reactive", initiation="outbound"),
    Line("defer", permission="defer"),
    Line("allow_limited", relationship="reactive", initiation="requested"),
    Line("learn_only", relationship="reactive"),
    Line("ask_consent", permission="ask_consent"),
    Line("allow_limited", relationship="limited"),
    Line("allow"),
)

DEFAULT_TABLES = Tables(RELATIONSHIP, PERMISSION, COMBINATION)
