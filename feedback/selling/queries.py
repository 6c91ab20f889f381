"""Named reads of sales plays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.selling.models import SalesPlay, SalesPlayStep
from feedback.selling.rules import PlayState, Trigger

READ = "play.read"


@dataclass(frozen=True)
class PlayFilter:
    """What a list is asked for; None means any."""

    state: PlayState | None = None
    account_id: int | None = None
    source: str | None = None
    trigger: Trigger | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As conditions on the table."""
        names = ("state", "account_id", "source", "trigger")
        return [getattr(SalesPlay, name) == getattr(self, name) for name in names if getattr(self, name) is not None]


def access_play(play_id: int, viewer: Viewer, permission: str = READ) -> SalesPlay:
    """The play, if its account is in the viewer's scope; nobody else changes it until this transaction ends.

    Raises:
        NotFound: missing or somebody else's.
    """
    query = sa.select(SalesPlay).join(Account, Account.id == SalesPlay.account_id)
    query = query.where(SalesPlay.id == play_id, account_scope(viewer, permission))
    if permission != READ:
        query = query.with_for_update(of=SalesPlay).execution_options(populate_existing=True)
    found: SalesPlay | None = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def list_plays(
    viewer: Viewer, wanted: PlayFilter = PlayFilter(), *, limit: int = 50, cursor: str | None = None
) -> Page[SalesPlay]:
    """Plays of the viewer's accounts, the newest first."""
    query = sa.select(SalesPlay).join(Account, Account.id == SalesPlay.account_id)
    query = query.where(account_scope(viewer, READ), *wanted.conditions())
    if cursor is not None:
        (last,) = decode_numbers(cursor, size=1)
        query = query.where(SalesPlay.id < last)
    rows = list(db.session.scalars(query.order_by(SalesPlay.id.desc()).limit(limit + 1)))
    return Page(rows[:limit], encode_cursor(rows[limit - 1].id) if len(rows) > limit else None)


def list_steps(play_id: int) -> Sequence[Any]:
    """What happened to a play that was accessed before, the oldest first: (step, name of the person)."""
    actor = sa.func.concat("user:", User.id)
    query = sa.select(SalesPlayStep, User.name).outerjoin(User, actor == SalesPlayStep.actor)
    return db.session.execute(query.where(SalesPlayStep.play_id == play_id).order_by(SalesPlayStep.at, SalesPlayStep.id)).all()
