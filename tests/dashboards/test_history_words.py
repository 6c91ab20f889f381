"""Everything that the history of an issue may hold has its words; a name of the code is never shown to a person."""

import re

import pytest
from flask import Flask

from dashboards.pages.issues.phrases import event_words
from tests.architecture.sources import product_sources

WRITTEN = re.compile(r'(?:\bnote|\.tell|\b_event)\(\s*[\w.]+,\s*"(\w+)"(?: if [\w. ]+ else "(\w+)")?')
SOURCES = [source.text for source in product_sources() if "issues" in source.path]
KINDS = sorted({kind for text in SOURCES for kinds in WRITTEN.findall(text) for kind in kinds if kind})


@pytest.mark.parametrize("kind", KINDS)
def test_every_written_event_is_said_in_words(app: Flask, kind: str) -> None:
    with app.test_request_context("/?lang=ru"):
        text = event_words(kind, {"to": "fixed", "channel": "phone"})
    assert re.search("[а-я]", text), text


def test_the_kinds_were_found() -> None:
    assert {"opened", "voice_added", "severity_raised", "routed"} <= set(KINDS)
