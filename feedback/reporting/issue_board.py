"""The issues page as rows: queues with their counts, and one issue with everything that is known about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Role, Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, Contact, Interaction
from feedback.defects.models import Citation, Defect
from feedback.extensions import db
from feedback.gate.standing import Standing, standing_of
from feedback.issues.alarms import NextStep, next_steps
from feedback.issues.confirmed import closes_at
from feedback.issues.models import Commitment, Issue, IssueVoice
from feedback.issues.moves import possible_moves
from feedback.issues.owing import DueFirst, due_first, due_first_of
from feedback.issues.people import people_of, people_to_answer
from feedback.issues.queries import (
    Due,
    IssueFilter,
    Kind,
    Order,
    access_issue,
    count_issues,
    issue_scope,
    list_commitments,
    list_history,
    list_interactions,
    list_issues,
    list_voices,
    names_of,
)
from feedback.issues.queries.fixing import fix_owners_of, fixes_owed_by
from feedback.issues.queries.route_facts import route_facts
from feedback.issues.queries.single import Names, Voice, voices_of
from feedback.issues.readings import Readings, read_clocks
from feedback.issues.rules import CLOSED_STATES, OPEN_STATES, IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.reporting.issue_history import Told, told_of
from feedback.reporting.issue_neighbours import ContractChoice, Sibling, list_choices, list_siblings, merged_number
from feedback.reporting.issue_work import IssueWork, issue_work
from feedback.reporting.receivers import Receiver, receivers
from feedback.reporting.verification import verification_state
from feedback.staffing.queries import StoodInFor, deputies_of, stood_in_for
from feedback.surveys.models import Response

TABS = ("mine", "team", "overdue", "closed")
PAGE_SIZE = 50
CITED_WITHIN = timedelta(days=365)


@dataclass(frozen=True)
class QueueLine:
    """One issue of a queue. `first` is what is due first, None when nothing is."""

    id: int
    number: int
    about: str | None
    account: str
    state: str
    severity: str
    first: DueFirst | None
    owner: str | None
    score: int | None
    priority: float
    waiting: bool = False  # in the team's queue; the owner answers for it
    waits_for_customer: bool = False
    escalated: int = 0
    source: str = IssueSource.RESPONSE.value
    unanswered: int = 0  # people, where there are several, who are still to be answered
    harms: bool = False
    harmed_count: int | None = None
    stands_in: str | None = None  # who does the work of the owner today
    stands_in_id: int | None = None
    fixer_id: int | None = None  # who owes the fix that is under way
    why: Mapping[str, Any] = field(default_factory=dict)  # of a work item: which silence, and for how long
    withdrawn: bool = False  # it was a mistake, and counts nowhere


@dataclass(frozen=True)
class Narrowing:
    """What the filters above a queue let through; None means any."""

    state: IssueState | None = None
    severity: Severity | None = None
    defect: str | None = None  # its code
    kind: Kind | None = None


@dataclass(frozen=True)
class IssueQueue:
    """One tab, and how many issues each tab holds."""

    tab: str
    order: Order
    counts: Mapping[str, int]
    lines: tuple[QueueLine, ...]
    next_cursor: str | None
    restarted: bool = False  # the address named no place in it: this is its beginning


@dataclass(frozen=True)
class CustomerFacts:
    """The account and the person to talk to."""

    account_id: int
    account: str
    value_tier: str
    revenue: float | None
    currency: str
    contact: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True)
class IssueDetail:
    """One issue. `moves` maps each state that may follow to what is missing; `work` says whether the viewer may act."""

    issue: Issue
    names: Names
    first: DueFirst | None
    customer: CustomerFacts
    standing: Standing
    voices: Sequence[Voice]
    other_accounts: int
    commitments: Sequence[Commitment]
    interactions: Sequence[Interaction]
    history: Sequence[Any]
    moves: Mapping[str, Sequence[str]]
    receivers: Sequence[Receiver]
    work: bool
    clocks: Readings
    next_steps: Sequence[NextStep]
    working: IssueWork
    told: Told
    siblings: Sequence[Sibling] = ()
    contracts: Sequence[ContractChoice] = ()
    merged_number: int | None = None
    away: StoodInFor | None = None  # the owner, who is not there today
    language: str | None = None  # the customer's, as the routing rules see it
    hasty: bool = False  # tried often enough to close it without a word, but all within a day
    closes_at: datetime | None = None  # by itself, when nothing is left to do

    @property
    def is_open(self) -> bool:
        """Whether anything is left to do."""
        return self.issue.closed_at is None

    @property
    def kept(self) -> int:
        """Promises kept in time; one that is kept late was broken."""
        return sum(made.kept_at is not None and made.kept_at <= made.due_at for made in self.commitments)


def issue_queue(
    viewer: Viewer, tab: str, *, order: Order = Order.DUE, cursor: str | None = None, only: Narrowing = Narrowing()
) -> IssueQueue:
    """The issues of a tab in the viewer's scope; one that this viewer does not have is the first."""
    tab = tab if tab in tabs_of(viewer) else default_tab(viewer)
    found = list_issues(viewer, queue_filter(viewer, tab, only), order=order, limit=PAGE_SIZE, cursor=cursor)
    counts = {name: count_issues(viewer, queue_filter(viewer, name, only)) for name in TABS if name != "closed"}
    return IssueQueue(tab, order, counts, tuple(queue_lines(found.items)), found.next_cursor)


def tabs_of(viewer: Viewer) -> tuple[str, ...]:
    """Nobody but the frontline owns issues."""
    return TABS if viewer.role is Role.FRONTLINE else TABS[1:]


def default_tab(viewer: Viewer) -> str:
    """People who work on issues start with their own; others with all they may see."""
    return "mine" if viewer.role is Role.FRONTLINE else "team"


def queue_filter(viewer: Viewer, tab: str, only: Narrowing) -> IssueFilter:
    """What a tab holds, less what the filters leave out; closed issues are narrowed by no open state."""
    wanted = _wanted(viewer, tab)
    states = wanted.states if only.state is None or only.state not in wanted.states else (only.state,)
    defect = db.session.scalar(sa.select(Defect.id).where(Defect.code == only.defect)) if only.defect else None
    return replace(wanted, states=states, severity=only.severity, defect_id=defect, kind=only.kind)


def _wanted(viewer: Viewer, tab: str) -> IssueFilter:
    if tab == "closed":
        return IssueFilter(states=CLOSED_STATES)
    # overdue is "mine" for those who own issues: other people's overdue ones are in the team's tab, on top
    mine = tab == "mine" or (tab == "overdue" and viewer.role is Role.FRONTLINE)
    due = Due.OVERDUE if tab == "overdue" else None
    if not mine or viewer.user_id is None:
        return IssueFilter(states=OPEN_STATES, due=due)
    me = viewer.user_id
    return IssueFilter(states=OPEN_STATES, owner_id=me, or_of=stood_in_for(me), or_ids=fixes_owed_by(me), due=due)


def queue_lines(issues: Sequence[Issue]) -> list[QueueLine]:
    """Issues as lines of a list."""
    ids = [issue.id for issue in issues]
    names, scores, voices = names_of(ids), _scores(ids), voices_of(ids)
    away, fixers = deputies_of(issue.owner_id for issue in issues), fix_owners_of(ids)
    first = due_first_of(issues)
    return [
        QueueLine(
            issue.id,
            issue.number,
            names[issue.id].defect_name or issue.title,
            names[issue.id].account,
            issue.state,
            issue.severity,
            first.get(issue.id),
            names[issue.id].owner,
            scores.get(issue.id),
            issue.priority,
            issue.queued_at is not None,
            issue.waiting_since is not None,
            issue.escalated,
            issue.source,
            people_to_answer(voices[issue.id]) if len(people_of(voices[issue.id])) > 1 else 0,
            issue.harms_customers,
            issue.harmed_count,
            *_deputy(away.get(issue.owner_id or 0)),
            fixers.get(issue.id),
            issue.why,
            issue.withdrawn_at is not None,
        )
        for issue in issues
    ]


def _deputy(away: StoodInFor | None) -> tuple[str | None, int | None]:
    return (None, None) if away is None else (away.deputy, away.deputy_id)


def _scores(issue_ids: Sequence[int]) -> dict[int, int]:
    """The lowest score that anybody gave with the issue."""
    query = (
        sa.select(IssueVoice.issue_id, sa.func.min(Response.score))
        .join(Response, Response.id == IssueVoice.response_id)
        .where(IssueVoice.issue_id.in_(issue_ids))
        .group_by(IssueVoice.issue_id)
    )
    found: Any = db.session.execute(query)
    return dict(map(tuple, found))


def issue_detail(viewer: Viewer, issue_id: int) -> IssueDetail:
    """One issue, if the viewer may see it.

    Raises:
        NotFound: missing or somebody else's.
    """
    issue = access_issue(issue_id, viewer=viewer)
    names, work = names_of([issue.id])[issue.id], _may_work(issue, viewer)
    voices, promises, history = list_voices(issue.id), list_commitments(issue.id), list_history(issue.id)
    talks = list_interactions(issue.id)
    return IssueDetail(
        issue=issue,
        names=names,
        first=due_first(issue),
        customer=_customer(issue),
        standing=standing_of(issue.account_id, clock.now()),
        voices=voices,
        other_accounts=_other_accounts(issue),
        commitments=promises,
        interactions=talks,
        history=history,
        moves={target.value: missing for target, missing in possible_moves(issue).items()},
        receivers=receivers(issue.team_id or viewer.team_id, without=None if issue.queued_at else issue.owner_id),
        work=work,
        siblings=list_siblings(issue, viewer),
        contracts=list_choices(issue.account_id),
        merged_number=merged_number(issue),
        away=deputies_of([issue.owner_id]).get(issue.owner_id or 0),
        clocks=read_clocks(issue),
        language=route_facts([issue.id], helpers=False)[issue.id].language,
        hasty=_is_hasty(issue),
        closes_at=closes_at(issue),
        next_steps=next_steps(issue),
        working=issue_work(viewer, issue, work=work),
        told=told_of(issue.id, [event for event, _name in history], talks, promises, voices),
    )


def _is_hasty(issue: Issue) -> bool:
    if issue.state is not IssueState.FIXED:
        return False
    state = verification_state(issue)
    return state.is_hasty and state.closable_from is not None and state.closable_from > clock.now()


def _may_work(issue: Issue, viewer: Viewer) -> bool:
    if scope_of(viewer, "issue.work") is Scope.NONE:
        return False
    mine = sa.select(Issue.id).where(Issue.id == issue.id, issue_scope(viewer, "issue.work"))
    return db.session.scalar(mine) is not None


def _customer(issue: Issue) -> CustomerFacts:
    account = db.session.get_one(Account, issue.account_id)
    contact = db.session.get(Contact, issue.contact_id) if issue.contact_id else None
    reach = (contact.name, contact.phone, contact.email) if contact else (None, None, None)
    currency = account.currency or current_exchange().currency
    return CustomerFacts(account.id, account.name, account.value_tier, account.annual_revenue, currency, *reach)


def _other_accounts(issue: Issue) -> int:
    if issue.defect_id is None:
        return 0
    query = (
        sa.select(sa.func.count(sa.distinct(Response.account_id)))
        .select_from(Citation)
        .join(Response, Response.id == Citation.response_id)
        .where(
            Citation.defect_id == issue.defect_id,
            Response.account_id != issue.account_id,
            Response.responded_at >= clock.now() - CITED_WITHIN,
        )
    )
    return db.session.scalar(query) or 0
