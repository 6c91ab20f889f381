"""A policy from draft to active, through HTTP: simulated, approved by a second person, and used by the very next decision."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.gate.governing.models import PolicyActivation, PolicyDraft
from feedback.kernel import clock
from feedback.partners.models import StandingWatch, ToldStanding
from feedback.uow import transaction
from tests.factories import insert, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import NOW, ask, make_customer

POLICIES = "/api/v1/gate-policies"
STRICTER = {"rows": {"R11": {"stance": "hold", "play": "protect"}}, "limits": {"relationship_days": 180}}


class Company:
    """Two people who govern, and a passive customer with a low share."""

    def __init__(self, client, app) -> None:
        self.client, self.app, self.token = client, app, token(app)
        with app.app_context():
            self.admin, self.boss = make_user(Role.ADMIN), make_user(Role.EXECUTIVE)
            self.account_id, self.contact_id = make_customer(8, annual_revenue=5000.0, segment="Retail")
            self.person = db.session.get_one(Contact, self.contact_id).external_id

    def call(self, who: int, method: str, path: str = "", **body: Any):
        with clock.frozen(NOW):
            return as_user(self.client, who).open(f"{POLICIES}{path}", method=method, json=body or None)

    def draft(self, **changes: Any) -> int:
        answer = self.call(self.admin, "POST", title="Stricter", why="Two lost", changes=changes or STRICTER)
        assert answer.status_code == 201, answer.text
        return answer.get_json()["id"]

    def simulate(self, draft: int) -> dict[str, Any]:
        return self.call(self.admin, "PUT", f"/{draft}/simulation").get_json()["simulation"]

    def approve(self, draft: int, who: int | None = None):
        return self.call(who or self.boss, "PUT", f"/{draft}/decision", approve=True)

    def decide(self) -> dict[str, Any]:
        return ask(self.app.test_client(), self.account_id, self.token)

    def stored(self, decision: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/v1/gate/decisions/{decision['decision_id']}?replay=1"
        with clock.frozen(NOW):
            return self.app.test_client().get(path, headers=self.token).get_json()


@pytest.fixture
def company(client, app) -> Company:
    return Company(client, app)


def test_an_approved_policy_counts_from_the_next_decision_on(company):
    before = company.decide()
    draft = company.draft()
    company.simulate(draft)
    assert company.approve(draft).status_code == 200
    after = company.decide()
    assert (before["outcome"], before["play"]) == ("allow_limited", "nurture")
    assert (after["outcome"], after["play"]) == ("hold", "protect")
    assert before["policy_version"] != after["policy_version"]


def test_open_decisions_end_with_the_policy_and_both_replay(company):
    before = company.decide()
    draft = company.draft()
    company.simulate(draft)
    company.approve(draft)
    stored, after = company.stored(before), company.stored(company.decide())
    assert (stored["state"], stored["invalidated_by"], stored["replay"]["agrees"]) == ("invalidated", f"policy:{draft}", True)
    assert (after["state"], after["replay"]["agrees"]) == ("live", True)


def test_a_draft_alone_changes_nothing(company):
    before = company.decide()["policy_version"]
    company.simulate(company.draft())
    assert company.decide()["policy_version"] == before


def test_nobody_approves_what_they_wrote(company):
    draft = company.draft()
    company.simulate(draft)
    assert company.approve(draft, company.admin).status_code == 403
    assert company.call(company.admin, "GET", f"/{draft}").get_json()["state"] == "draft"


def test_nobody_approves_what_was_not_simulated_as_it_is(company):
    draft = company.draft()
    company.simulate(draft)
    company.call(company.admin, "PATCH", f"/{draft}", changes={"limits": {"cut": 0.4}})
    assert company.approve(draft).status_code == 409


def test_the_simulation_says_who_changes_and_what_it_is_worth(company):
    company.decide()
    found = company.simulate(company.draft())
    line = found["listed"][0]
    assert (found["accounts"], found["changes"]["closes"], found["changes"]["revenue_closed"]) == (1, 1, 5000.0)
    assert (line["play_before"], line["play_after"], line["segment"]) == ("nurture", "protect", "Retail")
    turned = {"opened": {"accounts": 0, "revenue": 0}, "closed": {"accounts": 1, "revenue": 5000.0}}
    assert found["decisions"] == {"count": 1, "changed": 1, "by_outcome": {"allow_limited → hold": 1}, **turned}


def test_a_simulation_does_not_outlive_the_policy_that_it_was_made_beside(company):
    first, second = company.draft(), company.draft(limits={"cut": 0.4})
    company.simulate(first)
    company.simulate(second)
    company.approve(first)
    refused = company.approve(second)
    assert (refused.status_code, company.call(company.boss, "GET", f"/{second}").get_json()["outdated"]) == (409, True)
    company.simulate(second)
    assert company.approve(second).status_code == 200


def test_the_back_test_counts_sales_under_their_play(company):
    company.decide()
    sold = {"account_id": company.account_id, "channel": "email", "outcome": "sold", "contact_external_id": company.person}
    with clock.frozen(NOW + timedelta(minutes=1)):
        assert company.client.post("/api/v1/sales-contacts", json=sold, headers=company.token).status_code == 201
    sales = company.simulate(company.draft())["sales"]
    assert sales["sold"] == sales["by_play"]["nurture"]["sold"]
    assert (sales["sold"]["allowed_before"], sales["sold"]["allowed_after"]) == (1, 0)


def test_an_active_policy_still_says_what_it_changed(company):
    draft = company.draft()
    company.simulate(draft)
    company.approve(draft)
    names = [one["name"] for one in company.call(company.boss, "GET", f"/{draft}").get_json()["differences"]]
    assert names == ["relationship_days", "R11.stance", "R11.play"]


def test_a_policy_that_breaks_a_promise_is_refused_with_the_place(company):
    answer = company.call(company.admin, "POST", title="x", why="x", changes={"rows": {"R01": {"stance": "allow"}}})
    assert answer.status_code == 422
    assert "Nothing is sold to a detractor. It breaks at: detractor × high" in answer.get_json()["errors"]["rows"][0]


def test_a_number_out_of_range_is_refused(company):
    answer = company.call(company.admin, "POST", title="x", why="x", changes={"limits": {"decision_hours": 1000}})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["decision_hours"])


def test_a_draft_goes_back_with_a_reason(company):
    draft = company.draft()
    silent = company.call(company.boss, "PUT", f"/{draft}/decision", approve=False)
    told = company.call(company.boss, "PUT", f"/{draft}/decision", approve=False, note="Too strict")
    assert (silent.status_code, told.get_json()["state"], told.get_json()["decision"]) == (422, "returned", "Too strict")


def test_what_was_decided_about_stays_as_it_was(company):
    draft = company.draft()
    company.simulate(draft)
    company.approve(draft)
    assert company.call(company.admin, "PATCH", f"/{draft}", title="y").status_code == 409
    with company.app.app_context(), pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.update(PolicyDraft).values(title="y"))


def test_one_policy_is_active_and_the_database_sees_to_it(company):
    drafts = [company.draft(limits={"cut": cut}) for cut in (0.4, 0.6)]
    for draft in drafts:
        company.simulate(draft)
        company.approve(draft)
    listed = {one["id"]: one["active"] for one in company.call(company.boss, "GET").get_json()["items"]}
    assert listed == {drafts[0]: False, drafts[1]: True}
    row = {"slot": 1, "draft_id": drafts[0], "digest": "x", "activated_by_id": company.boss, "activated_at": NOW}
    with company.app.app_context(), pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.execute(sa.insert(PolicyActivation).values(**row))


def test_a_draft_shows_what_it_says_otherwise(company):
    shown = company.call(company.boss, "GET", f"/{company.draft()}").get_json()["differences"]
    assert shown == [
        {"name": "relationship_days", "before": 365, "after": 180},
        {"name": "R11.stance", "before": "limited", "after": "hold"},
        {"name": "R11.play", "before": "nurture", "after": "protect"},
    ]


def test_systems_write_no_policies(client, app):
    body = {"title": "x", "why": "x", "changes": {"limits": {"cut": 0.4}}}
    assert client.post(POLICIES, json=body, headers=token(app)).status_code == 403


def test_another_policy_has_every_standing_looked_at_again_for_partners(company):
    with company.app.app_context():
        later = NOW + timedelta(days=5)
        told = {"account_id": company.account_id, "said": {}, "changed_at": NOW, "review_at": later, "issue_event_id": 0}
        insert(StandingWatch, id=1, seeded_to=9, seed_until=9, started_at=NOW)
        insert(ToldStanding, **told)
    draft = company.draft()
    company.simulate(draft)
    company.approve(draft)
    with company.app.app_context():
        assert db.session.scalar(sa.select(ToldStanding.review_at)) == NOW
