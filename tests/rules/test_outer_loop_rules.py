"""States of initiatives and disruptions, the order of follow-ups, and places in letters."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feedback.accounts.rules import ValueTier
from feedback.issues.rules.letters import choose, filled, unknown_places
from feedback.kernel.errors import RuleViolation
from feedback.outer_loop.rules.order import UrgencyParts, urgency, urgency_parts
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import (
    TRANSITIONS,
    DisruptionState,
    InitiativeFacts,
    InitiativeState,
    check_move,
    state_of,
)

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
READY = InitiativeFacts(InitiativeState.PROPOSED, True, date(2026, 12, 1), "why", 1)


@pytest.mark.parametrize("target", InitiativeState)
@pytest.mark.parametrize("state", InitiativeState)
def test_only_what_can_follow_follows(state: InitiativeState, target: InitiativeState) -> None:
    facts = READY._replace(state=state)
    if target in TRANSITIONS[state]:
        check_move(target, facts)
        return
    with pytest.raises(RuleViolation):
        check_move(target, facts)


def test_no_hand_says_that_it_helped() -> None:
    reachable = {target for targets in TRANSITIONS.values() for target in targets}
    assert not reachable & {InitiativeState.EFFECT_CONFIRMED, InitiativeState.NO_EFFECT}


@pytest.mark.parametrize(
    ("facts", "target", "missing"),
    [
        (READY._replace(has_owner=False, due_on=None), InitiativeState.COMMITTED, ("owner", "due_on")),
        (READY._replace(state=InitiativeState.IN_PROGRESS, defects=0), InitiativeState.DELIVERED, ("defects",)),
        (READY._replace(note=None), InitiativeState.DROPPED, ("note",)),
        (READY._replace(state=InitiativeState.NO_EFFECT, note=None), InitiativeState.IN_PROGRESS, ("note",)),
    ],
)
def test_everything_that_is_missing_is_named(facts: InitiativeFacts, target: InitiativeState, missing: tuple[str, ...]) -> None:
    with pytest.raises(RuleViolation) as refusal:
        check_move(target, facts)
    assert refusal.value.missing == missing


@pytest.mark.parametrize(
    ("starts", "ends", "waiting", "state"),
    [
        (NOW + HOUR, None, True, DisruptionState.PLANNED),
        (NOW, None, True, DisruptionState.ACTIVE),
        (NOW - HOUR, NOW + HOUR, True, DisruptionState.ACTIVE),
        (NOW - HOUR, NOW, True, DisruptionState.OVER),
        (NOW - HOUR, NOW, False, DisruptionState.FOLLOWED_UP),
    ],
)
def test_the_state_of_a_disruption_follows_from_its_times(
    starts: datetime, ends: datetime | None, waiting: bool, state: DisruptionState
) -> None:
    assert state_of(starts, ends, withdrawn=False, waiting=waiting, now=NOW) is state
    assert state_of(starts, ends, withdrawn=True, waiting=waiting, now=NOW) is DisruptionState.WITHDRAWN


def test_the_urgency_of_the_best_and_the_least_customer() -> None:
    assert urgency(ValueTier.A, "detractor", 10_000_000.0, "open") == 100.0
    assert urgency(ValueTier.C, "promoter", None, "none") == 2.5


def test_the_points_of_each_fact_are_known() -> None:
    assert urgency_parts(ValueTier.B, "passive", 10_000_000.0, "fixed") == UrgencyParts(20.0, 10.0, 20.0, 9.0)


def test_each_part_of_the_urgency_counts() -> None:
    least = urgency(ValueTier.C, "passive", 1000.0, "closed")
    more = [
        urgency(ValueTier.B, "passive", 1000.0, "closed"),
        urgency(ValueTier.C, "detractor", 1000.0, "closed"),
        urgency(ValueTier.C, "passive", 90_000.0, "closed"),
        urgency(ValueTier.C, "passive", 1000.0, "fixed"),
    ]
    assert min(more) > least


def test_places_of_a_letter() -> None:
    assert unknown_places("Dear {name}, {price} {}", ["name"]) == ["price", ""]
    assert filled("Dear {name}: {done}", {"name": "Ana {done}", "done": "It works"}) == "Dear Ana {done}: It works"


@pytest.mark.parametrize(("wanted", "language"), [("es-MX", "es"), ("ru", "en"), (None, "en"), ("EN", "en")])
def test_the_language_of_a_letter(wanted: str | None, language: str) -> None:
    letter = {"subject": "x", "text": "y"}
    letters = {"en": letter, "es": letter, "ru": {"subject": "x", "text": ""}}
    assert choose(wanted, letters) == language


def test_a_reach_keeps_only_what_narrows_it() -> None:
    assert Reach().is_everybody
    reach = Reach(regions=("Nordics",), account_ids=(3,))
    assert reach.document == {"regions": ["Nordics"], "account_ids": [3]}
    assert Reach.from_document(reach.document) == reach
