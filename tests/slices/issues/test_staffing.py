"""An owner on leave, nobody free, handing over, trying rules out: end to end over HTTP."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outbox.wording import wording
from jobs import announce_absences, route_unrouted_issues
from tests.factories import make_account, make_contact, make_defect, make_team, make_user
from tests.logins import as_user, token

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
API = "/api/v1"


class Company:
    """A team with its lead and one more person, and an administrator's token."""

    def __init__(self, app: Flask) -> None:
        self.app, self.client, self.headers, self._n = app, app.test_client(), token(app), 0
        with app.app_context():
            self.team = make_team()
            self.lead = make_user(Role.FRONTLINE, team_id=self.team, leads_team=True, name="Lea")
            self.owner = make_user(Role.FRONTLINE, team_id=self.team, name="Omar")
            self.elsewhere = make_user(Role.FRONTLINE, team_id=make_team(), name="Eva")
            make_contact(make_account(external_id="acme"), external_id="ann")
        self.call("PUT", "/routing-rules", {"items": [{"team_id": self.team}]})
        self.room(self.lead, 0)

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200, client: FlaskClient | None = None) -> Any:
        headers = {} if client else self.headers
        answer = (client or self.client).open(API + path, method=method, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.get_json(silent=True)

    def room(self, person: int, capacity: int | None) -> None:
        self.call("PATCH", f"/staff/{person}", {"capacity": capacity})

    def answer(self) -> int:
        """A detractor answer about a defect of its own; the issue that it opened."""
        self._n += 1
        with self.app.app_context():
            make_defect(f"defect_no_{self._n}")
        said = {"account_external_id": "acme", "contact_external_id": "ann", "score": 2, "defects": [f"defect_no_{self._n}"]}
        return int(self.call("POST", "/responses", said | {"external_id": f"r{self._n}"}, status=201)["issue_id"])

    def issue(self, issue_id: int) -> Any:
        return self.call("GET", f"/issues/{issue_id}")

    def away(self, person: int, days: int = 5, deputy: int | None = None, status: int = 201) -> Any:
        today = clock.now().date()
        dates = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=days)).isoformat()}
        return self.call("POST", "/absences", {"user_id": person, "deputy_id": deputy} | dates, status=status)

    def told(self, kind: str) -> list[int]:
        with self.app.app_context():
            payloads = db.session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)).all()
        return [payload["user_id"] for payload in payloads if payload.get("kind") == kind]


@pytest.fixture
def company(app: Flask) -> Iterator[Company]:
    with clock.frozen(NOW):
        yield Company(app)


def test_an_owner_on_leave_gets_nothing_new_and_the_deputy_does(company: Company) -> None:
    before = company.answer()
    company.away(company.owner, deputy=company.elsewhere)
    after = company.issue(company.answer())
    assert (company.issue(before)["owner"]["id"], after["owner"]["id"]) == (company.owner, company.elsewhere)
    assert after["team"]["id"] == company.team
    why = next(event["data"]["considered"] for event in after["history"] if event["kind"] == "routed")
    assert {"user_id": company.elsewhere, "why": "has_customer", "load": 0, "stands_for": company.owner} in why


def test_a_second_issue_of_a_customer_goes_to_whoever_has_the_first_while_they_have_room(company: Company) -> None:
    company.room(company.lead, 40)
    company.room(company.owner, 3)
    first, second, third = (company.issue(company.answer()) for _ in range(3))
    owners = [first["owner"]["id"], second["owner"]["id"], third["owner"]["id"]]
    assert owners == [company.lead] * 3
    why = next(event["data"]["considered"] for event in second["history"] if event["kind"] == "routed")
    assert {"user_id": company.lead, "why": "has_customer", "load": 1, "capacity": 40} in why
    company.room(company.lead, 3)
    assert company.issue(company.answer())["owner"]["id"] == company.owner


def test_what_is_open_is_shown_to_lead_and_deputy_and_handed_over_in_one_step(company: Company) -> None:
    issues = [company.answer(), company.answer()]
    absence = company.away(company.owner, deputy=company.elsewhere)
    with company.app.app_context():
        assert announce_absences.run() == "1 done, 0 failed"
        assert announce_absences.run() is None
    assert sorted(company.told("absence_begun")) == sorted([company.lead, company.elsewhere])
    deputy = as_user(company.app.test_client(), company.elsewhere)
    done = company.call("POST", f"/absences/{absence['id']}/handover", {"note": "Call Ann"}, client=deputy)
    assert sorted(done["issue_ids"]) == issues
    found = company.issue(issues[0])
    assert (found["owner"]["id"], found["team"]["id"], found["assigned_manually"]) == (company.elsewhere, company.team, True)
    assert [event["data"]["note"] for event in found["history"] if event["kind"] == "assigned"] == ["Call Ann"]
    assert (company.told("issues_taken_over"), company.told("issue_handed_over")) == ([company.owner], [])


def test_nobody_free_means_a_queue_an_alert_and_the_next_who_has_room(company: Company) -> None:
    company.room(company.owner, 1)
    first, second = company.answer(), company.answer()
    waiting = company.issue(second)
    assert (waiting["state"], waiting["owner"]["id"], waiting["team"]["id"]) == ("new", company.lead, company.team)
    assert waiting["queued_at"] is not None
    assert company.told("issue_waits") == [company.lead]
    assert [issue["id"] for issue in company.call("GET", "/issues?waiting=true")["items"]] == [second]
    load = {one["name"]: (one["open"], one["capacity"]) for one in company.call("GET", f"/staff?team_id={company.team}")["items"]}
    assert load == {"Lea": (0, 0), "Omar": (1, 1)}
    close(company, first)
    given = company.issue(second)
    assert (given["state"], given["owner"]["id"], given["queued_at"]) == ("routed", company.owner, None)
    assert company.told("issue_assigned") == [company.owner]


def close(company: Company, issue: int) -> None:
    """All the way through its states."""
    due = (clock.now() + timedelta(days=1)).isoformat()
    steps: list[dict[str, Any]] = [
        {"to": "contacted", "note": "Called"},
        {"to": "diagnosed", "root_cause": "Why"},
        {"to": "in_fix", "fix_due_at": due, "commitment": "We fix it"},
        {"to": "fixed", "fix_summary": "Done"},
        {"to": "verified", "note": "Yes"},
    ]
    for step in steps:
        made = company.call("POST", f"/issues/{issue}/transitions", step)["commitments"]
    company.call("PUT", f"/issues/{issue}/commitments/{made[0]['id']}/fulfilment", {})
    company.call("POST", f"/issues/{issue}/transitions", {"to": "closed"})


def test_more_room_or_the_end_of_an_absence_gives_out_what_waits(company: Company) -> None:
    absence = company.away(company.owner)
    waiting = company.answer()
    assert company.issue(waiting)["owner"]["id"] == company.lead
    company.call("DELETE", f"/absences/{absence['id']}", status=204)
    assert company.issue(waiting)["owner"]["id"] == company.owner
    company.room(company.owner, 1)
    waiting = company.answer()
    company.room(company.owner, 2)
    assert company.issue(waiting)["owner"]["id"] == company.owner


def test_the_job_gives_out_what_waits_when_an_absence_is_over(company: Company) -> None:
    company.away(company.owner, days=1)
    waiting = company.answer()
    with clock.frozen(NOW + timedelta(days=2)), company.app.app_context():
        assert route_unrouted_issues.run() == "1 given out"
    assert company.issue(waiting)["owner"]["id"] == company.owner


def test_who_stands_in_hears_of_what_is_given_to_and_taken_from_somebody_away(company: Company) -> None:
    issue = company.answer()
    company.away(company.owner, deputy=company.elsewhere)
    company.call("PUT", f"/issues/{issue}/assignment", {"owner_id": company.lead})
    assert company.told("issue_handed_over") == [company.owner, company.elsewhere]
    with clock.frozen(NOW + timedelta(hours=1)):
        company.call("PUT", f"/issues/{issue}/assignment", {"owner_id": company.owner})
    assert company.told("issue_assigned") == [company.lead, company.owner, company.elsewhere]


def test_two_who_are_away_do_not_stand_in_for_each_other(company: Company) -> None:
    company.away(company.owner, deputy=company.elsewhere)
    refused = company.away(company.elsewhere, deputy=company.owner, status=422)
    assert "stand in for each other" in refused["errors"]["deputy_id"][0]
    company.away(company.elsewhere, deputy=company.lead)


def test_a_choice_by_hand_is_never_routed_again(company: Company) -> None:
    issue = company.answer()
    company.call("PUT", f"/issues/{issue}/assignment", {"owner_id": company.elsewhere, "note": "You know them"})
    assert (company.told("issue_assigned"), company.told("issue_handed_over")) == ([company.elsewhere], [company.owner])
    company.away(company.elsewhere, deputy=company.owner)
    with clock.frozen(NOW + timedelta(hours=2)), company.app.app_context():
        route_unrouted_issues.run()
    assert company.issue(issue)["owner"]["id"] == company.elsewhere


def test_only_the_catch_all_fitting_is_told_to_the_lead(company: Company) -> None:
    rules = [{"category": "price", "team_id": company.team}, {"team_id": company.team}]
    company.call("PUT", "/routing-rules", {"items": rules})
    company.answer()
    assert company.told("issue_caught") == [company.lead]


def test_a_skill_is_asked_for_by_rules_and_kept_while_it_is(company: Company) -> None:
    skill = company.call("POST", "/skills", {"code": "fraud", "name": "Fraud"}, status=201)
    company.call("PATCH", f"/staff/{company.elsewhere}", {"skills": ["fraud"], "languages": ["es-MX", "ru"]})
    team = company.call("GET", f"/users/{company.elsewhere}")["team_id"]
    rules = [{"category": "service", "team_id": team, "skills": ["fraud"]}, {"team_id": company.team}]
    assert company.call("PUT", "/routing-rules", {"items": rules})["items"][0]["skills"] == ["fraud"]
    assert company.issue(company.answer())["owner"]["id"] == company.elsewhere
    company.call("DELETE", f"/skills/{skill['id']}", status=409)
    company.call("PATCH", f"/staff/{company.elsewhere}", {"skills": ["nothing"]}, status=422)
    company.call("PUT", "/routing-rules", {"items": rules[1:]})
    company.call("DELETE", f"/skills/{skill['id']}", status=204)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"last_day": "2026-03-01"}, "last_day"),
        ({"first_day": "2026-02-01", "last_day": "2026-02-02"}, "last_day"),
        ({"last_day": "2028-03-01"}, "last_day"),
        ({"deputy_id": 99_999}, "deputy_id"),
    ],
)
def test_days_and_deputies_that_make_no_sense_are_refused(company: Company, change: dict[str, Any], field: str) -> None:
    days = {"user_id": company.owner, "first_day": "2026-03-02", "last_day": "2026-03-04"}
    assert field in company.call("POST", "/absences", days | change, status=422)["errors"]


def test_an_absence_has_one_person_and_days_of_its_own(company: Company) -> None:
    company.away(company.owner, deputy=company.owner, status=422)
    company.away(company.owner)
    company.away(company.owner, status=409)


@pytest.mark.parametrize(("who", "status"), [("owner", 201), ("lead", 201), ("elsewhere", 404)])
def test_the_person_and_their_lead_enter_absences(company: Company, who: str, status: int) -> None:
    client = as_user(company.app.test_client(), getattr(company, who))
    days = {"user_id": company.owner, "first_day": "2026-03-03", "last_day": "2026-03-04"}
    company.call("POST", "/absences", days, client=client, status=status)


def test_a_simulation_says_who_would_have_got_what_and_stores_nothing(company: Company) -> None:
    for _ in range(3):
        company.answer()
    team = company.call("GET", f"/users/{company.elsewhere}")["team_id"]
    draft = {"items": [{"team_id": team}], "from": "2026-03-01", "to": str(date(2026, 3, 31))}
    found = company.call("POST", "/routing-rules/simulations", draft)
    assert (found["n"], found["elsewhere"], found["per_rule"]) == (3, 3, [3])
    people = {one["user_id"]: (one["did"], one["today"], one["would"], one["peak"]) for one in found["people"]}
    assert people == {company.elsewhere: (0, 0, 3, 3), company.owner: (3, 3, 0, 0)}
    assert {(one["did"], one["today"], one["would"]) for one in found["changes"]} == {("Omar", "Omar", "Eva")}
    assert company.call("POST", "/routing-rules/simulations", {**draft, "items": None})["same"] == 3
    assert company.call("GET", "/routing-rules")["items"][0]["team_id"] == company.team


def test_unchanged_rules_change_nothing_whatever_really_happened(company: Company) -> None:
    company.room(company.owner, 1)
    company.answer()
    chosen = company.answer()
    company.call("PUT", f"/issues/{chosen}/assignment", {"owner_id": company.elsewhere, "note": "You know them"})
    company.room(company.owner, None)
    away = company.away(company.owner, deputy=company.elsewhere)
    company.answer()
    company.call("DELETE", f"/absences/{away['id']}", status=204)
    rules = company.call("GET", "/routing-rules")["items"]
    found = company.call("POST", "/routing-rules/simulations", {"items": rules, "from": "2026-03-01", "to": "2026-03-31"})
    assert (found["n"], found["same"], found["elsewhere"], found["changes"]) == (3, 3, 0, [])
    assert found["differs"] == {"manual": 1, "absence": 1, "workload": 0, "changed": 0}


def test_a_lead_changes_rules_and_the_team_and_nobody_elses(company: Company) -> None:
    client = as_user(company.app.test_client(), company.lead)
    company.call("PUT", "/routing-rules", {"items": [{"team_id": company.team}]}, client=client)
    company.call("PATCH", f"/staff/{company.owner}", {"capacity": 7}, client=client)
    company.call("PATCH", f"/staff/{company.elsewhere}", {"capacity": 7}, client=client, status=404)


def test_a_team_has_one_lead_who_works_there(company: Company) -> None:
    company.call("PATCH", f"/users/{company.owner}", {"leads_team": True})
    assert company.call("GET", f"/users/{company.lead}")["leads_team"] is False
    assert company.call("PATCH", f"/users/{company.owner}", {"team_id": None})["leads_team"] is False
    company.call("PATCH", f"/users/{company.owner}", {"leads_team": True}, status=422)


def test_when_nobody_stands_in_the_administrators_hear_it_too(company: Company) -> None:
    with company.app.app_context():
        chief = make_user(Role.ADMIN)
    company.answer()
    company.away(company.owner)
    with company.app.app_context():
        announce_absences.run()
        payloads = db.session.scalars(sa.select(OutboxMessage.payload)).all()
        texts = {one["user_id"]: wording(one["kind"], one["params"]).advice for one in payloads if one["kind"] == "absence_begun"}
    assert (company.lead in texts, chief in texts) == (True, True)
    assert texts[chief].startswith("Nobody stands in. 1 issue is open with them.")


def test_leads_hear_when_the_rules_for_their_team_found_nobody(company: Company) -> None:
    with company.app.app_context():
        other = make_team()
        catcher = make_user(Role.FRONTLINE, team_id=other)
    own = {"team_id": company.team, "category": "service"}
    company.call("PUT", "/routing-rules", {"items": [own, {"team_id": other}]})
    for person in (company.owner, company.lead):
        company.away(person)
    caught = company.issue(company.answer())
    assert (caught["owner"]["id"], company.told("issue_caught")) == (catcher, [company.lead])
