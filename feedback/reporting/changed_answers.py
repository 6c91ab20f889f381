"""Answers that staff corrected or took out of the figures: whose, by whom, why, and what the score was before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.reporting.actors import names_of
from feedback.surveys.models import Response, ResponseExclusion, ResponseVersion, SurveyProgram
from feedback.surveys.rules import SAID_BY_CUSTOMER, Band, band
from feedback.web.naming import name_for_reader

READ = "honesty.read"
EXCLUDED, CORRECTED = "excluded", "corrected"


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """One exclusion or correction. `after` is None for an exclusion; `reason` is of `ExclusionCause` or `CorrectionReason`."""

    kind: str
    response_id: int
    survey: str
    account_id: int
    account: str
    contact: str | None
    before: int
    after: int | None
    reason: str
    note: str
    by: str
    own_account: bool
    at: datetime
    put_back_at: datetime | None

    @property
    def was_detractor(self) -> bool:
        """Whether a detractor's answer was taken away or changed."""
        return band(self.before) is Band.DETRACTOR

    @property
    def flatters(self) -> bool:
        """Whether the NPS is better for it: a detractor is gone, or a band is higher."""
        if self.put_back_at is not None:
            return False
        return self.was_detractor if self.after is None else _PLACES[band(self.after)] > _PLACES[band(self.before)]


_PLACES = {Band.DETRACTOR: 0, Band.PASSIVE: 1, Band.PROMOTER: 2}


def list_changed_answers(viewer: Viewer, since: datetime, survey: str = "") -> list[ChangedAnswer]:
    """What staff did at accounts in the viewer's scope since a moment, the newest first; what the customers changed is theirs."""
    rows = [*_excluded(viewer, since, survey), *_corrected(viewer, since, survey)]
    names = names_of(row.by for row in rows)
    found = [_line(row, names.get(row.by, row.by)) for row in rows]
    return sorted(found, key=lambda line: (line.at, line.response_id), reverse=True)


def _line(row: Any, by: str) -> ChangedAnswer:
    what = (row.kind, row.response_id, row.survey, row.account_id, row.account, row.contact)
    return ChangedAnswer(
        *what, int(row.before), row.after, row.reason, row.note or "", by, bool(row.own), row.at, row.put_back_at
    )


def _who(table: Any) -> tuple[Any, ...]:
    named = (name_for_reader(SurveyProgram).label("survey"), Account.name.label("account"), Contact.name.label("contact"))
    return (table.account_id, *named)


def _excluded(viewer: Viewer, since: datetime, survey: str) -> Sequence[Any]:
    table = ResponseExclusion
    columns = (
        *(sa.literal(EXCLUDED).label("kind"), table.response_id, table.score.label("before"), sa.null().label("after")),
        *(sa.cast(table.reason, sa.Text).label("reason"), table.note, table.excluded_by.label("by")),
        *(table.own_account.label("own"), table.excluded_at.label("at"), table.put_back_at),
    )
    return _read(sa.select(*_who(table), *columns).select_from(table), table, viewer, table.excluded_at >= since, survey)


def _corrected(viewer: Viewer, since: datetime, survey: str) -> Sequence[Any]:
    version, later = ResponseVersion, sa.orm.aliased(ResponseVersion)
    after = (
        sa.select(later.content["score"].as_integer())
        .where(later.response_id == version.response_id, later.version == version.version + 1)
        .scalar_subquery()
    )
    owner = sa.literal("user:") + sa.cast(Account.owner_id, sa.Text)
    columns = (
        *(sa.literal(CORRECTED).label("kind"), version.response_id, version.content["score"].as_integer().label("before")),
        sa.func.coalesce(after, Response.score).label("after"),
        *(version.reason, version.note, version.changed_by.label("by"), (owner == version.changed_by).label("own")),
        *(version.replaced_at.label("at"), sa.null().label("put_back_at")),
    )
    by_staff = (version.changed_by.is_not(None), version.reason.not_in([reason.value for reason in SAID_BY_CUSTOMER]))
    query = sa.select(*_who(Response), *columns).select_from(version).join(Response, Response.id == version.response_id)
    return _read(query, Response, viewer, sa.and_(version.replaced_at >= since, *by_staff), survey)


def _read(query: sa.Select[Any], table: Any, viewer: Viewer, condition: Any, survey: str) -> Sequence[Any]:
    query = query.join(Account, Account.id == table.account_id).join(Contact, Contact.id == table.contact_id)
    query = query.join(SurveyProgram, SurveyProgram.id == table.survey_id).where(account_scope(viewer, READ), condition)
    return db.session.execute(query.where(SurveyProgram.code == survey) if survey else query).all()
