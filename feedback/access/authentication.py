"""Hooks of every request: who is asking (cookie or token), is the address open to them, is the request their own."""

import hmac
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _

from feedback.access import passwords, queries, service
from feedback.access.auth import check_may, current_viewer
from feedback.kernel import clock
from feedback.kernel.errors import Forbidden
from feedback.uow import transaction

COOKIE = "closedloop_session"
CSRF_COOKIE, CSRF_HEADER, CSRF_FIELD = "_csrf_token", "X-CSRFToken", "csrf_token"
TOUCH_EVERY = timedelta(minutes=1)
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Routes that a library registers carry no mark of ours: below these prefixes they need a log-in, and pages check the rest.
PREFIX_MARKS = {"/app/": "self"}
_UNMARKED = object()


def register_authentication(app: Flask) -> None:
    """Attach the hooks to the application."""
    static: Any = app.view_functions["static"]
    static._permission = None
    app.before_request(_authenticate)
    app.before_request(_guard)
    app.after_request(_give_csrf_cookie)


def cookie_name() -> str:
    """Browsers accept the `__Host-` prefix over HTTPS only; with it no other host can plant a session."""
    return f"__Host-{COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else COOKIE


def set_session_cookie(response: Response, session_id: str) -> None:
    """Hand the browser its session id. It lasts until the browser closes, at most as long as the session."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(cookie_name(), session_id, httponly=True, secure=secure, samesite="Lax", path="/")


def csrf_token() -> str:
    """The token that proves a form or script is ours: bound to the cookie of this browser by our secret."""
    return passwords.derive(current_app.config["SECRET_KEY"], "csrf", g.get("session_id", ""))


def is_own_form() -> bool:
    """Whether this request was made by one of our pages in this browser."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    return bool(g.get("session_id")) and hmac.compare_digest(sent.encode(), csrf_token().encode())


def _authenticate() -> None:
    g.viewer, g.session_id = None, None
    if request.endpoint == "static":
        return
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        g.viewer = queries.find_token_viewer(passwords.digest(token.strip()), clock.now())
        g.refusal = "This token is unknown, revoked or expired."
        return
    g.session_id = request.cookies.get(cookie_name())
    if g.session_id:
        _resume(passwords.digest(g.session_id))


def _resume(digest: str) -> None:
    found = queries.find_session_viewer(digest, clock.now())
    if found is None:
        return
    g.viewer, last_seen_at = found
    if clock.now() - last_seen_at > TOUCH_EVERY:
        try:
            with transaction():
                service.touch_session(digest)
        except sa.exc.OperationalError:  # a full disk must not keep people from reading
            current_app.logger.warning("could not note that a session is in use", exc_info=True)


def _guard() -> None:
    """Refuse what has no mark, what the mark does not allow, and what another site's page sends with our cookie."""
    if request.endpoint is None or request.method == "OPTIONS":
        return
    mark = mark_of(current_app, request.endpoint, request.method)
    if mark is _UNMARKED:
        mark = _prefix_mark()
        check_may(current_viewer(), str(mark))
    if mark is None or request.method in SAFE_METHODS or g.session_id is None:
        return
    if not is_own_form():
        raise Forbidden(_("This request did not come from a page of this site, or the page is too old. Reload it and try again."))


def mark_of(app: Flask, endpoint: str, method: str) -> Any:
    """The permission a view is marked with (None for public ones)."""
    view: Any = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        view = getattr(view_class, "get" if method == "HEAD" else method.lower(), None)
    return getattr(view, "_permission", _UNMARKED)


def is_marked(app: Flask, endpoint: str, method: str) -> bool:
    """Whether the view says itself who may use it."""
    return mark_of(app, endpoint, method) is not _UNMARKED


def _prefix_mark() -> str:
    rule = request.url_rule.rule if request.url_rule else ""
    for prefix, permission in PREFIX_MARKS.items():
        if rule.startswith(prefix):
            return permission
    raise Forbidden("This address is closed: it has no row in the policy.")


def _give_csrf_cookie(response: Response) -> Response:
    """Dash copies this cookie into the header of each callback."""
    if g.get("viewer") is not None and g.get("session_id") and response.mimetype == "text/html":
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(CSRF_COOKIE, csrf_token(), secure=secure, samesite="Strict", path="/")
    return response
