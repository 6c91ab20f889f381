"""Views that a person keeps: a page with its filters, under a name of their own."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import SavedView
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation

MOST, LONGEST_NAME, LONGEST_SEARCH = 20, 60, 1000
_PASSING = frozenset({"page", "cursor", "rows"})  # where somebody was in a list is not part of a view


def list_views(user_id: int, path: str) -> Sequence[SavedView]:
    """What a person keeps of a page, by name."""
    mine = sa.select(SavedView).where(SavedView.user_id == user_id, SavedView.path == path)
    return db.session.scalars(mine.order_by(SavedView.name)).all()


def save_view(user_id: int, *, path: str, search: str, name: str) -> SavedView:
    """Keep a page with its filters; under a name that exists already it replaces what was there.

    Raises:
        InvalidInput: the name or the address cannot be kept.
        RuleViolation: there are too many.
    """
    name, kept = " ".join(name.split()), _filters(search)
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput({"name": [_("Give the view a name of at most %(most)s letters.", most=LONGEST_NAME)]})
    if len(kept) > LONGEST_SEARCH:
        raise InvalidInput({"search": [_("This address is too long to be kept.")]})
    there = list_views(user_id, path)
    view = next((one for one in there if one.name == name), None)
    if view is None:
        if len(there) >= MOST:
            raise RuleViolation(_("You keep %(most)s views of this page already; take one away first.", most=MOST))
        view = SavedView(user_id=user_id, path=path, name=name, created_at=clock.now())
        db.session.add(view)
    view.search = kept
    db.session.flush()
    return view


def remove_view(user_id: int, view_id: int) -> None:
    """Take one away.

    Raises:
        NotFound: it is not there or somebody else's.
    """
    view = db.session.get(SavedView, view_id)
    if view is None or view.user_id != user_id:
        raise NotFound
    db.session.delete(view)
    db.session.flush()


def _filters(search: str) -> str:
    """The parameters of an address in a fixed order, without those that only say where in a list one was."""
    kept = sorted((name, value) for name, value in parse_qsl(search.lstrip("?")) if name not in _PASSING)
    return "?" + urlencode(kept) if kept else ""
