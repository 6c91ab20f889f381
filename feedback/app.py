"""The composition root: the only module that knows every slice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from flask_babel import get_locale
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from feedback import closed_loop, models_registry  # noqa: F401  the loop is connected, every table known, before the first request
from feedback.access import api as access_api
from feedback.access import notices_api
from feedback.access import views as access_views
from feedback.access.auth import public
from feedback.access.authentication import register_authentication
from feedback.accounts import api as contacts_api
from feedback.closed_loop import api as responses_api
from feedback.closed_loop import views as survey_views
from feedback.defects import api as defects_api
from feedback.extensions import babel, compress, db, migrate
from feedback.gate import api as gate_api
from feedback.issues import api as issues_api
from feedback.permission import api as permission_api
from feedback.reporting import accounts_api, export_views, health_views, log_api
from feedback.surveys import api as invitations_api
from feedback.uow import configure_engine
from feedback.web import languages, openapi
from feedback.web.blueprint import Blueprint, IdConverter
from feedback.web.idempotency import protect_posts
from feedback.web.problems import log_failure, register_problems
from feedback.web.requests import register_requests

APIS: tuple[Blueprint, ...] = (  # JSON below /api/v1
    access_api.blueprint,
    log_api.blueprint,
    responses_api.blueprint,
    accounts_api.blueprint,
    contacts_api.blueprint,
    invitations_api.blueprint,
    defects_api.blueprint,
    permission_api.blueprint,
    gate_api.blueprint,
    gate_api.standing_blueprint,
    issues_api.blueprint,
    issues_api.routing_blueprint,
    notices_api.blueprint,
)
PAGES = (  # everything else
    access_views.blueprint,
    survey_views.blueprint,
    export_views.blueprint,
    health_views.blueprint,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application without the dashboards, which stand above it: `dashboards.app.create_dash(app)` mounts them.

    Args:
        settings: defaults to the environment.

    Raises:
        SystemExit: there is no secret key, or no data directory can be made.
    """
    settings = settings or Settings()
    settings.check_secret()
    settings.make_data_dir()
    app = ClosedLoop(__name__, instance_path=str(settings.data_dir), template_folder="web/templates", static_folder="web/static")
    app.config.from_mapping(_flask_config(settings))
    app.url_map.converters["int"] = IdConverter
    app.extensions["closedloop_settings"] = settings
    _bind_extensions(app)
    register_requests(app, secure=settings.secure_cookies)
    register_problems(app)
    register_authentication(app)
    _register_routes(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


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
    migrate.init_app(app, db, directory=str(Path(__file__).resolve().parent.parent / "migrations"), render_as_batch=True)
    app.jinja_env.globals["get_locale"] = get_locale
    with app.app_context():
        configure_engine(db.engine)


def _register_routes(app: Flask) -> None:
    api = openapi.create_api(app)
    for blueprint in APIS:
        api.register_blueprint(blueprint)
    for page in PAGES:
        app.register_blueprint(page)
    app.add_url_rule(f"{openapi.PREFIX}/openapi.json", view_func=public(openapi.openapi_document))
    app.add_url_rule(f"{openapi.PREFIX}/docs", view_func=public(openapi.docs_page))
    protect_posts(app, openapi.PREFIX)


def _flask_config(settings: Settings) -> dict[str, object]:
    url = settings.database_url
    if url.startswith("postgres://"):
        url = "postgresql" + url.removeprefix("postgres")
    sqlite = url.startswith("sqlite")
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 24, "max_overflow": 8} if sqlite else {"pool_pre_ping": True, "pool_size": 16},
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
