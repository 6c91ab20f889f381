"""What a history of statements leaves as the state that the gate reads."""

from datetime import UTC, datetime, timedelta
from itertools import count, permutations

import pytest

from feedback.permission.rules import Consent, ConsentAction, Statement, consent_of, takes_objection_back

START = datetime(2026, 5, 1, tzinfo=UTC)
GRANTED, REFUSED, WITHDRAWN, OBJECTED = ConsentAction
_ids = count(1)


def said(action: ConsentAction, day: int, *, back: bool = False) -> Statement:
    return Statement(next(_ids), action, START + timedelta(days=day), back)


def test_nothing_said_is_not_recorded() -> None:
    assert consent_of([]).state is Consent.NOT_RECORDED


@pytest.mark.parametrize(
    ("history", "state"),
    [
        ([(GRANTED, 1)], Consent.ALLOWED),
        ([(REFUSED, 1)], Consent.REFUSED),
        ([(GRANTED, 1), (WITHDRAWN, 2)], Consent.REFUSED),
        ([(REFUSED, 1), (GRANTED, 2)], Consent.ALLOWED),
        ([(WITHDRAWN, 1), (GRANTED, 2)], Consent.ALLOWED),
        ([(GRANTED, 2), (REFUSED, 1)], Consent.ALLOWED),
        ([(GRANTED, 1), (OBJECTED, 2)], Consent.REFUSED),
        ([(OBJECTED, 1), (GRANTED, 2)], Consent.REFUSED),
        ([(GRANTED, 1), (REFUSED, 1)], Consent.REFUSED),
        ([(GRANTED, 1), (WITHDRAWN, 1)], Consent.REFUSED),
    ],
)
def test_the_newest_counts_and_an_objection_always_wins(history: list[tuple[ConsentAction, int]], state: Consent) -> None:
    statements = [said(*one) for one in history]
    assert {consent_of(order).state for order in permutations(statements)} == {state}


def test_an_objection_that_the_contact_takes_back_no_longer_counts() -> None:
    assert consent_of([said(OBJECTED, 1), said(GRANTED, 2, back=True)]).state is Consent.ALLOWED


@pytest.mark.parametrize("day", [0, 1])
def test_an_objection_is_not_taken_back_in_advance(day: int) -> None:
    assert consent_of([said(OBJECTED, 1), said(GRANTED, day, back=True)]).state is Consent.REFUSED


def test_a_second_objection_counts_again() -> None:
    assert consent_of([said(OBJECTED, 1), said(GRANTED, 2, back=True), said(OBJECTED, 3)]).state is Consent.REFUSED


@pytest.mark.parametrize(
    ("action", "basis", "evidence", "expected"),
    [
        (GRANTED, "objection_withdrawn", "letter of 3 May", True),
        (GRANTED, "objection_withdrawn", " ", False),
        (GRANTED, "objection_withdrawn", None, False),
        (GRANTED, "consent", "letter of 3 May", False),
        (REFUSED, "objection_withdrawn", "letter of 3 May", False),
    ],
)
def test_taking_back_needs_its_basis_and_evidence(
    action: ConsentAction, basis: str, evidence: str | None, expected: bool
) -> None:
    assert takes_objection_back(action, basis, evidence) is expected


def test_the_deciding_statement_is_named() -> None:
    objection = said(OBJECTED, 1)
    found = consent_of([objection, said(GRANTED, 5)])
    assert (found.event_id, found.since, found.action) == (objection.id, objection.occurred_at, OBJECTED)
