"""A list of consents, part of which is known already: the new ones are added, the known ones left alone."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import Flask

from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.uow import transaction
from tests.factories import make_account, make_contact


def test_a_list_with_known_and_new_statements_of_different_people(app: Flask) -> None:
    with app.app_context():
        account = make_account()
        said = datetime(2026, 1, 5, 9, tzinfo=UTC)
        known = ConsentDraft(make_contact(account), Purpose.OFFERS, Channel.EMAIL, ConsentAction.GRANTED, said)
        new = replace(known, contact_id=make_contact(account))
        with transaction():
            record_consents([known], recorded_by="test")
        with transaction():
            results = record_consents([known, new], recorded_by="test")
    assert [result.status for result in results] == ["unchanged", "created"]
    assert results[0].event_id != results[1].event_id
