"""Answers that staff corrected or took out of the figures: whose, by whom, why, and what the score was before and after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.kernel.db import instant
from feedback.reporting.actors import names_of
from feedback.surveys.models import Response, ResponseExclusion, ResponseVersion, SurveyProgram
from feedback.surveys.rules import SAID_BY_CUSTOMER, Band, band
from feedback.web.naming import name_for_reader

READ = "honesty.read"
EXCLUDED, CORRECTED = "excluded", "corrected"


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """One exclusion or correction. `after` is None for an exclusion; `reason` is of `ExclusionCause` or `CorrectionReason`.

    `said` is the customer's own last score, which staff may have corrected before they took the answer out.
    """

    kind: str
    response_id: int
    survey: str
    account_id: int
    account: str
    contact: str | None
    before: int
    after: int | None
    said: int
    reason: str
    note: str
    by: str
    own_account: bool
    at: datetime
    put_back_at: datetime | None

    @property
    def was_detractor(self) -> bool:
        """Whether a detractor's answer was taken away or changed."""
        return band(self.said if self.after is None else self.before) is Band.DETRACTOR

    @property
    def flatters(self) -> bool:
        """Whether the NPS is better for it: a detractor is gone, or a band is higher."""
        if self.put_back_at is not None:
            return False
        return self.was_detractor if self.after is None else _PLACES[band(self.after)] > _PLACES[band(self.before)]


_CUSTOMERS = frozenset(reason.value for reason in SAID_BY_CUSTOMER)
_OWNER: Any = sa.literal("user:") + sa.cast(Account.owner_id, sa.Text)
_PLACES = {Band.DETRACTOR: 0, Band.PASSIVE: 1, Band.PROMOTER: 2}


def list_changed_answers(viewer: Viewer, since: datetime, survey: str = "") -> list[ChangedAnswer]:
    """What staff did at accounts in the viewer's scope since a moment, the newest first; what the customers changed is theirs."""
    excluded = _excluded(viewer, since, survey)
    found = [_line(row) for row in _corrected(viewer, since, survey)]
    found += [_line(row) for row in excluded]
    found += [line for row in excluded for line in _corrected_before(row) if line.at >= since]
    names = names_of(line.by for line in found)
    named = [replace(line, by=names.get(line.by, line.by)) for line in found]
    return sorted(named, key=lambda line: (line.at, line.response_id), reverse=True)


def _line(row: Any) -> ChangedAnswer:
    what = (row.kind, row.response_id, row.survey, row.account_id, row.account, row.contact)
    said = _said(row) if row.kind == EXCLUDED else row.before
    why = (row.reason, row.note or "", row.by, bool(row.own), row.at, row.put_back_at)
    return ChangedAnswer(*what, int(row.before), row.after, int(said), *why)


def _said(row: Any) -> int:
    """The customer's own last score of an excluded answer: what staff corrected since is not theirs."""
    score: int = row.before
    for version in reversed(_versions(row)):
        if not version.by_staff:
            break
        score = version.score
    return score


class _Version(NamedTuple):
    """What an excluded answer was until somebody replaced it."""

    score: int
    at: datetime
    by: str | None
    reason: str
    note: str | None

    @property
    def by_staff(self) -> bool:
        return self.by is not None and self.reason not in _CUSTOMERS


def _versions(row: Any) -> list[_Version]:
    kept = sorted(row.content.get("versions", []))
    return [_Version(content["score"], instant(at), by, reason, note) for _number, content, at, by, reason, note in kept]


def _corrected_before(row: Any) -> list[ChangedAnswer]:
    """What staff corrected in an answer before somebody excluded it; put back, it lies with all other answers again."""
    versions = _versions(row)
    scores = [*(version.score for version in versions), row.before]
    what = (row.response_id, row.survey, row.account_id, row.account, row.contact)
    return [
        ChangedAnswer(
            *(CORRECTED, *what, one.score, scores[place + 1], one.score),
            *(one.reason, one.note or "", one.by or "", one.by == row.owner, one.at, None),
        )
        for place, one in enumerate(versions)
        if one.by_staff
    ]


def _who(table: Any) -> tuple[Any, ...]:
    named = (name_for_reader(SurveyProgram).label("survey"), Account.name.label("account"), Contact.name.label("contact"))
    return (table.account_id, *named)


def _excluded(viewer: Viewer, since: datetime, survey: str) -> Sequence[Any]:
    table = ResponseExclusion
    columns = (
        *(sa.literal(EXCLUDED).label("kind"), table.response_id, table.score.label("before"), sa.null().label("after")),
        *(sa.cast(table.reason, sa.Text).label("reason"), table.note, table.excluded_by.label("by")),
        *(table.own_account.label("own"), table.excluded_at.label("at"), table.put_back_at, table.content, _OWNER.label("owner")),
    )
    return _read(sa.select(*_who(table), *columns).select_from(table), table, viewer, table.excluded_at >= since, survey)


def _corrected(viewer: Viewer, since: datetime, survey: str) -> Sequence[Any]:
    version, later = ResponseVersion, sa.orm.aliased(ResponseVersion)
    after = (
        sa.select(later.content["score"].as_integer())
        .where(later.response_id == version.response_id, later.version == version.version + 1)
        .scalar_subquery()
    )
    columns = (
        *(sa.literal(CORRECTED).label("kind"), version.response_id, version.content["score"].as_integer().label("before")),
        sa.func.coalesce(after, Response.score).label("after"),
        *(version.reason, version.note, version.changed_by.label("by"), (version.changed_by == _OWNER).label("own")),
        *(version.replaced_at.label("at"), sa.null().label("put_back_at")),
    )
    by_staff = (version.changed_by.is_not(None), version.reason.not_in(sorted(_CUSTOMERS)))
    query = sa.select(*_who(Response), *columns).select_from(version).join(Response, Response.id == version.response_id)
    return _read(query, Response, viewer, sa.and_(version.replaced_at >= since, *by_staff), survey)


def _read(query: sa.Select[Any], table: Any, viewer: Viewer, condition: Any, survey: str) -> Sequence[Any]:
    query = query.join(Account, Account.id == table.account_id).join(Contact, Contact.id == table.contact_id)
    query = query.join(SurveyProgram, SurveyProgram.id == table.survey_id).where(account_scope(viewer, READ), condition)
    return db.session.execute(query.where(SurveyProgram.code == survey) if survey else query).all()
