"""Times typed into fields: where they are read, what a day alone means, and which are refused with words."""

from datetime import UTC, datetime

import pytest
from flask_babel import force_locale

from feedback.kernel.errors import InvalidInput
from feedback.web.typed_times import due_instant_of, instant_of

MADRID = "Europe/Madrid"


def test_a_time_is_read_in_the_zone_of_who_typed_it():
    assert instant_of("2026-06-01 09:00:00", MADRID, field="at") == datetime(2026, 6, 1, 7, tzinfo=UTC)


def test_a_time_with_an_offset_says_itself_where_it_is():
    assert due_instant_of("2026-06-01T00:00:00+00:00", MADRID, field="at") == datetime(2026, 6, 1, tzinfo=UTC)


def test_an_empty_field_is_no_time():
    assert (instant_of("", MADRID, field="at"), due_instant_of(None, MADRID, field="at")) == (None, None)


@pytest.mark.parametrize("text", ["2026-05-26", "2026-05-26 00:00:00", "2026-05-26T00:00"])
def test_a_day_for_which_something_is_promised_lasts_until_its_end(text):
    assert due_instant_of(text, MADRID, field="at") == datetime(2026, 5, 26, 21, 59, tzinfo=UTC)


def test_a_time_of_the_day_is_due_then():
    assert due_instant_of("2026-05-26 00:01:00", MADRID, field="at") == datetime(2026, 5, 25, 22, 1, tzinfo=UTC)


def test_a_day_whose_midnight_does_not_exist_can_still_be_promised():
    assert due_instant_of("2026-04-24 00:00", "Africa/Cairo", field="at") == datetime(2026, 4, 24, 20, 59, tzinfo=UTC)


@pytest.mark.parametrize("read", [instant_of, due_instant_of])
@pytest.mark.parametrize("text", ["tomorrow-ish", "0001-01-01 02:00"])
def test_what_is_no_time_is_refused(app, read, text):
    with app.test_request_context(), pytest.raises(InvalidInput) as caught:
        read(text, "Asia/Tokyo", field="ends_at")
    assert caught.value.errors == {"ends_at": ["Write a date and a time."]}


@pytest.mark.parametrize("read", [instant_of, due_instant_of])
def test_an_hour_that_does_not_exist_is_refused_with_what_to_do(app, read):
    with app.test_request_context(), force_locale("en"), pytest.raises(InvalidInput) as caught:
        read("2026-03-29 02:30:00", MADRID, field="starts_at")
    said = "That hour does not exist on March 29, 2026 in Europe/Madrid: clocks go from 2:00 to 3:00. Choose another."
    assert caught.value.errors == {"starts_at": [said]}
