"""The account roll-up: printed checks, order of the classes, decay, silence, the second key."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.gate.advocacy import Answer, Because, Buyer, Validity, last_answer, lowered_by, own_answer, roll_up
from feedback.gate.rules import Advocacy
from feedback.surveys.rules import Band

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MAKER, INFLUENCER, USER = 0, 1, 2
_ids = count(1)


def answer(score: int, days: float = 0) -> Answer:
    return Answer(next(_ids), score, NOW - timedelta(days=days))


def buyer(role: int, score: int | None = None, days: float = 0, *, event: tuple[int, float] | None = None) -> Buyer:
    relationship = None if score is None else answer(score, days)
    return Buyer(next(_ids), role, relationship, answer(*event) if event else None)


def of(*buyers: Buyer, verified: dict[int, datetime] | None = None):
    return roll_up(buyers, NOW, Validity(), verified)


# The four checks printed in the design of the roll-up.
@pytest.mark.parametrize(
    ("buyers", "index", "advocacy", "split"),
    [
        ([(MAKER, 9), (USER, 0), (USER, 6), (USER, 3)], 43, Advocacy.PASSIVE, True),
        ([(MAKER, 5), *[(USER, 10)] * 5], -43, Advocacy.DETRACTOR, True),
        ([(MAKER, 8), (USER, 10), (USER, 10)], 29, Advocacy.PASSIVE, False),
        ([(MAKER, 9), (USER, 7), (USER, 7)], 71, Advocacy.PROMOTER, False),
    ],
    ids=["buyer 9 and users 0-6", "buyer 5 and users 10", "buyer 8 and users 10", "buyer 9 and users 7"],
)
def test_the_printed_checks(buyers: list[tuple[int, int]], index: int, advocacy: Advocacy, split: bool) -> None:
    found = of(*(buyer(role, score) for role, score in buyers))
    assert (round(found.index), found.advocacy, found.split) == (index, advocacy, split)


def test_twenty_users_cannot_outvote_the_buyer() -> None:
    assert of(buyer(MAKER, 10), *(buyer(USER, 0) for _ in range(20))).index == pytest.approx(100 * 0.3 / 0.7)


def test_one_decision_maker_among_many_is_enough_for_a_detractor() -> None:
    found = of(*(buyer(MAKER, 10) for _ in range(9)), buyer(MAKER, 6))
    assert (found.advocacy, found.because) == (Advocacy.DETRACTOR, Because.DECISION_MAKER)


def test_a_detractor_decision_maker_counts_before_low_coverage() -> None:
    assert of(*(buyer(MAKER) for _ in range(9)), buyer(MAKER, 2)).advocacy is Advocacy.DETRACTOR


def test_nobody_answered_is_unknown() -> None:
    found = of(buyer(MAKER), buyer(USER))
    assert (found.advocacy, found.because, found.index, found.coverage) == (Advocacy.UNKNOWN, Because.NO_ANSWER, None, 0)


def test_an_account_without_contacts_is_unknown() -> None:
    found = of()
    assert (found.advocacy, found.low, found.high) == (Advocacy.UNKNOWN, None, None)


@pytest.mark.parametrize(("silent", "advocacy"), [(3, Advocacy.PROMOTER), (4, Advocacy.UNKNOWN)])
def test_coverage_below_a_quarter_is_unknown(silent: int, advocacy: Advocacy) -> None:
    assert of(buyer(MAKER, 10), *(buyer(MAKER) for _ in range(silent))).advocacy is advocacy


def test_coverage_weighs_roles() -> None:
    found = of(buyer(MAKER, 9), buyer(MAKER), buyer(INFLUENCER), buyer(USER, 9), buyer(USER), buyer(USER), buyer(USER))
    assert found.coverage == pytest.approx(0.5 * 0.5 + 0.2 * 0.25)


def test_coverage_is_never_above_one() -> None:
    # weights times counts over counts may round up by the last bit
    assert of(buyer(MAKER, 5), buyer(USER, 5), buyer(USER, 6), buyer(USER, 2)).coverage == 1


def test_users_alone_never_make_a_promoter() -> None:
    assert of(buyer(USER, 10), buyer(USER, 10)).advocacy is Advocacy.PASSIVE


def test_a_detractor_influencer_prevents_a_promoter() -> None:
    found = of(*(buyer(MAKER, 10) for _ in range(3)), *(buyer(INFLUENCER, 10) for _ in range(9)), buyer(INFLUENCER, 6))
    assert found.index > 50
    assert found.advocacy is Advocacy.UNKNOWN  # and its last answer holds the account


def test_a_negative_index_is_a_detractor() -> None:
    found = of(buyer(INFLUENCER, 3), buyer(USER, 10))
    assert (found.advocacy, found.because) == (Advocacy.DETRACTOR, Because.INDEX)


def test_an_index_of_zero_is_passive() -> None:
    assert of(buyer(MAKER, 7), buyer(USER, 8)).advocacy is Advocacy.PASSIVE


def test_an_index_of_fifty_is_a_promoter() -> None:
    assert of(buyer(MAKER, 9), buyer(MAKER, 7)).advocacy is Advocacy.PROMOTER


def test_an_answer_counts_half_after_180_days() -> None:
    found = of(buyer(MAKER, 10, days=180), buyer(MAKER, 7, days=0))
    assert found.index == pytest.approx(100 * 0.5 / 1.5)


@pytest.mark.parametrize(("days", "n"), [(365, 1), (365.01, 0)])
def test_a_relationship_answer_is_valid_for_365_days(days: float, n: int) -> None:
    assert len(of(buyer(MAKER, 9, days=days)).counted) == n


@pytest.mark.parametrize(("days", "n"), [(90, 1), (90.01, 0)])
def test_a_transactional_answer_is_valid_for_90_days(days: float, n: int) -> None:
    assert len(of(buyer(MAKER, event=(9, days))).counted) == n


def test_a_transactional_answer_weighs_half() -> None:
    assert of(buyer(MAKER, event=(10, 0)), buyer(MAKER, 7)).index == pytest.approx(100 * 0.5 / 1.5)


def test_a_transactional_answer_counts_only_without_a_relationship_answer() -> None:
    found = of(buyer(MAKER, 9, days=100, event=(7, 1)))
    assert (found.index, [answer.score for _role, answer, _contact in found.counted]) == (100, [9])


def test_the_index_changes_next_when_the_first_answer_expires() -> None:
    assert of(buyer(MAKER, 9, days=300), buyer(USER, 9, days=10)).changes_at == NOW + timedelta(days=65)


def test_silent_contacts_give_bounds() -> None:
    found = of(buyer(MAKER, 9), buyer(MAKER))
    assert (found.low, found.high) == (pytest.approx(0), pytest.approx(100))


# Silence never makes an account sellable.
@pytest.mark.parametrize("role", [MAKER, INFLUENCER])
@pytest.mark.parametrize("days", [400, 4000])
def test_an_old_detractor_answer_of_a_buying_role_holds_at_unknown(role: int, days: float) -> None:
    found = of(buyer(MAKER, 10), buyer(INFLUENCER, 10), buyer(role, 6, days=days))
    assert (found.advocacy, found.because) == (Advocacy.UNKNOWN, Because.HELD)


def test_an_old_detractor_answer_of_a_user_does_not_hold() -> None:
    assert of(buyer(MAKER, 10), buyer(USER, 0, days=400)).advocacy is Advocacy.PROMOTER


def test_the_hold_ends_when_this_person_answers_seven() -> None:
    assert of(buyer(MAKER, 10), buyer(MAKER, 7, days=1)).advocacy is Advocacy.PROMOTER


def test_a_passive_answer_that_expired_does_not_hold() -> None:
    assert of(buyer(MAKER, 10), buyer(MAKER, 7, days=400)).advocacy is Advocacy.PROMOTER


def test_the_last_answer_may_be_a_transactional_one() -> None:
    found = of(buyer(MAKER, 10, days=200, event=(4, 100)))
    assert found.because is Because.HELD


def test_a_later_transactional_seven_releases_an_expired_detractor() -> None:
    assert of(buyer(MAKER, 10), buyer(MAKER, 2, days=400, event=(7, 100))).advocacy is Advocacy.PROMOTER


def test_a_hold_never_raises_a_detractor() -> None:
    assert of(buyer(MAKER, 3), buyer(INFLUENCER, 2, days=400)).advocacy is Advocacy.DETRACTOR


def test_a_hold_leaves_unknown_unknown() -> None:
    found = of(buyer(MAKER, 3, days=400))
    assert (found.advocacy, found.because) == (Advocacy.UNKNOWN, Because.HELD)


# Two keys: verified, and later a fresh score.
def test_a_score_before_the_fix_was_verified_is_not_the_second_key() -> None:
    one = buyer(MAKER, 9, days=10)
    found = of(one, verified={one.contact_id: NOW - timedelta(days=5)})
    assert (found.advocacy, found.because) == (Advocacy.UNKNOWN, Because.HELD)


def test_a_score_after_the_fix_was_verified_is_the_second_key() -> None:
    one = buyer(MAKER, 9, days=4)
    assert of(one, verified={one.contact_id: NOW - timedelta(days=5)}).advocacy is Advocacy.PROMOTER


def test_a_users_problem_needs_no_second_key() -> None:
    one = buyer(USER, 9, days=10)
    assert of(buyer(MAKER, 9), one, verified={one.contact_id: NOW}).advocacy is Advocacy.PROMOTER


# The contact's own band can only lower.
@pytest.mark.parametrize(
    ("account", "own", "expected"),
    [
        (Advocacy.PROMOTER, None, Advocacy.PROMOTER),
        (Advocacy.PROMOTER, Band.PROMOTER, Advocacy.PROMOTER),
        (Advocacy.PROMOTER, Band.PASSIVE, Advocacy.PASSIVE),
        (Advocacy.PROMOTER, Band.DETRACTOR, Advocacy.DETRACTOR),
        (Advocacy.PASSIVE, Band.PROMOTER, Advocacy.PASSIVE),
        (Advocacy.PASSIVE, Band.PASSIVE, Advocacy.PASSIVE),
        (Advocacy.PASSIVE, Band.DETRACTOR, Advocacy.DETRACTOR),
        (Advocacy.DETRACTOR, Band.PROMOTER, Advocacy.DETRACTOR),
        (Advocacy.DETRACTOR, Band.PASSIVE, Advocacy.DETRACTOR),
        (Advocacy.UNKNOWN, Band.PROMOTER, Advocacy.UNKNOWN),
        (Advocacy.UNKNOWN, Band.PASSIVE, Advocacy.UNKNOWN),
        (Advocacy.UNKNOWN, Band.DETRACTOR, Advocacy.DETRACTOR),
        (Advocacy.DETRACTOR, None, Advocacy.DETRACTOR),
        (Advocacy.UNKNOWN, None, Advocacy.UNKNOWN),
    ],
)
def test_the_contacts_own_band_only_lowers(account: Advocacy, own: Band | None, expected: Advocacy) -> None:
    assert lowered_by(account, own) is expected


@pytest.mark.parametrize(
    ("relationship", "event", "score"),
    [((9, 10), (5, 80), 5), ((5, 10), (9, 1), 5), ((9, 10), (5, 91), 9), ((9, 366), (8, 1), 8), ((9, 366), (5, 91), None)],
)
def test_the_own_answer_is_the_worse_of_the_valid_ones(relationship: tuple, event: tuple, score: int | None) -> None:
    found = own_answer(Buyer(1, MAKER, answer(*relationship), answer(*event)), NOW, Validity())
    assert (found and found.score) == score


def test_of_two_answers_at_the_same_moment_the_later_row_is_the_last() -> None:
    first, second = Answer(1, 3, NOW), Answer(2, 9, NOW)
    assert last_answer(Buyer(1, MAKER, second, first)) is second
    assert last_answer(Buyer(1, MAKER, first, second)) is second


answers = st.one_of(st.none(), st.builds(answer, st.integers(0, 10), st.integers(0, 800)))
buyers_of_any_kind = st.lists(st.builds(Buyer, st.integers(1, 99), st.integers(0, 2), answers, answers), max_size=8)


@given(buyers=buyers_of_any_kind)
def test_the_index_stays_between_its_bounds(buyers: list[Buyer]) -> None:
    found = of(*buyers)
    low, index, high = found.low or 0, found.index or 0, found.high or 0
    assert found.index is None or low - 1e-9 <= index <= high + 1e-9
    assert 0 <= found.coverage <= 1


@given(buyers=buyers_of_any_kind, role=st.integers(0, 1), days=st.integers(0, 800))
def test_a_detractor_more_among_the_buying_roles_never_makes_an_account_sellable(
    buyers: list[Buyer], role: int, days: int
) -> None:
    found = of(*buyers, Buyer(100, role, answer(6, days), None))
    assert found.advocacy in (Advocacy.DETRACTOR, Advocacy.UNKNOWN)
