"""What stands against a call, and in which order."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.listening.rules.calls import GROUP_OF, Callee, CallGroup, NoCall, reason_not_to_call
from feedback.permission.rules import Consent, ConsentAction, ConsentFact, SuppressionReason

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
PATIENCE = timedelta(days=5)


def said(action: ConsentAction) -> ConsentFact:
    state = Consent.ALLOWED if action is ConsentAction.GRANTED else Consent.REFUSED
    return ConsentFact(state, 1, NOW - timedelta(days=30), action)


def reason(**values: object) -> NoCall | None:
    return reason_not_to_call(Callee(**{"phone": "+1"} | values), NOW, patience=PATIENCE)  # type: ignore[arg-type]


def test_who_was_asked_long_ago_and_has_a_number_is_called() -> None:
    assert reason(mailed_at=NOW - PATIENCE) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"by_phone": said(ConsentAction.OBJECTED)}, NoCall.OBJECTED),
        ({"by_phone": said(ConsentAction.REFUSED)}, NoCall.REFUSED),
        ({"by_phone": said(ConsentAction.WITHDRAWN)}, NoCall.REFUSED),
        ({"suppressed": SuppressionReason.UNSUBSCRIBED}, NoCall.STOP_LIST),
        ({"suppressed": SuppressionReason.COMPLAINT}, NoCall.STOP_LIST),
        ({"suppressed": SuppressionReason.MANUAL}, NoCall.STOP_LIST),
        ({"by_mail": said(ConsentAction.REFUSED)}, NoCall.REFUSED_MAILS),
        ({"rests_until": date(2026, 5, 4)}, NoCall.RESTING),
        ({"phone": None}, NoCall.NO_PHONE),
        ({"phone": "  "}, NoCall.NO_PHONE),
        ({"missed_at": NOW - timedelta(hours=3)}, NoCall.TRIED),
        ({"mailed_at": NOW - timedelta(days=4)}, NoCall.EARLY),
    ],
)
def test_each_reason(values: dict[str, object], expected: NoCall) -> None:
    assert reason(**values) is expected


def test_a_dead_address_is_a_reason_to_call() -> None:
    assert reason(suppressed=SuppressionReason.HARD_BOUNCE) is None


def test_who_agreed_to_calls_is_called_whatever_they_think_of_mails() -> None:
    assert reason(by_mail=said(ConsentAction.OBJECTED), by_phone=said(ConsentAction.GRANTED)) is None


def test_the_stop_list_holds_even_for_who_agreed_to_calls() -> None:
    agreed = said(ConsentAction.GRANTED)
    assert reason(by_phone=agreed, suppressed=SuppressionReason.UNSUBSCRIBED) is NoCall.STOP_LIST


def test_what_passes_by_itself_passes() -> None:
    later = {"rests_until": date(2026, 5, 3), "missed_at": NOW - timedelta(hours=20), "mailed_at": NOW - PATIENCE}
    assert reason(**later) is None


def test_every_reason_says_what_is_to_be_done() -> None:
    assert set(GROUP_OF) == {None, *NoCall}
    assert set(GROUP_OF.values()) == set(CallGroup)


_WISHES = st.fixed_dictionaries(
    {
        "by_phone": st.sampled_from([said(action) for action in ConsentAction]),
        "by_mail": st.sampled_from([said(action) for action in ConsentAction]),
        "suppressed": st.sampled_from([None, *SuppressionReason]),
        "rests_until": st.none() | st.dates(),
        "missed_at": st.none() | st.datetimes(timezones=st.just(UTC)),
        "mailed_at": st.none() | st.datetimes(timezones=st.just(UTC)),
    }
)


@given(_WISHES, st.sampled_from([ConsentAction.OBJECTED, ConsentAction.REFUSED, ConsentAction.WITHDRAWN]))
def test_nothing_makes_up_for_a_no_to_calls(wishes: dict[str, object], no: ConsentAction) -> None:
    found = reason(**wishes | {"by_phone": said(no)})
    assert GROUP_OF[found] is CallGroup.LEAVE
