"""What no policy may say: every loosened row is either refused, or shown to break no promise by the oracle of outcomes."""

from dataclasses import replace

import pytest

from feedback.gate.governing.rules import RANGES, is_wide, limit_errors, objections, with_rows
from feedback.gate.rules import Advocacy, IssueBand, PermissionStance, Play, Stance, offers_permitted
from feedback.gate.tables import DEFAULT_TABLES, all_inputs
from feedback.permission.rules import Consent

PLAIN = {"relationship_days": 365, "transactional_days": 90, "cut": 0.5, "max_age_days": 548, "min_confidence": 0.4}
CAPS = {"contact_cap": 2, "contact_days": 30, "account_cap": 6, "account_days": 30}
NUMBERS = {**PLAIN, "decision_hours": 24, "timing": {**CAPS, "other_team_days": 2, "cooldown_days": 30}}
HOLDING = [row.id for row in DEFAULT_TABLES.relationship if row.stance == Stance.HOLD]
CLOSED = [row.id for row in DEFAULT_TABLES.permission if row.stance != PermissionStance.OK]


def test_the_default_policy_keeps_every_promise():
    assert objections(DEFAULT_TABLES) == []


@pytest.mark.parametrize("row", sorted(set(HOLDING) - {"R06"}))
def test_a_holding_row_cannot_be_opened(row):
    assert objections(with_rows(DEFAULT_TABLES, {row: {"stance": "allow"}}))


@pytest.mark.parametrize("row", CLOSED)
def test_a_closed_permission_cannot_be_opened(row):
    assert objections(with_rows(DEFAULT_TABLES, {row: {"stance": "ok"}}))


def test_silence_cannot_be_made_sellable():
    found = objections(with_rows(DEFAULT_TABLES, {"R14": {"stance": "limited"}}))
    assert str(found[0]).startswith("Silence never makes a customer sellable. It breaks at: unknown × ")


def test_a_passive_customer_may_be_treated_like_a_promoter_or_not_be_sold_to():
    assert objections(with_rows(DEFAULT_TABLES, {"R11": {"stance": "allow"}})) == []
    assert objections(with_rows(DEFAULT_TABLES, {"R11": {"stance": "hold", "play": "protect"}})) == []


def test_a_worse_customer_cannot_get_more_than_a_better_one():
    found = objections(with_rows(DEFAULT_TABLES, {"R07": {"stance": "reactive"}}))
    assert [str(one) for one in found] == [
        "When things get worse, not more may be sold than before. It breaks at: passive × low × none × allowed × open × outbound."
    ]


def test_a_row_that_is_missing_is_named():
    broken = replace(DEFAULT_TABLES, relationship=DEFAULT_TABLES.relationship[:-1])
    assert "hits no row" in str(objections(broken)[0])


def test_an_objection_names_the_rows_that_answer_where_it_breaks():
    (found,) = objections(with_rows(DEFAULT_TABLES, {"R07": {"stance": "reactive"}}))
    assert found.rows == ("R07", "P09", "R11")


@pytest.mark.parametrize(("opens", "accounts", "wide"), [(0, 0, False), (24, 1000, False), (25, 9000, True), (1, 20, True)])
def test_a_policy_that_opens_many_accounts_is_wide(opens, accounts, wide):
    assert is_wide(opens, accounts) is wide


def _sound(tables) -> bool:
    """The promises once more, in other words."""
    for inputs in all_inputs():
        offers = offers_permitted(tables.decide(inputs).outcome)
        unsafe = inputs.advocacy is Advocacy.DETRACTOR or inputs.consent is not Consent.ALLOWED
        if offers and (unsafe or inputs.issues in (IssueBand.MAJOR_OPEN, IssueBand.FIXED_UNVERIFIED)):
            return False
    return True


@pytest.mark.parametrize("stance", [one.value for one in Stance])
@pytest.mark.parametrize("row", [row.id for row in DEFAULT_TABLES.relationship])
def test_what_is_not_refused_keeps_the_promises(row, stance):
    tables = with_rows(DEFAULT_TABLES, {row: {"stance": stance}})
    assert objections(tables) or _sound(tables)


UNKNOWN = [{"R99": {}}, {"R01": {"stance": "ok"}}, {"P01": {"play": Play.UPSELL}}, {"R01": {"play": "x"}}]


@pytest.mark.parametrize("change", UNKNOWN)
def test_rows_that_do_not_exist_are_refused(change):
    with pytest.raises(ValueError, match=r"[rR]ow"):
        with_rows(DEFAULT_TABLES, change)


def test_usual_numbers_are_fine():
    assert limit_errors(NUMBERS) == {}


@pytest.mark.parametrize("name", [name for name in RANGES if name in NUMBERS])
def test_numbers_out_of_range_are_named(name):
    assert list(limit_errors(NUMBERS | {name: RANGES[name][1] + 1})) == [name]


def test_days_are_whole():
    assert list(limit_errors(NUMBERS | {"relationship_days": 90.5})) == ["relationship_days"]
