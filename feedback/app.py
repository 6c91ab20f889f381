"""The composition root: the only module that knows every slice."""

from flask import Flask

from config import Settings
from feedback import models_registry  # noqa: F401  every table is known before the first mapper is used
from feedback.extensions import api, babel, compress, csrf, db, login, migrate
from feedback.uow import configure_sqlite


def create_app(settings: Settings | None = None, *, with_dash: bool = False) -> Flask:
    """Build the application.

    Args:
        settings: defaults to the environment.
        with_dash: mount the dashboards (slow to import, so commands leave it out).

    Raises:
        SystemExit: there is no secret key.
    """
    settings = settings or Settings()
    settings.check_secret()
    app = Flask(__name__, instance_path=str(settings.data_dir))
    app.config.from_mapping(_flask_config(settings))
    app.extensions["closedloop_settings"] = settings
    for extension in (db, login, csrf, babel, compress):
        extension.init_app(app)
    migrate.init_app(app, db, directory=_migrations(), render_as_batch=True)
    api.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            configure_sqlite(db.engine)
    return app


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
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
    }


def _migrations() -> str:
    from pathlib import Path

    return str(Path(__file__).resolve().parent.parent / "migrations")
