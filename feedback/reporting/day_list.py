"""Whom may I call today, about what, and why now? The gate is asked without storing, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, Contact, Contract
from feedback.accounts.queries import account_scope
from feedback.accounts.rules import AccountStatus
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.gate.rules import Outcome
from feedback.gate.standing import Standing, standings
from feedback.issues.models import Issue
from feedback.issues.queries import issue_scope
from feedback.kernel import clock
from feedback.kernel.bulk import among
from feedback.outer_loop.models import Disruption, DisruptionAccount
from feedback.planning.gate_word import GateWord, gate_words
from feedback.planning.locking import READ
from feedback.planning.models import AccountPlan, PlanIntent, PlanReview
from feedback.planning.rules.calling import WhyNow, call_score, is_near, value_of
from feedback.planning.rules.states import IntentState, PlanState
from feedback.selling.models import SalesPlay
from feedback.selling.rules import PlayState
from feedback.web.naming import said
from feedback.web.numerals import day, day_of, number, one_stop

INTENT_DAYS, INTENT_MISSED, REVIEW_DAYS, RENEWAL_DAYS = 14, 30, 7, 90


@dataclass(frozen=True)
class Reason:
    """Why now, in a sentence."""

    why: WhyNow
    text: str


@dataclass(frozen=True)
class Call:
    """An account that may be called: whom, about what, why now, and what not to touch."""

    account_id: int
    account: str
    plan_id: int | None
    contact_id: int
    contact: str
    phone: str | None
    play: str
    outcome: str
    revenue: float | None
    reasons: Sequence[Reason]
    about: Sequence[str]
    briefing: Sequence[str]
    score: float


@dataclass(frozen=True)
class NoCall:
    """An account that is not to be called: why, in a sentence, and when it is looked at again."""

    account_id: int
    account: str
    play: str
    because: str
    again_at: datetime | None
    value: float


@dataclass(frozen=True)
class DayList:
    """The list of one day."""

    calls: Sequence[Call]
    others: Sequence[NoCall]
    currency: str
    made_at: datetime


@dataclass(frozen=True)
class _Row:
    id: int
    name: str
    tier: str
    revenue: float | None
    renewal_on: date | None


def day_list(viewer: Viewer, owner_id: int | None) -> DayList:
    """The accounts of one account manager, as far as the viewer may see them."""
    now, exchange = clock.now(), current_exchange()
    rows = _accounts(viewer, owner_id)
    stands = standings([row.id for row in rows], now)
    words = gate_words(list(stands.values()), asker=owner_id)
    known = _Known.of(rows, viewer, stands, words, now)
    most = max((row.revenue or 0.0 for row in rows), default=0.0)
    calls, others = [], []
    for row in rows:
        word, value = words[row.id], value_of(row.tier, row.revenue, most)
        if word.opens and word.contact_id is not None:
            calls.append(_call(row, stands[row.id], word, value, known))
        else:
            others.append(_no_call(row, stands[row.id], word, value))
    calls.sort(key=lambda one: (-one.score, one.account))
    others.sort(key=lambda one: (-one.value, one.account))
    return DayList(calls, others, exchange.currency, now)


def _accounts(viewer: Viewer, owner_id: int | None) -> list[_Row]:
    query = sa.select(Account).where(account_scope(viewer, READ), Account.status == AccountStatus.ACTIVE)
    exchange = current_exchange()
    found = db.session.scalars(query.where(Account.owner_id == owner_id)).all()
    return [
        _Row(one.id, one.name, one.value_tier.value, exchange.converted(one.annual_revenue, one.currency), one.renewal_on)
        for one in found
    ]


@dataclass(frozen=True)
class _Known:
    """What the reasons are made from, by account."""

    today: date
    since: datetime  # the beginning of yesterday where the viewer is
    phones: Mapping[int, str | None]
    intents: Mapping[int, Sequence[PlanIntent]]
    reviews: Mapping[int, Sequence[PlanReview]]
    plans: Mapping[int, int]
    renewals: Mapping[int, date]
    confirmed: Mapping[int, tuple[int, datetime]]
    told: Mapping[int, tuple[str, datetime]]
    titles: Mapping[int, str]
    plays: Mapping[int, datetime]

    @classmethod
    def of(
        cls, rows: Sequence[_Row], viewer: Viewer, stands: Mapping[int, Standing], words: Mapping[int, GateWord], now: datetime
    ) -> "_Known":
        zone = ZoneInfo(viewer.time_zone)
        today = now.astimezone(zone).date()
        since = datetime.combine(today - timedelta(days=1), time(), zone).astimezone(UTC)
        callable_ids = [row.id for row in rows if words[row.id].opens]
        contacts = [words[id_].contact_id or 0 for id_ in callable_ids]
        minor = [issue.id for id_ in callable_ids for issue in stands[id_].facts.issues.issues]
        plans = _plans(callable_ids)
        return cls(
            today=today,
            since=since,
            phones=_phones(contacts),
            intents=_parts(PlanIntent, plans, PlanIntent.state == IntentState.OPEN, PlanIntent.due_on.is_not(None)),
            reviews=_parts(PlanReview, plans, PlanReview.held_at.is_(None), PlanReview.cancelled_at.is_(None)),
            plans={account: plan for plan, account in plans.items()},
            renewals=_renewals(rows, callable_ids, today),
            confirmed=_confirmed(callable_ids, since),
            told=_told(callable_ids, since),
            titles=_titles(minor, viewer),
            plays=_accepted_plays(callable_ids),
        )


def _phones(contact_ids: Collection[int]) -> dict[int, str | None]:
    rows: Any = db.session.execute(sa.select(Contact.id, Contact.phone).where(among(Contact.id, sorted(contact_ids))))
    return dict(row for row in rows)


def _plans(account_ids: Sequence[int]) -> dict[int, int]:
    """Active plan → account."""
    where = (AccountPlan.state == PlanState.ACTIVE, among(AccountPlan.account_id, account_ids))
    rows: Any = db.session.execute(
        sa.select(AccountPlan.id, AccountPlan.account_id).where(*where).order_by(AccountPlan.starts_on)
    )
    return dict(row for row in rows)


def _parts(model: Any, plans: Mapping[int, int], *where: sa.ColumnElement[bool]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in db.session.scalars(sa.select(model).where(among(model.plan_id, sorted(plans)), *where).order_by(model.id)):
        found[plans[row.plan_id]].append(row)
    return found


def _renewals(rows: Sequence[_Row], account_ids: Sequence[int], today: date) -> dict[int, date]:
    """The next day on which the account decides whether to go on: of a contract, else its own."""
    ahead = (Contract.ended.is_(False), Contract.renewal_on >= today, among(Contract.account_id, account_ids))
    query = sa.select(Contract.account_id, sa.func.min(Contract.renewal_on)).where(*ahead).group_by(Contract.account_id)
    of_contracts: Any = db.session.execute(query).all()
    own = {row.id: row.renewal_on for row in rows if row.renewal_on is not None and row.renewal_on >= today}
    return own | {account_id: on for account_id, on in of_contracts if on is not None}


def _confirmed(account_ids: Sequence[int], since: datetime) -> dict[int, tuple[int, datetime]]:
    where = (among(Issue.account_id, account_ids), Issue.verified_at >= since)
    query = sa.select(Issue.account_id, Issue.number, Issue.verified_at).where(*where).order_by(Issue.verified_at)
    rows: Any = db.session.execute(query)
    return {account_id: (number_, at) for account_id, number_, at in rows}


def _told(account_ids: Sequence[int], since: datetime) -> dict[int, tuple[str, datetime]]:
    where = (among(DisruptionAccount.account_id, account_ids), DisruptionAccount.followed_up_at >= since, Disruption.holds_sales)
    query = sa.select(DisruptionAccount.account_id, Disruption, DisruptionAccount.followed_up_at)
    query = query.join(Disruption, Disruption.id == DisruptionAccount.disruption_id).where(*where)
    rows: Any = db.session.execute(query)
    return {account_id: (said(one.titles, one.title), at) for account_id, one, at in rows}


def _accepted_plays(account_ids: Sequence[int]) -> dict[int, datetime]:
    """Account → when the newest suggestion to sell that went through the screening came."""
    newest = sa.func.max(SalesPlay.received_at, type_=SalesPlay.received_at.type)
    where = (among(SalesPlay.account_id, account_ids), SalesPlay.state == PlayState.ACCEPTED, SalesPlay.ended_at.is_(None))
    rows: Any = db.session.execute(sa.select(SalesPlay.account_id, newest).where(*where).group_by(SalesPlay.account_id))
    return dict(row for row in rows)


def _titles(issue_ids: Sequence[int], viewer: Viewer) -> dict[int, str]:
    """What open issues are about, of those that the viewer may see."""
    query = sa.select(Issue.id, sa.func.coalesce(Issue.title, shown_name(), "")).outerjoin(Defect, Defect.id == Issue.defect_id)
    rows: Any = db.session.execute(query.where(among(Issue.id, issue_ids), issue_scope(viewer)))
    return dict(row for row in rows)


def _call(row: _Row, standing: Standing, word: GateWord, value: float, known: _Known) -> Call:
    reasons = _reasons(row, standing, word, known)
    contact_id = word.contact_id or 0
    return Call(
        account_id=row.id,
        account=row.name,
        plan_id=known.plans.get(row.id),
        contact_id=contact_id,
        contact=word.contact or "",
        phone=known.phones.get(contact_id),
        play=standing.play.value,
        outcome=word.outcome,
        revenue=row.revenue,
        reasons=reasons,
        about=[_about(one) for one in known.intents.get(row.id, ())],
        briefing=_briefing(standing, word, known),
        score=call_score(value, [reason.why for reason in reasons]),
    )


def _about(one: PlanIntent) -> str:
    return f"{one.product} · {number(one.amount)} {one.currency}" if one.amount else one.product


def _briefing(standing: Standing, word: GateWord, known: _Known) -> list[str]:
    """What not to touch: open minor issues, which somebody else is mending; and that one offer is enough."""
    lines = []
    for issue in standing.facts.issues.issues:
        title, owner = known.titles.get(issue.id) or _("an open issue"), issue.owner or _("nobody yet")
        lines.append(_("#%(number)s, %(title)s, is open; %(owner)s is on it: promise nothing about it.",
                       number=issue.number, title=title, owner=owner))  # fmt: skip
    if word.outcome == Outcome.ALLOW_LIMITED:
        lines.append(_("One offer, the one that fits best; no list."))
    return lines


def _reasons(row: _Row, standing: Standing, word: GateWord, known: _Known) -> list[Reason]:
    found = [*_opened(row, word, known), *_planned(row, known)]
    renewal = known.renewals.get(row.id)
    if renewal is not None and is_near((renewal - known.today).days, within=RENEWAL_DAYS):
        found.append(Reason(WhyNow.RENEWAL_NEAR, _("The contract is up for renewal on %(day)s.", day=day(renewal))))
    newest = standing.newest_answer_at
    if newest is not None and newest >= known.since:
        found.append(Reason(WhyNow.FRESH_ANSWER, _("They answered us on %(day)s.", day=day_of(newest))))
    found = [Reason(one.why, one_stop(one.text)) for one in found]
    return found or [Reason(WhyNow.OPEN, _("Nothing is new; nothing speaks against it."))]


def _opened(row: _Row, word: GateWord, known: _Known) -> list[Reason]:
    """What opened the gate since yesterday."""
    found, moment = [], word.finding.moment
    wish = moment.person.wishes.not_now_until if moment else None
    if wish is not None and is_near((wish - known.today).days, within=0, missed=1):
        text = _("%(name)s asked not to be called before %(day)s; that day has come.", name=word.contact, day=day(wish))
        found.append(Reason(WhyNow.ASKED_FOR_TODAY, text))
    if row.id in known.confirmed:
        number_, at = known.confirmed[row.id]
        text = _("The customer confirmed on %(day)s that issue #%(number)s is solved.", day=day_of(at), number=number_)
        found.append(Reason(WhyNow.FIX_CONFIRMED, text))
    if row.id in known.told:
        title, at = known.told[row.id]
        text = _("“%(title)s” is over; they were told on %(day)s.", title=title, day=day_of(at))
        found.append(Reason(WhyNow.TOLD_OVER, text))
    since = moment.consent.since if moment else None
    if since is not None and since >= known.since:
        text = _("%(name)s said yes to offers by phone on %(day)s.", name=word.contact, day=day_of(since))
        found.append(Reason(WhyNow.CONSENT_GIVEN, text))
    return found


def _planned(row: _Row, known: _Known) -> list[Reason]:
    """What the plan of the account says about these days."""
    found = []
    if row.id in known.plays:
        text = _("A suggestion to sell of %(day)s went through the screening.", day=day_of(known.plays[row.id]))
        found.append(Reason(WhyNow.PLAY_ACCEPTED, text))
    for one in known.intents.get(row.id, ()):
        if one.due_on is not None and is_near((one.due_on - known.today).days, within=INTENT_DAYS, missed=INTENT_MISSED):
            text = _("The plan means to offer %(product)s by %(day)s.", product=one.product, day=day(one.due_on))
            found.append(Reason(WhyNow.INTENT_DUE, text))
    for review in known.reviews.get(row.id, ()):
        if is_near((review.starts_at.date() - known.today).days, within=REVIEW_DAYS, missed=365):
            found.append(Reason(WhyNow.REVIEW_DUE, _("The plan is to be reviewed on %(day)s.", day=day_of(review.starts_at))))
    return found


def _no_call(row: _Row, standing: Standing, word: GateWord, value: float) -> NoCall:
    dues = [change.due for change in standing.must_change if change.due is not None and change.due > standing.computed_at]
    again = word.until or min(dues, default=None) or standing.next_review_at
    return NoCall(row.id, row.name, standing.play.value, word.because, again, value)
