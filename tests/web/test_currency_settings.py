"""Exchange rates are read from the environment, and what cannot be one is refused with what to do."""

import pytest
from pydantic import ValidationError

from config import Settings


def test_rates_by_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDLOOP_CURRENCY", "chf")
    monkeypatch.setenv("CLOSEDLOOP_EXCHANGE_RATES", '{"usd": 0.92, "JPY": 0.0061}')
    found = Settings()
    assert (found.currency, found.exchange_rates) == ("CHF", {"USD": 0.92, "JPY": 0.0061})


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ('{"dollars": 0.9}', "three letters"),
        ("USD=0.92", "as JSON"),
        ('["USD"]', "valid dictionary"),
        ('{"USD": 0}', "above 0"),
        ('{"USD": -1}', "above 0"),
        ('{"USD": NaN}', "above 0"),
    ],
)
def test_what_is_no_rate_is_refused(monkeypatch: pytest.MonkeyPatch, rates: str, said: str) -> None:
    monkeypatch.setenv("CLOSEDLOOP_EXCHANGE_RATES", rates)
    with pytest.raises(ValidationError, match=said):
        Settings()


def test_a_currency_has_three_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDLOOP_CURRENCY", "€")
    with pytest.raises(ValidationError, match="three letters"):
        Settings()
