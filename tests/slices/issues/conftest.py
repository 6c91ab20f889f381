"""After every test of the inner loop: the stored clocks are what the logs say, and counting by their facts finds the same.

What is owed to customers is what their promises and the fixes say.
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.extensions import db
from feedback.issues.clockwork import Reckoning
from feedback.issues.models import Issue
from feedback.issues.recounting import recount
from feedback.uow import transaction
from tests.slices.issues.owed import owed_by_issue, stored_by_issue


@pytest.fixture(autouse=True)
def _stored_clocks_follow_the_log(request: pytest.FixtureRequest, app: Flask) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("columns_changed_by_hand"):
        return
    with app.app_context():
        db.session.rollback()
        reckoning = Reckoning()
        issues = {issue.id: issue for issue in db.session.scalars(sa.select(Issue))}
        for issue_id, clocks in reckoning.fold_of(list(issues)).items():
            wanted = reckoning.columns(clocks)
            stored = {name: getattr(issues[issue_id], name) for name in wanted}
            assert stored == wanted, f"issue {issues[issue_id].number} is not what its log says"
        assert stored_by_issue() == owed_by_issue(), "a promise or a fix is not what its issue says"
        with transaction():
            assert recount(sorted(issues)).changed == 0, "counted by their facts the due dates are others than those of the logs"
