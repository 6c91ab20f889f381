"""What followed a sales contact, and where an account stood."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.reporting.discipline.rules import Consequence, Group, Sign, group_of, what_followed, why_screened_out

AT = datetime(2026, 9, 1, 10, tzinfo=UTC)
LATER = AT + timedelta(days=90)
DAYS = st.floats(-60, 60).map(lambda days: AT + timedelta(days=days))
SIGNS = st.lists(st.builds(Sign, st.sampled_from(Consequence), DAYS, st.sampled_from([None, 1, 2])), max_size=8)


def kinds(*signs: Sign, contact: int | None = 1) -> list[Consequence]:
    return [sign.kind for sign in what_followed(AT, contact, signs, now=LATER).signs]


def sign(kind: Consequence, days: float, contact: int | None = None) -> Sign:
    return Sign(kind, AT + timedelta(days=days), contact)


def test_the_first_of_each_kind_within_thirty_days_counts_in_the_order_of_their_days() -> None:
    signs = [sign(Consequence.LOSS, 20), sign(Consequence.COMPLAINT, 9), sign(Consequence.COMPLAINT, 3)]
    assert what_followed(AT, 1, signs, now=LATER).signs == (signs[2], signs[0])


@pytest.mark.parametrize(("days", "counts"), [(-0.1, False), (0, True), (30, True), (30.1, False)])
def test_only_thirty_days_from_the_contact_on_count(days: float, counts: bool) -> None:
    assert (kinds(sign(Consequence.COMPLAINT, days)) == [Consequence.COMPLAINT]) is counts


@pytest.mark.parametrize(("contact", "counts"), [(1, True), (2, False), (None, True)])
def test_an_opt_out_is_of_whoever_was_approached(contact: int | None, counts: bool) -> None:
    assert (kinds(sign(Consequence.OPT_OUT, 2, 1), contact=contact) == [Consequence.OPT_OUT]) is counts


@given(SIGNS, st.sampled_from([None, 1]))
def test_each_kind_is_said_once_and_none_lies_outside(signs: list[Sign], contact: int | None) -> None:
    found = what_followed(AT, contact, signs, now=LATER).signs
    assert len({one.kind for one in found}) == len(found)
    assert all(timedelta(days=-1) < one.at - AT < timedelta(days=31) and one in signs for one in found)
    assert all(AT <= one.at <= AT + timedelta(days=30) for one in found if one.kind is not Consequence.LOSS)


def test_the_end_of_an_account_counts_by_its_day() -> None:
    assert kinds(sign(Consequence.LOSS, -0.3)) == [Consequence.LOSS]
    assert kinds(sign(Consequence.LOSS, -0.5)) == []


def test_until_the_days_are_over_nothing_is_final() -> None:
    assert what_followed(AT, 1, [], now=AT + timedelta(days=29)).open
    assert not what_followed(AT, 1, [], now=AT + timedelta(days=30)).open


@pytest.mark.parametrize(
    ("advocacy", "share", "group"),
    [
        ("promoter", "low", Group.PROMOTER_LOW),
        ("detractor", "high", Group.DETRACTOR_HIGH),
        ("passive", "low", Group.PASSIVE),
        ("promoter", "unknown", Group.UNKNOWN),
        ("unknown", "low", Group.UNKNOWN),
        (None, None, Group.NOT_ASKED),
    ],
)
def test_the_group_is_the_quadrant(advocacy: str | None, share: str | None, group: Group) -> None:
    assert group_of(advocacy, share) is group


def test_a_play_counts_under_its_first_reason() -> None:
    assert (why_screened_out(["peer_move", "data_correction"]), why_screened_out([])) == ("peer_move", "other")
