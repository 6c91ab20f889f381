"""What an issue can be joined with: other open issues of the same customer, and the customer's contracts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Contract, Site
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries import issue_scope
from feedback.issues.rules import WORK_ITEMS


class Sibling(NamedTuple):
    """Another open issue of the same customer."""

    id: int
    number: int
    about: str | None
    source: str
    why: Mapping[str, Any]  # a work item is called by it


class ContractChoice(NamedTuple):
    """A running contract of the customer; `site` is the place it is about."""

    id: int
    name: str
    site: str | None


def list_siblings(issue: Issue, viewer: Viewer) -> list[Sibling]:
    """Issues that this one could be merged with, the oldest first."""
    kind = Issue.source.in_(WORK_ITEMS) if issue.source in WORK_ITEMS else Issue.source.not_in(WORK_ITEMS)
    query = (
        sa.select(Issue.id, Issue.number, sa.func.coalesce(shown_name(), Issue.title), Issue.source, Issue.why)
        .outerjoin(Defect, Defect.id == Issue.defect_id)
        .where(Issue.account_id == issue.account_id, Issue.id != issue.id, Issue.closed_at.is_(None), kind)
        .where(issue_scope(viewer, "issue.work"))
        .order_by(Issue.number)
    )
    return [Sibling(*row) for row in db.session.execute(query)]


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
