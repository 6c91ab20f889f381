"""Notices about several customers: a subject that fits a phone, a title with three names, and a text that names them all."""

import pytest
from flask import Flask
from flask_babel import force_locale

from feedback.outbox.wording import wording

NAMES = [f"{letter} Consult" for letter in "ABCDEFGHIJ"]


@pytest.mark.parametrize(
    ("locale", "source", "subject"),
    [
        ("en", "contact_gap", "10 customers nobody has spoken with for long"),
        ("es", "contact_gap", "10 clientes con quienes hace mucho que nadie habla"),
        ("ru", "contact_gap", "10 клиентов, с которыми давно никто не говорил"),
        ("en", "silence", "10 customers have fallen silent"),
        ("es", "silence", "10 clientes han dejado de responder"),
        ("ru", "silence", "Замолчали 10 клиентов"),
    ],
)
def test_the_subject_counts_and_names_nobody(app: Flask, locale: str, source: str, subject: str) -> None:
    with app.test_request_context(), force_locale(locale):
        assert wording("work_items_opened", {"source": source, "accounts": NAMES}).subject == subject


def test_the_title_names_three_and_the_text_all(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        said = wording("work_items_opened", {"source": "contact_gap", "accounts": NAMES})
    assert said.title.endswith(": A Consult, B Consult, C Consult and 7 more")
    assert all(name in said.advice for name in NAMES)


def test_of_three_all_stand_in_the_title(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        said = wording("work_items_opened", {"source": "contact_gap", "accounts": NAMES[:3]})
    assert said.title == "3 customers nobody has spoken with for long: A Consult, B Consult, C Consult"
    assert "A Consult" not in said.advice
