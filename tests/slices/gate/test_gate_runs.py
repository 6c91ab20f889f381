"""A run over all accounts equals the decision about each of them, in one process or several, and says who opened and closed."""

from datetime import date, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.runs import deciding
from feedback.gate.runs.deciding import RunQuestion
from feedback.gate.runs.models import GateRun, GateRunAnswer
from feedback.gate.runs.queries import inputs_of
from feedback.gate.runs.service import opened_since, run_gate
from feedback.issues.rules import IssueState, Severity
from feedback.kernel import clock
from feedback.permission.rules import Channel, ConsentAction
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import EVALUATE, NOW, give_answer, give_consent, give_issue, give_wallet, make_customer, question

EXACTLY = RunQuestion(at_any_hour=False)
RUNS = "/api/v1/gate/runs"


def make_company(size: int, seed: int = 1) -> list[int]:
    """Accounts of every kind: scores, roles, wallets, issues, consents, wishes and zones by chance."""
    random, made = Random(seed), []
    for _ in range(size):
        account_id = make_account(time_zone=random.choice([None, "Europe/Madrid", "Asia/Tokyo"]), country="ES")
        for _ in range(random.randint(0, 3)):
            _make_person(random, account_id)
        for _ in range(random.choice([0, 0, 0, 0, 1, 2])):
            state = random.choice([IssueState.ROUTED, IssueState.FIXED, IssueState.IN_FIX])
            give_issue(account_id, state, severity=random.choice([Severity.MINOR, Severity.MAJOR]))
        if random.random() < 0.7:
            give_wallet(account_id, random.choice([0.1, 0.6]))
        made.append(account_id)
    return made


def _make_person(random: Random, account_id: int) -> None:
    wish = random.choice([None, None, date(2026, 11, 2), date(2026, 12, 1)])
    role = random.choice(["decision_maker", "influencer", "user"])
    contact_id = make_contact(account_id, role=role, not_now_until=wish)
    if random.random() < 0.8:
        give_answer(account_id, contact_id, random.choice([2, 7, 9, 10, 10]), days=random.choice([5, 100, 400]))
    if random.random() < 0.8:
        give_consent(contact_id, random.choice([ConsentAction.GRANTED] * 5 + list(ConsentAction)), channel=Channel.PHONE)


def told(client, headers, account_id):
    """What the gate decides about one account: outcome, play, contact and inputs."""
    with clock.frozen(NOW):
        found = client.post(EVALUATE, json=question(account_id, channel="phone"), headers=headers).get_json()
    return found["outcome"], found["play"], (found["contact"] or {}).get("id"), found["inputs"]


def answers(run: GateRun):
    rows = db.session.scalars(sa.select(GateRunAnswer).where(GateRunAnswer.run_id == run.id))
    return {
        row.account_id: (row.outcome, row.play, row.contact_id, {k: v.value for k, v in inputs_of(row.cell)._asdict().items()})
        for row in rows
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_each_answer_equals_the_decision_about_the_account(client, app, monkeypatch, workers):
    monkeypatch.setattr(deciding, "PART", 20)
    with app.app_context():
        made = make_company(60, seed=workers)
        with clock.frozen(NOW):
            run = run_gate(EXACTLY, workers=workers)
        found = answers(run)
    headers = token(app)
    assert {account_id: told(client, headers, account_id) for account_id in made} == found
    assert len(set(run.outcomes)) > 3


def test_a_run_counts_who_opened_and_who_closed(app):
    with app.app_context():
        glad, calm = make_customer()[1], make_customer()
        for contact_id in (glad, calm[1]):
            give_consent(contact_id, channel=Channel.PHONE)
        with transaction() as session:
            session.execute(sa.update(Contact).where(Contact.id == glad).values(not_now_until=NOW.date() + timedelta(days=1)))
        with clock.frozen(NOW):
            assert run_gate().opened is None
        give_issue(calm[0])
        with clock.frozen(NOW + timedelta(days=1)):
            second = run_gate()
            opened = opened_since(NOW)
    assert (second.opened, second.closed, len(opened)) == (1, 1, 1)


def test_answers_of_older_runs_go_and_their_totals_stay(app):
    with app.app_context():
        make_customer()
        for _ in range(4):
            last = run_gate()
        runs = db.session.scalar(sa.select(sa.func.count(GateRun.id)))
        kept = set(db.session.scalars(sa.select(GateRunAnswer.run_id)))
    assert (runs, kept) == (4, {last.id, last.id - 1})


def test_closed_accounts_are_left_out(app):
    with app.app_context():
        make_account(status=AccountStatus.CLOSED)
        assert run_gate().accounts == 0


def test_each_reads_the_answers_of_the_own_accounts(client, app):
    with app.app_context():
        ana = make_user(Role.ACCOUNT_MANAGER)
        mine, _other = make_customer(owner_id=ana)[0], make_customer()
        run = run_gate()
    listed = as_user(client, ana).get(f"{RUNS}/{run.id}/answers").get_json()["items"]
    assert [one["account_id"] for one in listed] == [mine]
    assert client.get(RUNS, headers=token(app)).get_json()["items"][0]["accounts"] == 2


def test_a_run_that_never_ended_is_not_found(client, app):
    with app.app_context(), transaction() as session:
        row = {"as_of": NOW, "policy_version": "x", "accounts": 0, "outcomes": {}}
        session.add(GateRun(**RunQuestion()._asdict(), **row))
    assert client.get(f"{RUNS}/1/answers", headers=token(app)).status_code == 404
