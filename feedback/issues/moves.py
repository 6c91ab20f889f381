"""Moving an issue through its states: check what is known, write what changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.models import Interaction
from feedback.extensions import db
from feedback.issues.events import FixSettled, IssueFixed, IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.queries.fixing import find_fix_owner
from feedback.issues.queries.single import lock_issue, stored_facts, unanswered_contacts
from feedback.issues.queueing import route_issue
from feedback.issues.reopening import reopen_issue
from feedback.issues.rules import (
    WORK_ITEMS,
    IssueState,
    TransitionFacts,
    UnverifiedLimits,
    check_transition,
    following,
    missing_for,
)
from feedback.issues.rules.words import parted
from feedback.issues.service import (
    Talk,
    check_contact,
    check_in_future,
    write_commitment,
    write_talk,
)
from feedback.issues.verifying.haste import tell_of_haste, tries_of
from feedback.issues.verifying.queries import waiting_voices
from feedback.issues.verifying.rules import Verdict, Way
from feedback.issues.verifying.words import Word, write_word
from feedback.issues.working.diagnosis import Cause, Fix, write_cause, write_fix
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.kernel.events import publish


@dataclass(frozen=True)
class Move:
    """What somebody says when moving an issue on."""

    to: IssueState
    note: str | None = None
    channel: str = "phone"
    root_cause: str | None = None  # in words; they join the tree of causes
    root_cause_id: int | None = None
    whys: Sequence[str] | None = None
    fix_owner_id: int | None = None  # None: whoever is named for it already, else whoever says so
    fix_due_at: datetime | None = None
    commitment: str | None = None
    fix_summary: str | None = None
    fix_summaries: Mapping[str, str] | None = None  # the same in each language of those who read it
    contact_id: int | None = None  # to `verified`: who says so

    @property
    def done(self) -> str | None:
        """What was done, for those who work here and whoever has no text in their language."""
        return self.fix_summary or parted(self.fix_summaries)[0]


def move_issue(issue_id: int, move: Move, *, viewer: Viewer) -> Issue:
    """Take an issue to its next state.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        RuleViolation: the state cannot follow, or facts are missing (all are named).
        InvalidInput: a promised time lies in the past, or a promise has no time.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    before = issue.state
    if move.to is IssueState.ROUTED and before is IssueState.NEW and (issue.owner_id is None or issue.queued_at is not None):
        route_issue(issue.id)
        db.session.refresh(issue)
        if issue.state is IssueState.ROUTED:  # the rules found an owner: that is the whole move
            return issue
    if move.fix_due_at is not None:
        check_in_future("fix_due_at", move.fix_due_at)
    check_transition(move.to, _facts(issue, move, viewer), now=clock.now(), limits=unverified_limits())
    tried = tries_of(issue) if move.to is IssueState.CLOSED_UNVERIFIED else {}
    waiting = waiting_voices(issue) if move.to is IssueState.VERIFIED else []
    if before is IssueState.FIXED and _again(move):
        write_word(issue, Word(move.contact_id or issue.contact_id, Verdict.NO, Way.CALL, move.note), viewer)
    talk = _write(issue, move, viewer)
    if move.to is IssueState.VERIFIED:
        _confirm(issue, move.contact_id or next(iter(waiting), issue.contact_id), talk, viewer)
    said = {name: getattr(move, name) for name in ("note", "root_cause", "commitment") if getattr(move, name)}
    said |= {"fix_summary": move.done} if move.done else {}
    kind = "progress" if before is move.to else "reopened" if before is IssueState.FIXED and _again(move) else "moved"
    note(issue.id, kind, viewer, was=before, to=move.to, **said, **tried)
    if tried and not _waited_long(issue):
        tell_of_haste(issue, tried, viewer)
    publish(IssuesChanged(frozenset({issue.account_id}), move.to))
    if before is not move.to:
        _tell_of_fix(issue)
    return issue


def _waited_long(issue: Issue) -> bool:
    """As long as an issue waits for a word that never comes, however seldom somebody tried."""
    return issue.fixed_at is not None and clock.now() - issue.fixed_at >= timedelta(days=unverified_limits().days)


def _confirm(issue: Issue, contact_id: int | None, talk: Interaction | None, viewer: Viewer) -> None:
    """Somebody told us in a talk that it is solved."""
    db.session.flush()
    word = Word(contact_id, Verdict.YES, Way.CALL, talk.summary if talk else None, interaction_id=talk.id if talk else None)
    write_word(issue, word, viewer)


def _tell_of_fix(issue: Issue) -> None:
    if issue.state is IssueState.FIXED:
        publish(IssueFixed(issue.id))
    if issue.state in (IssueState.VERIFIED, IssueState.CLOSED_UNVERIFIED):
        publish(FixSettled(issue.id))


def possible_moves(issue: Issue) -> dict[IssueState, list[str]]:
    """Each state that may follow, with what is missing before it can."""
    facts, now, limits = stored_facts(issue), clock.now(), unverified_limits()
    targets = following(issue.state, is_work_item=facts.is_work_item)
    return {target: missing_for(target, facts, now=now, limits=limits) for target in targets}


def unverified_limits() -> UnverifiedLimits:
    """When this installation closes an issue without the customer's word."""
    settings = current_app.extensions["closedloop_settings"]
    return UnverifiedLimits(settings.unverified_attempts, settings.unverified_days)


def _facts(issue: Issue, move: Move, viewer: Viewer) -> TransitionFacts:
    """The stored facts and the ones that come with the request, together."""
    stored = stored_facts(issue)
    if move.to is IssueState.VERIFIED and move.contact_id is not None:
        check_contact(issue.account_id, move.contact_id)
        stored = replace(stored, all_confirmed=set(waiting_voices(issue)) <= {move.contact_id})
    return replace(
        stored,
        note=move.note,
        has_interaction=stored.has_interaction or bool(move.note),
        root_cause=move.root_cause or ("said" if move.root_cause_id is not None else stored.root_cause),
        has_fix_owner=(move.fix_owner_id or viewer.user_id) is not None or stored.has_fix_owner,
        fix_due_at=move.fix_due_at or stored.fix_due_at,
        has_commitment=bool(move.commitment) or stored.has_commitment,
        open_promises=stored.open_promises + ((move.commitment,) if move.commitment else ()),
        fix_summary=move.done or stored.fix_summary,
        unanswered_voices=_still_unanswered(issue, move, stored),
    )


def _still_unanswered(issue: Issue, move: Move, stored: TransitionFacts) -> int:
    """Who would not have been answered after this move: its note tells of a talk with the issue's contact."""
    talk = _talk_of(issue, move)
    spoken = move.contact_id or issue.contact_id
    if not talk or spoken is None:
        return stored.unanswered_voices
    return len(unanswered_contacts(issue) - {spoken})


def _again(move: Move) -> bool:
    return move.to is IssueState.ROUTED


def _write(issue: Issue, move: Move, viewer: Viewer) -> Interaction | None:
    talk = None
    before, issue.queued_at = issue.state, None  # who moves it works on it
    cause = Cause(move.root_cause_id, move.root_cause, move.whys)
    if cause.said:
        write_cause(issue, cause, viewer)
    if move.done:
        issue.fix_summary, issue.fix_summaries = move.done, parted(move.fix_summaries)[1]
    issue.fix_due_at = move.fix_due_at or issue.fix_due_at
    _name_fixer(issue, move, viewer)
    if move.commitment:
        _promise(issue, move, viewer)
    if before is IssueState.FIXED and _again(move):
        reopen_issue(issue)
    elif move.to is not before:
        issue.state = move.to
        setattr(issue, _INSTANT[move.to], clock.now())
    if issue.closed_at is not None:
        issue.next_due_at = None
    said = _talk_of(issue, move)
    if said is not None:
        talk = write_talk(issue, replace(said, contact_id=move.contact_id), viewer)
    db.session.flush()
    return talk


def _name_fixer(issue: Issue, move: Move, viewer: Viewer) -> None:
    """Whoever is not named owes nothing: a fix begins with somebody who owes it."""
    owner_id = move.fix_owner_id
    if owner_id is None and move.to is IssueState.IN_FIX:
        owner_id = find_fix_owner(issue, acting=viewer.user_id)
    if owner_id is not None:
        write_fix(issue, Fix(owner_id), viewer)


def _promise(issue: Issue, move: Move, viewer: Viewer) -> None:
    if issue.fix_due_at is None:
        raise InvalidInput({"fix_due_at": [_("Say by when, so that the promise can be kept.")]})
    write_commitment(issue, move.commitment or "", issue.fix_due_at, viewer)


_INSTANT: Mapping[IssueState, str] = {
    IssueState.ROUTED: "routed_at",
    IssueState.CONTACTED: "contacted_at",
    IssueState.DIAGNOSED: "diagnosed_at",
    IssueState.IN_FIX: "in_fix_at",
    IssueState.FIXED: "fixed_at",
    IssueState.VERIFIED: "verified_at",
    IssueState.CLOSED: "closed_at",
    IssueState.CLOSED_UNVERIFIED: "closed_at",
}


def _talk_of(issue: Issue, move: Move) -> Talk | None:
    """The talk with the customer that a move tells of."""
    if not move.note:
        return None
    if move.to is IssueState.CLOSED and issue.source in WORK_ITEMS:
        return Talk(move.note, move.channel)
    return _TALKS[move.to](move) if move.to in _TALKS else None


# a note to these moves tells of a talk with the customer: it belongs into the customer's record
_TALKS: Mapping[IssueState, Callable[[Move], Talk]] = {
    IssueState.CONTACTED: lambda move: Talk(move.note or "", move.channel),
    IssueState.IN_FIX: lambda move: Talk(move.note or "", move.channel),
    IssueState.VERIFIED: lambda move: Talk(move.note or "", move.channel, "in"),
}
