"""Nobody sees a page or calls a callback without a log-in and the permission.

The session, the CSRF token and the security headers are those of the whole site (`feedback.access.authentication`,
`feedback.web.requests`); here is what Dash adds to them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, g, redirect, request
from flask.typing import ResponseReturnValue

from dashboards.files import kept
from dashboards.page import PREFIX
from dashboards.pages import find_page
from dashboards.places import home_of
from feedback.access.auth import check_may, current_viewer, public, requires
from feedback.access.rules import Viewer

Callback = TypeVar("Callback", bound=Callable[..., Any])
_FILES = ("assets/", "_dash-component-suites/", "_program/", "_favicon.ico")


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
    """Mark every route of Dash: the program's files are public, the rest needs a log-in."""
    for rule in list(server.url_map.iter_rules()):
        view = server.view_functions[rule.endpoint]
        if rule.rule.startswith(PREFIX) and not hasattr(view, "_permission"):
            server.view_functions[rule.endpoint] = public(kept(view)) if _is_file(rule.rule) else requires("self")(view)
    server.view_functions["static"] = public(kept(server.view_functions["static"]))
    server.before_request(_go_home)
    server.after_request(_finish)


def _is_file(path: str) -> bool:
    return path.removeprefix(PREFIX).startswith(_FILES)


def _go_home() -> ResponseReturnValue | None:
    viewer: Viewer | None = g.get("viewer")
    return redirect(home_of(viewer)) if viewer is not None and request.path == PREFIX else None


def _finish(response: Response) -> Response:
    # Dash answers every address below /app/ with its shell; a missing page is still a 404
    missing = request.path.startswith(PREFIX) and response.mimetype == "text/html" and find_page(request.path) is None
    if missing and response.status_code == 200:
        response.status_code = 404
    return response
