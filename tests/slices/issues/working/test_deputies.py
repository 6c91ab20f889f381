"""A deputy works the issues of who is away: sees them, moves them, hears of them, until the absence is over."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.alarms import issues_with_alarms, sound_alarms
from feedback.issues.models import Issue
from feedback.issues.withdrawing import take_back_voice
from feedback.issues.working.concessions import count_to_decide
from feedback.issues.working.mail_actions import links_about_issues
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.staffing.models import Absence
from feedback.staffing.queries import deputies_of, stood_in_for
from feedback.uow import transaction
from tests.factories import make_defect, make_team, make_user
from tests.slices.issues.answers import accept, make_answer
from tests.slices.issues.working.conftest import NOW, House

AFTER = NOW + timedelta(days=4)  # the absence has ended


class Leave:
    """Ana is away for three days; Luis of another team stands in."""

    def __init__(self, app: Flask, house: House) -> None:
        self.app, self.house = app, house
        with app.app_context():
            self.luis = make_user(Role.FRONTLINE, team_id=make_team(), name="Luis")
            self.eva = make_user(Role.FRONTLINE, team_id=make_team(), name="Eva")
            self.boss = make_user(Role.FRONTLINE, team_id=make_team(), name="Bo", leads_team=True)
        self.away(house.ana, self.luis)

    def away(self, person: int, deputy: int | None) -> None:
        days = {"first_day": NOW.date().isoformat(), "last_day": (NOW + timedelta(days=2)).date().isoformat()}
        made = self.house.be(person).post("/absences", user_id=person, deputy_id=deputy, **days)
        assert made.status_code == 201, made.text

    def told(self, kind: str) -> list[int]:
        with self.app.app_context():
            rows = db.session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id))
            return [row["user_id"] for row in rows if row.get("kind") == kind]

    def alarm(self) -> None:
        with self.app.app_context(), transaction():
            due = db.session.get_one(Issue, self.house.issue).next_due_at
            assert due is not None
            with clock.frozen(min(due + timedelta(minutes=1), NOW + timedelta(days=2))):
                assert [sound_alarms(issue_id) for issue_id in issues_with_alarms()] == [True]


@pytest.fixture
def leave(app: Flask, house: House) -> Leave:
    return Leave(app, house)


def test_the_deputy_opens_and_works_what_somebody_away_owns(leave: Leave) -> None:
    house = leave.house.be(leave.luis)
    assert house.show()["owner_away"] == {"last_day": "2026-03-04", "deputy": {"id": leave.luis, "name": "Luis"}}
    assert house.log().status_code == 201
    assert house.show()["owner"]["id"] == house.ana
    assert house.get(f"/accounts/{house.account}").status_code == 200


def test_it_stands_in_the_deputys_queue_and_leaves_it_with_the_absence(leave: Leave) -> None:
    house = leave.house.be(leave.luis)
    mine = [issue["id"] for issue in house.get("/issues", owner="me").json["items"]]
    with clock.frozen(AFTER):
        house.be(leave.luis)  # the log-in of four days ago has ended as well
        later = house.get("/issues", owner="me").json["items"]
        assert (mine, later, house.get(f"/issues/{house.issue}").status_code) == ([house.issue], [], 404)


def test_nobody_else_of_another_team_sees_it(leave: Leave) -> None:
    assert leave.house.be(leave.eva).get(f"/issues/{leave.house.issue}").status_code == 404


def test_a_deputy_who_is_away_too_is_stood_in_for(leave: Leave, app: Flask) -> None:
    leave.away(leave.luis, leave.eva)
    assert leave.house.be(leave.eva).log().status_code == 201
    assert leave.house.be(leave.luis).get(f"/issues/{leave.house.issue}").status_code == 404
    with app.app_context():
        assert (stood_in_for(leave.eva), stood_in_for(leave.luis)) == ({leave.house.ana, leave.luis}, frozenset())


def test_deputies_that_lead_in_a_circle_lead_to_nobody(leave: Leave, app: Flask) -> None:
    leave.away(leave.luis, leave.eva)
    with app.app_context():
        with transaction() as session:  # as it could be entered before that was refused
            session.execute(sa.update(Absence).where(Absence.user_id == leave.luis).values(deputy_id=leave.house.ana))
        found = deputies_of([leave.house.ana, leave.luis])
    assert [one.deputy_id for one in found.values()] == [None, None]


def test_a_clock_that_runs_out_is_told_to_both_once(leave: Leave) -> None:
    leave.alarm()
    assert sorted(leave.told("issue_overdue")) == sorted([leave.house.ana, leave.luis, leave.house.manager])


def test_a_nudge_reaches_both_and_the_deputy_does_not_nudge(leave: Leave) -> None:
    path = f"/issues/{leave.house.issue}/nudges"
    assert leave.house.be(leave.house.manager).post(path, note="They call me daily").status_code == 201
    assert leave.told("issue_nudged") == [leave.house.ana, leave.luis]
    assert leave.house.be(leave.luis).post(path).status_code == 409


def test_after_the_absence_only_the_owner_is_reminded(leave: Leave) -> None:
    with clock.frozen(AFTER):
        leave.house.be(leave.house.manager).post(f"/issues/{leave.house.issue}/nudges")
    assert leave.told("issue_nudged") == [leave.house.ana]


def test_approving_is_not_stood_in_for(leave: Leave, app: Flask) -> None:
    house = leave.house
    leave.away(leave.luis, leave.boss)
    assert house.be(house.ana).post("/concessions", issue_id=house.issue, amount=50, reason="Late").status_code == 201
    assert house.be(leave.boss).show()["id"] == house.issue
    with app.app_context():
        assert (count_to_decide(get_viewer(leave.boss)), count_to_decide(get_viewer(house.lead))) == (0, 1)


def test_a_further_voice_is_told_to_both(leave: Leave, app: Flask) -> None:
    house = leave.house
    with app.app_context():
        late = db.session.get_one(Issue, house.issue).defect_id
        assert late is not None
        accept(make_answer(house.account, 5, contact_id=house.contact, defects=((late, "service"),)))
    assert leave.told("issue_voice") == [house.ana, leave.luis]


def test_a_mail_does_not_offer_the_deputy_to_take_what_has_an_owner(leave: Leave, app: Flask) -> None:
    payload = {"link": f"/app/issues/{leave.house.issue}"}
    with app.app_context():
        owners, deputys = (links_about_issues(payload, person, NOW) for person in (leave.house.ana, leave.luis))
    assert [link.label for link in owners] == ["I have taken it", "I have reached the customer"]
    assert [link.label for link in deputys] == ["I have reached the customer"]


def test_promises_still_to_be_kept_are_listed_for_the_deputy(leave: Leave) -> None:
    house, due = leave.house, (NOW + timedelta(hours=30)).isoformat()
    house.be(house.ana).post(f"/issues/{house.issue}/commitments", text="Call back", due_at=due)
    listed = [house.be(leave.luis).get("/commitments", owner="me", **more).json["items"] for more in ({}, {"state": "kept"})]
    assert [[line["text"] for line in lines] for lines in listed] == [["Call back"], []]


def test_what_is_told_to_both_is_recalled_from_both(leave: Leave, app: Flask) -> None:
    with app.app_context(), transaction(), clock.frozen(NOW):
        issue = db.session.get_one(Issue, leave.house.issue)
        account = db.session.get_one(Account, issue.account_id)
        news.send(news.issue_joined(issue, account, 77, graver=True, reopened=False, deputy=leave.luis))
        take_back_voice(issue.id, 77, 2, opened_it=False)
    assert leave.told("issue_graver") == []


def test_both_hear_that_an_issue_became_part_of_another(leave: Leave, app: Flask) -> None:
    house = leave.house
    with app.app_context():
        answer = make_answer(house.account, 3, defects=((make_defect("wrong_bill"), "service"),))
        other = accept(answer)[answer.response_id]
    assert house.be(house.lead).post(f"/issues/{other}/merges", issue_id=house.issue).status_code == 200
    assert {house.ana, leave.luis} <= set(leave.told("issue_merged"))
