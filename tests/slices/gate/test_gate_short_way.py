"""A question that is plainly right is read without the schema, and means the same."""

from typing import Any

import marshmallow as ma
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.gate.rules import Intent
from feedback.gate.schemas import QuestionIn, read_plain

_texts = st.sampled_from(["", " a ", "acme", "x" * 256, None, 3, ["a"]])
_bodies = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from(["offers", "partner_offers", "surveys", "", None, ["offers"]]),
        "channel": st.sampled_from(["email", "fax", None]),
        "initiation": st.sampled_from(["outbound", "requested", 1]),
    },
    optional={
        "account_id": st.sampled_from([1, 0, 2**31, True, "1", None]),
        "account_external_id": _texts,
        "contact_external_id": _texts,
        "intent": st.sampled_from(["cross_sell", "renew", None]),
        "product_code": _texts,
        "colour": _texts,
    },
)


# texts of any script are slow to make on a busy machine, which says nothing about the product
_patient = settings(suppress_health_check=[HealthCheck.too_slow])


@_patient
@given(_bodies)
def test_the_short_way_reads_what_the_schema_reads(said: dict[str, Any]) -> None:
    read = read_plain(said)
    assert read is None or read == QuestionIn().load(said)


@_patient
@given(_bodies)
def test_what_the_schema_refuses_is_looked_at_closely(said: dict[str, Any]) -> None:
    errors = QuestionIn().validate(said)
    assert not errors or read_plain(said) is None


def test_the_short_way_is_taken() -> None:
    said = {"account_external_id": " acme ", "purpose": "offers", "channel": "email", "initiation": "outbound"}
    read = read_plain(said)
    assert read is not None
    assert (read["account_external_id"], read["intent"]) == ("acme", Intent.CROSS_SELL)


@pytest.mark.parametrize("change", [{"account_id": 1}, {"purpose": "surveys"}, {"colour": "red"}, {"initiation": None}])
def test_what_needs_an_explanation_gets_it(change: dict[str, Any]) -> None:
    said = {"account_external_id": "a", "purpose": "offers", "channel": "email", "initiation": "outbound", **change}
    assert read_plain(said) is None
    with pytest.raises(ma.ValidationError):
        QuestionIn().load(said)
