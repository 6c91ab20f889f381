"""Everything that the page of one account shows, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account, Contact, WalletEstimate
from feedback.accounts.queries import access_account, list_wallets
from feedback.accounts.rules import ROLE_INDEX
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.gate import wording
from feedback.gate.evaluation import Finding, Question, decide, find_moment
from feedback.gate.limits import Limits, current_limits
from feedback.gate.queries import Person
from feedback.gate.remedies import remedies
from feedback.gate.rules import Initiation, Outcome
from feedback.gate.standing import Standing, names_of, standing_of
from feedback.gate.timing import Approaching
from feedback.issues.models import Commitment, Issue
from feedback.issues.owing import due_column
from feedback.issues.queries import issue_scope
from feedback.issues.queries.promises import is_open_promise
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.outer_loop.queries.disruptions import DisruptionHere, list_disruptions_here
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, ConsentFact, Purpose
from feedback.reporting.calls import call_consents
from feedback.reporting.person_answers import PersonAnswer, answers_of

_ROLES = {index: role.value for role, index in ROLE_INDEX.items()}
# outcomes that the person, the consent or the moment decided, and how the codes of their reasons begin
_DECIDED_BY: dict[str, str] = {
    Outcome.DEFER: "timing_",
    Outcome.BLOCK: "consent_",
    Outcome.ASK_CONSENT: "consent_",
    Outcome.RESPOND_ONLY: "consent_",
}


@dataclass(frozen=True)
class PersonLine:
    """One contact with a role here. `answers` has the newest one to each kind of survey, the newest first; none is silence."""

    id: int
    external_id: str
    name: str
    email: str | None
    phone: str | None
    role: str
    answers: Sequence[PersonAnswer]
    not_now_until: date | None
    not_now_reason: str | None
    consents: dict[str, ConsentFact]


@dataclass(frozen=True)
class IssueLine:
    """One open issue, with what we promised next. `due_at` is the next clock."""

    id: int
    number: int
    title: str | None
    state: str
    severity: str
    owner: str | None
    due_at: datetime | None
    source: str
    why: Mapping[str, Any]  # a work item is called by it
    promise: str | None
    promise_due_at: datetime | None


@dataclass(frozen=True)
class Preview:
    """What the gate would say now about one contact; nothing is stored."""

    contact_id: int | None
    contact: str | None
    channel: str
    outcome: str
    rows: tuple[str, ...]
    reasons: Sequence[wording.Reason]
    consent: ConsentFact | None
    deferred_until: datetime | None
    finding: Finding

    @property
    def may_offer(self) -> bool:
        """Whether something may be offered now."""
        return self.outcome in {Outcome.ALLOW, Outcome.ALLOW_LIMITED}

    @property
    def because(self) -> wording.Reason | None:
        """The one reason to say where there is room for one: what decided, not merely what is so."""
        decided = _DECIDED_BY.get(self.outcome, "")
        return next((reason for reason in self.reasons if reason.code.startswith(decided)), next(iter(self.reasons), None))

    @property
    def changes(self) -> list[wording.Change]:
        """What would turn a no into a yes."""
        return remedies(self.finding, names_of([self.finding.facts]))


@dataclass(frozen=True)
class AccountPage:
    """The whole page but for the timeline. Wallets name no currency, so theirs is the installation's."""

    account: Account
    owner: str | None
    currency: str
    wallet_currency: str
    standing: Standing
    people: Sequence[PersonLine]
    issues: Sequence[IssueLine]
    wallets: Sequence[WalletEstimate]
    disruptions: Sequence[DisruptionHere]
    preview: Preview | None

    def person(self, contact_id: int | None) -> PersonLine | None:
        """The contact with this id, if it has a role here."""
        return next((line for line in self.people if line.id == contact_id), None)


def get_account_page(viewer: Viewer, account_id: int, *, contact_id: int | None = None) -> AccountPage:
    """The account, if the viewer may see it.

    Raises:
        NotFound: missing or somebody else's.
    """
    account = access_account(account_id, viewer=viewer)
    standing = standing_of(account.id, clock.now())
    people = _people(standing, may_see_consent=_may(viewer, "consent.read"))
    owner = db.session.scalar(sa.select(User.name).where(User.id == account.owner_id)) if account.owner_id else None
    home = current_exchange().currency
    asked = next((line.external_id for line in people if line.id == contact_id), None)
    return AccountPage(
        account=account,
        owner=owner,
        currency=account.currency or home,
        wallet_currency=home,
        standing=standing,
        people=people,
        issues=open_issues(viewer, account.id) if _may(viewer, "issue.read") else (),
        wallets=list_wallets(account.id),
        disruptions=list_disruptions_here(account.id, viewer) if _may(viewer, "disruption.read") else (),
        preview=preview(standing, asked, asker=viewer.user_id)
        if _may(viewer, "gate.read") or _may(viewer, "gate.evaluate")
        else None,
    )


def _may(viewer: Viewer, permission: str) -> bool:
    return scope_of(viewer, permission) is not Scope.NONE


def preview(standing: Standing, contact_external_id: str | None = None, *, asker: int | None) -> Preview:
    """What an outbound call with an offer would be told now, for the named contact or the one the gate would take.

    Args:
        asker: the user who would call.
    """
    return _preview(standing, contact_external_id, call_consents([standing]), current_limits(), asker)


def previews(stands: Sequence[Standing], *, asker: int | None) -> dict[int, Preview]:
    """Account → what an outbound call with an offer would be told today, from one statement for all of them.

    Hours and holidays are left out: a list is a plan for the day, and is read before the hours begin.
    """
    consents, limits = call_consents(stands), current_limits().at_any_hour()
    return {standing.facts.account.id: _preview(standing, None, consents, limits, asker) for standing in stands}


def _preview(
    standing: Standing, wanted: str | None, consents: dict[int, ConsentFact], limits: Limits, asker: int | None
) -> Preview:
    facts, now, channel = standing.facts, standing.computed_at, Channel.PHONE
    moment = find_moment(facts, wanted, consents, Approaching(channel, Initiation.OUTBOUND, asker, now), limits)
    question = Question(Purpose.OFFERS, channel, Initiation.OUTBOUND, account_id=facts.account.id)
    finding: Finding = decide(question, facts, moment, now, limits)
    person = moment.person if moment else None
    return Preview(
        contact_id=person.buyer.contact_id if person else None,
        contact=(person.name or person.external_id) if person else None,
        channel=channel.value,
        outcome=finding.verdict.outcome.value,
        rows=tuple(finding.verdict.rows),
        reasons=wording.reasons(finding.verdict.reasons, finding.evidence, names_of([facts])),
        consent=moment.consent if moment else None,
        deferred_until=moment.timing.opens_at if moment else None,
        finding=finding,
    )


def _people(standing: Standing, *, may_see_consent: bool) -> list[PersonLine]:
    people = standing.facts.people
    ids = [person.buyer.contact_id for person in people]
    columns = sa.select(Contact.id, Contact.email, Contact.phone, Contact.not_now_until, Contact.not_now_reason)
    details = {row.id: row for row in db.session.execute(columns.where(Contact.id.in_(ids)))}
    consents = _offers_consents(ids) if may_see_consent else {}
    answers = answers_of(standing)
    lines = [_person(person, details[person.buyer.contact_id], consents, answers) for person in people]
    order = list(_ROLES.values())
    return sorted(lines, key=lambda line: (order.index(line.role), not line.answers, line.name))


def _person(
    person: Person,
    detail: sa.Row[int, str | None, str | None, date | None, str | None],
    consents: dict[int, dict[str, ConsentFact]],
    answers: dict[int, list[PersonAnswer]],
) -> PersonLine:
    buyer = person.buyer
    return PersonLine(
        id=buyer.contact_id,
        external_id=person.external_id,
        name=person.name or person.external_id,
        email=detail[1],
        phone=detail[2],
        role=_ROLES[buyer.role],
        answers=answers[buyer.contact_id],
        not_now_until=detail[3],
        not_now_reason=detail[4],
        consents=consents.get(buyer.contact_id, {}),
    )


def _offers_consents(contact_ids: Collection[int]) -> dict[int, dict[str, ConsentFact]]:
    """Contact → channel → what the gate reads about offers."""
    found: dict[int, dict[str, ConsentFact]] = defaultdict(dict)
    for channel in Channel:
        for contact_id, fact in consent_states(contact_ids, Purpose.OFFERS, channel).items():
            found[contact_id][channel.value] = fact
    return found


def open_issues(viewer: Viewer, account_id: int) -> list[IssueLine]:
    """The open issues of an account that the viewer may see, the next due first."""
    columns = (
        Issue.id,
        Issue.number,
        sa.func.coalesce(Issue.title, shown_name()),
        Issue.state,
        Issue.severity,
        User.name,
        due_column(),
        Issue.source,
        Issue.why,
    )
    query = (
        sa.select(*columns)
        .outerjoin(Defect, Defect.id == Issue.defect_id)
        .outerjoin(User, User.id == Issue.owner_id)
        .where(Issue.account_id == account_id, Issue.closed_at.is_(None), issue_scope(viewer))
        .order_by(Issue.queue_due_at, Issue.number)
    )
    rows = db.session.execute(query).all()
    promises = _promises([row[0] for row in rows])
    nothing: tuple[str | None, datetime | None] = (None, None)
    return [
        IssueLine(
            row[0], row[1], row[2], str(row[3]), str(row[4]), row[5], row[6], row[7], row[8], *promises.get(row[0], nothing)
        )
        for row in rows
    ]


def _promises(issue_ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    query = (
        sa.select(Commitment.issue_id, Commitment.text, Commitment.due_at)
        .where(Commitment.issue_id.in_(issue_ids), is_open_promise())
        .order_by(Commitment.due_at.desc())
    )
    return {issue_id: (text, due_at) for issue_id, text, due_at in db.session.execute(query)}


def names_of_contacts(contact_ids: Collection[int]) -> dict[int, str]:
    """Names for the timeline, of people who have left as well."""
    query = sa.select(Contact.id, sa.func.coalesce(Contact.name, Contact.external_id)).where(Contact.id.in_(contact_ids))
    return dict(row for row in db.session.execute(query))


def require_person(page: AccountPage, contact_id: int) -> PersonLine:
    """The contact of the page.

    Raises:
        NotFound: nobody with this id has a role here.
    """
    found = page.person(contact_id)
    if found is None:
        raise NotFound
    return found
