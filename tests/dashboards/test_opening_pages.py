"""What opens issues, complaints and renewals as their readers see them."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from dashboards.pages.complaint.callbacks import LONGEST, hand_in
from dashboards.pages.issues.phrases import nameless, work_item_name
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueSource
from feedback.issues.work_items import Reason, open_work_items
from feedback.kernel import clock
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_contact, make_user

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def _hand_in(app: Flask, person: int, account: int, text: str) -> Any:
    ids = [{"kind": "complaint-field", "name": "text"}]
    with clock.frozen(NOW), viewing(app, person, "/app/") as viewer:
        return hand_in(viewer, 1, [text], ids, account)


def test_a_complaint_is_written_down_on_its_page(app: Flask) -> None:
    with app.app_context():
        manager = make_user(Role.ACCOUNT_MANAGER)
        account = make_account(name="Nordbau", owner_id=manager)
        make_contact(account, name="Ana Ruiz")
    with viewing(app, manager, "/app/") as viewer:
        assert "Hand it in" in texts(body_of(viewer, f"/app/complaints/{account}"))
    refused, done, off = _hand_in(app, manager, account, " ")
    assert ("Write what they complained about." in texts(refused), done, off) == (True, None, False)
    refused, done, off = _hand_in(app, manager, account, "x" * (LONGEST + 1))
    assert ("at most 10000 characters" in texts(refused), done, off) == (True, None, False)
    refused, done, off = _hand_in(app, manager, account, "Nobody calls back.")
    assert (refused, off) == (None, True)
    assert "It is issue #1 now." in texts(done)
    with app.app_context():
        assert db.session.execute(sa.select(Issue.source, IssueVoice.said).join(IssueVoice)).all() == [
            (IssueSource.COMPLAINT, "Nobody calls back.")
        ]


def test_what_opens_issues_and_renewals_draw_when_nothing_is_there(app: Flask) -> None:
    with app.app_context():
        expert = make_user(Role.EXPERIENCE_MANAGER)
    with viewing(app, expert, "/app/") as viewer:
        assert "gets an issue, whatever the score" in texts(body_of(viewer, "/app/opening"))
        assert "Try it on past answers" in texts(body_of(viewer, "/app/opening?rule=new"))
        assert "the most troubled first" in texts(body_of(viewer, "/app/renewals"))


def test_a_work_item_has_no_problem_to_name(app: Flask) -> None:
    with app.test_request_context():
        assert nameless(IssueSource.CONTACT_GAP) == nameless(IssueSource.SILENCE) == "Ask how things are"
        assert nameless(IssueSource.RESPONSE) == "Without a named problem"
        gap = work_item_name(IssueSource.CONTACT_GAP, {"contact_gap": {"days": 97}})
        assert gap == "Contact gap: nobody has spoken with them for more than 97 days"


def test_account_queue_and_board_call_a_work_item_by_its_name(app: Flask) -> None:
    with app.app_context():
        manager = make_user(Role.ACCOUNT_MANAGER)
        account = make_account(name="Nordbau", owner_id=manager)
        reason = Reason(IssueSource.SILENCE, account, (make_contact(account),), {"days": 40}, key="1", since=clock.now())
        with transaction():
            open_work_items([reason])
    with viewing(app, manager, "/app/") as viewer:
        pages = (f"/app/accounts/{account}", "/app/issues?tab=mine", "/app/issues/board?tab=mine")
        shown = [texts(body_of(viewer, page)) for page in pages]
    assert ["Silence: asked 40 days ago, no answer" in text for text in shown] == [True] * 3
    assert ["Without a named problem" in text or "Ask how things are" in text for text in shown] == [False] * 3
