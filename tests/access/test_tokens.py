"""API tokens: stored as digests, limited to their scopes, dead at once when revoked or expired."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access import passwords, queries, service
from feedback.access.models import ApiToken
from feedback.access.policy import scope_of
from feedback.access.rules import Scope
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction


def test_a_token_reaches_what_its_scopes_allow(app: Flask) -> None:
    with app.app_context():
        with transaction():
            _row, secret = service.create_token("crm", ["read"], actor="test")
        viewer = queries.find_token_viewer(passwords.digest(secret), clock.now())
    assert viewer is not None
    assert (scope_of(viewer, "account.read"), scope_of(viewer, "response.write")) == (Scope.ALL, Scope.NONE)


def test_the_token_itself_is_not_stored(app: Flask) -> None:
    with app.app_context():
        with transaction():
            _row, secret = service.create_token("crm", ["read"], actor="test")
        stored = db.session.execute(sa.select(ApiToken.__table__)).one()
    assert secret not in map(str, stored)


def test_a_revoked_or_expired_token_is_nobody(app: Flask) -> None:
    with app.app_context():
        with transaction():
            row, revoked = service.create_token("a", ["read"], actor="test")
            _row, short = service.create_token("b", ["read"], actor="test", expires_at=clock.now() + timedelta(hours=1))
            service.revoke_token(row.id, actor="test")
        later = clock.now() + timedelta(hours=2)
        assert queries.find_token_viewer(passwords.digest(revoked), clock.now()) is None
        assert queries.find_token_viewer(passwords.digest(short), clock.now()) is not None
        assert queries.find_token_viewer(passwords.digest(short), later) is None


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", "root"]])
def test_an_unknown_scope_is_refused(app: Flask, scopes: list[str]) -> None:
    with app.app_context(), transaction(), pytest.raises(InvalidInput):
        service.create_token("crm", scopes, actor="test")


def _status(client: FlaskClient, secret: str) -> int:
    return client.get("/api/v1/accounts", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_that_another_process_revokes_is_refused_with_the_next_request(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        with transaction():
            _row, secret = service.create_token("crm", ["read"], actor="test")
        url = db.engine.url
    before = [_status(client, secret) for _ in range(3)]
    elsewhere = sa.create_engine(url)
    with elsewhere.begin() as connection:
        connection.execute(sa.update(ApiToken).values(revoked_at=clock.now()))
    elsewhere.dispose()
    assert (before, _status(client, secret)) == ([200, 200, 200], 401)
