"""A link as a code over the API, and the code that other sites are given, run as it stands."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.inlets.snippets import JAVASCRIPT, PHP, PYTHON
from feedback.web.qr import qr_png, qr_svg
from tests.factories import make_account, make_contact
from tests.logins import token
from tests.slices.inlets.test_embedding import SHOP, Site

Draw = Callable[[str], str | bytes]
PERSON = {"account_external_id": "acme", "contact_external_id": "ana"}


@pytest.fixture
def customer(app: Flask) -> None:
    with app.app_context():
        make_contact(make_account(external_id="acme"), external_id="ana")


@pytest.mark.parametrize(("form", "kind", "draw"), [("svg", "svg+xml", qr_svg), ("png", "png", qr_png)])
def test_a_link_comes_with_its_code(app: Flask, client: FlaskClient, customer: None, form: str, kind: str, draw: Draw) -> None:
    answer = client.post("/api/v1/invitations", json=PERSON | {"qr": form}, headers=token(app, "write")).get_json()
    head, _, raw = answer["qr"].partition(",")
    drawn = draw(answer["url"])
    assert head == f"data:image/{kind};base64"
    assert base64.b64decode(raw) == (drawn.encode() if isinstance(drawn, str) else drawn)
    with app.app_context():
        assert db.session.scalars(sa.select(AuditEvent.action).where(AuditEvent.object_type == "invitation")).all() == [
            "invitation.created"
        ]


def test_a_code_is_shown_once_like_its_link(app: Flask, client: FlaskClient, customer: None) -> None:
    headers = token(app, "write") | {"Idempotency-Key": "one"}
    first, again = (client.post("/api/v1/invitations", json=PERSON | {"qr": "svg"}, headers=headers).get_json() for _ in range(2))
    assert (again["id"], again["url"], again["qr"]) == (first["id"], None, None)


@pytest.mark.parametrize("values", [{"qr": "gif"}, {"qr": "svg", "send": True}])
def test_what_makes_no_code_is_refused(app: Flask, client: FlaskClient, customer: None, values: dict[str, object]) -> None:
    assert client.post("/api/v1/invitations", json=PERSON | values, headers=token(app, "write")).status_code == 422


def test_reading_is_not_enough_to_make_one(app: Flask, client: FlaskClient, customer: None) -> None:
    assert client.post("/api/v1/invitations", json=PERSON | {"qr": "svg"}, headers=token(app, "read")).status_code == 403


@pytest.fixture
def site(app: Flask, client: FlaskClient) -> Site:
    return Site(app, client)


def _runs(command: list[str], code: str) -> str:
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([program, *command[1:], code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def _arguments(site: Site) -> str:
    return ", ".join(json.dumps(one) for one in (site.public_id, site.secret, "acme", "ana", SHOP))


def test_the_python_of_the_guide_opens_the_form(site: Site) -> None:
    context = _runs([sys.executable, "-c"], f"{PYTHON}\nprint(signed_context({_arguments(site)}))")
    assert site.token(context) is not None


def test_the_javascript_of_the_guide_opens_the_form(site: Site) -> None:
    context = _runs(["node", "-e"], f"{JAVASCRIPT}\nconsole.log(signedContext({_arguments(site)}))")
    assert site.token(context) is not None


def test_the_php_of_the_guide_opens_the_form(site: Site) -> None:
    context = _runs(["php", "-r"], f"{PHP}\necho signed_context({_arguments(site)});")
    assert site.token(context) is not None
