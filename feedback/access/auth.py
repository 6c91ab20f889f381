"""Who is asking in this request, and may they? Deny by default."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g
from flask_babel import gettext as _

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.kernel.errors import Forbidden, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])


def current_viewer() -> Viewer:
    """The person or token behind this request.

    Raises:
        Unauthenticated: nobody is logged in.
    """
    viewer: Viewer | None = g.get("viewer")
    if viewer is None:
        raise Unauthenticated(g.get("refusal") or "Log in, or send an API token as 'Authorization: Bearer TOKEN'.")
    return viewer


def check_may(viewer: Viewer, permission: str) -> Scope:
    """The viewer's scope for a permission.

    Raises:
        Forbidden: it is none.
    """
    scope = scope_of(viewer, permission)
    if scope is Scope.NONE:
        if viewer.kind == "token":
            raise Forbidden(_("This token's scopes do not allow this (%(permission)s).", permission=permission))
        raise Forbidden(_("Your role does not allow this (%(permission)s).", permission=permission))
    return scope


def requires(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission it needs, and check it before the view runs."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check_may(current_viewer(), permission)
            return view(*args, **kwargs)

        guarded._permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def public(view: View) -> View:
    """Mark a view that needs no log-in."""
    view._permission = None  # type: ignore[attr-defined]
    return view
