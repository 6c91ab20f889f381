"""What the routing rules look at."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.queries import staffing
from feedback.issues.rules import RouteFacts, RouteRule
from feedback.kernel.bulk import among
from feedback.surveys.models import Response


def with_helpers(facts: Sequence[RouteFacts], account_ids: Sequence[int], rules: Sequence[RouteRule]) -> Sequence[RouteFacts]:
    """The facts with who helped each customer last, where a rule asks for it."""
    if not any(rule.prefer_helper for rule in rules):
        return facts
    helpers = staffing.last_helpers(account_ids)
    return [replace(each, helper_id=helpers.get(account)) for each, account in zip(facts, account_ids, strict=True)]


def route_facts(issue_ids: Sequence[int], *, helpers: bool = True) -> dict[int, RouteFacts]:
    """What the rules look at, of each issue as it stands today; with who helped the customer last, where a rule asks for it."""
    spoken = (
        sa.select(Response.language)
        .join(IssueVoice, IssueVoice.response_id == Response.id)
        .where(IssueVoice.issue_id == Issue.id, Response.language.is_not(None))
        .order_by(IssueVoice.id)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Issue.id,
            Issue.account_id,
            Issue.contact_id,
            Issue.category,
            Issue.defect_id,
            Account.segment,
            Account.region,
            sa.func.coalesce(spoken, Account.language),
            Account.value_tier,
        )
        .join(Account, Account.id == Issue.account_id)
        .where(among(Issue.id, issue_ids))
    )
    rows = db.session.execute(query).all()
    facts = [replace(RouteFacts(*row[3:]), account_id=row.account_id, contact_id=row.contact_id) for row in rows]
    if helpers:
        facts = list(with_helpers(facts, [row.account_id for row in rows], staffing.list_route_rules()))
    return {row.id: each for row, each in zip(rows, facts, strict=True)}
