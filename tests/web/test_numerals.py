"""Numbers and moments inside sentences, as people of each language write them."""

from datetime import UTC, date, datetime

import pytest

from feedback.web.numerals import day, day_and_time, number, one_stop, percent
from tests.dashboards.viewing import viewing
from tests.factories import make_user

# as the Unicode locale data write them: https://cldr.unicode.org
WRITTEN = {
    "en": ("20%", "7.5%", "−1,234", "Sep 24, 2026, 7:16\u202fPM"),
    "es": ("20\xa0%", "7,5\xa0%", "−1.234", "24 sept 2026, 19:16"),
    "ru": ("20\xa0%", "7,5\xa0%", "−1\xa0234", "24 сент. 2026\u202fг., 19:16"),
}


@pytest.mark.parametrize("language", WRITTEN)
def test_numbers_percents_and_moments_follow_the_language(app, language):
    with app.app_context():
        reader = make_user(locale=language)
    with viewing(app, reader):
        written = percent(0.2), percent(0.0751, 1), number(-1234), day_and_time(datetime(2026, 9, 24, 19, 16, 59, tzinfo=UTC))
    assert written == WRITTEN[language]


def test_a_date_that_ends_with_a_stop_ends_its_sentence(app):
    with app.app_context():
        reader = make_user(locale="ru")
    with viewing(app, reader):
        assert one_stop(f"Спросите снова {day(date(2026, 10, 6))}. Потом…") == "Спросите снова 6 окт. 2026\u202fг. Потом…"


@pytest.mark.parametrize("text", ["One. Two.", "And then... nothing.", "What…"])
def test_other_stops_stay(text):
    assert one_stop(text) == text
