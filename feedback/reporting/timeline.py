"""The timeline of an account: everything that happened, from the tables where it is stored, put together when it is read."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account, AccountContact, Interaction, WalletEstimate
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.models import GateDecision
from feedback.inlets.models import Interview
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.queries import issue_scope
from feedback.kernel import clock
from feedback.kernel.db import noon_of
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import Page, decode_cursor, encode_cursor
from feedback.outer_loop.models import Disruption, DisruptionAccount
from feedback.permission.models import ConsentEvent
from feedback.surveys.models import Response, ResponseExclusion, SurveyProgram
from feedback.surveys.rules import band
from feedback.web.naming import name_for_reader, text_for_reader

Key = tuple[datetime, str, int]


@dataclass(frozen=True)
class TimelineEvent:
    """One thing that happened; `summary` says what, with the fields of its kind."""

    kind: str
    id: int
    occurred_at: datetime
    contact_id: int | None
    summary: dict[str, Any]

    @property
    def key(self) -> Key:
        """Its place: newest first, and always the same order among equals."""
        return self.occurred_at, self.kind, self.id


@dataclass(frozen=True)
class _Kind:
    """One table's part of the timeline."""

    name: str
    permission: str
    id: Any
    occurred_at: Any
    contact_id: Any
    columns: Sequence[Any]
    of_account: Callable[[int, Viewer], sa.ColumnElement[bool]]


def _kinds(without: Collection[str]) -> list[_Kind]:
    issue_of_event = sa.select(Issue.id)
    number_of_issue = sa.select(Issue.number).where(Issue.id == IssueEvent.issue_id).scalar_subquery().label("number")
    contacts = sa.select(AccountContact.contact_id)
    none = sa.null()
    # an estimate stands at its own day, which is often long before somebody entered it; never after that moment
    day, entered = noon_of(WalletEstimate.as_of), WalletEstimate.created_at
    estimated_at = sa.case((day > entered, entered), else_=day)
    return [
        *_answers(),
        *_disruptions(),
        *_selling(),
        _Kind(
            "issue_opened", "issue.read", Issue.id, Issue.opened_at, Issue.contact_id,
            (Issue.number, Issue.title, Issue.severity, Issue.category, Issue.source, Issue.state),
            lambda account_id, viewer: sa.and_(Issue.account_id == account_id, issue_scope(viewer)),
        ),
        _Kind(
            "issue_event", "issue.read", IssueEvent.id, IssueEvent.occurred_at, none,
            (IssueEvent.issue_id, number_of_issue, IssueEvent.kind.label("event"), IssueEvent.actor, IssueEvent.data),
            lambda account_id, viewer: sa.and_(
                IssueEvent.issue_id.in_(issue_of_event.where(Issue.account_id == account_id, issue_scope(viewer))),
                IssueEvent.kind.not_in(without),
            ),
        ),
        _Kind(
            "interaction", "account.read", Interaction.id, Interaction.occurred_at, Interaction.contact_id,
            (Interaction.channel, Interaction.direction, Interaction.summary, Interaction.issue_id),
            lambda account_id, _: Interaction.account_id == account_id,
        ),
        _Kind(
            "consent", "consent.read", ConsentEvent.id, ConsentEvent.occurred_at, ConsentEvent.contact_id,
            (ConsentEvent.purpose, ConsentEvent.channel, ConsentEvent.action, ConsentEvent.basis),
            lambda account_id, _: ConsentEvent.contact_id.in_(contacts.where(AccountContact.account_id == account_id)),
        ),
        _Kind(
            "wallet_estimate", "account.read", WalletEstimate.id, estimated_at, none,
            (
                WalletEstimate.category, WalletEstimate.total_spend, WalletEstimate.our_spend, WalletEstimate.source,
                WalletEstimate.confidence, WalletEstimate.as_of, WalletEstimate.created_at.label("recorded_at"),
            ),
            lambda account_id, _: WalletEstimate.account_id == account_id,
        ),
    ]  # fmt: skip


def _selling() -> list[_Kind]:
    """Whom we approached to sell, and what the gate was asked."""
    return [
        _Kind(
            "sales_contact", "sales.read", SalesContact.id, SalesContact.occurred_at, SalesContact.contact_id,
            (
                SalesContact.channel, SalesContact.outcome, SalesContact.matched, SalesContact.note, SalesContact.source,
                sa.select(User.name).where(User.id == SalesContact.user_id).scalar_subquery().label("seller"),
            ),
            lambda account_id, _: SalesContact.account_id == account_id,
        ),
        _Kind(
            "gate_decision", "gate.read", GateDecision.id, GateDecision.decided_at, GateDecision.contact_id,
            (GateDecision.outcome, GateDecision.play, GateDecision.purpose, GateDecision.channel, GateDecision.expires_at),
            lambda account_id, _: GateDecision.account_id == account_id,
        ),
    ]  # fmt: skip


def _answers() -> list[_Kind]:
    """What was answered, and what was answered and does not count."""
    return [
        _Kind(
            "response", "response.read", Response.id, Response.responded_at, Response.contact_id,
            (
                Response.score, Response.comment, Response.language, Response.channel, Response.version, Response.survey_id,
                *_survey(Response.survey_id), *_interviewer(),
            ),
            lambda account_id, _: Response.account_id == account_id,
        ),
        _Kind(
            "response_excluded", "response.read", ResponseExclusion.id, ResponseExclusion.responded_at,
            ResponseExclusion.contact_id,
            (
                ResponseExclusion.response_id, ResponseExclusion.score, ResponseExclusion.reason, ResponseExclusion.note,
                ResponseExclusion.excluded_by, ResponseExclusion.excluded_at, ResponseExclusion.survey_id,
                *_survey(ResponseExclusion.survey_id),
            ),
            lambda account_id, _: sa.and_(
                ResponseExclusion.account_id == account_id, ResponseExclusion.put_back_at.is_(None)
            ),
        ),
    ]  # fmt: skip


def _disruptions() -> list[_Kind]:
    """What was broken on our side at the account, and when it was over; one that was entered by mistake was none."""
    row, here, now = Disruption, DisruptionAccount, clock.now()
    title = text_for_reader(row.titles, row.title).label("title")

    def has_come(moment: Any) -> Callable[[int, Viewer], sa.ColumnElement[bool]]:
        def of_account(account_id: int, viewer: Viewer) -> sa.ColumnElement[bool]:
            mine = sa.select(here.disruption_id).join(Account, Account.id == here.account_id)
            mine = mine.where(here.account_id == account_id, account_scope(viewer, "disruption.read"))
            return sa.and_(row.id.in_(mine), moment <= now, row.withdrawn_at.is_(None))

        return of_account

    columns, who = (title, row.holds_sales), sa.null()
    return [
        _Kind("disruption_began", "disruption.read", row.id, row.starts_at, who, columns, has_come(row.starts_at)),
        _Kind("disruption_over", "disruption.read", row.id, row.ends_at, who, columns, has_come(row.ends_at)),
    ]


def _interviewer() -> list[Any]:
    """Who noted an answer by phone, and whether they sell to this account: the newest talk about it."""
    about = sa.select(Interview).where(Interview.response_id == Response.id)
    newest = about.order_by(Interview.id.desc()).limit(1)
    name = sa.select(User.name).where(User.id == Interview.interviewer_id).scalar_subquery()
    return [
        newest.with_only_columns(name).scalar_subquery().label("interviewer"),
        newest.with_only_columns(Interview.own_account).scalar_subquery().label("own_account"),
    ]


def _survey(survey_id: Any) -> list[Any]:
    """The code of an answer's survey, and what it is called for the reader."""
    code = sa.select(SurveyProgram.code).where(SurveyProgram.id == survey_id)
    name = code.with_only_columns(name_for_reader(SurveyProgram))
    return [code.scalar_subquery().label("survey"), name.scalar_subquery().label("survey_name")]


def list_timeline(
    account_id: int,
    viewer: Viewer,
    *,
    limit: int,
    cursor: str | None = None,
    contact_id: int | None = None,
    without: Collection[str] = (),
) -> Page[TimelineEvent]:
    """What happened with an account that was accessed before, newest first; kinds that the viewer may not see are left out.

    Args:
        without: kinds of events of issues that are not wanted.
    """
    before = _read_cursor(cursor) if cursor else None
    parts = [
        _events(kind, account_id, viewer, before, contact_id, limit + 1)
        for kind in _kinds(without)
        if scope_of(viewer, kind.permission) is not Scope.NONE
    ]
    found = list(islice(merge(*parts, key=lambda event: event.key, reverse=True), limit + 1))
    shown = found[:limit]
    return Page(shown, encode_cursor(*_cursor_of(shown[-1])) if len(found) > limit else None)


def _events(
    kind: _Kind, account_id: int, viewer: Viewer, before: Key | None, contact_id: int | None, limit: int
) -> Iterator[TimelineEvent]:
    query = (
        sa.select(kind.id.label("id"), kind.occurred_at.label("at"), kind.contact_id.label("contact"), *kind.columns)
        .where(kind.of_account(account_id, viewer))
        .order_by(kind.occurred_at.desc(), kind.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_is_before(kind, before))
    if contact_id is not None:
        query = query.where(kind.contact_id == contact_id)
    for row in db.session.execute(query):
        id_, at, contact, *_rest = row
        summary = {str(name): _plain(value) for name, value in list(row._asdict().items())[3:]}
        if "score" in summary:
            summary["band"] = band(summary["score"]).value
        yield TimelineEvent(kind.name, id_, at, contact, summary)


def _is_before(kind: _Kind, before: Key) -> sa.ColumnElement[bool]:
    at, name, id_ = before
    if kind.name < name:
        return kind.occurred_at <= at
    if kind.name > name:
        return kind.occurred_at < at
    return sa.or_(kind.occurred_at < at, sa.and_(kind.occurred_at == at, kind.id < id_))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _cursor_of(event: TimelineEvent) -> tuple[str, str, int]:
    return event.occurred_at.isoformat(), event.kind, event.id


def _read_cursor(cursor: str) -> Key:
    at, name, id_ = decode_cursor(cursor, size=3)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(name, str) or type(id_) is not int:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise InvalidInput({"cursor": ["This cursor is not one of ours; start again without it."]}) from error
    return moment, name, id_
