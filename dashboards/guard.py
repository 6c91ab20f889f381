"""Nobody sees a page or calls a callback without a log-in and the permission; what the browser may load."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from dashboards.page import PREFIX
from dashboards.pages import find_page
from dashboards.places import home_of
from feedback.access.auth import check_may, current_viewer, public, requires
from feedback.access.rules import Viewer

Callback = TypeVar("Callback", bound=Callable[..., Any])
CSRF_COOKIE = "_csrf_token"

# style-src: plotly and Mantine inject <style> elements; scripts stay locked to our files and nonces
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; connect-src 'self'; "
    "font-src 'self' data:; img-src 'self' data: blob:; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "worker-src 'self' blob:; manifest-src 'self'"
)


def csp_nonce() -> str:
    """The nonce of this answer."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def allowed(permission: str) -> Callable[[Callback], Callback]:
    """Check the permission inside a callback, and pass the viewer as its first argument."""

    def decorate(callback: Callback) -> Callback:
        @wraps(callback)
        def checked(*args: Any, **kwargs: Any) -> Any:
            viewer = current_viewer()
            check_may(viewer, permission)
            return callback(viewer, *args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate


def install(server: Flask) -> None:
    """Guard every route of Dash: files are public, the rest needs a log-in."""
    for rule in list(server.url_map.iter_rules()):
        if rule.rule.startswith(PREFIX):
            view = server.view_functions[rule.endpoint]
            server.view_functions[rule.endpoint] = _public(view) if _is_file(rule.rule) else requires("self")(view)
    server.before_request(_guard)
    server.after_request(_protect)


def _public(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def served(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return public(served)


def _is_file(path: str) -> bool:
    rest = path.removeprefix(PREFIX)
    return rest.startswith(("assets/", "_dash-component-suites/", "_favicon.ico"))


def _is_page(path: str) -> bool:
    return path.startswith(PREFIX) and not _is_file(path) and not path.removeprefix(PREFIX).startswith(("_dash-", "_reload"))


def _guard() -> ResponseReturnValue | None:
    if not request.path.startswith(PREFIX) or _is_file(request.path):
        return None
    viewer: Viewer | None = g.get("viewer")
    if viewer is None or viewer.kind != "user":
        if not _is_page(request.path):  # a callback: assets/session.js goes to the log-in
            return Response("Log in first.", status=401, mimetype="text/plain")
        return redirect("/login?next=" + quote(request.full_path.rstrip("?"), safe=""))
    return redirect(home_of(viewer)) if request.path == PREFIX else None


def _protect(response: Response) -> Response:
    if not _is_page(request.path) or response.mimetype != "text/html" or response.status_code != 200:
        return response
    if find_page(request.path) is None:
        response.status_code = 404  # the shell still explains it
    response.headers["Content-Security-Policy"] = _POLICY.format(nonce=csp_nonce())
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(CSRF_COOKIE, generate_csrf(), samesite="Strict", secure=secure)
    return response
