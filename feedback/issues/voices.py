"""What an issue owes to the people whose answers are its voices."""

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.models import Issue, IssueVoice
from feedback.kernel.prepared import Prepared
from feedback.staffing.queries import with_deputies
from feedback.surveys.models import Response
from feedback.uow import read_once


def tell_owner_of_change(issue_id: int, response_id: int, was: int, now: int) -> None:
    """The owner of an open issue hears that a customer has changed an answer that is a voice of it."""
    query = (
        sa.select(Issue.number, Issue.owner_id, Account.name, Response.version)
        .join(Account, Account.id == Issue.account_id)
        .join(Response, Response.id == response_id)
        .where(Issue.id == issue_id, Issue.closed_at.is_(None))
    )
    issue = db.session.execute(query).one_or_none()
    if issue is not None:
        cause = f"issue-voice-changed:{issue_id}:{response_id}:{issue.version}"
        params = {"number": issue.number, "account": issue.name, "was": was, "now": now}
        news.send(news.to_each(with_deputies([issue.owner_id]), cause, "issue_voice_changed", issue_id, **params))


def is_followed_up(response_id: int) -> bool:
    """Whether an answer is a voice of an open issue, so that somebody is on the way to this person."""
    return bool(read_once(_FOLLOWING_UP, {"response_id": response_id}))


_FOLLOWING_UP = Prepared(
    sa.select(Issue.id)
    .join(IssueVoice, IssueVoice.issue_id == Issue.id)
    .where(IssueVoice.response_id == sa.bindparam("response_id"), Issue.closed_at.is_(None))
    .limit(1)
)
