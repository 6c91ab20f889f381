"""Every input of the gate, changed through each public route and file that can change it: the very next decision says so.

Where the change makes an open decision wrong, that one is closed in the same transaction.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.cli.imports import import_group
from feedback.kernel import clock
from tests.factories import make_account, make_contact, make_survey, make_team, make_user
from tests.logins import token
from tests.slices.gate.world import EVALUATE, give_answer, give_consent, give_wallet, question
from tests.slices.issues.answers import catch_all
from tests.slices.test_survey_page import answer, invite


class World:
    """A promoter with a low share who allowed offers by e-mail, and the routes and files that change that."""

    def __init__(self, client: FlaskClient, app: Flask, folder: Path) -> None:
        self.client, self.app, self.folder, self.headers = client, app, folder, token(app)
        with app.app_context():
            team_id = make_team()
            make_user(Role.FRONTLINE, team_id=team_id)
            catch_all(team_id)
            make_survey("delivery")
            self.account_id = make_account(external_id="acme")
            self.contact_id = make_contact(self.account_id, external_id="ana")
            give_consent(self.contact_id)
            give_answer(self.account_id, self.contact_id, 9)
            give_wallet(self.account_id, our_spend=None, as_of=clock.now().date())
        self.call("PATCH", f"accounts/{self.account_id}", annual_revenue=20)

    def call(self, method: str, path: str, **body: Any) -> Any:
        response = self.client.open(f"/api/v1/{path}", method=method, json=body, headers=self.headers)
        assert response.status_code < 300, response.text
        return response.get_json(silent=True)

    def file(self, kind: str, *lines: str, options: tuple[str, ...] = ()) -> None:
        path = self.folder / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        result = self.app.test_cli_runner().invoke(import_group, [kind, str(path), *options], catch_exceptions=False)
        assert result.exit_code == 0, result.output

    def decide(self) -> dict[str, Any]:
        response = self.client.post(EVALUATE, json=question(self.account_id), headers=self.headers)
        assert response.status_code == 200, response.text
        return response.get_json()

    def state(self, decision: dict[str, Any]) -> str:
        return self.call("GET", f"gate/decisions/{decision['decision_id']}")["state"]

    def answer(self, score: int = 3, **values: Any) -> Any:
        return self.call("POST", "responses", **ANSWER, score=score, **values)

    def page(self, score: int) -> None:
        link = urlsplit(invite(self.client).get_json()["url"]).path
        assert answer(self.client, link, score=str(score)).status_code < 400

    def open_issue(self) -> int:
        return self.call("POST", "issues", account_id=self.account_id, title="Invoice", category="service", severity="major")[
            "id"
        ]

    def move(self, issue_id: int, to: str, **values: Any) -> None:
        self.call("POST", f"issues/{issue_id}/transitions", to=to, **values)


ANSWER = {"account_external_id": "acme", "contact_external_id": "ana"}
CONSENT = "contact_external_id,purpose,channel,action,occurred_at"
HEADER = "external_id,account_external_id,contact_external_id,score,responded_at"


@pytest.fixture
def world(client: FlaskClient, app: Flask, tmp_path: Path) -> World:
    return World(client, app, tmp_path)


def today() -> str:
    return clock.now().date().isoformat()


def later() -> str:
    return (clock.now().date() + timedelta(days=40)).isoformat()


def moment() -> str:
    return clock.now().isoformat()


def last_month() -> str:
    return (clock.now().date().replace(day=1) - timedelta(days=1)).isoformat()[:7]


def to_fix(world: World) -> int:
    issue_id = world.open_issue()
    world.move(issue_id, "contacted", note="called")
    world.move(issue_id, "diagnosed", root_cause="stock")
    world.move(issue_id, "in_fix", fix_due_at=(clock.now() + timedelta(days=3)).isoformat(), commitment="by Friday")
    return issue_id


def fixed(world: World) -> None:
    world.move(to_fix(world), "fixed", fix_summary="part replaced")


def nothing(_world: World) -> None:
    return None


Step = Callable[[World], Any]
# what is changed, by what: what was done before the first decision, the change, and the input before and after it
CHANGES: dict[str, tuple[Step, Step, str, str, str]] = {
    "score, POST": (nothing, lambda w: w.answer(3), "advocacy", "promoter", "detractor"),
    "score, transactional": (nothing, lambda w: w.answer(7, survey="delivery"), "advocacy", "promoter", "passive"),
    "score, batch": (
        nothing,
        lambda w: w.call("POST", "responses/batch", responses=[ANSWER | {"score": 8}]),
        "advocacy",
        "promoter",
        "passive",
    ),
    "score, survey page": (nothing, lambda w: w.page(2), "advocacy", "promoter", "detractor"),
    "score, file": (
        nothing,
        lambda w: w.file("responses", HEADER, f"1,acme,ana,2,{moment()}"),
        "advocacy",
        "promoter",
        "detractor",
    ),
    "score, corrected by a file": (
        lambda w: w.file("responses", HEADER, f"1,acme,ana,9,{moment()}"),
        lambda w: w.file("responses", HEADER, f"1,acme,ana,7,{moment()}", options=("--update",)),
        "advocacy",
        "promoter",
        "passive",
    ),
    "score, deleted": (
        lambda w: w.answer(7),
        lambda w: w.call("DELETE", f"responses/{newest(w, 'responses')}"),
        "advocacy",
        "passive",
        "promoter",
    ),
    "role, PATCH": (
        lambda w: w.call("POST", f"accounts/{w.account_id}/contacts", external_id="ben", role="decision_maker"),
        lambda w: w.call("PATCH", f"accounts/{w.account_id}/contacts/{w.contact_id}", left=True),
        "advocacy",
        "promoter",
        "unknown",
    ),
    "role, file": (
        nothing,
        lambda w: w.file("contacts", "account_external_id,external_id,role", *(f"acme,p{n},decision_maker" for n in range(9))),
        "advocacy",
        "promoter",
        "unknown",
    ),
    "wallet, POST": (
        nothing,
        lambda w: w.call("POST", f"accounts/{w.account_id}/wallets", category="all", total_spend=25, as_of=today()),
        "share_of_wallet",
        "low",
        "high",
    ),
    "wallet, file": (
        nothing,
        lambda w: w.file("wallets", "account_external_id,category,total_spend,as_of", f"acme,all,25,{today()}"),
        "share_of_wallet",
        "low",
        "high",
    ),
    "revenue, PATCH": (
        nothing,
        lambda w: w.call("PATCH", f"accounts/{w.account_id}", annual_revenue=90),
        "share_of_wallet",
        "low",
        "high",
    ),
    "revenue, file": (
        nothing,
        lambda w: w.file("accounts", "external_id,name,annual_revenue", "acme,Acme,90"),
        "share_of_wallet",
        "low",
        "high",
    ),
    "spend, POST": (
        nothing,
        lambda w: w.call("POST", f"accounts/{w.account_id}/spend", month=last_month(), amount=90),
        "share_of_wallet",
        "low",
        "high",
    ),
    "spend, file": (
        nothing,
        lambda w: w.file("spend", "account_external_id,month,amount", f"acme,{last_month()},90"),
        "share_of_wallet",
        "low",
        "high",
    ),
    "issue, opened by staff": (nothing, World.open_issue, "issues", "none", "major_open"),
    "issue, opened by an answer": (nothing, lambda w: w.answer(3), "issues", "none", "major_open"),
    "issue, opened by a file": (
        nothing,
        lambda w: w.file("responses", HEADER, f"1,acme,ana,2,{moment()}"),
        "issues",
        "none",
        "major_open",
    ),
    "issue, fixed": (
        to_fix,
        lambda w: w.move(newest(w, "issues"), "fixed", fix_summary="new part"),
        "issues",
        "major_open",
        "fixed_unverified",
    ),
    "issue, verified": (
        fixed,
        lambda w: w.move(newest(w, "issues"), "verified", note="Ana says so"),
        "issues",
        "fixed_unverified",
        "none",
    ),
    "issue, reopened": (
        fixed,
        lambda w: w.move(newest(w, "issues"), "routed", note="still broken"),
        "issues",
        "fixed_unverified",
        "major_open",
    ),
    "consent, POST": (
        nothing,
        lambda w: w.call("POST", f"contacts/{w.contact_id}/consents", **SAID, action="withdrawn", occurred_at=moment()),
        "consent",
        "allowed",
        "refused",
    ),
    "consent, file": (
        nothing,
        lambda w: w.file("consents", CONSENT, f"ana,offers,email,objected,{moment()}"),
        "consent",
        "allowed",
        "refused",
    ),
    "not now, PATCH": (
        nothing,
        lambda w: w.call("PATCH", f"contacts/{w.contact_id}", not_now_until=later()),
        "timing",
        "open",
        "deferred",
    ),
    "not now, file": (
        nothing,
        lambda w: w.file("contacts", "account_external_id,external_id,not_now_until", f"acme,ana,{later()}"),
        "timing",
        "open",
        "deferred",
    ),
}
SAID = {"purpose": "offers", "channel": "email"}


def newest(world: World, kind: str) -> int:
    return world.call("GET", kind)["items"][0]["id"]


@pytest.mark.parametrize("change", CHANGES)
def test_the_very_next_decision_sees_it(world: World, change: str) -> None:
    prepare, act, name, before, after = CHANGES[change]
    prepare(world)
    first = world.decide()
    act(world)
    second = world.decide()
    assert (first["inputs"][name], second["inputs"][name]) == (before, after)
    assert (world.state(first), world.state(second)) == ("invalidated", "live")
