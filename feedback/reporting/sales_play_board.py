"""The inbox of sales plays: what was suggested, what the screening says, and the months behind it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import access_account
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.outer_loop.models import Disruption, DisruptionAccount
from feedback.selling.models import SalesPlay
from feedback.selling.presenting import decisions_of, reasons_of
from feedback.selling.queries import READ, PlayFilter, list_plays
from feedback.selling.reading import read_account
from feedback.selling.rules import PlayState, may_answer
from feedback.selling.screening import as_data
from feedback.selling.service import WORK
from feedback.selling.wording import spend_words

SHOWN = 50


@dataclass(frozen=True)
class SpendMonth:
    """A month of the chart; None where nobody knows."""

    month: date
    spend: float | None
    expected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SpendChart:
    """Why a drop of spend is one, or none."""

    months: tuple[SpendMonth, ...]
    judged: date
    disruptions: tuple[tuple[date, date | None], ...]
    said: str | None
    currency: str


@dataclass(frozen=True)
class PlayLine:
    """One sales play as its reader sees it."""

    id: int
    account_id: int
    account: str
    state: PlayState
    trigger: str
    source: str
    reasons: tuple[str, ...]
    play: str | None
    issue: tuple[int, int, str | None] | None  # id, number, owner
    chart: SpendChart | None
    answer: str | None
    note: str | None
    received_at: datetime
    expires_at: datetime
    asks: bool  # the reader may answer it
    works: bool  # the reader may take and dismiss it
    people: tuple[tuple[str, str], ...]  # external id and name of whom one may have spoken with, who decides first


def sales_plays(viewer: Viewer, state: PlayState, *, cursor: str | None = None) -> tuple[list[PlayLine], str | None]:
    """The newest plays of one state in the viewer's scope, and where the next ones begin."""
    page = list_plays(viewer, PlayFilter(state=state), limit=SHOWN, cursor=cursor)
    return _lines(page.items, viewer), page.next_cursor


def plays_of(account_id: int, viewer: Viewer) -> list[PlayLine]:
    """The newest plays of an account."""
    if scope_of(viewer, READ) is Scope.NONE:
        return []
    return _lines(list_plays(viewer, PlayFilter(account_id=account_id), limit=5).items, viewer)


def spend_of(account_id: int, viewer: Viewer) -> SpendChart | None:
    """The spend of an account as it stands today; None without any."""
    access_account(account_id, viewer=viewer)
    reading = read_account(account_id)
    if reading is None or not any(one.spend for one in reading.chart):
        return None
    found = as_data(reading)
    judged = date.fromisoformat(found["chart"][-1][0])
    return _chart(found, judged, _disruptions([account_id]).get(account_id, ()))


def _lines(plays: Sequence[SalesPlay], viewer: Viewer) -> list[PlayLine]:
    ids = {play.account_id for play in plays}
    names = dict(db.session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(ids))).all())
    decisions, issues, holds, people = decisions_of(plays), _issues(plays), _disruptions(sorted(ids)), _people(ids)
    works = scope_of(viewer, WORK) is not Scope.NONE
    return [
        PlayLine(
            play.id,
            play.account_id,
            names[play.account_id],
            play.state,
            play.trigger,
            play.source,
            tuple(reason.text for reason in reasons_of(play, decision)),
            decision["play"] if decision is not None else None,
            issues.get(play.issue_id or 0),
            _chart(play.baseline, play.month, holds.get(play.account_id, ())),
            play.answer,
            play.answer_note,
            play.received_at,
            play.expires_at,
            works and may_answer(play.state, play.trigger),
            works,
            people.get(play.account_id, ()),
        )
        for play in plays
        for decision in [decisions.get(play.decision_id or 0)]
    ]


def _people(account_ids: Collection[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Who works at each account, those who decide first."""
    query = (
        sa.select(AccountContact.account_id, AccountContact.role, Contact.external_id, Contact.name)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(AccountContact.account_id.in_(account_ids), AccountContact.left_at.is_(None), Contact.erased_at.is_(None))
        .order_by(Contact.name, Contact.id)
    )
    rows = sorted(db.session.execute(query), key=lambda row: row.role is not ContactRole.DECISION_MAKER)
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for row in rows:
        found[row.account_id] = (*found.get(row.account_id, ()), (row.external_id, row.name or row.external_id))
    return found


def _issues(plays: Sequence[SalesPlay]) -> dict[int, tuple[int, int, str | None]]:
    ids = {play.issue_id for play in plays if play.issue_id is not None}
    query = sa.select(Issue.id, Issue.number, User.name).outerjoin(User, User.id == Issue.owner_id).where(Issue.id.in_(ids))
    return {row[0]: (row[0], row[1], row[2]) for row in db.session.execute(query)}


def _disruptions(account_ids: Sequence[int]) -> dict[int, tuple[tuple[date, date | None], ...]]:
    query = (
        sa.select(DisruptionAccount.account_id, Disruption.starts_at, Disruption.ends_at)
        .join(Disruption, Disruption.id == DisruptionAccount.disruption_id)
        .where(DisruptionAccount.account_id.in_(account_ids), Disruption.withdrawn_at.is_(None))
        .order_by(Disruption.starts_at)
    )
    found: dict[int, tuple[tuple[date, date | None], ...]] = {}
    for account_id, starts_at, ends_at in db.session.execute(query):
        span = (starts_at.date(), ends_at.date() if ends_at is not None else None)
        found[account_id] = (*found.get(account_id, ()), span)
    return found


def _chart(
    baseline: Mapping[str, Any] | None, judged: date | None, disruptions: tuple[tuple[date, date | None], ...]
) -> SpendChart | None:
    if baseline is None or judged is None or not baseline["chart"]:
        return None
    months = tuple(SpendMonth(date.fromisoformat(at), *values) for at, *values in baseline["chart"])
    return SpendChart(months, judged, disruptions, spend_words(judged, baseline), current_exchange().currency)
