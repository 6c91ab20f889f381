"""Windows of whole months, and the stored spans that make them up."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.defects.rules.months import month_index, month_label, month_start, spans_of, window


def test_a_month_begins_in_utc() -> None:
    late = datetime(2025, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert month_index(late) == month_index(date(2025, 2, 1)) == 12 * 2025 + 1
    assert (month_start(12 * 2025 + 1), month_label(12 * 2025 + 1)) == (date(2025, 2, 1), "2025-02")


def test_an_instant_without_zone_has_no_month() -> None:
    with pytest.raises(ValueError, match="time zone"):
        month_index(datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize(
    ("start", "stop"), [(date(2025, 1, 2), None), (None, date(2025, 1, 31)), (date(2025, 2, 1), date(2025, 2, 1))]
)
def test_only_whole_months_make_a_window(start: date | None, stop: date | None) -> None:
    with pytest.raises(ValueError, match=r"month"):
        window(start, stop)


@given(st.integers(24_000, 24_400), st.integers(0, 90))
def test_spans_make_up_the_window_and_are_few(first: int, length: int) -> None:
    spans = list(spans_of(first, first + length))
    assert [month for span, start in spans for month in range(start, start + span)] == list(range(first, first + length))
    assert all(start % span == 0 for span, start in spans)
    assert len(spans) <= length // 12 + 10
