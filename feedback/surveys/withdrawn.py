"""Named reads of what was done to answers afterwards: earlier versions, exclusions, and who excludes what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.kernel.paging import Page, decode_numbers, encode_cursor
from feedback.surveys.models import Response, ResponseExclusion, ResponseVersion
from feedback.surveys.rules import Band, ExclusionCause, band


@dataclass(frozen=True)
class EarlierVersion:
    """What an answer said until `replaced_at`, who changed it then and why; no `reason`: its source sent it again."""

    response_id: int
    version: int
    content: dict[str, Any]
    replaced_at: datetime
    changed_by: str | None
    changed_by_name: str | None
    reason: str | None
    note: str | None

    @property
    def score(self) -> int:
        """The score of that version."""
        return int(self.content["score"])


def access_response(response_id: int, *, viewer: Viewer, permission: str) -> Response:
    """An answer about an account in the viewer's scope.

    Raises:
        NotFound: missing, excluded, or somebody else's.
    """
    query = sa.select(Response).join(Account, Account.id == Response.account_id)
    found = db.session.scalar(query.where(Response.id == response_id, account_scope(viewer, permission)))
    if found is None:
        raise NotFound
    return found


def access_exclusion(exclusion_id: int, *, viewer: Viewer, permission: str) -> ResponseExclusion:
    """An exclusion at an account in the viewer's scope.

    Raises:
        NotFound: missing, or somebody else's.
    """
    query = sa.select(ResponseExclusion).join(Account, Account.id == ResponseExclusion.account_id)
    found = db.session.scalar(query.where(ResponseExclusion.id == exclusion_id, account_scope(viewer, permission)))
    if found is None:
        raise NotFound
    return found


def list_versions(response_ids: Sequence[int]) -> dict[int, list[EarlierVersion]]:
    """Earlier versions of answers that were accessed before, the newest first, by answer."""
    columns = [getattr(ResponseVersion, name) for name in ("response_id", "version", "content", "replaced_at", "changed_by")]
    query = (
        sa.select(*columns, _name_of(ResponseVersion.changed_by), ResponseVersion.reason, ResponseVersion.note)
        .where(ResponseVersion.response_id.in_(response_ids))
        .order_by(ResponseVersion.response_id, ResponseVersion.version.desc())
    )
    found: dict[int, list[EarlierVersion]] = {}
    rows: Any = db.session.execute(query)
    for row in rows:
        found.setdefault(row[0], []).append(EarlierVersion(*row))
    return found


def _name_of(actor: Any) -> Any:
    """The name of the person behind `user:17`."""
    person = sa.literal("user:") + sa.cast(User.id, sa.Text)
    return sa.select(User.name).where(person == actor).scalar_subquery()


@dataclass(frozen=True)
class ExclusionLine:
    """One answer that was taken out of the figures. `name` is of who did it; None for a token."""

    id: int
    response_id: int
    account_id: int
    account: str
    contact_id: int
    score: int
    responded_at: datetime
    reason: ExclusionCause
    note: str
    excluded_by: str
    name: str | None
    own_account: bool
    excluded_at: datetime
    put_back_at: datetime | None

    @property
    def band(self) -> Band:
        """Of its score."""
        return band(self.score)


def list_exclusions(viewer: Viewer, *, since: datetime | None = None, limit: int) -> list[ExclusionLine]:
    """Exclusions at accounts that the viewer may see, the newest first, those that were put back too."""
    wanted = [account_scope(viewer, "response.read")]
    if since is not None:
        wanted.append(ResponseExclusion.excluded_at >= since)
    return _lines(*wanted, limit=limit)


def page_exclusions(
    viewer: Viewer, *, account_id: int | None, standing: bool, limit: int, cursor: str | None = None
) -> Page[ExclusionLine]:
    """One page of them, the newest first."""
    table = ResponseExclusion
    wanted = [account_scope(viewer, "response.read")]
    if account_id is not None:
        wanted.append(table.account_id == account_id)
    if standing:
        wanted.append(table.put_back_at.is_(None))
    if cursor is not None:
        wanted.append(table.id < decode_numbers(cursor, size=1)[0])
    lines = _lines(*wanted, limit=limit + 1)
    return Page(lines[:limit], encode_cursor(lines[limit - 1].id) if len(lines) > limit else None)


def get_exclusion(exclusion_id: int) -> ExclusionLine:
    """One exclusion, which the caller has just made."""
    [line] = _lines(ResponseExclusion.id == exclusion_id, limit=1)
    return line


def _lines(*conditions: sa.ColumnElement[bool], limit: int) -> list[ExclusionLine]:
    table = ResponseExclusion
    names = ("id", "response_id", "account_id")
    more = ("score", "responded_at", "reason", "note", "excluded_by")
    query = (
        sa.select(
            *(getattr(table, name) for name in names),
            Account.name,
            table.contact_id,
            *(getattr(table, name) for name in more),
            User.name,
            table.own_account,
            table.excluded_at,
            table.put_back_at,
        )
        .join(Account, Account.id == table.account_id)
        .outerjoin(User, User.id == table.excluded_by_id)
        .where(*conditions)
        .order_by(table.id.desc())
        .limit(limit)
    )
    rows: Any = db.session.execute(query)
    return [ExclusionLine(*row) for row in rows]
