"""Queues and the issue page: whose issues, in which order, and who may act."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.pages.issues.callbacks import reasons_of
from feedback.access.rules import Role
from feedback.accounts.models import Account
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.extensions import db
from feedback.issues.models import Issue, RoutingRule
from feedback.issues.queries import Order
from feedback.kernel import clock
from feedback.kernel.errors import NotFound, RuleViolation
from feedback.reporting.issue_board import issue_detail, issue_queue
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_defect, make_team, make_user

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def claims(app):
    """A team of one, three issues: a decision maker's major one, and two minor ones of users."""
    with app.app_context(), clock.frozen(NOW):
        team = make_team(name="Claims")
        worker = make_user(Role.FRONTLINE, team_id=team, name="Lucía Gómez", time_zone="Europe/Madrid")
        insert(RoutingRule, position=1, team_id=team)
        make_defect("late_claims", name="Late claims handling")
        with transaction():
            accept_answers([draft("A1", "decision_maker", 2), draft("A2", "user", 6), draft("A3", "user", 5)], AcceptOptions())
        yield worker


def draft(account: str, role: str, score: int) -> AnswerDraft:
    return AnswerDraft(
        account_external_id=account,
        account_name=f"Customer {account}",
        contact_external_id=f"{account}-1",
        contact_name=f"Ana of {account}",
        contact_role=role,
        score=score,
        comment="<b>three weeks</b>",
        language="en",
        responded_at=NOW - timedelta(hours=1),
        defects=("late_claims",),
    )


def test_the_queue_starts_with_what_is_due_first(app, claims):
    with viewing(app, claims) as viewer:
        queue = issue_queue(viewer, "mine")
    assert queue.lines[0].account == "Customer A1"
    due = [line.first.at for line in queue.lines if line.first]
    assert due == sorted(due)


def test_the_queue_by_priority_starts_with_the_gravest(app, claims):
    with viewing(app, claims) as viewer:
        queue = issue_queue(viewer, "mine", order=Order.PRIORITY)
    assert [line.priority for line in queue.lines] == sorted((line.priority for line in queue.lines), reverse=True)


def test_overdue_counts_follow_the_clock(app, claims):
    with viewing(app, claims) as viewer:
        before = issue_queue(viewer, "overdue").counts
        with clock.frozen(NOW + timedelta(days=3)):
            after = issue_queue(viewer, "overdue").counts
    assert (before["mine"], before["overdue"], after["overdue"]) == (3, 0, 3)


def test_an_issue_shows_who_said_what_and_how_many_others_cite_it(app, claims):
    with viewing(app, claims) as viewer:
        found = issue_detail(viewer, first_issue())
    assert [(voice.contact_name, voice.score) for voice in found.voices] == [("Ana of A1", 2)]
    assert (found.other_accounts, found.work) == (2, True)
    assert found.moves == {"contacted": ["note"]}


def first_issue() -> int:
    return db.session.query(Issue).join(Account).filter(Account.external_id == "A1").one().id


def test_somebody_of_another_team_finds_nothing(app, claims):
    stranger = make_user(Role.FRONTLINE, team_id=make_team())
    with viewing(app, stranger) as viewer:
        assert issue_queue(viewer, "team").lines == ()
        with pytest.raises(NotFound):
            issue_detail(viewer, first_issue())


def test_the_account_manager_reads_and_does_not_act(app, claims):
    manager = make_user(Role.ACCOUNT_MANAGER)
    with transaction() as session:
        session.query(Account).filter(Account.external_id == "A1").update({"owner_id": manager})
    with viewing(app, manager) as viewer:
        assert not issue_detail(viewer, first_issue()).work
        shown = texts(body_of(viewer, "/app/issues"))
    assert "Lucía Gómez works on it." in shown
    assert "Log the call" not in shown
    assert "Customer A2" not in shown


def test_the_page_shows_the_comment_as_text_and_the_next_step(app, claims):
    with viewing(app, claims) as viewer:
        shown = texts(body_of(viewer, f"/app/issues/{first_issue()}"))
    assert "<b>three weeks</b>" in shown
    assert "Log the call" in shown
    assert "2 other accounts cite this defect" in shown


def test_an_empty_queue_says_what_to_do(app):
    with app.app_context():
        lonely = make_user(Role.FRONTLINE, team_id=make_team())
    with viewing(app, lonely) as viewer:
        assert "Nothing is due." in texts(body_of(viewer, "/app/issues"))


def test_every_missing_fact_is_said_in_words():
    said = reasons_of(RuleViolation("no", missing=["fix_due_at", "commitment"]))
    assert said == ["Say by when it will be fixed; the time must lie ahead.", "Say what you promised the customer."]
