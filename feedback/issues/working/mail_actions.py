"""Doing one thing about an issue from a mail: signed links that work once, for a day, while the issue stands as it did."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from feedback.access.policy import scope_of
from feedback.access.queries import get_viewer
from feedback.access.rules import Scope, Viewer
from feedback.extensions import db
from feedback.issues.assigning import assign_issue
from feedback.issues.models import Commitment, Issue
from feedback.issues.queries.scope import issue_scope
from feedback.issues.rules import WORK_ITEMS, IssueState
from feedback.issues.service import TALKING, keep_commitment
from feedback.issues.working.models import MailActionUse
from feedback.issues.working.naming import account_name
from feedback.issues.working.one_pass import Contact, log_contact
from feedback.kernel import clock
from feedback.kernel.db import instant, microseconds
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.outbox.mail_links import MailLink, offers_links
from feedback.staffing.queries import stood_in_for

LIFE = timedelta(hours=24)
PATH = "/t/"
_LINK = re.compile(r"/app/issues/([0-9]{1,10})")
_WORK = "issue.work"


class Action(StrEnum):
    """What a mail offers."""

    TAKE = "take"
    REACHED = "reached"
    TOLD = "told"  # the customer knows where it stands
    KEPT = "kept"


NEEDS_NOTE = frozenset({Action.REACHED, Action.TOLD})


class Refusal(StrEnum):
    """Why a link does nothing any more."""

    UNKNOWN = "unknown"
    USED = "used"
    TOO_OLD = "too_old"
    MOVED = "moved"
    NOT_YOURS = "not_yours"


@dataclass(frozen=True)
class Link:
    """What a token says: who may do what about which issue, as it stood then."""

    action: Action
    user_id: int
    issue_id: int
    stood: str
    made_at: datetime
    promise_id: int | None
    digest: str


@dataclass(frozen=True)
class Offer:
    """A link that works, or why it does not."""

    link: Link | None
    refusal: Refusal | None
    issue: Issue | None = None
    account: str = ""
    viewer: Viewer | None = None
    promise: str | None = None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="mail action")


def token_for(action: Action, issue: Issue, user_id: int, at: datetime, promise_id: int | None = None) -> str:
    """The same for the same notice, so that a mail that is sent again carries the same link."""
    said = [action.value, user_id, issue.id, _stand(issue), microseconds(at), promise_id]
    return str(_signer().dumps(said))


def _stand(issue: Issue) -> str:
    """What must not have changed."""
    return f"{issue.state.value}.{issue.reopen_count}.{issue.owner_id or 0}.{int(issue.queued_at is not None)}"


def read_token(token: str) -> Link | None:
    """What a token says; None when it is none of ours."""
    try:
        action, user_id, issue_id, stood, at, promise_id = _signer().loads(token)
        digest = hashlib.sha256(token.encode()).hexdigest()
        return Link(Action(action), user_id, issue_id, stood, instant(at), promise_id, digest)
    except (BadSignature, ValueError, TypeError):
        return None


def look_at(token: str, *, lock: bool = False) -> Offer:
    """What a link offers now. Looking changes nothing; with `lock` nobody else changes the issue until the transaction ends."""
    link = read_token(token)
    if link is None:
        return Offer(None, Refusal.UNKNOWN)
    try:
        viewer = get_viewer(link.user_id)
    except NotFound:
        return Offer(link, Refusal.NOT_YOURS)
    query = sa.select(Issue).where(Issue.id == link.issue_id, issue_scope(viewer, _WORK))
    query = query.with_for_update().execution_options(populate_existing=True) if lock else query
    issue = db.session.scalar(query)
    if issue is None:
        return Offer(link, Refusal.NOT_YOURS, viewer=viewer)
    promise = db.session.get(Commitment, link.promise_id) if link.promise_id else None
    text = promise.text if promise is not None else None
    return Offer(link, _refusal(link, issue, promise), issue, account_name(issue), viewer, text)


def _refusal(link: Link, issue: Issue, promise: Commitment | None) -> Refusal | None:
    if db.session.get(MailActionUse, link.digest) is not None:
        return Refusal.USED
    if clock.now() >= link.made_at + LIFE:
        return Refusal.TOO_OLD
    if link.action is Action.KEPT:
        return Refusal.MOVED if promise is None or not promise.is_open else None
    return Refusal.MOVED if _stand(issue) != link.stood else None


def act(token: str, said: str) -> Offer:
    """Do what a link offers, once. Call inside `transaction()`; what comes back has a refusal if nothing was done.

    Raises:
        InvalidInput: the action needs a note.
        RuleViolation: the issue does not allow it.
    """
    offer = look_at(token, lock=True)
    link, viewer, issue = offer.link, offer.viewer, offer.issue
    if offer.refusal is not None or link is None or viewer is None or issue is None:
        return offer
    words = said.strip()
    if link.action in NEEDS_NOTE and not words:
        raise InvalidInput({"note": [_("Say in a few words what was said.")]})
    row = {"digest": link.digest, "issue_id": issue.id, "user_id": link.user_id}
    try:
        with db.session.begin_nested():
            db.session.execute(sa.insert(MailActionUse).values(**row, action=link.action.value, used_at=clock.now()))
    except sa.exc.IntegrityError:  # twice at the same moment
        return Offer(link, Refusal.USED, issue, offer.account, viewer, offer.promise)
    _do(link, issue, words, viewer)
    return offer


def _do(link: Link, issue: Issue, words: str, viewer: Viewer) -> None:
    if link.action is Action.TAKE:
        assign_issue(issue.id, owner_id=None, viewer=viewer, said=words or None)
    elif link.action is Action.KEPT and link.promise_id is not None:
        keep_commitment(issue.id, link.promise_id, viewer=viewer)
        if words:
            _log(issue, words, viewer)
    else:
        _log(issue, words, viewer)


def _log(issue: Issue, words: str, viewer: Viewer) -> None:
    if issue.closed_at is None:
        log_contact(issue.id, Contact(words), viewer=viewer)


@offers_links
def links_about_issues(payload: Mapping[str, Any], user_id: int, at: datetime) -> Sequence[MailLink]:
    """What the reader of a notice about an issue can do at once."""
    found = _LINK.fullmatch(str(payload.get("link", "")))
    if found is None:
        return []
    try:
        viewer = get_viewer(user_id)
    except NotFound:
        return []
    if scope_of(viewer, _WORK) is Scope.NONE:
        return []
    issue = db.session.scalar(sa.select(Issue).where(Issue.id == int(found[1]), issue_scope(viewer, _WORK)))
    if issue is None:
        return []
    return [_mail_link(action, issue, user_id, at, promise) for action, promise in _fitting(issue, user_id, payload)]


def _fitting(issue: Issue, user_id: int, payload: Mapping[str, Any]) -> list[tuple[Action, int | None]]:
    promise_id = payload.get("params", {}).get("promise_id")
    kept: list[tuple[Action, int | None]] = [(Action.KEPT, promise_id)] if isinstance(promise_id, int) else []
    if issue.closed_at is not None or issue.source in WORK_ITEMS:
        return kept
    if issue.owner_id not in {user_id, *stood_in_for(user_id)} or issue.queued_at is not None:
        return [*kept, (Action.TAKE, None)]
    if issue.state is IssueState.ROUTED:
        # who stands in works on it without taking it from its owner
        taken = [] if issue.assigned_manually or issue.owner_id != user_id else [(Action.TAKE, None)]
        return [*kept, *taken, (Action.REACHED, None)]
    return [*kept, (Action.TOLD, None)] if issue.state in TALKING else kept


def _mail_link(action: Action, issue: Issue, user_id: int, at: datetime, promise_id: int | None) -> MailLink:
    return MailLink(action_words(action), PATH + token_for(action, issue, user_id, at, promise_id))


def action_words(action: Action) -> str:
    """What a link says it does."""
    return {
        Action.TAKE: _("I have taken it"),
        Action.REACHED: _("I have reached the customer"),
        Action.TOLD: _("The customer knows where it stands"),
        Action.KEPT: _("The promise is kept"),
    }[action]


def refusal_words(offer: Offer) -> tuple[str, str]:
    """Why a link does nothing, and what to do instead."""
    hint = _("Open the issue to see how it stands, and go on there.")
    return {
        Refusal.UNKNOWN: (_("This link does not work"), _("It may have been cut off on its way. Use the one to the issue.")),
        Refusal.USED: (_("This was done already"), hint),
        Refusal.TOO_OLD: (_("This link is more than a day old"), hint),
        Refusal.MOVED: (_("The issue has moved on since that mail"), hint),
        Refusal.NOT_YOURS: (_("This issue is not yours to change"), _("Ask your lead if you think it should be.")),
    }[offer.refusal or Refusal.UNKNOWN]
