"""A thousand times an input changes while somebody asks: the next decision sees it, and none that did not stays open."""

import threading
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask

from feedback.access.rules import Role
from feedback.kernel import clock
from tests.factories import make_account, make_contact, make_user
from tests.logins import token
from tests.slices.gate.world import EVALUATE, give_answer, give_consent, give_wallet, question

ROUNDS, PARTS, CUSTOMERS = 1000, 4, 12
Change = tuple[str, str, str, dict[str, Any]]  # the input, what it is afterwards, where and what is sent


class Customers:
    """Customers whose inputs change through the public routes, each from what it is to something else."""

    def __init__(self, app: Flask, random: Random) -> None:
        self.app, self.random, self.headers = app, random, token(app)
        self.now: dict[tuple[int, str], str] = {}
        with app.app_context():
            make_user(Role.FRONTLINE)
            self.ids = [self._make(number) for number in range(CUSTOMERS)]

    def _make(self, number: int) -> tuple[int, int, int]:
        account_id = make_account(external_id=f"A-{number}", time_zone="UTC")
        contact_id = make_contact(account_id, external_id=f"C-{number}")
        give_consent(contact_id)
        give_answer(account_id, contact_id, 9)
        give_wallet(account_id, as_of=clock.now().date())
        return number, account_id, contact_id

    def next_change(self) -> tuple[int, Change]:
        """Whose input changes next, and how."""
        number, account_id, contact_id = self.random.choice(self.ids)
        name = self.random.choice(("advocacy", "share_of_wallet", "consent", "timing"))
        was = self.now.get((account_id, name), FIRST[name])
        after = OTHER[name][was]
        self.now[account_id, name] = after
        return account_id, (name, after, *_call(name, after, number, account_id, contact_id))

    def send(self, path: str, body: dict[str, Any]) -> Any:
        method = "PATCH" if path.startswith("contacts/") and path.count("/") == 1 else "POST"
        answer = self.app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=self.headers)
        assert answer.status_code < 300, answer.text
        return answer.get_json()

    def decide(self, account_id: int) -> dict[str, Any]:
        return self.app.test_client().post(EVALUATE, json=question(account_id), headers=self.headers).get_json()

    def state(self, decision: dict[str, Any]) -> str:
        path = f"/api/v1/gate/decisions/{decision['decision_id']}"
        return self.app.test_client().get(path, headers=self.headers).get_json()["state"]


FIRST = {"advocacy": "promoter", "share_of_wallet": "low", "consent": "allowed", "timing": "open"}
OTHER = {
    "advocacy": {"promoter": "detractor", "detractor": "promoter"},
    "share_of_wallet": {"low": "high", "high": "low"},
    "consent": {"allowed": "refused", "refused": "allowed"},
    "timing": {"open": "deferred", "deferred": "open"},
}


def _call(name: str, after: str, number: int, account_id: int, contact_id: int) -> tuple[str, dict[str, Any]]:
    now = clock.now()
    if name == "advocacy":
        who = {"account_external_id": f"A-{number}", "contact_external_id": f"C-{number}"}
        return "responses", who | {"score": 9 if after == "promoter" else 3}
    if name == "share_of_wallet":
        ours = 20 if after == "low" else 90
        return f"accounts/{account_id}/wallets", {"category": "all", "total_spend": 100, "our_spend": ours}
    if name == "consent":
        said = {"action": "granted" if after == "allowed" else "withdrawn", "occurred_at": now.isoformat()}
        return f"contacts/{contact_id}/consents", {"purpose": "offers", "channel": "email", **said}
    until = (now.date() + timedelta(days=30)).isoformat() if after == "deferred" else None
    return f"contacts/{contact_id}", {"not_now_until": until}


def at_once(*works: Any) -> list[Any]:
    """What each of them answers, begun at the same moment."""
    start, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        start.wait()
        found[place] = works[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_the_very_next_decision_sees_a_change_and_older_ones_end(app: Flask, part: int) -> None:
    customers = Customers(app, Random(part))
    for _ in range(ROUNDS // PARTS):
        account_id, (name, after, path, body) = customers.next_change()
        _, meanwhile = at_once(lambda: customers.send(path, body), lambda: customers.decide(account_id))  # noqa: B023
        following = customers.decide(account_id)
        assert following["inputs"][name] == after
        stale = meanwhile["inputs"] != following["inputs"]
        assert not (stale and customers.state(meanwhile) == "live"), (name, after, meanwhile["inputs"])
