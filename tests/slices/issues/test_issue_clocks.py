"""Clocks through HTTP and jobs: both ways of counting, waiting, what stays missed, and the ladder."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.calendars.models import BusinessCalendar
from feedback.calendars.service import (
    CalendarDraft,
    ClosedDay,
    change_calendar,
    changed_calendars,
    count_again,
    create_calendar,
    mark_recounted,
    set_team_calendar,
)
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.extensions import db
from feedback.issues.models import ClockRun, Issue, IssueEvent, ServiceLevel
from feedback.issues.queries.listing import open_issue_ids
from feedback.issues.rules import IssueSource
from feedback.issues.work_items import Reason, open_work_items
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outbox.wording import wording
from feedback.uow import transaction
from jobs import advance_issue_clocks, recount_issue_clocks
from tests.factories import make_account, make_contact, make_team, make_user
from tests.logins import as_user, token
from tests.slices.issues.answers import accept, catch_all, make_answer

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
MORNINGS = {"monday": ["09:00-13:00"], "tuesday": ["09:00-13:00"]}
STEPS = "/api/v1/escalation-steps"


class Desk:
    """One owner, the lead of the team, an executive, and a minor issue of a tier B customer in Madrid."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, client
        self.team = make_team()
        self.owner = make_user(Role.FRONTLINE, team_id=self.team, name="Olga Owner")
        self.lead = make_user(Role.FRONTLINE, team_id=self.team, name="Maria Lopez")
        self.executive = make_user(Role.EXECUTIVE, name="Eva Executive")
        with transaction() as session:
            session.execute(sa.update(User).where(User.id == self.lead).values(leads_team=True))
        catch_all(self.team)
        self.account = make_account(time_zone="Europe/Madrid", external_id="acme")
        self.contact = make_contact(self.account, external_id="ana")

    def open(self) -> int:
        answer = make_answer(self.account, contact_id=self.contact)
        self.issue = accept(answer)[answer.response_id]
        with transaction() as session:
            session.execute(sa.update(Issue).values(owner_id=self.owner))
        return self.issue

    @contextmanager
    def at(self, hours: float) -> Iterator[FlaskClient]:
        db.session.rollback()  # what jobs have read before does not hide what is new
        with clock.frozen(MONDAY + timedelta(hours=hours)):
            as_user(self.client, self.owner)
            yield self.client

    def post(self, hours: float, path: str, **body: Any) -> Any:
        with self.at(hours) as client:
            return client.post(f"/api/v1/issues/{self.issue}/{path}", json=body)

    def move(self, hours: float, to: str, **facts: Any) -> Any:
        answer = self.post(hours, "transitions", to=to, **facts)
        assert answer.status_code == 200, answer.json
        return answer.json

    def show(self, hours: float) -> Any:
        with self.at(hours) as client:
            answer = client.get(f"/api/v1/issues/{self.issue}")
            assert answer.status_code == 200, answer.json
            return answer.json

    def run(self, hours: float, job: Callable[[], str | None] = advance_issue_clocks.run) -> str | None:
        with clock.frozen(MONDAY + timedelta(hours=hours)):
            return job()


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> Iterator[Desk]:
    with app.app_context(), clock.frozen(MONDAY):
        yield Desk(app, client)


def work_in_hours(hours: int) -> None:
    values = {"working": True, "first_contact_hours": hours, "next_update_hours": 2 * hours, "resolution_hours": 5 * hours}
    with transaction() as session:
        session.execute(sa.update(ServiceLevel).values(**values))


def told(kind: str) -> list[int]:
    messages = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "notify_user").order_by(OutboxMessage.id))
    return [message.payload["user_id"] for message in messages if message.payload["kind"] == kind]


def clock_of(document: Any, name: str) -> Any:
    return next(one for one in document["clocks"] if one["clock"] == name)


def test_a_clock_shows_both_ways_of_counting_and_the_customers_wall(desk: Desk) -> None:
    desk.open()
    found = clock_of(desk.show(1), "first_contact")
    assert (found["counted_in"], found["due_at"], found["wall"]["minutes_left"]) == ("wall", "2026-03-04T09:00:00+00:00", 47 * 60)
    # 48 working hours are five days of nine hours and three more; one of them has passed
    assert found["business"] == {"due_at": "2026-03-09T12:00:00+00:00", "minutes_left": 47 * 60}
    assert (found["customer_due"], found["customer_time_zone"]) == ("2026-03-04T10:00:00+01:00", "Europe/Madrid")


def test_where_working_hours_are_promised_they_bind(desk: Desk) -> None:
    work_in_hours(10)
    desk.open()
    document = desk.show(0)
    assert (document["first_contact_due_at"], document["resolution_due_at"]) == (
        "2026-03-03T10:00:00+00:00",
        "2026-03-09T14:00:00+00:00",
    )
    assert clock_of(document, "first_contact")["counted_in"] == "business"


def test_a_closing_day_that_is_entered_later_moves_what_is_ahead(desk: Desk) -> None:
    work_in_hours(10)
    desk.open()
    draft = CalendarDraft("Office", "UTC", closed_days=[ClosedDay((MONDAY + timedelta(days=1)).date(), "Fair")])
    with clock.frozen(MONDAY + timedelta(hours=1)), transaction() as session:
        change_calendar(session.scalar(sa.select(BusinessCalendar.id)), draft, actor="user:1")
    assert desk.run(2, recount_issue_clocks.run) == "1 open issues, 1 with other due dates"
    assert desk.run(3, recount_issue_clocks.run) is None
    assert desk.show(3)["first_contact_due_at"] == "2026-03-04T10:00:00+00:00"


def test_waiting_stops_the_resolution_and_ends_with_a_note(desk: Desk) -> None:
    desk.open()
    desk.move(1, "contacted", note="Called")
    waits = desk.post(2, "waiting", note="She sends the invoice").json
    assert (waits["waiting_since"], clock_of(waits, "resolution")["state"], waits["next_clock"]) == (
        "2026-03-02T11:00:00+00:00",
        "waiting",
        "next_update",
    )
    goes_on = desk.post(26, "waiting/end", note="It came by post").json
    assert (goes_on["waiting_since"], goes_on["resolution_due_at"]) == (None, "2026-03-24T09:00:00+00:00")
    assert [event["kind"] for event in goes_on["history"][-2:]] == ["waiting_started", "waiting_ended"]


@pytest.mark.parametrize(("path", "note", "status"), [("waiting", " ", 422), ("waiting/end", "Done", 409)])
def test_waiting_that_cannot_be_is_refused(desk: Desk, path: str, note: str, status: int) -> None:
    desk.open()
    assert desk.post(1, path, note=note).status_code == status


def test_nobody_waits_twice_or_when_nothing_is_left_to_resolve(desk: Desk) -> None:
    desk.open()
    early = desk.post(1, "waiting", note="x")
    assert (early.status_code, "call first" in early.json["detail"]) == (409, True), "nobody can know what we wait for"
    desk.move(1, "contacted", note="x")
    assert [desk.post(2, "waiting", note="x").status_code for _ in range(2)] == [200, 409]
    desk.move(2, "diagnosed", root_cause="x")
    desk.move(2, "in_fix", fix_due_at=(MONDAY + timedelta(days=2)).isoformat(), commitment="x")
    fixed = desk.move(3, "fixed", fix_summary="x")
    assert fixed["waiting_since"] is None
    assert desk.post(4, "waiting", note="x").status_code == 409


@pytest.mark.parametrize(("score", "contact", "ends"), [(9, "ana", True), (3, "ana", True), (9, "somebody", False)])
def test_waiting_ends_by_itself_when_this_customer_answers(desk: Desk, score: int, contact: str, ends: bool) -> None:
    desk.open()
    desk.move(1, "contacted", note="x")
    assert desk.post(1, "waiting", note="x").status_code == 200
    answer = AnswerDraft(source="test", external_id="new", account_external_id="acme", contact_external_id=contact, score=score)
    with clock.frozen(MONDAY + timedelta(hours=5)), transaction():
        accept_answers([answer], AcceptOptions(actor="token:1"))
    assert (desk.show(6)["waiting_since"] is None) == ends


def test_waiting_ends_by_itself_when_the_customer_calls(desk: Desk) -> None:
    desk.open()
    desk.move(1, "contacted", note="x")
    assert desk.post(1, "waiting", note="x").json["waiting_since"]
    answer = desk.post(2, "interactions", summary="She called", direction="in")
    assert answer.json["waiting_since"] is None


def test_a_clock_that_is_met_late_stays_missed_with_when_and_by_how_much(desk: Desk) -> None:
    desk.open()
    late = desk.move(51, "contacted", note="Called at last")
    (missed,) = late["missed"]
    assert (missed["clock"], missed["state"], missed["late_minutes"], missed["ended_at"]) == (
        "first_contact",
        "missed",
        180,
        "2026-03-04T12:00:00+00:00",
    )
    run = db.session.scalars(sa.select(ClockRun)).one()
    assert (run.clock, run.late_seconds) == ("first_contact", 3 * 3600)


def test_an_earlier_miss_is_still_there_after_the_issue_was_opened_again(desk: Desk) -> None:
    desk.open()
    desk.move(51, "contacted", note="x")
    desk.move(52, "diagnosed", root_cause="x")
    desk.move(53, "in_fix", fix_due_at=(MONDAY + timedelta(days=9)).isoformat(), commitment="x")
    desk.move(54, "fixed", fix_summary="x")
    again = desk.move(60, "routed", note="No, it is not")
    assert [one["clock"] for one in again["missed"]] == ["first_contact"]
    assert clock_of(again, "first_contact")["state"] == "running"


def test_the_ladder_is_climbed_once_per_rung_and_seen_before(desk: Desk) -> None:
    desk.open()
    ahead = desk.show(40)["next_steps"]
    assert [(step["at"], step["rung"], step["people"]) for step in ahead[:3]] == [
        ("2026-03-04T05:00:00+00:00", "owner", ["Olga Owner"]),
        ("2026-03-05T09:00:00+00:00", "lead", ["Maria Lopez"]),
        ("2026-03-07T09:00:00+00:00", "executive", ["Eva Executive"]),
    ]
    [desk.run(hours) for hours in (43, 45, 71, 73, 74, 121, 122)]
    assert (told("issue_due_soon"), told("issue_escalated")) == ([desk.owner], [desk.lead, desk.executive])
    assert (desk.show(123)["escalated"], len(told("issue_overdue"))) == ("executive", 1)


def test_clocks_that_run_out_in_one_run_are_told_in_one_notice_that_names_both(desk: Desk) -> None:
    desk.open()
    desk.move(1, "contacted", note="x")
    desk.run(2000)
    rows = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user"))
    late = [row for row in rows if row["kind"] in ("issue_overdue", "issue_escalated")]
    clocks = {(row["kind"], row["user_id"]): row["params"]["clocks"] for row in late}
    assert len(clocks) == len(late)
    assert set(map(tuple, clocks.values())) == {("next_update", "resolution")}
    assert wording("issue_overdue", late[0]["params"]).advice.count(" is due.") == 2


def test_a_rung_with_nobody_on_it_tells_the_administrators(desk: Desk) -> None:
    desk.open()
    admin = make_user(Role.ADMIN)
    with transaction() as session:
        session.execute(sa.update(User).where(User.id == desk.lead).values(leads_team=False))
    [desk.run(hours) for hours in (44, 73)]
    assert told("issue_escalated") == [admin]


def test_several_runs_after_a_stop_tell_everybody_once(desk: Desk) -> None:
    desk.open()
    [desk.run(200) for _ in range(3)]
    assert (told("issue_overdue"), told("issue_escalated")) == ([desk.owner], [])
    assert told("issue_due_soon") == []  # that it has passed is said instead


def test_after_a_stop_each_rung_has_the_time_that_the_ladder_gives_it_and_the_page_says_so(desk: Desk) -> None:
    desk.open()
    desk.run(200)
    assert [step["rung"] for step in desk.show(200)["next_steps"][:1]] == ["lead"]
    ahead = [step["at"] for step in desk.show(200)["next_steps"] if step["clock"] == "first_contact"]
    assert ahead == [(MONDAY + timedelta(hours=hours)).isoformat() for hours in (200 + 28, 200 + 76)]
    desk.run(227)
    assert told("issue_escalated") == []
    [desk.run(hours) for hours in (228, 229)]
    assert told("issue_escalated") == [desk.lead]
    desk.run(276)
    assert told("issue_escalated") == [desk.lead, desk.executive]


@pytest.mark.parametrize("hours", [(45, 73), (49, 50, 77), (200, 228)])
def test_who_is_owner_and_lead_hears_of_a_clock_once_in_a_run(desk: Desk, hours: Sequence[int]) -> None:
    desk.open()
    with transaction() as session:
        session.execute(sa.update(Issue).values(owner_id=desk.lead))
    [desk.run(at) for at in hours[:-1]]
    before = told("issue_overdue")
    desk.run(hours[-1])
    assert told("issue_escalated").count(desk.lead) == 1
    assert told("issue_overdue") == before


def test_a_ladder_that_is_changed_holds_for_what_is_open(desk: Desk) -> None:
    desk.open()
    steps = [{"severity": "minor", "rung": "executive", "hours": -40}]
    answer = desk.client.put(STEPS, json={"items": steps}, headers=token(desk.app))
    assert (answer.status_code, answer.json["items"]) == (200, steps)
    desk.run(1, recount_issue_clocks.run)
    desk.run(9)
    assert told("issue_escalated") == [desk.executive]


DUE = ("first_contact_due_at", "next_update_due_at", "resolution_due_at", "next_due_at", "next_alarm_at")


def spoil(names: Sequence[str], **values: Any) -> tuple[list[Any], Any]:
    """The columns with these names, and what stood in them before they were spoiled."""
    columns = [getattr(Issue, name) for name in names]
    before = db.session.execute(sa.select(*columns)).one()
    with transaction() as session:
        session.execute(sa.update(Issue).values(**dict.fromkeys(names, MONDAY + timedelta(days=99)), **values))
        session.execute(sa.update(BusinessCalendar).values(recounted_at=None))
        session.execute(sa.delete(ClockRun))
    return columns, before


@pytest.mark.columns_changed_by_hand
def test_due_dates_are_counted_anew_from_what_the_log_said(desk: Desk) -> None:
    desk.open()
    desk.move(51, "contacted", note="x")
    columns, before = spoil(DUE)
    assert desk.run(60, recount_issue_clocks.run) == "1 open issues, 1 with other due dates"
    assert db.session.execute(sa.select(*columns)).one() == before


@pytest.mark.columns_changed_by_hand
@pytest.mark.parametrize("way", [recount_issue_clocks.run, lambda: recount_issue_clocks.follow_each(open_issue_ids())])
def test_the_columns_are_a_projection_of_the_log_that_can_be_made_again(desk: Desk, way: Callable[[], Any]) -> None:
    desk.open()
    desk.move(51, "contacted", note="x")
    desk.post(52, "waiting", note="x")
    known = db.session.scalar(sa.select(Issue.clock_facts))
    columns, before = spoil([*DUE, "waiting_since"], clock_facts=None)  # an issue without facts is folded from its log
    desk.run(60, way)
    assert db.session.execute(sa.select(*columns)).one() == before
    assert (db.session.scalar(sa.select(Issue.clock_facts)), known["state"]) == (known, "contacted")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ClockRun)) == 2


def test_a_ladder_that_is_changed_while_clocks_are_counted_is_not_forgotten(desk: Desk) -> None:
    desk.open()
    with clock.frozen(MONDAY + timedelta(hours=2)), transaction():
        count_again()
    with transaction():
        mark_recounted(MONDAY + timedelta(hours=1))  # a recount that had begun before
    assert changed_calendars()


def test_each_event_that_starts_a_clock_says_what_was_promised(desk: Desk) -> None:
    desk.open()
    opened = db.session.scalars(sa.select(IssueEvent.data).where(IssueEvent.kind == "opened")).one()
    assert opened["level"] == {
        "first_contact": 48, "next_update": 120, "resolution": 504, "working": False, "calendar_id": None
    }  # fmt: skip


def test_what_counts_round_the_clock_is_shown_by_the_calendar_of_its_team_too(desk: Desk) -> None:
    desk.open()
    draft = CalendarDraft("Mornings in Almaty", "Asia/Almaty", MORNINGS)
    with transaction():
        made = create_calendar("almaty", draft, actor="user:1")
        set_team_calendar(desk.team, made.id, actor="user:1")
    first = next(one for one in desk.show(1)["clocks"] if one["clock"] == "first_contact")
    assert (first["counted_in"], first["calendar"]) == ("wall", "Mornings in Almaty")
    local = datetime.fromisoformat(first["business"]["due_at"]).astimezone(ZoneInfo("Asia/Almaty"))
    assert (local.weekday() in (0, 1), 9 <= local.hour <= 13) == (True, True)


def test_what_was_promised_in_an_issue_holds_in_the_one_it_becomes_part_of(desk: Desk) -> None:
    older = desk.open()
    with desk.at(10) as client:
        newer = client.post("/api/v1/issues", json={"account_id": desk.account, "title": "The same"}).json["id"]
        assert client.put(f"/api/v1/issues/{newer}/assignment", json={"owner_id": desk.owner}).status_code == 200
    with desk.at(12) as client:
        kept = client.post(f"/api/v1/issues/{newer}/merges", json={"issue_id": older})
        assert kept.status_code == 200, kept.json
    assert kept.json["first_contact_due_at"] == "2026-03-04T09:00:00+00:00"  # 48 h after the older one
    gone = desk.show(13)
    assert (gone["state"], gone["next_due_at"], gone["clocks"]) == ("closed", None, [])
    desk.run(49)
    with desk.at(49) as client:
        assert client.get(f"/api/v1/issues/{newer}").json["overdue"] is True


def test_a_reminder_to_get_in_touch_has_clocks_and_ends_them_in_time(desk: Desk) -> None:
    with transaction():
        assert open_work_items([Reason(IssueSource.SILENCE, desk.account, (desk.contact,), {"days": 60})]) == 1
    desk.issue = db.session.scalars(sa.select(Issue.id)).one()
    assert clock_of(desk.show(1), "first_contact")["state"] == "running"
    with desk.at(5) as client:
        said = {"to": "closed", "note": "They are well"}
        assert client.post(f"/api/v1/issues/{desk.issue}/transitions", json=said).json["state"] == "closed"
    assert {one["state"] for one in desk.show(60)["clocks"]} == {"kept"}
