"""Signatures, shapes and order of inbound events."""

import base64
import contextlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.inlets.rules.events import Nothing, Pointed, classify
from feedback.inlets.rules.kinds import SCHEMES, ConnectorKind, Scheme, Trouble
from feedback.inlets.rules.shapes import FIELDS, PRESETS, Said, Unfit, is_reference, point, read_said, read_score
from feedback.inlets.rules.signatures import Delivery, Lock, Refusal, check, delivery_digest
from tests.slices.inlets import senders

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRET = "shared-with-the-vendor"
BODY = b'{"score": 9, "id": "a1"}'
# the example of the Standard Webhooks specification
EXAMPLE = Lock(Scheme.STANDARD_WEBHOOKS, ["whsec_plJ3nmyCDGBKInavdOK15jsl"])
EXAMPLE_HEADERS = {
    "webhook-id": "msg_loFOjxBNrRLzqYUf",
    "webhook-timestamp": "1731705121",
    "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
}
EXAMPLE_BODY = b'{"event_type":"ping","data":{"success":true}}'


def signed(scheme: Scheme, body: bytes = BODY, secret: str = SECRET) -> Delivery:
    """What a sender with this secret sends."""
    plain = hmac.digest(secret.encode(), body, "sha256")
    stamp = str(int(NOW.timestamp()))
    standard = hmac.digest(secret.encode(), f"m1.{stamp}.".encode() + body, "sha256")
    headers = {
        Scheme.TYPEFORM: {"typeform-signature": "sha256=" + base64.b64encode(plain).decode()},
        Scheme.SURVEYMONKEY: {"sm-signature": base64.b64encode(hmac.digest(f"id&{secret}".encode(), body, "sha1")).decode()},
        Scheme.QUALTRICS: {},
        Scheme.HMAC_HEADER: {"x-signature": plain.hex()},
        Scheme.BEARER: {"authorization": f"Bearer {secret}"},
        Scheme.STANDARD_WEBHOOKS: {
            "webhook-id": "m1",
            "webhook-timestamp": stamp,
            "webhook-signature": "v1,x v1," + base64.b64encode(standard).decode(),
        },
    }
    return Delivery(headers[scheme], body, secret if scheme is Scheme.QUALTRICS else None)


def lock(scheme: Scheme, *secrets: str) -> Lock:
    return Lock(scheme, secrets or [SECRET], api_key="id")


def test_the_example_of_the_specification_is_believed() -> None:
    at = datetime.fromtimestamp(1731705121, UTC)
    delivery = Delivery(EXAMPLE_HEADERS, EXAMPLE_BODY)
    assert check(EXAMPLE, delivery, at) is None
    assert check(EXAMPLE, delivery, at + timedelta(minutes=5, seconds=1)) is Refusal.OLD
    assert check(EXAMPLE, Delivery(EXAMPLE_HEADERS, EXAMPLE_BODY + b" "), at) is Refusal.WRONG


@pytest.mark.parametrize("scheme", Scheme)
def test_a_right_signature_is_believed(scheme: Scheme) -> None:
    assert check(lock(scheme), signed(scheme), NOW) is None
    assert check(lock(scheme, "another", SECRET), signed(scheme), NOW) is None
    assert check(lock(scheme, "another"), signed(scheme), NOW) is Refusal.WRONG
    assert check(lock(scheme), Delivery({}, BODY), NOW) is Refusal.MISSING


SIGNED_BODY = [scheme for scheme in Scheme if scheme not in (Scheme.BEARER, Scheme.QUALTRICS)]


@pytest.mark.parametrize("scheme", SIGNED_BODY)
def test_every_flipped_bit_of_the_body_is_noticed(scheme: Scheme) -> None:
    delivery = signed(scheme)
    for place in range(len(BODY)):
        for bit in range(8):
            body = BODY[:place] + bytes([BODY[place] ^ 1 << bit]) + BODY[place + 1 :]
            assert check(lock(scheme), Delivery(delivery.headers, body), NOW) is Refusal.WRONG


@pytest.mark.parametrize("scheme", [scheme for scheme in Scheme if scheme is not Scheme.QUALTRICS])
def test_every_changed_character_of_a_header_is_noticed(scheme: Scheme) -> None:
    delivery = signed(scheme)
    for name, value in delivery.headers.items():
        for place in range(value.rfind("v1,") + 3 if name == "webhook-signature" else 0, len(value)):
            changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
            if changed.lower() != value.lower() or scheme is not Scheme.BEARER:
                assert check(lock(scheme), Delivery({**delivery.headers, name: changed}, BODY), NOW) is not None, (name, place)


def test_a_signed_message_of_qualtrics_counts_more_than_its_address() -> None:
    right, wrong = senders.qualtrics_event(secret=SECRET), senders.qualtrics_event(secret="x")
    assert check(lock(Scheme.QUALTRICS), Delivery({}, right), NOW) is None
    assert check(lock(Scheme.QUALTRICS), Delivery({}, wrong, SECRET), NOW) is Refusal.WRONG


def test_a_signed_id_makes_two_deliveries_the_same() -> None:
    standard, plain = lock(Scheme.STANDARD_WEBHOOKS), lock(Scheme.TYPEFORM)
    one, other = Delivery({"webhook-id": "m1"}, b"1"), Delivery({"webhook-id": "m1"}, b"2")
    assert delivery_digest(standard, one) == delivery_digest(standard, other)
    assert delivery_digest(plain, one) != delivery_digest(plain, other)


def test_each_kind_has_a_scheme_and_a_preset() -> None:
    assert set(SCHEMES) == set(PRESETS) == set(ConnectorKind)
    for kind, preset in PRESETS.items():
        assert set(preset) <= set(FIELDS)
        assert all(is_reference(kind, reference) for reference in preset.values())


def test_the_presets_read_the_vendors_shapes() -> None:
    at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    documents = {
        ConnectorKind.TYPEFORM: (senders.typeform(), ("a1", 9, "Quick help")),
        ConnectorKind.SURVEYMONKEY: (senders.surveymonkey_details(), ("987", 3, "Too slow")),
        ConnectorKind.QUALTRICS: (senders.qualtrics_response(), ("R_1", 10, "All good")),
        ConnectorKind.GENERIC: (senders.generic(), ("g1", 8, "Fine")),
    }
    for kind, (document, wanted) in documents.items():
        said = read_said(kind, document, {})
        assert (said.answer_id, said.score, said.comment) == wanted
        assert (said.account, said.contact, said.responded_at) == ("acme", "ana", at)


@pytest.mark.parametrize(
    ("value", "score"), [(0, 0), (10, 10), (7.0, 7), ("9", 9), (" 10 ", 10), ("9 - very likely", 9), ("NPS: 3", 3)]
)
def test_a_score_is_found(value: object, score: int) -> None:
    assert read_score(value) == score


@pytest.mark.parametrize(
    "value", [11, -1, 7.5, True, "11", "7.5", "9 or 10", "many", "", None, [9], {"a": 1}, float("inf"), "1,000", "-3"]
)
def test_what_is_no_score_is_refused(value: object) -> None:
    with pytest.raises(Unfit):
        read_score(value)


def test_a_pointer_follows_the_standard() -> None:
    document = {"a/b": [{"m~n": 1}], "": 2}
    assert (point(document, "/a~1b/0/m~0n"), point(document, "/")) == (1, 2)


def test_events_that_are_no_answers_are_told_apart() -> None:
    assert classify(ConnectorKind.TYPEFORM, {"event_type": "form_response_partial"}, "") == Nothing("form_response_partial")
    assert isinstance(classify(ConnectorKind.SURVEYMONKEY, senders.surveymonkey(), ""), Pointed)
    with pytest.raises(Unfit) as unfit:
        classify(ConnectorKind.SURVEYMONKEY, senders.surveymonkey(), "application/vnd.surveymonkey.response.v2+json")
    assert unfit.value.trouble is Trouble.UNKNOWN_VERSION


@pytest.mark.parametrize("value", ["../../admin", "a/b", "", "a b", None, 5.5, {"a": 1}, "x" * 101])
def test_an_id_that_does_not_fit_an_address_is_refused(value: object) -> None:
    with pytest.raises(Unfit):
        classify(ConnectorKind.SURVEYMONKEY, senders.surveymonkey() | {"object_id": value}, "")


_EVENTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 10)).map(
        lambda parts: (Said("a1", parts[2], f"e{parts[1]}", changed_at=NOW + timedelta(minutes=parts[0])), f"d{parts}")
    ),
    min_size=1,
    max_size=6,
)


def _final(events: list[tuple[Said, str]]) -> int:
    """The score that stays when events come in this order: a newer one replaces, an older one does not."""
    newest, score = "", -1
    for said, digest in events:
        place = said.place(digest, NOW)
        if place > newest:
            newest, score = place, said.score
    return score


@settings(max_examples=500)
@given(_EVENTS.flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_every_order_ends_in_the_same(both: tuple[list[tuple[Said, str]], list[tuple[Said, str]]]) -> None:
    events, shuffled = both
    assert _final(events) == _final(shuffled)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300)
@given(
    st.sampled_from(ConnectorKind),
    st.dictionaries(st.sampled_from(["event_type", "form_response", "pages", "values", "id"]), _JSON),
    _JSON,
)
def test_no_document_breaks_the_reader(kind: ConnectorKind, document: dict[str, object], value: object) -> None:
    whole = {**senders.typeform(), "score": value, "id": value, "account": value, "responded_at": value, **document}
    json.dumps(whole)
    for attempt in (lambda: classify(kind, whole, ""), lambda: read_said(kind, whole, {"score": "/score", "answer_id": "/id"})):
        with contextlib.suppress(Unfit):
            attempt()
