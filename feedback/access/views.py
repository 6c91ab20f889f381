"""Pages: log in, log out, own settings, and the way from `/` to the page of one's role."""

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from feedback.access import authentication, passwords, queries, service
from feedback.access.auth import current_viewer, public, requires
from feedback.access.models import User
from feedback.access.rules import START_PAGES, is_safe_next, seconds_to_wait
from feedback.audit import service as audit
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES
from feedback.web.time_zones import zone_groups

blueprint = Blueprint("access", __name__)
MAX_FIELD = 500


@blueprint.get("/")
@requires("self")
def home() -> ResponseReturnValue:
    """Go to the page of the person's role."""
    role = current_viewer().role
    return redirect(START_PAGES[role] if role else url_for("access.login"))


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    """The log-in page."""
    if g.viewer is not None and g.viewer.kind == "user":
        return redirect(_next_page())
    return _login_page()


@blueprint.post("/login")
@public
def log_in() -> ResponseReturnValue:
    """Check e-mail and password, open a session."""
    if not authentication.is_own_form():
        return _login_page(_("This page was open for too long. Please log in again."), status=400)
    email = request.form.get("email", "").strip().lower()[:MAX_FIELD]
    password, address = request.form.get("password", "")[:MAX_FIELD], request.remote_addr or ""
    wait = seconds_to_wait(queries.recent_failures(email, address, clock.now()))
    if wait > 0:
        return _held_page(wait)
    user = queries.find_user_by_email(email)
    usable = user is not None and user.active
    if not passwords.verify_password(password, user.password_hash if user and usable else None) or user is None:
        with transaction():
            service.note_attempt(email, address, succeeded=False)
        return _login_page(_("E-mail address and password do not match."), status=401)
    return _open_session(user, password, address)


@blueprint.post("/logout")
@requires("self")
def log_out() -> ResponseReturnValue:
    """End the session; a copied cookie is dead from now on."""
    with transaction():
        service.end_session(passwords.digest(g.session_id or ""))
    response = make_response(redirect(url_for("access.login")))
    response.delete_cookie(authentication.CSRF_COOKIE)
    return _without_session(response)


@blueprint.get("/settings")
@requires("self")
def settings() -> ResponseReturnValue:
    """Own language, time zone, theme and password."""
    return _settings_page(saved="saved" in request.args)


@blueprint.post("/settings")
@requires("self")
def save_settings() -> ResponseReturnValue:
    """Keep language, time zone and theme."""
    form = {name: request.form.get(name, "")[:MAX_FIELD] for name in ("locale", "time_zone", "theme")}
    try:
        with transaction():
            service.change_preferences(_own_id(), **form)
    except InvalidInput as error:
        return _settings_page(errors=error.errors), 422
    return redirect(url_for("access.settings", saved=1))


@blueprint.post("/settings/password")
@requires("self")
def change_password() -> ResponseReturnValue:
    """Set a new password; every other session of the person is over."""
    user_id = _own_id()
    user = queries.get_user(user_id)
    if not passwords.verify_password(request.form.get("current", "")[:MAX_FIELD], user.password_hash):
        return _settings_page(errors={"current": [_("This is not your current password.")]}), 422
    try:
        new_hash = service.new_password_hash(request.form.get("new", "")[:MAX_FIELD], email=user.email)
    except InvalidInput as error:
        return _settings_page(errors={"new": error.errors["password"]}), 422
    with transaction():
        service.set_password(user_id, new_hash, actor=current_viewer().actor)
        session_id = service.start_session(user_id)
    response = make_response(redirect(url_for("access.settings", saved=1)))
    authentication.set_session_cookie(response, session_id)
    return response


def _open_session(user: User, password: str, address: str) -> Response:
    stored = user.password_hash or ""
    renewed = passwords.hash_password(password) if passwords.needs_rehash(stored) else None
    with transaction():
        service.note_attempt(user.email, address, succeeded=True)
        service.end_session(passwords.digest(g.session_id or ""))
        session_id = service.start_session(user.id)
        if renewed:
            queries.get_user(user.id).password_hash = renewed
        audit.record(f"user:{user.id}", "user.logged_in", "user", user.id)
    response = make_response(redirect(_next_page(), code=303))
    authentication.set_session_cookie(response, session_id)
    return response


def _login_page(error: str = "", *, status: int = 200) -> Response:
    """The form. A browser without a session gets a random id first, so that the form can be bound to it."""
    fresh = not g.session_id
    if fresh:
        g.session_id = passwords.new_token()
    page = render_template(
        "login.html",
        error=error,
        email=request.form.get("email", "")[:MAX_FIELD],
        next_page=request.values.get("next", "")[:MAX_FIELD],
        csrf_token=authentication.csrf_token(),
        languages=LANGUAGES,
    )
    response = make_response(page, status)
    if fresh:
        authentication.set_session_cookie(response, g.session_id)
    return response


def _held_page(wait: float) -> Response:
    seconds = max(1, round(wait))
    minutes = -(-seconds // 60)
    if minutes > 1:
        wait_text = ngettext("Please wait %(num)s minute.", "Please wait %(num)s minutes.", minutes)
    else:
        wait_text = ngettext("Please wait %(num)s second.", "Please wait %(num)s seconds.", seconds)
    text = _("Too many attempts.") + " " + wait_text
    response = _login_page(text, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _settings_page(*, errors: dict[str, list[str]] | None = None, saved: bool = False) -> str:
    return render_template(
        "settings.html",
        errors=errors or {},
        saved=saved,
        viewer=current_viewer(),
        csrf_token=authentication.csrf_token(),
        languages=LANGUAGES,
        themes={"system": _("As on this device"), "light": _("Light"), "dark": _("Dark")},
        time_zones=zone_groups(current_viewer().time_zone),
    )


def _without_session(response: Response) -> Response:
    response.delete_cookie(
        authentication.cookie_name(), path="/", secure=authentication.cookie_name().startswith("__Host-"), httponly=True
    )
    return response


def _own_id() -> int:
    user_id = current_viewer().user_id
    assert user_id is not None  # tokens have no permission "self"
    return user_id


def _next_page() -> str:
    target = request.values.get("next", "")
    return target if is_safe_next(target) else url_for("access.home")
