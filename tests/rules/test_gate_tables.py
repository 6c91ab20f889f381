"""The decision tables against the enumerated outcomes, and what must hold in every cell."""

import csv
import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.gate.rules import (
    Advocacy,
    GateInputs,
    Initiation,
    IssueBand,
    Outcome,
    ShareOfWallet,
    Timing,
    offers_permitted,
)
from feedback.gate.tables import (
    DEFAULT_TABLES,
    HitPolicyBroken,
    Row,
    Tables,
    all_inputs,
    check_unique,
)
from feedback.permission.rules import Consent

ORACLE = list(csv.DictReader((Path(__file__).parent / "data" / "gate_outcomes.csv").read_text("utf-8").splitlines()))
INPUTS = ("advocacy", "share_of_wallet", "issues", "consent", "timing", "initiation")
any_input = st.builds(
    GateInputs,
    *(st.sampled_from(kind) for kind in (Advocacy, ShareOfWallet, IssueBand, Consent, Timing, Initiation)),
)
BETTER = {
    "advocacy": (Advocacy.DETRACTOR, Advocacy.PASSIVE, Advocacy.PROMOTER),
    "consent": (Consent.REFUSED, Consent.NOT_RECORDED, Consent.ALLOWED),
    "timing": (Timing.DEFERRED, Timing.OPEN),
}
# fixed_unverified and major_open are not ordered between each other: both hold
ISSUE_STEPS = [
    (IssueBand.MAJOR_OPEN, IssueBand.MINOR_OPEN),
    (IssueBand.FIXED_UNVERIFIED, IssueBand.MINOR_OPEN),
    (IssueBand.MINOR_OPEN, IssueBand.NONE),
]
STEPS = [(name, *pair) for name, order in BETTER.items() for pair in pairwise(order)]
STEPS += [("issues", *pair) for pair in ISSUE_STEPS]


def _as_oracle(tables: Tables) -> list[dict[str, str]]:
    rows = []
    for inputs in all_inputs():
        verdict = tables.decide(inputs)
        row = {name: str(value) for name, value in inputs._asdict().items()}
        row |= {"outcome": str(verdict.outcome), "play": str(verdict.play), "reasons": " ".join(verdict.reasons)}
        rows.append(row | {"relationship_row": verdict.rows[0], "permission_row": verdict.rows[1]})
    return rows


def _sorted(rows: list[dict[str, str]]) -> list[tuple[tuple[str, str], ...]]:
    return sorted(tuple(sorted(row.items())) for row in rows)


def test_all_1152_outcomes_agree_with_the_enumeration() -> None:
    assert len(ORACLE) == 1152
    assert _sorted(_as_oracle(DEFAULT_TABLES)) == _sorted(ORACLE)


def test_each_input_hits_one_row_of_each_table_and_no_row_is_idle() -> None:
    check_unique(DEFAULT_TABLES)


def test_the_outcomes_are_as_many_as_counted() -> None:
    counts = Counter(DEFAULT_TABLES.decide(inputs).outcome for inputs in all_inputs())
    assert counts == {
        "allow": 4, "allow_limited": 30, "ask_consent": 5, "learn_only": 14, "defer": 29,
        "respond_only": 264, "serve_first": 192, "hold": 230, "block": 384,
    }  # fmt: skip


def test_the_tables_survive_json() -> None:
    again = Tables.from_data(json.loads(json.dumps(DEFAULT_TABLES.to_data())))
    assert again == DEFAULT_TABLES


def _mutants() -> list[tuple[str, Tables]]:
    mutants = []
    for name, permissive in (("relationship", "allow"), ("permission", "ok")):
        rows: tuple[Row, ...] = getattr(DEFAULT_TABLES, name)
        for at, row in enumerate(rows):
            mutants.append((f"{row.id} dropped", replace(DEFAULT_TABLES, **{name: rows[:at] + rows[at + 1 :]})))
            loose = (*rows[:at], replace(row, stance=permissive), *rows[at + 1 :])
            mutants.append((f"{row.id} made permissive", replace(DEFAULT_TABLES, **{name: loose})))
            everything = replace(row, when=tuple(_all_values(name)))
            mutants.append(
                (f"{row.id} made to cover all", replace(DEFAULT_TABLES, **{name: (*rows[:at], everything, *rows[at + 1 :])}))
            )
    lines = DEFAULT_TABLES.combination
    mutants += [
        (f"line {at} dropped", replace(DEFAULT_TABLES, combination=lines[:at] + lines[at + 1 :])) for at in range(len(lines))
    ]
    return [(label, tables) for label, tables in mutants if tables != DEFAULT_TABLES]


def _all_values(name: str) -> list[tuple[str, ...]]:
    kinds = {"relationship": (Advocacy, ShareOfWallet, IssueBand), "permission": (Consent, Timing, Initiation)}[name]
    return [tuple(member.value for member in kind) for kind in kinds]


def _agrees(tables: Tables) -> bool:
    try:
        return _sorted(_as_oracle(tables)) == _sorted(ORACLE)
    except HitPolicyBroken:
        return False


@pytest.mark.parametrize(("label", "tables"), _mutants(), ids=[label for label, _ in _mutants()])
def test_a_changed_table_is_detected(label: str, tables: Tables) -> None:
    assert not _agrees(tables), label


@pytest.mark.parametrize("row", [row.id for row in (*DEFAULT_TABLES.relationship, *DEFAULT_TABLES.permission)])
def test_a_doubled_row_breaks_the_hit_policy(row: str) -> None:
    name = "relationship" if row.startswith("R") else "permission"
    rows: tuple[Row, ...] = getattr(DEFAULT_TABLES, name)
    copy = replace(next(one for one in rows if one.id == row), id="X")
    with pytest.raises(HitPolicyBroken, match=f"{row}, X"):
        check_unique(replace(DEFAULT_TABLES, **{name: (*rows, copy)}))


def _permitted(inputs: GateInputs) -> int:
    return offers_permitted(DEFAULT_TABLES.decide(inputs).outcome)


@settings(max_examples=2000)
@given(inputs=any_input, step=st.sampled_from(STEPS))
def test_a_better_input_never_permits_less(inputs: GateInputs, step: tuple[str, str, str]) -> None:
    name, worse, better = step
    assert _permitted(inputs._replace(**{name: worse})) <= _permitted(inputs._replace(**{name: better}))


def _cells(**fixed: object) -> list[GateInputs]:
    return [inputs for inputs in all_inputs() if all(getattr(inputs, name) in values for name, values in fixed.items())]


PROACTIVE = (Initiation.OUTBOUND, Initiation.INBOUND_SERVED, Initiation.INBOUND_UNSERVED)


@pytest.mark.parametrize(
    "fixed",
    [
        {"advocacy": (Advocacy.DETRACTOR,), "initiation": PROACTIVE},
        {"issues": (IssueBand.MAJOR_OPEN, IssueBand.FIXED_UNVERIFIED), "initiation": PROACTIVE},
        {"consent": (Consent.REFUSED, Consent.NOT_RECORDED)},
        {"initiation": (Initiation.INBOUND_UNSERVED,)},
        {"advocacy": (Advocacy.UNKNOWN,), "initiation": PROACTIVE},
        {"timing": (Timing.DEFERRED,), "initiation": PROACTIVE},
    ],
    ids=["detractor", "major or unverified issue", "no recorded consent", "need not solved", "silent", "deferred"],
)
def test_no_offer_is_permitted(fixed: dict[str, tuple[str, ...]]) -> None:
    assert {_permitted(inputs) for inputs in _cells(**fixed)} == {0}


def test_refused_consent_leaves_only_block_and_respond_only() -> None:
    outcomes = {DEFAULT_TABLES.decide(inputs).outcome for inputs in _cells(consent=(Consent.REFUSED,))}
    assert outcomes == {Outcome.BLOCK, Outcome.RESPOND_ONLY}


def test_a_customers_own_request_is_never_turned_away() -> None:
    outcomes = {DEFAULT_TABLES.decide(inputs).outcome for inputs in _cells(initiation=(Initiation.REQUESTED,))}
    assert outcomes == {Outcome.RESPOND_ONLY, Outcome.ALLOW_LIMITED, Outcome.ALLOW}


def test_allow_takes_a_promoter_with_a_low_share_and_no_issue() -> None:
    allowed = [inputs for inputs in all_inputs() if DEFAULT_TABLES.decide(inputs).outcome is Outcome.ALLOW]
    assert {inputs[:3] for inputs in allowed} == {(Advocacy.PROMOTER, ShareOfWallet.LOW, IssueBand.NONE)}


def test_every_decision_carries_a_reason() -> None:
    assert all(DEFAULT_TABLES.decide(inputs).reasons for inputs in all_inputs())
