"""The program of the pages, as one file, and the document that loads it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from tests import factories
from tests.logins import as_user


@pytest.fixture
def document(client: FlaskClient, app: Flask) -> str:
    with app.app_context():
        manager = factories.make_user(Role.ACCOUNT_MANAGER)
    as_user(client, manager)
    return client.get("/app/readiness").get_data(as_text=True)


@pytest.fixture
def address(document: str) -> str:
    found = re.search(r'data-src="([^"]+)"', document)
    assert found
    return found[1]


def test_the_first_picture_waits_for_no_other_file(document: str) -> None:
    assert 'rel="stylesheet"' not in document
    assert "<script src=" not in document
    assert "url(icons/" not in document


def test_every_script_of_the_document_has_its_nonce(document: str) -> None:
    scripts = re.findall(r"<script(?![^>]*application/json)[^>]*>", document)
    assert len(scripts) >= 3
    assert all(' nonce="' in script for script in scripts)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_the_program_is_one_file_that_browsers_keep(client: FlaskClient, address: str, encoding: str) -> None:
    answer = client.get(address, headers={"Accept-Encoding": encoding})
    assert len(answer.data) < 700_000
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (answer.headers["Content-Encoding"], answer.headers["Content-Type"]) == (encoding, "text/javascript; charset=utf-8")


def test_the_parts_of_the_program_stand_in_the_order_in_which_they_need_each_other(client: FlaskClient, address: str) -> None:
    program = client.get(address).get_data(as_text=True)
    names = ["deps/react@", "deps/react-dom@", "dash_mantine_components", "dash_renderer", "dash_core_components", "async-graph"]
    places = [program.index(name) for name in [f'part.src = "/app/_dash-component-suites/dash/{names[0]}', *names[1:]]]
    assert places == sorted(places)


def test_plotly_is_not_part_of_the_program(client: FlaskClient, document: str, address: str) -> None:
    assert b"plotly.js (basic" not in client.get(address).data
    found = re.search(r'data-plotly="([^"]+)"', document)
    assert found
    assert b"plotly.js (basic" in client.get(found[1]).data[:200]


def test_a_program_of_another_version_is_not_there(client: FlaskClient) -> None:
    assert client.get("/app/_program/dash-renderer-0.js").status_code == 404
