"""What an issue can be joined with: other open issues of the same customer, and the customer's contracts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Contact, Contract, Site
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.issues.merging import DONE
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.queries import issue_scope
from feedback.issues.rules import WORK_ITEMS


class Sibling(NamedTuple):
    """Another open issue of the same customer."""

    id: int
    number: int
    about: str | None
    source: str
    why: Mapping[str, Any]  # a work item is called by it
    stays_id: int | None = None  # where one person speaks in both and it may be one problem: the issue that would stay
    person: str | None = None  # who that is


class ContractChoice(NamedTuple):
    """A running contract of the customer; `site` is the place it is about."""

    id: int
    name: str
    site: str | None


def list_siblings(issue: Issue, viewer: Viewer) -> list[Sibling]:
    """Issues that this one could be merged with, the oldest first."""
    kind = Issue.source.in_(WORK_ITEMS) if issue.source in WORK_ITEMS else Issue.source.not_in(WORK_ITEMS)
    query = (
        sa.select(Issue, sa.func.coalesce(shown_name(), Issue.title))
        .outerjoin(Defect, Defect.id == Issue.defect_id)
        .where(Issue.account_id == issue.account_id, Issue.id != issue.id, Issue.closed_at.is_(None), kind)
        .where(issue_scope(viewer, "issue.work"))
        .order_by(Issue.number)
    )
    people = _people_of_both(issue) if issue.source not in WORK_ITEMS else {}
    return [_sibling(issue, other, about, people) for other, about in db.session.execute(query)]


def _sibling(issue: Issue, other: Issue, about: str | None, people: Mapping[int, str | None]) -> Sibling:
    told = Sibling(other.id, other.number, about, other.source, other.why)
    if other.id not in people or (issue.defect_id is not None and other.defect_id is not None):
        return told
    return told._replace(stays_id=_staying(issue, other).id, person=people[other.id])


def _staying(*issues: Issue) -> Issue:
    """What is not done yet takes in what is, never the other way; else the one that says what is wrong, or the older one."""
    return min(issues, key=lambda one: (one.state in DONE, one.defect_id is None, one.id))


def _people_of_both(issue: Issue) -> dict[int, str | None]:
    """Other issues in which somebody speaks who speaks in this one; with the name."""
    mine = sa.select(IssueVoice.contact_id).where(IssueVoice.issue_id == issue.id, IssueVoice.contact_id.is_not(None))
    query = (
        sa.select(IssueVoice.issue_id, sa.func.min(Contact.name))
        .join(Contact, Contact.id == IssueVoice.contact_id)
        .where(IssueVoice.contact_id.in_(mine), IssueVoice.issue_id != issue.id)
        .group_by(IssueVoice.issue_id)
    )
    return {issue_id: name for issue_id, name in db.session.execute(query)}  # noqa: C416  typed rows


def list_choices(account_id: int) -> list[ContractChoice]:
    """The contracts that an issue of the account can be about."""
    query: Any = sa.select(Contract.id, Contract.name, Site.name).outerjoin(Site, Site.id == Contract.site_id)
    mine = query.where(Contract.account_id == account_id, Contract.ended.is_(False)).order_by(Contract.renewal_on, Contract.id)
    return [ContractChoice(*row) for row in db.session.execute(mine)]


def merged_number(issue: Issue) -> int | None:
    """The number of the issue into which this one was merged."""
    if issue.merged_into_id is None:
        return None
    return db.session.scalar(sa.select(Issue.number).where(Issue.id == issue.merged_into_id))
