"""Everything that the history of an issue may hold has its words; a name of the code is never shown to a person."""

import re

import pytest
from flask import Flask

from dashboards.pages.issues.phrases import event_words
from tests.architecture.sources import product_sources

WRITTEN = re.compile(r'(?:\bnote|\.tell)\(\s*[\w.]+,\s*"(\w+)"')
KINDS = sorted({kind for source in product_sources() if "issues" in source.path for kind in WRITTEN.findall(source.text)})


@pytest.mark.parametrize("kind", KINDS)
def test_every_written_event_is_said_in_words(app: Flask, kind: str) -> None:
    with app.test_request_context("/?lang=ru"):
        text = event_words(kind, {"to": "fixed", "channel": "phone"})
    assert re.search("[а-я]", text), text


def test_the_kinds_were_found() -> None:
    assert {"opened", "voice_added", "severity_raised", "routed"} <= set(KINDS)
