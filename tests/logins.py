"""Logging in for tests, past the form: a session row and its cookie, or a token."""

from flask import Flask
from flask.testing import FlaskClient

from feedback.access import authentication, passwords, service
from feedback.uow import transaction


def as_user(client: FlaskClient, user_id: int) -> FlaskClient:
    """Log this client in; its state-changing requests carry the CSRF header as our pages' do."""
    app = client.application
    with app.app_context():
        with transaction():
            session_id = service.start_session(user_id)
        client.set_cookie(authentication.cookie_name(), session_id)
        token = passwords.derive(app.config["SECRET_KEY"], "csrf", session_id)
    client.environ_base["HTTP_X_CSRFTOKEN"] = token
    return client


def token(app: Flask, *scopes: str) -> dict[str, str]:
    """The headers of a system with these scopes (all of them when none is named)."""
    with app.app_context(), transaction():
        _row, secret = service.create_token("test", scopes or ("read", "write", "gate", "admin"), actor="test")
    return {"Authorization": f"Bearer {secret}"}
