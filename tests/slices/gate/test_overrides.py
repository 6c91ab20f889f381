"""Exceptions from a hold: asked for by one, granted by another, for a few days, and gone at once when things get worse."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from feedback.access.rules import Role
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.gate.governing.backtesting import decided_again
from feedback.gate.limits import current_limits
from feedback.gate.overriding.models import GateOverride
from feedback.gate.runs.deciding import RunQuestion, answer_part
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.permission.rules import Channel
from tests.factories import insert, make_contact, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import NOW, give_answer, give_consent, give_issue, make_customer

OVERRIDES = "/api/v1/gate-overrides"
WISH = {"reason": "deadline", "note": "Their tender closes on Friday.", "days": 3}


class Company:
    """An account manager, an executive, and a loyal customer who buys nearly all from us: held unless they ask."""

    def __init__(self, client, app) -> None:
        self.client, self.app, self.token = client, app, token(app)
        with app.app_context():
            self.manager, self.boss = make_user(Role.ACCOUNT_MANAGER), make_user(Role.EXECUTIVE)
            self.account_id, self.contact_id = make_customer(9, share=0.9, owner_id=self.manager, time_zone="UTC")

    def call(self, who: int, method: str, path: str = "", later: timedelta = timedelta(), **body: Any):
        with clock.frozen(NOW + later):
            return as_user(self.client, who).open(f"{OVERRIDES}{path}", method=method, json=body or None)

    def decide(self, later: timedelta = timedelta(), **values: Any) -> dict[str, Any]:
        with clock.frozen(NOW + later):
            body = {"account_id": self.account_id, "purpose": "offers", "channel": "email", "initiation": "outbound", **values}
            return self.app.test_client().post("/api/v1/gate/evaluate", json=body, headers=self.token).get_json()

    def request(self, who: int | None = None, **wish: Any):
        return self.call(who or self.manager, "POST", decision_id=self.decide()["decision_id"], **{**WISH, **wish})

    def granted(self) -> int:
        override = self.request().get_json()["id"]
        answer = self.call(self.boss, "PUT", f"/{override}/decision", approve=True, note="Once.")
        assert answer.status_code == 200, answer.text
        return override

    def stored(self, decision: dict[str, Any]) -> dict[str, Any]:
        path = f"/api/v1/gate/decisions/{decision['decision_id']}?replay=1"
        with clock.frozen(NOW):
            return self.app.test_client().get(path, headers=self.token).get_json()

    def state(self, override: int) -> dict[str, Any]:
        return self.call(self.boss, "GET").get_json()["items"][0] | {"asked": override}

    def change(self, path: str, **body: Any) -> None:
        with clock.frozen(NOW):
            answer = self.app.test_client().post(f"/api/v1/{path}", json=body, headers=self.token)
        assert answer.status_code < 300, answer.text


@pytest.fixture
def company(client, app) -> Company:
    return Company(client, app)


def test_an_exception_allows_one_offer_from_the_next_decision_on(company):
    before = company.decide()
    company.granted()
    after = company.decide()
    assert (before["outcome"], after["outcome"], after["play"]) == ("hold", "allow_limited", "protect_and_refer")
    assert "override_active" in [reason["code"] for reason in after["reasons"]]
    assert company.stored(before)["state"] == "invalidated"


def test_the_sentence_names_who_granted_it_and_until_when(company):
    company.granted()
    told = company.decide()["summary"]
    assert told.startswith("Yes, with one offer. ")
    assert "made an exception until " in told
    assert "A tender or renewal that does not wait" in told


def test_a_request_alone_allows_nothing(company):
    company.request()
    assert company.decide()["outcome"] == "hold"


def test_a_decision_under_an_exception_ends_with_it_and_replays(company):
    company.granted()
    decision = company.decide(later=timedelta(days=2, hours=12))
    assert decision["expires_at"] == (NOW + timedelta(days=3)).isoformat()
    assert company.stored(decision)["replay"] == {
        **{name: decision[name] for name in ("outcome", "play", "rows", "policy_version")},
        "reasons": [reason["code"] for reason in sorted(decision["reasons"], key=lambda one: one["code"])],
        "agrees": True,
    }


def test_it_is_over_after_its_days(company):
    company.granted()
    assert company.decide(later=timedelta(days=3))["outcome"] == "hold"


def test_nobody_grants_what_they_asked_for(company, app):
    with app.app_context():
        admin = make_user(Role.ADMIN)
    override = company.request(admin).get_json()["id"]
    assert company.call(admin, "PUT", f"/{override}/decision", approve=True).status_code == 403
    assert company.decide()["outcome"] == "hold"


def test_the_account_manager_cannot_grant(company):
    override = company.request().get_json()["id"]
    assert company.call(company.manager, "PUT", f"/{override}/decision", approve=True).status_code == 403


def test_more_than_a_week_is_refused(company):
    assert company.request(days=8).status_code == 422


def test_a_refusal_needs_a_word(company):
    override = company.request().get_json()["id"]
    assert company.call(company.boss, "PUT", f"/{override}/decision", approve=False).status_code == 422
    answer = company.call(company.boss, "PUT", f"/{override}/decision", approve=False, note="Wait for them.")
    assert answer.get_json()["state"] == "refused"
    assert company.decide()["outcome"] == "hold"


NEVER = {
    "a block": ({"channel": "phone"}, "Only a hold"),
    "an answer to a request": ({"initiation": "requested"}, "Only a hold"),
}


@pytest.mark.parametrize(("values", "said"), NEVER.values(), ids=NEVER)
def test_what_is_no_hold_knows_no_exception(company, values, said):
    decision = company.decide(**values)
    answer = company.call(company.manager, "POST", decision_id=decision["decision_id"], **WISH)
    assert (answer.status_code, answer.get_json()["detail"][:11]) == (409, said)


def test_there_is_none_for_a_detractor(company, app):
    with app.app_context():
        give_answer(company.account_id, company.contact_id, 3, days=1)
    answer = company.request()
    assert (answer.status_code, "detractor" in answer.get_json()["detail"]) == (409, True)


def test_there_is_none_over_a_serious_problem(company, app):
    with app.app_context():
        give_issue(company.account_id)
    assert "serious problem" in company.request().get_json()["detail"]


def test_there_is_none_while_a_detractor_is_silent(company, app):
    with app.app_context():
        other = make_contact(company.account_id, external_id="other", role=ContactRole.DECISION_MAKER)
        give_answer(company.account_id, other, 2, days=400)
    assert company.decide()["outcome"] == "hold"
    assert "last word" in company.request().get_json()["detail"]


def test_a_new_detractor_ends_it_for_good(company):
    override = company.granted()
    who = {"account_external_id": _external_id(company), "contact_external_id": company.decide()["contact"]["external_id"]}
    company.change("responses", **who, score=2)
    ended = company.state(override)
    assert (ended["state"], ended["ended_because"]) == ("ended", "detractor")
    company.change("responses", **who, score=10)
    assert company.decide(later=timedelta(minutes=1))["outcome"] == "hold"


def _external_id(company: Company) -> str:
    headers = company.token
    return company.app.test_client().get(f"/api/v1/accounts/{company.account_id}", headers=headers).get_json()["external_id"]


def test_a_serious_issue_ends_it_for_good(company):
    override = company.granted()
    company.change("issues", account_id=company.account_id, title="Broken", severity="critical")
    assert company.state(override)["ended_because"] == "serious_issue"
    assert company.decide()["outcome"] == "hold"


def test_a_withdrawal_ends_it_for_good(company):
    override = company.granted()
    said = {"purpose": "offers", "channel": "email", "basis": "consent", "evidence": "mail", "occurred_at": NOW.isoformat()}
    company.change(f"contacts/{company.contact_id}/consents", action="withdrawn", **said)
    assert company.decide()["outcome"] == "block"
    assert company.state(override)["state"] == "ended"


def test_it_does_not_reach_another_contact(company, app):
    with app.app_context():
        other = make_contact(company.account_id, external_id="other", role=ContactRole.USER)
        give_consent(other)
    company.granted()
    assert company.decide(contact_external_id="other")["outcome"] == "hold"


def test_it_does_not_make_a_wrong_moment_right(company):
    company.granted()
    with clock.frozen(NOW):
        company.app.test_client().patch(
            f"/api/v1/contacts/{company.contact_id}", json={"not_now_until": "2026-11-04"}, headers=company.token
        )
    assert company.decide()["outcome"] == "defer"


def test_it_is_asked_for_once(company):
    company.request()
    assert company.request().status_code == 409


def test_a_request_of_last_week_is_not_granted(company):
    override = company.request().get_json()["id"]
    late = company.call(company.boss, "PUT", f"/{override}/decision", timedelta(days=7), approve=True)
    assert late.status_code == 409


def test_it_is_not_granted_when_things_got_worse_meanwhile(company, app):
    override = company.request().get_json()["id"]
    with app.app_context():
        give_issue(company.account_id)
    answer = company.call(company.boss, "PUT", f"/{override}/decision", approve=True)
    assert (answer.status_code, "serious problem" in answer.get_json()["detail"]) == (409, True)


def test_an_ended_decision_is_no_ground(company):
    decision = company.decide()["decision_id"]
    assert company.call(company.manager, "POST", "", timedelta(days=2), decision_id=decision, **WISH).status_code == 409


def test_who_asked_takes_it_back(company):
    override = company.request().get_json()["id"]
    assert company.call(company.manager, "PUT", f"/{override}/withdrawal").get_json()["state"] == "withdrawn"
    assert company.call(company.boss, "PUT", f"/{override}/decision", approve=True).status_code == 409


@pytest.mark.parametrize(("who", "how"), [("manager", "withdrawal"), ("boss", "end")])
def test_who_asked_and_who_may_grant_end_what_counts(company, who, how):
    override = company.granted()
    assert company.call(getattr(company, who), "PUT", f"/{override}/{how}").get_json()["state"] == "ended"
    assert company.decide()["outcome"] == "hold"


def test_who_may_grant_is_told_and_then_who_asked(company, app):
    company.granted()
    with app.app_context():
        payloads = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user")).all()
    told = {(payload["user_id"], payload["kind"]) for payload in payloads}
    assert {(company.boss, "override_requested"), (company.manager, "override_approved")} <= told


VALUES = {"purpose": "offers", "outcome": "hold", "state": "requested", "reason": "other", "note": "x", "days": 3}
BROKEN = {
    "of a block": {"outcome": "block"},
    "for eight days": {"days": 8},
    "granted by who asked": {"decided_by_id": 1},
    "granted by nobody": {"state": "approved"},
}


@pytest.mark.parametrize("values", BROKEN.values(), ids=BROKEN)
def test_the_database_knows_no_such_exception(company, app, values):
    asked = {"account_id": company.account_id, "requested_by_id": company.boss, "requested_at": NOW}
    mine = {name: company.boss for name in values if name == "decided_by_id"}
    with app.app_context(), pytest.raises(IntegrityError):
        insert(GateOverride, **VALUES | asked | values | mine)


def test_a_run_over_all_accounts_goes_by_it_too(company, app):
    company.granted()
    with app.app_context():
        answers = answer_part([company.account_id], RunQuestion(channel=Channel.EMAIL), NOW)
    assert [one.outcome for one in answers] == ["allow_limited"]


def test_a_policy_is_not_tried_on_what_was_decided_under_an_exception(company, app):
    company.granted()
    company.decide()
    with app.app_context(), clock.frozen(NOW):
        limits = current_limits()
        found = decided_again(limits.rules, NOW + timedelta(minutes=1), limits)
    assert (found["count"], found["changed"]) == (1, 0)
