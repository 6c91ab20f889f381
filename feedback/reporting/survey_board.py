"""Whom we asked and who answered: survey programs with their personal links, and the links that still wait."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import account_scope
from feedback.defects.nps import nps_by
from feedback.defects.rules.reports import NpsGroup, NpsLine, NpsQuery
from feedback.extensions import db
from feedback.kernel import clock
from feedback.reporting.defect_board import BoardFilters
from feedback.reporting.defect_rows import SharePoint
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import SCORED_KINDS, InvitationState
from feedback.web.naming import name_for_reader

READ = "response.read"
WAITING = (InvitationState.CREATED, InvitationState.SENT, InvitationState.REMINDED)
ASKED = (*WAITING, InvitationState.ANSWERED, InvitationState.EXPIRED)  # who is planned, left out or unreachable was not asked


@dataclass(frozen=True)
class Links:
    """How many personal links were made, and what became of them."""

    answered: int = 0
    waiting: int = 0
    expired: int = 0

    @property
    def asked(self) -> int:
        """All of them."""
        return self.answered + self.waiting + self.expired


@dataclass(frozen=True)
class ProgramLine:
    """One survey program. `answers` came through any channel; `nps` is for those who may see company figures."""

    name: str
    kind: str
    links: Links
    answers: int
    nps: NpsLine | None


@dataclass(frozen=True)
class WaitingLink:
    """Somebody who was asked and has not answered."""

    contact: str
    account_id: int
    account: str
    survey: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class SurveyBoard:
    """Everything on the page."""

    programs: Sequence[ProgramLine]
    links: Links
    waiting: Sequence[WaitingLink]

    @property
    def rate(self) -> SharePoint:
        """Answered of asked, with its interval."""
        return SharePoint(clock.now().date(), self.links.asked, self.links.answered)


def survey_board(viewer: Viewer, filters: BoardFilters, *, offset: int, limit: int) -> SurveyBoard:
    """Programs and waiting links in the viewer's scope. The period counts the links made, and the answers given, in it."""
    columns = (SurveyProgram.id, SurveyProgram.code, name_for_reader(SurveyProgram).label("name"), SurveyProgram.kind)
    programs = db.session.execute(sa.select(*columns).where(SurveyProgram.kind.in_(SCORED_KINDS))).all()
    shown = [row for row in programs if filters.survey in ("", row.code)]
    links, figures = _links(viewer, filters), _figures(viewer, filters)
    if figures is None:
        answers, figures = _answers(viewer, filters), {}
    else:  # the figures of the company come from stored counts, however many answers there are
        answers = {row.id: figures[row.code].n for row in shown if row.code in figures}
    lines = [
        ProgramLine(row.name, row.kind, links.get(row.id, Links()), answers.get(row.id, 0), figures.get(row.code))
        for row in shown
    ]
    total = Links(*(sum(getattr(line.links, name) for line in lines) for name in ("answered", "waiting", "expired")))
    return SurveyBoard(lines, total, _waiting(viewer, filters, [row.id for row in shown], (offset, limit)))


def _start(filters: BoardFilters) -> datetime:
    first, _after = filters.window
    return datetime.combine(first, time(), UTC) if first else datetime(1, 1, 1, tzinfo=UTC)


def _links(viewer: Viewer, filters: BoardFilters) -> Mapping[int, Links]:
    ended = sa.case((Invitation.expires_at <= clock.now(), 1), else_=0)
    query = (
        sa.select(Invitation.survey_id, Invitation.state, ended, sa.func.count())
        .join(Account, Account.id == Invitation.account_id)
        .where(account_scope(viewer, READ), Invitation.created_at >= _start(filters), Invitation.state.in_(ASKED))
        .group_by(Invitation.survey_id, Invitation.state, ended)
    )
    found: dict[int, Counter[str]] = {}
    for survey_id, state, is_over, count in db.session.execute(query):
        name = "answered" if state is InvitationState.ANSWERED else "expired" if is_over or state not in WAITING else "waiting"
        found.setdefault(survey_id, Counter())[name] += count
    return {survey_id: Links(**counts) for survey_id, counts in found.items()}


def _answers(viewer: Viewer, filters: BoardFilters) -> Mapping[int, int]:
    query = (
        sa.select(Response.survey_id, sa.func.count())
        .join(Account, Account.id == Response.account_id)
        .where(account_scope(viewer, READ), Response.responded_at >= _start(filters))
        .group_by(Response.survey_id)
    )
    return {survey_id: count for survey_id, count in db.session.execute(query)}  # noqa: C416  rows are no pairs to mypy


def _figures(viewer: Viewer, filters: BoardFilters) -> Mapping[str, NpsLine] | None:
    """NPS by code; None for those who may not see company figures."""
    if scope_of(viewer, "report.read") is not Scope.ALL:
        return None
    start, stop = filters.window
    lines = nps_by(NpsQuery(start=start, stop=stop, group_by=NpsGroup.SURVEY))
    return {str(line.group["survey"]): line for line in lines}


def _waiting(viewer: Viewer, filters: BoardFilters, survey_ids: Sequence[int], part: tuple[int, int]) -> list[WaitingLink]:
    """Whoever was asked longest ago first: that link ends next."""
    query = (
        sa.select(
            sa.func.coalesce(Contact.name, Contact.external_id),
            Account.id,
            Account.name,
            name_for_reader(SurveyProgram),
            sa.func.coalesce(Invitation.sent_at, Invitation.created_at, type_=Invitation.created_at.type),
            Invitation.expires_at,
        )
        .join(Account, Account.id == Invitation.account_id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .join(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
        .where(
            account_scope(viewer, READ),
            Invitation.survey_id.in_(survey_ids),
            Invitation.created_at >= _start(filters),
            Invitation.state.in_(WAITING),
            Invitation.expires_at > clock.now(),
        )
        .order_by(Invitation.expires_at, Invitation.id)
        .offset(part[0])
        .limit(part[1])
    )
    return [WaitingLink(*row) for row in db.session.execute(query)]
