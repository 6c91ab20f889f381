"""A fresh server answers its first visitor as fast as its hundredth.

Imports inside functions, statements that SQLAlchemy compiles when they first run, templates of figures, texts and compressed
files are made on first use: together about a second, which nobody should wait for.
"""

import logging
from urllib.parse import urlencode

import sqlalchemy as sa
from dash._utils import to_json
from flask import Flask, g

from dashboards import router, shell
from dashboards.places import PLACES
from dashboards.program import Program
from dashboards.still.markup import still_markup
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.models import Issue

_NOBODY = Viewer("user", "closedloop", role=Role.ADMIN)
logger = logging.getLogger(__name__)


def warm_up(server: Flask, program: Program) -> list[str]:
    """Draw every page once, for nobody, and compress the program; answers the paths that were drawn.

    Lists are narrowed to one customer, so that a large company starts as fast as a small one. A database that cannot be read
    yet stops nothing.
    """
    browser = server.test_client()
    for file in (program.address, program.plotly):
        browser.get(file, headers={"Accept-Encoding": "br"}).close()
    return [path for path, search in _addresses(server) if _draw(server, path, search)]


def _draw(server: Flask, path: str, search: str) -> bool:
    with server.test_request_context(path + search):
        g.viewer = _NOBODY
        try:
            first = router.first_page(_NOBODY, path, search)
            layout = shell.layout(first)
            still_markup(layout)
            to_json(layout)
        except Exception:  # whoever opens the page will see it fail; the others should still have a server
            logger.warning("%s was not prepared", path, exc_info=True)
            return False
        return first.shown is not None


def _addresses(server: Flask) -> list[tuple[str, str]]:
    with server.app_context():
        try:
            account = db.session.execute(sa.select(Account.id, Account.name).order_by(Account.id).limit(1)).one_or_none()
            issue = db.session.scalar(sa.select(sa.func.max(Issue.id)))
        except sa.exc.SQLAlchemyError as error:
            logger.warning("pages were not prepared: %s", error.__class__.__name__)
            return []
    if account is None:
        return [(place.path, "") for place in PLACES]
    search = "?" + urlencode({"q": account.name})
    pages = [(place.path, search) for place in PLACES]
    pages.append((f"/app/accounts/{account.id}", ""))
    return [*pages, (f"/app/issues/{issue}", "")] if issue else pages
