"""The pages of the work: promises, causes, concessions, progress mails, and what the page of an issue offers to whom."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from dashboards.components.folds import folded_quote
from dashboards.pages.issues.actions import next_panel
from dashboards.pages.issues.contact_callbacks import contact_of, told_now
from dashboards.pages.issues.history import history_section
from dashboards.still.markup import still_markup
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.issues.service import add_commitment
from feedback.issues.waiting import start_waiting
from feedback.issues.working.advocacy import nudge
from feedback.issues.working.causes import add_cause
from feedback.issues.working.concessions import request_concession
from feedback.issues.working.diagnosis import Cause, Fix, diagnose
from feedback.issues.working.one_pass import Contact, Promise, log_contact
from feedback.issues.working.templates import add_template
from feedback.kernel import clock
from feedback.reporting.issue_board import issue_detail
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_contact, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer


class Work:
    """An owner, the lead, a manager who waits, who runs surveys, and one issue."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            team = make_team()
            self.owner = make_user(Role.FRONTLINE, team_id=team, name="Ana")
            self.manager = make_user(Role.ACCOUNT_MANAGER, name="Max")
            self.experience = make_user(Role.EXPERIENCE_MANAGER)
            self.executive = make_user(Role.EXECUTIVE)
            catch_all(team)
            account = self.account = make_account(name="Iberseguros", owner_id=self.manager)
            contact = make_contact(account, name="Carla Ruiz", email="carla@example.com")
            answer = make_answer(account, 2, contact_id=contact, defects=((make_defect("late", name="Late"), "service"),))
            self.issue = accept(answer)[answer.response_id]
            self.lead = make_user(Role.FRONTLINE, team_id=team, name="Lea", leads_team=True)

    def do(self, person: int, act: Any, *args: Any, **more: Any) -> Any:
        with self.app.app_context(), transaction():
            return act(*args, viewer=get_viewer(person), **more)

    def promise(self, hours: int, text: str) -> None:
        self.do(self.owner, add_commitment, self.issue, text=text, due_at=clock.now() + timedelta(hours=hours))

    def page(self, person: int, address: str) -> str:
        with viewing(self.app, person, address) as viewer:
            return texts(body_of(viewer, address))

    def of_issue(self, person: int) -> str:
        return self.page(person, f"/app/issues/{self.issue}")


@pytest.fixture
def work(app: Flask) -> Work:
    return Work(app)


def test_promises_stand_by_what_is_due(work: Work) -> None:
    morning = (clock.now() + timedelta(days=1)).replace(hour=9)  # an hour later is the same day
    with clock.frozen(morning):
        work.promise(1, "Call back")
        work.promise(200, "Send papers")
        text = work.page(work.owner, "/app/promises")
        assert "Mark as kept" not in work.page(work.executive, "/app/promises")
        assert "Call back" in work.page(work.manager, "/app/promises")
    assert text.index("Call back") < text.index("Later") < text.index("Send papers")
    assert "Mark as kept" in text
    assert (text.count("Carla Ruiz"), text.count("carla@example.com")) == (2, 2), "whom to call, and one tap to do it"


def test_a_day_chosen_for_a_promise_or_a_fix_lasts_until_its_end(work: Work) -> None:
    said = {"said": "Talked", "outcome": "reached", "promise": "Call", "promise_due_at": "2026-05-26 00:00:00"}
    with viewing(work.app, work.owner) as viewer:
        contact = contact_of(said | {"fix_due_at": "2026-05-27 10:30:00"}, viewer)
        ends = [at.astimezone(ZoneInfo(viewer.time_zone)) for at in (contact.promise.due_at, contact.fix.due_at)]
    assert [f"{at:%d %H:%M}" for at in ends] == ["26 23:59", "27 10:30"]


def test_without_promises_the_page_says_where_they_come_from(work: Work) -> None:
    assert "What you promise while you log a call comes here" in work.page(work.owner, "/app/promises")
    assert "No promise was broken." in work.page(work.owner, "/app/promises?which=broken")
    assert "No promise was kept yet." in work.page(work.owner, "/app/promises?which=kept&cursor=damaged")


def test_what_holds_an_issue_open_is_asked_where_it_is_closed(work: Work) -> None:
    promised = Promise("Call back on Friday", clock.now() + timedelta(days=2))
    steps = {"cause": Cause(text="Nobody stood in"), "fix_summary": "Done", "to": IssueState.FIXED}
    work.do(work.owner, log_contact, work.issue, Contact("Talked", promise=promised, **steps))
    text = work.of_issue(work.owner).partition("History")[0]
    words = ("Call back on Friday", "It is not kept, or no longer wanted", "when it is clear what became of every promise")
    assert [text.count(part) for part in words] == [2, 1, 1]  # what is due first stands in the list beside it too
    assert text.rindex("Call back on Friday") < text.index("Close without an answer")


def test_the_tree_shows_what_waits_for_a_place_and_its_forms_to_those_who_arrange_it(work: Work) -> None:
    work.do(work.lead, add_cause, "Staff")
    work.do(work.owner, diagnose, work.issue, Cause(text="Nobody stood in"))
    text = work.page(work.experience, "/app/causes")
    assert text.index("Waits for a place") < text.index("Nobody stood in") < text.index("Staff")
    assert "Add the cause" in text
    assert "Add the cause" not in work.page(work.executive, "/app/causes")
    assert "Join them" in work.page(work.lead, "/app/causes?cause=1")


def test_a_concession_waits_for_somebody_else(work: Work) -> None:
    work.do(work.owner, request_concession, work.issue, amount=250.0, reason="Three weeks late")
    assert "Approve" in work.page(work.lead, "/app/concessions")
    own = work.page(work.owner, "/app/concessions")
    assert "Approve" not in own
    assert "Take it back" in own
    assert "waits for somebody's yes" in work.of_issue(work.manager)


def test_a_template_is_shown_as_a_customer_reads_it(work: Work) -> None:
    work.do(work.experience, add_template, "Weekly", {"en": {"subject": "{number}", "text": "Good day {name}"}})
    assert "Good day Ana Ruiz" in work.page(work.experience, "/app/progress/1")
    assert "Weekly" in work.page(work.experience, "/app/progress")


def test_the_first_call_is_one_form(work: Work) -> None:
    text = work.of_issue(work.owner)
    for part in ("Log the call", "Also: next step, promise, cause, fix, state"):
        assert part in text
    assert "Mail the customer how far it is" not in text
    work.do(work.owner, log_contact, work.issue, Contact("Talked"))
    after = work.of_issue(work.owner)
    assert "Log a contact" in after
    assert "Mail the customer how far it is" in after


def test_who_waits_can_watch_remind_and_escalate_and_sees_to_whom(work: Work) -> None:
    text = work.of_issue(work.manager)
    for part in ("Watch this issue", "Remind Ana", "Take it to Lea"):
        assert part in text
    assert "Watch this issue" not in work.of_issue(work.owner)
    work.do(work.manager, nudge, work.issue, said="")
    assert "Reminded the owner" in work.of_issue(work.owner)


def test_executives_see_promises_and_why_a_defect_happens(work: Work) -> None:
    work.do(work.owner, log_contact, work.issue, Contact("Talked", cause=Cause(text="Nobody stood in")))
    assert "No promise has come due yet." in work.page(work.executive, "/app/loop")
    assert "Nobody stood in" in work.page(work.executive, "/app/defects?defect=late")


def test_a_form_says_only_what_was_changed_in_it() -> None:
    drawn = {"root_cause_id": "7", "whys": "No deputies", "fix_owner_id": None}
    fields = {"said": " Talked ", "root_cause_id": "7", "whys": "", "fix_owner_id": None}
    said = told_now(list(fields.values()), [{"name": name} for name in fields], drawn)
    assert said == {"said": "Talked", "whys": ""}


def test_a_cause_is_read_once_in_the_language_of_the_reader(work: Work) -> None:
    cause = work.do(work.lead, add_cause, "Staff", names={"es": "Personal"}).id
    work.do(work.owner, log_contact, work.issue, Contact("Talked", cause=Cause(root_cause_id=cause)))
    with work.app.app_context(), transaction():
        db.session.get_one(Issue, work.issue).root_cause = "Personal"  # chosen by a colleague who reads Spanish
    text = work.of_issue(work.owner)
    assert "Staff" in text
    assert "Personal" not in text


def test_one_pass_is_told_in_the_order_of_a_talk_and_what_was_said_stands_out(work: Work) -> None:
    promise = Promise("A decision by Friday", clock.now() + timedelta(days=2))
    said = Contact("She is furious", cause=Cause(text="Nobody stood in"), promise=promise, to=IssueState.DIAGNOSED)
    work.do(work.owner, log_contact, work.issue, said)
    history = work.of_issue(work.owner).partition("History")[2]
    order = (
        "Talked with",
        "She is furious",
        "Said why it happened",
        "Nobody stood in",
        "A decision by Friday",
        "Moved to: Diagnosed",
    )
    assert sorted(order, key=history.index) == list(order)
    with viewing(work.app, work.owner, "/") as viewer:
        shown = history_section(viewer, issue_detail(viewer, work.issue))
    assert "Blockquote(children='She is furious'" in repr(shown)


def test_what_the_program_notes_is_folded(work: Work) -> None:
    work.do(work.owner, log_contact, work.issue, Contact("Talked"))
    history = work.of_issue(work.owner).partition("History")[2]
    assert history.index("Talked with") < history.index("closedloop noted 1 thing") < history.index("Given to an owner")
    assert history.index("Given to an owner") < history.index("Opened")


def test_a_clock_that_stands_still_names_no_date(work: Work) -> None:
    work.do(work.owner, log_contact, work.issue, Contact("Talked"))
    assert work.of_issue(work.owner).count("which counts") == 2
    work.do(work.owner, start_waiting, work.issue, text="She sends the invoice")
    text = work.of_issue(work.owner)
    assert "Paused since" in text
    assert "runs on when the customer answers" in text
    assert text.count("which counts") == 1


def test_the_rail_says_the_step_where_its_names_do_not_fit(work: Work) -> None:
    work.do(work.owner, log_contact, work.issue, Contact("Talked"))
    assert "Step 2 of 7: Contacted" in work.of_issue(work.owner)


@pytest.mark.parametrize(("text", "folded"), [("Late again", False), ("Late again. " * 30, True), ("a\nb\nc", True)])
def test_a_long_quote_leaves_room_for_the_next_step(app: Flask, text: str, folded: bool) -> None:
    with app.test_request_context():
        shown = folded_quote(text)
    assert ("Read all" in texts(shown), text in texts(shown)) == (folded, True)


def test_the_step_into_a_fix_asks_who_owes_it_and_proposes_oneself(work: Work) -> None:
    work.do(work.owner, log_contact, work.issue, Contact("Called", cause=Cause(text="Leave"), to=IssueState.DIAGNOSED))
    with viewing(work.app, work.owner, f"/app/issues/{work.issue}") as viewer:
        panel = next_panel(viewer, issue_detail(viewer, work.issue))
        fixers = [part.value for part in panel._traverse() if getattr(part, "label", None) == "Owner of the fix"]
    assert fixers == [str(work.owner)]


@pytest.mark.parametrize("address", ["/app/issues?tab=mine", "/app/issues/board?tab=mine"])
def test_the_queue_marks_whose_fix_one_owes(work: Work, address: str) -> None:
    promise, fix = Promise("A decision", clock.now() + timedelta(days=3)), Fix(work.lead)
    said = Contact("Called", cause=Cause(text="Leave"), promise=promise, fix=fix, to=IssueState.IN_FIX)
    work.do(work.owner, log_contact, work.issue, said)
    assert "Fix for Ana" in work.page(work.lead, address)
    assert "Fix for" not in work.page(work.owner, address)


def test_the_customer_is_one_tap_away(work: Work) -> None:
    with viewing(work.app, work.owner, f"/app/issues/{work.issue}") as viewer:
        drawn = still_markup(body_of(viewer, f"/app/issues/{work.issue}"))
    assert 'href="mailto:carla@example.com"' in drawn
