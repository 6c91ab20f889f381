"""A small demo company, loaded through the services: the product finds what was planted, and everybody has something to do."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from config import Settings
from feedback.access.models import Team, User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.models import Account, WalletEstimate
from feedback.app import create_app
from feedback.calendars.models import BusinessCalendar
from feedback.calendars.queries import Calendars, is_closed, spec_of
from feedback.closed_loop.defaults import install_defaults
from feedback.demo import company, load
from feedback.demo.load import DemoRequest, load_demo
from feedback.demo.scenario import Size
from feedback.extensions import db
from feedback.gate.contacts.rules import Match
from feedback.gate.governing.models import DraftState, PolicyDraft
from feedback.gate.models import GateDecision
from feedback.gate.standing import standings
from feedback.issues.models import Commitment, Issue, IssueEvent
from feedback.issues.queries.promises import is_open_promise
from feedback.issues.verifying.queries import voice_facts
from feedback.issues.verifying.readers import reading_languages
from feedback.kernel import clock
from feedback.kernel.errors import Conflict
from feedback.outer_loop.queries.reaching import count_reached, list_products
from feedback.outer_loop.rules.scope import Reach
from feedback.partners.crm.conflicts import list_conflicts
from feedback.partners.crm.models import CrmConnection, CrmRun
from feedback.reporting.discipline.board import selling_discipline
from feedback.reporting.discipline.reads import Period
from feedback.reporting.discipline.rules import Consequence
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import InvitationState
from tests.conftest import SECRET
from tests.logins import token

END = datetime(2026, 6, 1, 12, tzinfo=UTC)
TINY = Size(accounts=60, contacts_per_account=3.0, answers=1_500, live_days=31)  # older answers open nothing


def _company(folder: Path, scenario: str, seed: int = 1) -> Flask:
    app = create_app(Settings(DATABASE_URL="", data_dir=folder, secret_key=SECRET))
    app.testing = True
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(load.SIZES, "small", TINY)
        upgrade()
        install_defaults()
        load_demo(DemoRequest(scenario, seed=seed, at=END))
        db.engine.dispose()
    return app


@pytest.fixture(scope="module")
def insurer(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The insurer, loaded once; tests of this module only read it."""
    return _company(tmp_path_factory.mktemp("insurer"), "insurer")


def _first_two(app: Flask) -> list[str]:
    answer = app.test_client().get("/api/v1/defects/ranking", headers=token(app, "read"))
    return [item["defect"] for item in answer.json["items"][:2]]


def test_the_ranking_finds_late_claims_and_lack_of_contact(insurer: Flask) -> None:
    assert _first_two(insurer) == ["claims_delay", "no_contact"]


def test_with_another_seed_the_ranking_finds_other_defects(tmp_path: Path) -> None:
    assert not {"claims_delay", "no_contact"} & set(_first_two(_company(tmp_path, "insurer", seed=5)))


def test_every_frontline_person_has_open_work(insurer: Flask) -> None:
    with insurer.app_context():
        frontline = set(db.session.scalars(sa.select(User.id).where(User.role == Role.FRONTLINE)))
        owners = set(db.session.scalars(sa.select(Issue.owner_id).where(Issue.closed_at.is_(None))))
    assert frontline <= owners


def test_issues_are_there_for_every_reason_that_customers_give(insurer: Flask) -> None:
    with insurer.app_context():
        sources = {source.value for source in db.session.scalars(sa.select(Issue.source).distinct())}
        harming = db.session.scalar(sa.select(Issue.harmed_count).where(Issue.harms_customers))
    assert {"response", "call_wish", "keyword", "complaint", "contact_gap"} <= sources
    assert harming == 40


def test_some_issues_are_overdue_by_days_and_none_by_a_month(insurer: Flask) -> None:
    with insurer.app_context():
        query = sa.select(Issue.next_due_at).where(Issue.closed_at.is_(None), Issue.next_due_at < END)
        late = [(END - due_at).days for due_at in db.session.scalars(query)]
    assert late
    assert max(late) < 21


def test_no_issue_was_closed_over_an_open_promise(insurer: Flask) -> None:
    closed = sa.select(Issue.id).where(Issue.closed_at.is_not(None))
    with insurer.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(Commitment.issue_id.in_(closed)))
        assert db.session.scalars(sa.select(Commitment.id).where(Commitment.issue_id.in_(closed), is_open_promise())).all() == []


def test_people_work_in_the_working_hours_of_their_own_clock(insurer: Flask) -> None:
    query = sa.select(IssueEvent.occurred_at, User.time_zone).where(IssueEvent.kind == "moved")
    query = query.join(User, User.id == IssueEvent.actor_id)
    with insurer.app_context():
        local = [at.astimezone(ZoneInfo(zone)) for at, zone in db.session.execute(query)]
    assert len({(at.hour, at.minute) for at in local}) > len(local) / 4 > 10
    assert {at.hour for at in local} <= set(range(9, 18))
    assert max(at.weekday() for at in local) == 4


def test_nothing_happened_to_an_issue_before_what_had_happened_to_it(insurer: Flask) -> None:
    said = sa.select(IssueEvent.issue_id, IssueEvent.occurred_at).where(IssueEvent.kind.in_(("opened", "moved", "reopened")))
    with insurer.app_context():
        rows = db.session.execute(said.order_by(IssueEvent.issue_id, IssueEvent.id)).all()
    assert [tuple(row) for row in rows] == sorted(tuple(row) for row in rows)


def test_no_mail_about_an_issue_is_left_from_long_ago(insurer: Flask) -> None:
    waits = (Invitation.state == InvitationState.PLANNED, Invitation.wave_id.is_(None))
    with insurer.app_context():
        oldest = db.session.scalar(sa.select(sa.func.min(Invitation.send_at, type_=Invitation.send_at.type)).where(*waits))
    assert oldest is None or oldest > END - timedelta(days=2)


def test_teams_work_by_the_calendar_of_their_country_with_its_holidays(insurer: Flask) -> None:
    with insurer.app_context():
        calendars = Calendars()
        teams = db.session.execute(sa.select(Team.code, Team.id)).all()
        names = {code: calendars.name_of(calendars.of_team(team_id)) for code, team_id in teams}
        madrid = db.session.scalars(sa.select(BusinessCalendar).where(BusinessCalendar.name == "Madrid")).one()
    assert names == {"claims": "Madrid", "underwriting": "Almaty", "broker_service": "Helsinki"}
    assert (madrid.time_zone, is_closed(spec_of(madrid), date(2026, 10, 12))) == ("Europe/Madrid", True)


def test_products_tell_customers_apart(insurer: Flask) -> None:
    with insurer.app_context(), clock.frozen(END):
        products = list_products()
        reached = [count_reached(Reach(products=(code,))) for code in products]
    assert products == ["cargo", "liability", "motor", "property"]
    assert all(0 < count < TINY.accounts for count in reached)


def test_account_managers_asked_the_gate(insurer: Flask) -> None:
    with insurer.app_context():
        assert len(set(db.session.scalars(sa.select(GateDecision.outcome)))) >= 3


def test_estimates_do_not_stand_on_top_of_every_timeline(insurer: Flask) -> None:
    with insurer.app_context():
        estimates = db.session.execute(sa.select(WalletEstimate.as_of, WalletEstimate.created_at)).all()
    assert estimates
    assert all(as_of == created_at.date() < END.date() for as_of, created_at in estimates)


def test_customers_wrote_in_three_languages(insurer: Flask) -> None:
    with insurer.app_context():
        assert set(db.session.scalars(sa.select(Response.language).where(Response.comment.is_not(None)))) == {"en", "es", "ru"}


def test_the_same_company_is_not_loaded_twice(insurer: Flask) -> None:
    with insurer.app_context(), pytest.raises(Conflict, match="loaded already"):
        load_demo(DemoRequest("insurer", at=END))


def test_the_property_company_joins_and_shows_the_three_groups_of_the_matrix(
    insurer: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(load.SIZES, "small", TINY)
    with insurer.test_request_context(), clock.frozen(END):
        load_demo(DemoRequest("property", at=END))
        tenants = list(db.session.scalars(sa.select(Account.id).where(Account.external_id.like("PRO-%"))))
        plays = {standing.play for standing in standings(tenants, END).values()}
    assert {"fix_basics", "recover_now", "upsell"} <= plays


def test_loading_says_after_each_piece_how_far_it_is(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setitem(load.SIZES, "small", TINY)
    monkeypatch.setattr(company, "_CHUNK", TINY.accounts // 2)
    with app.test_request_context():
        load_demo(DemoRequest("property", at=END), progress=said.append)
    half, whole = TINY.accounts // 2, TINY.accounts
    assert said[:3] == ["customers …", f"{half} of {whole} accounts", f"{whole} of {whole} accounts"]
    assert said[-2:] == [f"played {TINY.live_days} of {TINY.live_days} days", "waves and figures …"]


def test_customers_read_in_their_language_what_was_done(insurer: Flask) -> None:
    with insurer.app_context():
        fixed = db.session.scalars(sa.select(Issue).where(Issue.fix_summary.is_not(None))).all()
        unread = [
            (issue.number, language)
            for issue in fixed
            for language in reading_languages(issue, [voice.contact_id for voice in voice_facts(issue)]).values()
            if language not in issue.fix_summaries
        ]
    assert (len(fixed) > 10, unread) == (True, [])


def test_the_report_on_selling_discipline_shows_hasty_calls_and_what_followed(insurer):
    with insurer.test_request_context(), clock.frozen(END):
        boss = get_viewer(db.session.scalar(sa.select(User.id).where(User.role == Role.EXECUTIVE)))
        found = selling_discipline(boss, Period())
    assert (found.valid.hits > 0, found.counts[Match.WITHOUT] > 0, found.counts[Match.AGAINST] > 0) == (True, True, True)
    assert {kind for one in found.not_allowed for kind in one.followed.kinds} >= {Consequence.COMPLAINT, Consequence.OPT_OUT}


def test_a_draft_of_the_policy_waits_with_what_it_would_change(insurer):
    with insurer.app_context():
        waiting = db.session.scalars(sa.select(PolicyDraft).where(PolicyDraft.state == DraftState.DRAFT)).one()
        assert waiting.simulation["changes"]["opens"] > 0
        assert waiting.simulation["sales"]["sold"]["count"] > 0
        returned = db.session.scalars(sa.select(PolicyDraft).where(PolicyDraft.state == DraftState.RETURNED)).one()
        assert returned.decision


def test_a_crm_that_leads_nowhere_has_runs_and_a_conflict_to_look_at(insurer: Flask) -> None:
    with insurer.app_context():
        crm = db.session.scalars(sa.select(CrmConnection)).one()
        states = db.session.scalars(sa.select(CrmRun.state).order_by(CrmRun.id)).all()
        assert (crm.active, crm.address, states) == (False, "https://crm.example.invalid", ["done", "failed", "done"])
        assert [(one.field, one.winner) for one in list_conflicts(decided=False, limit=9)] == [("name", "ours")] * 2
