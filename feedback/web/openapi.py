"""The OpenAPI document at /api/v1/openapi.json and its reader at /api/v1/docs, with nothing fetched from elsewhere."""

import json
from typing import Any

import flask_smorest
from flask import Flask, Response, current_app, render_template

from feedback.web.schemas import ProblemOut

PREFIX = "/api/v1"
INTRODUCTION = """
Send a token as `Authorization: Bearer TOKEN` (`closedloop token create --name NAME --scope SCOPE` makes one).
Errors are `application/problem+json`. Lists take `limit` (at most 200) and `cursor`. Every POST takes `Idempotency-Key`:
the same key and body gives the stored answer again with `Idempotent-Replayed: true`.
"""


class Api(flask_smorest.Api):
    """The API of one application, with our problems instead of the library's error format."""

    ERROR_SCHEMA = ProblemOut
    DEFAULT_ERROR_RESPONSE_NAME = None  # each route lists its problems

    def _register_error_handlers(self) -> None:
        """`web.problems` answers errors."""

    def _register_doc_blueprint(self) -> None:
        """`register_docs` serves the document."""


def create_api(app: Flask, *, webhooks: dict[str, Any]) -> Api:
    """Bind an API to the application; blueprints are registered on it.

    Args:
        webhooks: the section of the document that says what we send to others.
    """
    app.config["API_SPEC_OPTIONS"] = {
        "info": {"description": INTRODUCTION.strip(), "license": {"name": "Apache-2.0"}},
        "security": [{"bearer": []}],
        "servers": [{"url": "/"}],
        "webhooks": webhooks,
    }
    api = Api(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    app.extensions["closedloop_api"] = api
    return api


def openapi_document() -> Response:
    """What each call takes and answers."""
    return current_app.response_class(json.dumps(document_of(current_app)), mimetype="application/json")


def docs_page() -> str:
    """The document, readable, with a way to try each call."""
    return render_template("docs.html")


def document_of(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    api: Api = app.extensions["closedloop_api"]
    document: dict[str, Any] = api.spec.to_dict()
    return document
