"""The OpenAPI document is true: whatever it allows is answered as it says, and nothing it is sent breaks the server."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from feedback.web.openapi import document_of
from tests.access.world import make_world
from tests.logins import token

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def headers(app: Flask) -> dict[str, str]:
    """A system that may do everything, in a company with two of everything."""
    make_world(app)
    return token(app) | {"Accept-Encoding": "identity"}


def test_the_document_names_its_security(app: Flask) -> None:
    document = document_of(app)
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}


def test_every_call_says_what_it_does_and_how_it_refuses(app: Flask) -> None:
    operations = [(path, method, call) for path, calls in document_of(app)["paths"].items() for method, call in calls.items()]
    described = [call for _path, method, call in operations if method in {"get", "post", "put", "patch", "delete"}]
    assert len(described) > 30
    assert [call for call in described if not call.get("summary") or "401" not in call["responses"]] == []


def _operations(app: Flask) -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=SchemathesisConfig())
    return [result.ok() for result in schema.get_all_operations()]


def test_generated_requests_break_nothing(app: Flask, headers: dict[str, str]) -> None:
    failures: list[str] = []
    for operation in _operations(app):
        _try(operation, headers, failures)
    assert failures == []


def _try(operation: Any, headers: dict[str, str], failures: list[str]) -> None:
    @settings(
        max_examples=12,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any) -> None:
        try:
            case.call_and_validate(headers=headers, checks=CHECKS)
        except AssertionError as error:
            failures.append(f"{operation.label}: {error}")
        except Exception as error:  # with app.testing an unexpected error of the server comes through as itself
            failures.append(f"{operation.label}: {error!r}")

    from hypothesis import given

    given(case=operation.as_strategy())(run)()
