"""A contact with the customer in one pass: what was said, what comes next, what was promised, why, and where the issue goes.

Everything is stored or nothing is. Call inside `transaction()`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Interaction
from feedback.extensions import db
from feedback.issues.answering import is_answer
from feedback.issues.events import FixTalkedOf
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.moves import Move, move_issue, unverified_limits
from feedback.issues.queries.single import ATTEMPT, access_issue, lock_issue, stored_facts, unanswered_contacts
from feedback.issues.rules import CLOSED_STATES, WORK_ITEMS, IssueState, OutOfOrder, TransitionFacts, following, missing_for
from feedback.issues.rules.transitions import MISSING_TEXTS
from feedback.issues.service import (
    TALKING,
    Talk,
    check_contact,
    check_in_future,
    moment_errors,
    reset_update_clock,
    write_commitment,
    write_talk,
)
from feedback.issues.telling import mark_told
from feedback.issues.verifying.queries import ASKED
from feedback.issues.verifying.rules import Way
from feedback.issues.working.diagnosis import Cause, Fix, write_cause, write_fix
from feedback.issues.working.rules import Outcome, way_to
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.kernel.events import publish

ONE_BREATH = timedelta(seconds=10)


@dataclass(frozen=True)
class Promise:
    """What was promised, and by when. Half of it is refused together with everything else that is missing."""

    text: str
    due_at: datetime | None


@dataclass(frozen=True)
class Contact:
    """One contact, and everything that follows from it."""

    said: str
    channel: str = "phone"
    direction: str = "out"
    outcome: Outcome = Outcome.REACHED
    contact_id: int | None = None
    also_contact_ids: Sequence[int] = ()  # who took part besides
    occurred_at: datetime | None = None
    next_step: str | None = None
    promise: Promise | None = None
    cause: Cause = field(default_factory=Cause)
    fix: Fix = field(default_factory=Fix)
    fix_summary: str | None = None
    fix_summaries: Mapping[str, str] | None = None  # the same in each language of those who read it
    to: IssueState | None = None
    seen: IssueState | None = None  # how the issue stood for whoever writes this; None: however it stands


def log_contact(issue_id: int, contact: Contact, *, viewer: Viewer) -> Issue:
    """Write down a contact. Who was reached for the first time has been contacted, whether `to` says so or not.

    `to` may be several states ahead: the issue goes through each of them.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        InvalidInput: a time lies on the wrong side of now, or somebody or something named is not there.
        OutOfOrder: no way leads on to the state.
        RuleViolation: the issue is closed, or facts are missing on the way (all of them are named).
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.state in CLOSED_STATES:
        raise RuleViolation(_("Issue %(number)s is closed; open a new one for what comes now.", number=issue.number))
    if contact.seen is not None and contact.seen is not issue.state:
        if _is_stored(issue, contact, viewer):  # its button was pressed twice in one breath
            return issue
        raise OutOfOrder(f"The issue is {issue.state} by now, not {contact.seen}.")
    _check(issue, contact)
    if contact.outcome is not Outcome.REACHED:
        _note_attempt(issue, contact, viewer)
        return issue
    way = _way(issue, contact)
    _check_way(issue, contact, way, viewer)
    talk = write_talk(issue, _talk(contact), viewer)
    db.session.flush()
    if issue.state in TALKING and contact.direction == "out":
        reset_update_clock(issue)
    follows = {"next_note": contact.next_step} if contact.next_step else {}
    _answer_the_others(contact, talk)
    said = {"channel": contact.channel, "direction": contact.direction, "interaction_id": talk.id, **_others(contact)}
    note(issue.id, "interaction", viewer, **said, outcome=contact.outcome, **follows)
    _follow_up(issue, contact, viewer)
    if issue.state is IssueState.FIXED:
        publish(FixTalkedOf(issue.id))
    for state in way:
        issue = move_issue(issue.id, _move(state, contact), viewer=viewer)
    return issue


def _is_stored(issue: Issue, contact: Contact, viewer: Viewer) -> bool:
    """Whether the same person has said the very same about this issue just now."""
    same = (Interaction.issue_id == issue.id, Interaction.user_id == viewer.user_id, Interaction.summary == contact.said)
    just_now = Interaction.created_at >= clock.now() - ONE_BREATH
    return db.session.scalar(sa.select(Interaction.id).where(*same, just_now).limit(1)) is not None


def _answer_the_others(contact: Contact, talk: Interaction) -> None:
    """It is one talk in the customer's record, and an answer to everybody who took part."""
    if talk.issue_id is not None and is_answer(talk.channel, talk.direction):
        for contact_id in contact.also_contact_ids:
            mark_told(talk.issue_id, contact_id, talk.occurred_at, talk.user_id)


def _others(contact: Contact) -> dict[str, list[int]]:
    others = [one for one in dict.fromkeys(contact.also_contact_ids) if one != contact.contact_id]
    return {"also_contact_ids": others} if others else {}


def _check(issue: Issue, contact: Contact) -> None:
    for contact_id in (contact.contact_id, *contact.also_contact_ids):
        check_contact(issue.account_id, contact_id)
    errors: dict[str, list[str]] = {}
    wrong = moment_errors(issue, _talk(contact))
    if wrong:
        errors["occurred_at"] = wrong
    if contact.outcome is not Outcome.REACHED and (contact.promise is not None or contact.to is not None):
        errors["outcome"] = [_("Nobody was reached, so nothing can be promised or moved on.")]
    for name, at in (("promise_due_at", contact.promise.due_at if contact.promise else None), ("fix_due_at", contact.fix.due_at)):
        try:
            if at is not None:
                check_in_future(name, at)
        except InvalidInput as error:
            errors |= error.errors
    if errors | (halves := _halves(contact.promise)):
        raise InvalidInput(errors | halves)


def _halves(promise: Promise | None) -> dict[str, list[str]]:
    """The other half of a promise that is only half said."""
    if promise is None:
        return {}
    said = {
        "promise": None if promise.text.strip() else _("Say what you promised the customer."),
        "promise_due_at": None if promise.due_at else _("Say by when you promised it; the time must lie ahead."),
    }
    return {name: [text] for name, text in said.items() if text}


def _note_attempt(issue: Issue, contact: Contact, viewer: Viewer) -> None:
    """Nobody was reached: no clock stops. While a fix waits for its yes, this is one more attempt to hear it."""
    follows = {"next_note": contact.next_step} if contact.next_step else {}
    said = {"channel": contact.channel, "outcome": contact.outcome, "note": contact.said, **follows}
    if issue.state is IssueState.FIXED:
        for who in _whom(issue, contact):
            note(issue.id, ASKED, viewer, contact_id=who, way=Way.CALL, reached=False, **said)
        publish(FixTalkedOf(issue.id))
        return
    for who in _whom(issue, contact):
        note(issue.id, ATTEMPT, viewer, contact_id=who, **said)


def _whom(issue: Issue, contact: Contact) -> list[int | None]:
    """Everybody the contact was with, each once."""
    return list(dict.fromkeys([contact.contact_id or issue.contact_id, *contact.also_contact_ids]))


def _way(issue: Issue, contact: Contact) -> list[IssueState]:
    """Where the issue goes, step by step."""
    reminder = issue.source in WORK_ITEMS
    first = issue.state is IssueState.ROUTED and not reminder
    wanted = contact.to or (IssueState.CONTACTED if first else issue.state)
    ends = reminder and wanted in following(issue.state, is_work_item=True)
    way = [wanted] if ends else way_to(issue.state, wanted)
    if way is None:
        raise OutOfOrder(
            _(
                "The issue is %(state)s and cannot become %(target)s by a contact.",
                state=issue.state.value,
                target=wanted.value,
            )
        )
    return way


def _check_way(issue: Issue, contact: Contact, way: list[IssueState], viewer: Viewer) -> None:
    """Everything that is missing on the whole way, at once."""
    missing = _missing_on(issue, contact, way, viewer)
    if missing:
        reasons = "; ".join(MISSING_TEXTS[fact] for fact in missing)
        raise RuleViolation(f"The issue cannot become {way[-1]} yet: {reasons}.", missing=missing)


def missing_on_the_way(issue_id: int, contact: Contact, *, viewer: Viewer) -> list[str]:
    """The facts that are missing before the issue can go where the contact takes it, whatever else is wrong with it.

    Raises:
        NotFound: the issue is not there or not the viewer's.
    """
    issue = access_issue(issue_id, viewer=viewer, permission="issue.work")
    if contact.outcome is not Outcome.REACHED or issue.state in CLOSED_STATES:
        return []
    try:
        return _missing_on(issue, contact, _way(issue, contact), viewer)
    except OutOfOrder:
        return []


def _missing_on(issue: Issue, contact: Contact, way: list[IssueState], viewer: Viewer) -> list[str]:
    facts, now, limits = _facts(issue, contact, viewer), clock.now(), unverified_limits()
    missing: dict[str, None] = {}
    for state in way:
        missing |= dict.fromkeys(missing_for(state, facts, now=now, limits=limits))
        facts = replace(facts, state=state)
    return list(missing)


def _facts(issue: Issue, contact: Contact, viewer: Viewer) -> TransitionFacts:
    stored = stored_facts(issue)
    has_cause = contact.cause.root_cause_id is not None or bool(contact.cause.text)
    spoken = set(_whom(issue, contact)) if is_answer(contact.channel, contact.direction) else set()
    promised = (contact.promise.text,) if contact.promise is not None else ()
    return replace(
        stored,
        unanswered_voices=len(unanswered_contacts(issue) - spoken),
        open_promises=stored.open_promises + promised,
        note=contact.said,
        has_interaction=True,
        root_cause="said" if has_cause else stored.root_cause,
        has_fix_owner=(contact.fix.owner_id or viewer.user_id) is not None or stored.has_fix_owner,
        fix_due_at=_fix_due_at(contact) or stored.fix_due_at,
        has_commitment=contact.promise is not None or stored.has_commitment,
        fix_summary=_fixed(contact).done or stored.fix_summary,
    )


def _fix_due_at(contact: Contact) -> datetime | None:
    """Without a date of its own a fix is due when it was promised."""
    return contact.fix.due_at or (contact.promise.due_at if contact.promise else None)


def _talk(contact: Contact) -> Talk:
    return Talk(contact.said, contact.channel, contact.direction, contact.contact_id, contact.occurred_at)


def _follow_up(issue: Issue, contact: Contact, viewer: Viewer) -> None:
    """In the order in which one tells it: why it happened, who mends it, what was promised."""
    if contact.cause.said:
        write_cause(issue, contact.cause, viewer)
    if contact.fix != Fix():
        write_fix(issue, contact.fix, viewer)
    if contact.promise is not None and contact.promise.due_at is not None:
        made = write_commitment(issue, contact.promise.text, contact.promise.due_at, viewer)
        made.contact_id = contact.contact_id or issue.contact_id


def _move(state: IssueState, contact: Contact) -> Move:
    if state is IssueState.IN_FIX:
        return Move(state, fix_due_at=_fix_due_at(contact))
    return _fixed(contact) if state is IssueState.FIXED else Move(state)


def _fixed(contact: Contact) -> Move:
    return Move(IssueState.FIXED, fix_summary=contact.fix_summary, fix_summaries=contact.fix_summaries)
