"""Find an owner for issues that have none."""

from feedback.issues.sweeps import issues_without_owner, route_issue
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Try the rules again; after a quarter of an hour anybody on the frontline, and tell the administrators."""
    return each_in_its_own_transaction(issues_without_owner(), route_issue)
