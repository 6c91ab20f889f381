"""The policy of the gate as those see it who write it and those who approve it."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from dashboards.pages.gate_policy import callbacks
from dashboards.pages.gate_policy.form import changes_of, field_of
from dashboards.places import places_of
from dashboards.still.markup import still_markup
from feedback.access.rules import Role, Viewer
from feedback.extensions import db
from feedback.gate.governing import service
from feedback.gate.governing.models import PolicyDraft
from feedback.gate.governing.queries import current_policy
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_user
from tests.logins import as_user
from tests.slices.gate.world import NOW, make_customer

PAGE = "/app/gate-policy"
CLOSING = {"R11": {"stance": "hold", "play": "protect"}}


class Governed:
    """An administrator, an executive, and passive customers with a low share."""

    def __init__(self, app: Flask, customers: int = 1, kind: str = "Customer") -> None:
        self.app = app
        with app.app_context():
            self.admin, self.boss = make_user(Role.ADMIN), make_user(Role.EXECUTIVE)
            names = [f"{kind} {number}" for number in range(customers)]
            kept = {"annual_revenue": 5000.0, "segment": "Retail"}
            self.accounts = [make_customer(8, name=name, external_id=name, **kept)[0] for name in names]

    @contextmanager
    def being(self, who: int, path: str = PAGE) -> Iterator[Viewer]:
        with clock.frozen(NOW), viewing(self.app, who, path) as viewer:
            yield viewer

    def fields(self, **said: Any) -> tuple[list[Any], list[dict[str, str]]]:
        """The form as the page would send it, with some fields changed."""
        content = current_policy()["content"]
        held = {**content["limits"], **content["limits"]["timing"]}
        for row in (*content["relationship"], *content["permission"]):
            held[f"{row['id']}.stance"] = row["stance"]
            held |= {f"{row['id']}.play": row["play"]} if row.get("play") else {}
        held |= said
        return list(held.values()), [{"kind": "policy-field", "name": name} for name in held]

    def draft(self, **said: Any) -> int:
        with self.being(self.admin) as viewer:
            path, _again = callbacks.save(viewer, 1, None, "Another way", "We lost two", *self.fields(**said), 0)
            return int(path.rpartition("/")[2])

    def simulated(self, **said: Any) -> int:
        draft = self.draft(**said)
        with self.being(self.admin) as viewer:
            callbacks.simulate(viewer, 1, draft, 0)
        return draft

    def read(self, who: int, path: str = PAGE) -> str:
        with self.being(who, path) as viewer:
            return texts(body_of(viewer, path))


@pytest.fixture
def governed(app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch) -> Governed:
    monkeypatch.setattr(callbacks, "clear_marks", lambda: None)  # there is no page whose fields could be marked
    return Governed(app)


def test_the_policy_reads_as_sentences(governed):
    shown = governed.read(governed.boss)
    assert "Passive · Low share · No open issue: One offer may be made. The play is “Nurture”." in shown
    assert "One person is approached at most" in shown
    assert "Nobody has activated a policy yet" in shown
    assert "No draft waits." in shown


def test_a_draft_says_in_words_what_it_says_otherwise(governed):
    draft = governed.draft(**{"R11.stance": "hold", "cut": 0.4})
    shown = governed.read(governed.boss, f"{PAGE}/{draft}")
    assert "R11, Passive · Low share · No open issue: “One offer may be made” becomes “Sell nothing”." in shown
    assert "50% becomes 40%." in shown
    assert "It was not simulated yet." in shown


def test_what_closes_is_counted_listed_and_drawn(governed):
    draft = governed.simulated(**{"R11.stance": "hold", "R11.play": "protect"})
    with governed.being(governed.boss, f"{PAGE}/{draft}") as viewer:
        body = body_of(viewer, f"{PAGE}/{draft}")
        shown = texts(body)
        assert 'class="cl-still"' in still_markup(body)
    assert "It opens no account." in shown
    assert "Customer 0" in shown
    assert "Retail: 0 open (€0), 1 close (€5K)" in shown
    assert "Nurture → Protect: 0 open" in shown


def test_nobody_is_offered_to_approve_what_they_wrote(governed):
    draft = governed.simulated(**{"R11.stance": "hold"})
    shown = governed.read(governed.admin, f"{PAGE}/{draft}")
    assert "You wrote it, so somebody else has to decide" in shown
    assert "Approve it" not in shown


def test_a_second_person_approves_and_it_counts(governed):
    draft = governed.simulated(**{"R11.stance": "hold"})
    assert "Approve it" in governed.read(governed.boss, f"{PAGE}/{draft}")
    with governed.being(governed.boss) as viewer:
        callbacks.approve(viewer, 1, draft, "Agreed", 0)
    shown = governed.read(governed.boss)
    assert "Passive · Low share · No open issue: Sell nothing." in shown
    assert "approved by" in shown
    assert "Agreed" in shown


def test_sending_back_needs_a_reason(governed):
    draft = governed.simulated(**{"R11.stance": "hold"})
    with governed.being(governed.boss) as viewer, pytest.raises(InvalidInput):
        callbacks.send_back(viewer, 1, draft, " ", 0)
    with governed.being(governed.boss) as viewer:
        callbacks.send_back(viewer, 1, draft, "Too strict", 0)
    assert "Too strict" in governed.read(governed.admin, f"{PAGE}/{draft}")


def test_the_promises_are_said_at_the_row_that_breaks_them(governed):
    with governed.being(governed.admin):
        faults = service.faults_of({"rows": {"R01": {"stance": "allow"}, "R11": {"stance": "allow"}}})
    assert list(map(field_of, faults)) == ["R01.stance"]
    assert faults["R01"][0] == "Nothing is sold to a detractor."


def test_a_draft_that_breaks_a_promise_is_not_kept(governed):
    with pytest.raises(InvalidInput) as raised:
        governed.draft(**{"R05.stance": "allow", "decision_hours": ""})
    assert set(raised.value.errors) == {"R05.stance", "decision_hours"}
    with governed.app.app_context():
        assert db.session.query(PolicyDraft).count() == 0


def test_only_what_was_changed_is_a_change(governed):
    with governed.being(governed.admin):
        content = current_policy()["content"]
        assert changes_of(*governed.fields(), content) == {"limits": {}, "rows": {}}
        found = changes_of(*governed.fields(**{"R11.stance": "hold", "contact_cap": 5}), content)
    assert found == {"limits": {"contact_cap": 5}, "rows": {"R11": {"stance": "hold"}}}


@pytest.fixture
def opening(app: Flask, governed: Governed) -> tuple[Governed, int]:
    """Thirty passive customers who may not be sold to, and a draft that opens them."""
    many = Governed(app, customers=30, kind="More")
    closing = many.simulated(**{"R11.stance": "hold"})
    with many.being(many.boss) as viewer:
        callbacks.approve(viewer, 1, closing, "", 0)
    return many, many.simulated(**{"R11.stance": "limited"})


def test_a_policy_that_opens_many_accounts_cannot_be_overlooked(opening):
    governed, draft = opening
    shown = governed.read(governed.boss, f"{PAGE}/{draft}")
    assert "This policy would open 31 accounts with €155,000 of revenue a year" in shown
    assert "That is 100.0% of all accounts at once." in shown
    assert "Approve it, and open 31 accounts" in shown
    assert "More 0" in shown
    assert " → Yes, one offer" in shown


def test_the_accounts_that_change_come_as_a_file(opening):
    governed, draft = opening
    text = as_user(governed.app.test_client(), governed.boss).get(f"{PAGE}/{draft}.csv").text
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert (len(rows), rows[0]["outcome_before"], rows[0]["outcome_after"]) == (31, "hold", "allow_limited")


def test_an_executive_sees_that_a_draft_waits(governed):
    governed.simulated(**{"R11.stance": "hold"})
    for who, count in ((governed.boss, 1), (governed.admin, 0)):
        with governed.being(who) as viewer:
            (place,) = [place for place in places_of(viewer) if place.path == PAGE]
            assert place.waiting is not None
            assert place.waiting() == count


def test_an_account_manager_has_no_such_page(governed):
    with governed.app.app_context():
        seller = make_user(Role.ACCOUNT_MANAGER)
    with governed.being(seller) as viewer:
        assert PAGE not in [place.path for place in places_of(viewer)]
