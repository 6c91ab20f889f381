"""A second application on the same database with routes that only these tests need."""

from collections.abc import Iterator

import marshmallow as ma
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.views import MethodView

from config import Settings
from feedback.access.auth import public, requires
from feedback.access.models import Team
from feedback.app import create_app
from feedback.extensions import db
from feedback.kernel.errors import Conflict, RuleViolation
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import protect_posts
from feedback.web.schemas import PageArgs, Schema, Text

echo = Blueprint("echo", __name__, url_prefix="/api/v1/echo")


class EchoIn(Schema):
    code = Text(required=True)
    fail = ma.fields.String()
    extra = ma.fields.Dict()


class EchoOut(Schema):
    id = ma.fields.Integer(required=True)


@echo.route("/")
class Echo(MethodView):
    @requires("user.write")
    @echo.arguments(EchoIn)
    @echo.response(201, EchoOut)
    def post(self, body):
        """Make a team, then fail if asked to"""
        with transaction():
            team_id = db.session.execute(sa.insert(Team).values(code=body["code"], name="x")).inserted_primary_key[0]
            failures = {"rule": RuleViolation("no", missing=["root_cause"]), "crash": RuntimeError("boom")}
            if "fail" in body:
                raise failures.get(body["fail"], Conflict("taken"))
        return {"id": team_id}

    @public
    @echo.arguments(PageArgs, location="query")
    @echo.response(200)
    def get(self, query):
        """Say what was asked"""
        return query


@echo.route("/<int:team_id>")
class EchoOne(MethodView):
    @public
    @echo.response(200)
    def get(self, team_id):
        """Say the id"""
        return {"id": team_id}


@echo.route("/unmarked")
class Unmarked(MethodView):
    @echo.response(200)
    def get(self):
        """A route somebody forgot to mark"""
        return {}


@pytest.fixture(scope="session")
def _echo_app(_app: Flask) -> Flask:
    settings: Settings = _app.extensions["closedloop_settings"]
    app = create_app(settings)
    app.extensions["closedloop_api"].register_blueprint(echo)
    protect_posts(app, "/api/v1/echo")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def app(app: Flask, _echo_app: Flask) -> Iterator[Flask]:
    """The application with the echo routes; the original fixture has laid a fresh database."""
    yield _echo_app
    with _echo_app.app_context():
        db.engine.dispose()
