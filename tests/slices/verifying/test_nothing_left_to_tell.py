"""An issue that its customer confirmed waits to be closed, and nobody is told that something is due."""

from datetime import timedelta

import pytest
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.extensions import db
from feedback.issues.alarms import sound_alarms
from feedback.issues.models import Issue
from feedback.issues.queries import Due, IssueFilter, count_issues, list_issues
from feedback.issues.rules import OPEN_STATES
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from tests.slices.issues.test_issue_lists import make_issues
from tests.slices.issues.working.conftest import LATER, NOW, House, house

__all__ = ["house"]
YEAR = timedelta(days=365)


@pytest.fixture
def confirmed(house: House) -> House:
    said = {"promise": {"text": "Mend it", "due_at": LATER}, "diagnosis": {"root_cause": "Nobody stood in"}}
    assert house.log(**said, fix={"due_at": LATER}, fix_summary="Mended", to="fixed").status_code == 201
    house.put(f"/issues/{house.issue}/commitments/{house.show()['commitments'][-1]['id']}/fulfilment")
    made = house.post(f"/issues/{house.issue}/transitions", to="verified", note="She says it works", contact_id=house.contact)
    assert (made.status_code, made.json["state"]) == (200, "verified")
    return house


def test_no_clock_runs_and_nobody_is_told_of_one(app: Flask, confirmed: House) -> None:
    shown = confirmed.show()
    assert (shown["next_due_at"], shown["next_clock"], shown["next_alarm_at"], shown["overdue"]) == (None, None, None, False)
    with app.app_context(), clock.frozen(NOW + YEAR):
        before = db.session.query(OutboxMessage).count()
        sound_alarms(confirmed.issue)
        assert db.session.query(OutboxMessage).count() == before


def test_it_stands_last_in_the_queue_and_is_never_overdue(app: Flask, confirmed: House) -> None:
    with app.app_context(), clock.frozen(NOW + YEAR):
        make_issues(confirmed.account, [9000], team_id=confirmed.team)
        lead, late = get_viewer(confirmed.lead), IssueFilter(states=OPEN_STATES, due=Due.OVERDUE)
        assert [issue.id for issue in list_issues(lead, IssueFilter(states=OPEN_STATES)).items][-1] == confirmed.issue
        assert confirmed.issue not in [issue.id for issue in list_issues(lead, late).items]
        assert count_issues(lead, IssueFilter(states=OPEN_STATES)) == 2


def test_it_can_be_closed_as_before(app: Flask, confirmed: House) -> None:
    closed = confirmed.post(f"/issues/{confirmed.issue}/transitions", to="closed")
    assert (closed.status_code, closed.json["state"]) == (200, "closed")
    with app.app_context():
        assert db.session.get_one(Issue, confirmed.issue).queue_due_at is None
