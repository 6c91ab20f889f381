"""A partner that listens, and the gate's small customers."""

from collections.abc import Iterator

import pytest
from flask import Flask

from feedback.kernel import clock
from tests.slices.gate.world import NOW
from tests.slices.partners.partner_server import Partner, partner_server


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(NOW):
        yield


@pytest.fixture
def partner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with partner_server() as server:
        yield server
