"""The application without its web side. Commands that only read and write the database need no more, and start sooner."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from flask_babel import get_locale

from config import Settings, load_settings
from feedback import closed_loop, models_registry  # noqa: F401  the loop is connected, every table known, before the first write
from feedback.egress.dkim import UnusableKey
from feedback.egress.sources import Unusable, check_mail_settings
from feedback.extensions import babel, compress, db, migrate
from feedback.uow import configure_engine
from feedback.web import languages
from feedback.web.problems import log_failure
from feedback.web.translating import QuickDomain


def create_bare_app(settings: Settings | None = None) -> "ClosedLoop":
    """Build the application without a single address.

    Args:
        settings: defaults to the environment.

    Raises:
        SystemExit: a setting cannot be used, there is no secret key, no data directory can be made, or the settings of
            mail contradict themselves.
    """
    settings = settings or load_settings()
    settings.check_secret()
    settings.make_data_dir()
    _check_mail(settings)
    app = ClosedLoop(__name__, instance_path=str(settings.data_dir), template_folder="web/templates", static_folder="web/static")
    app.config.from_mapping(_flask_config(settings))
    app.extensions["closedloop_settings"] = settings
    app.extensions["closedloop_factory"] = create_bare_app  # for processes that help this one
    _bind_extensions(app)
    return app


def _check_mail(settings: Settings) -> None:
    try:
        check_mail_settings(settings)
    except (Unusable, UnusableKey) as error:
        raise SystemExit(f"{error}.") from error
    if settings.sendgrid_public_key:
        _check_sendgrid_key(settings.sendgrid_public_key)


def _check_sendgrid_key(text: str) -> None:
    from feedback.listening.hook_signatures import read_public_key  # its library is loaded only where it is needed

    try:
        read_public_key(text)
    except ValueError as error:
        hint = "copy the verification key that SendGrid shows under Mail Settings, Event Webhooks"
        raise SystemExit(f"CLOSEDLOOP_SENDGRID_PUBLIC_KEY is no public key: {hint}.") from error


class _NoCookie(SessionInterface):
    """Flask's signed session cookie is not used (sessions are rows, see `access.authentication`), so nothing is opened."""

    _nothing = NullSession()

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        return self._nothing


class ClosedLoop(Flask):
    """Flask, but a failure is logged under its request id and without the path, which may hold a personal token."""

    session_interface = _NoCookie()

    def log_exception(self, exc_info: Any) -> None:
        log_failure(exc_info[1])

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is: no view or hook is a coroutine, and finding that out anew cost each request sixteen looks."""
        return func


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    compress.init_app(app)
    babel.init_app(app, locale_selector=languages.select_locale, timezone_selector=languages.select_time_zone)
    babel.domain_instance = QuickDomain()
    migrate.init_app(app, db, directory=str(Path(__file__).resolve().parent.parent / "migrations"), render_as_batch=True)
    app.jinja_env.globals["get_locale"] = get_locale
    with app.app_context():
        configure_engine(db.engine)


def _flask_config(settings: Settings) -> dict[str, object]:
    url = settings.database_url
    if url.startswith("postgres://"):
        url = "postgresql" + url.removeprefix("postgres")
    sqlite = url.startswith("sqlite")
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 24, "max_overflow": 8} if sqlite else {"pool_pre_ping": True, "pool_size": 16},
        "COMPANY_NAME": settings.company_name,  # for templates
        "API_TITLE": "closedloop",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }
