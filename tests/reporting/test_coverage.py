"""Whom we heard: rates, coverage by role and the silent, counted by hand beside the report."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.closed_loop.intake.exclusions import Reason, exclude_answer
from feedback.extensions import db
from feedback.gate.standing import standing_of
from feedback.kernel import clock
from feedback.permission.rules import SuppressionReason
from feedback.permission.suppressions import suppress
from feedback.reporting.buying_team import Hearing, list_team
from feedback.reporting.coverage import Coverage, CoverageFilter, coverage
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import ExclusionCause, InvitationState
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_survey, make_user
from tests.logins import as_user, token
from tests.slices.listening.asking import draw_up

DAY = timedelta(days=1)


class Company:
    """Three accounts: one heard, one silent, one that was never asked."""

    def __init__(self) -> None:
        self.manager, self.owner = make_user(Role.EXPERIENCE_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        self.heard = make_account(external_id="heard", annual_revenue=700.0, segment="SME", owner_id=self.owner)
        self.silent = make_account(external_id="silent", annual_revenue=200.0, segment="SME")
        self.apart = make_account(external_id="apart", annual_revenue=100.0)
        self.people = {
            "ana": make_contact(self.heard, ContactRole.DECISION_MAKER, external_id="ana", email="a@x.example"),
            "ben": make_contact(self.heard, ContactRole.USER, external_id="ben", email="b@x.example"),
            "cleo": make_contact(self.silent, ContactRole.DECISION_MAKER, external_id="cleo", email="c@x.example"),
            "dan": make_contact(self.silent, ContactRole.INFLUENCER, external_id="dan", email="d@x.example"),
            "eve": make_contact(self.apart, ContactRole.DECISION_MAKER, external_id="eve"),
        }
        self.survey = db.session.scalar(sa.select(SurveyProgram.id))
        self.ask(self.heard, "ana", score=9)
        self.ask(self.heard, "ben", score=3)
        self.ask(self.silent, "cleo", reminders=2)
        self.ask(self.silent, "dan", state=InvitationState.BOUNCED)

    def ask(self, account: int, name: str, *, score: int | None = None, **values: Any) -> None:
        """Send somebody a request ten days ago, and perhaps have it answered."""
        sent = {"account_id": account, "contact_id": self.people[name], "survey_id": self.survey, "created_by": "x"}
        at = clock.now() - 10 * DAY
        sent |= {"created_at": at, "sent_at": at, "expires_at": at + 60 * DAY, "state": InvitationState.SENT, "reminders": 0}
        invitation = insert(Invitation, **sent | values)
        if score is not None:
            draft = AnswerDraft("heard", score, name, invitation_id=invitation, external_id=name)
            with transaction():
                accept_answers([draft], AcceptOptions())

    def report(self, viewer: int | None = None, **wanted: Any) -> Coverage:
        """What the manager sees."""
        return coverage(get_viewer(viewer or self.manager), CoverageFilter(**wanted))


@pytest.fixture
def company(app: Flask) -> Company:
    with app.app_context():
        return Company()


def test_rates_by_person_account_and_revenue(company: Company, app: Flask) -> None:
    with app.app_context():
        found = company.report()
    assert (found.asked, found.bounced) == (4, 1)
    rates = found.programs[0].rates
    assert rates.contacts[:2] == (2, 3)  # who bounced was not asked
    assert rates.accounts[:2] == (1, 2)
    assert rates.revenue[:2] == (700, 900)
    assert found.reach.revenue[:2] == (700, 1000)


def test_one_answer_makes_an_account_heard_and_decision_makers_stand_beside(company: Company, app: Flask) -> None:
    with app.app_context():
        draft = AnswerDraft("silent", 8, "dan", external_id="dan-by-phone")  # an influencer, and not by our mail
        with transaction():
            accept_answers([draft], AcceptOptions())
        make_account(external_id="unknown", annual_revenue=None)
        reach = company.report().reach
    assert reach.revenue[:2] == (900, 1000)
    assert reach.decided[:2] == (700, 1000)
    assert (reach.accounts_heard, reach.accounts_decided, reach.accounts, reach.without_revenue) == (2, 1, 4, 1)


def test_the_page_shows_what_the_shares_are_of(company: Company, app: Flask) -> None:
    with app.app_context():
        make_account(external_id="unknown", annual_revenue=None)
    text = as_user(app.test_client(), company.manager).get("/app/coverage").get_data(as_text=True)
    assert "€700 of €1K" in text
    assert "1 of 4 active accounts; we aim at 80%" in text
    assert ">1 of 4 active accounts<" in text
    assert "1 active account without a known revenue counts in no sum." in text
    assert "An account is heard with one answer of anybody" in text


def test_reach_and_coverage_by_role(company: Company, app: Flask) -> None:
    with app.app_context():
        lines = {line.role: (line.people, line.asked.weight, line.heard.weight) for line in company.report().roles}
    assert lines == {"decision_maker": (3, 2, 1), "influencer": (1, 1, 0), "user": (1, 1, 1)}


def test_the_silent_are_listed_by_revenue(company: Company, app: Flask) -> None:
    with app.app_context():
        found = company.report()
        names = {contact: name for name, contact in company.people.items()}
        told = [(names[one.contact_id], one.asked_at is not None, one.bounced, one.has_address) for one in found.silent]
    assert told == [("cleo", True, False, True), ("dan", True, True, True), ("eve", False, False, False)]


def test_silence_is_no_answer_for_the_gate(company: Company, app: Flask) -> None:
    with app.app_context():
        assert standing_of(company.silent, clock.now()).advocacy == "unknown"
        assert company.report(segment="SME").programs[0].voice.bands == (1, 0, 1)


def test_an_excluded_answer_is_silence(company: Company, app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        wanted = sa.select(Response.id).where(Response.contact_id == company.people["ben"])
        response_id = db.session.scalar(wanted)
    why = {"reason": "test", "note": "Not real"}
    client.post(f"/api/v1/responses/{response_id}/exclusion", json=why, headers=token(app))
    with app.app_context():
        assert company.report().programs[0].rates.contacts[:2] == (1, 3)


def test_account_managers_see_their_own(company: Company, app: Flask) -> None:
    with app.app_context():
        found = company.report(company.owner)
    assert (found.asked, found.programs[0].rates.contacts[:2], found.silent_people) == (2, (2, 2), 0)


def test_who_was_asked_twice_is_one_person(company: Company, app: Flask) -> None:
    with app.app_context():
        company.ask(company.silent, "cleo", reminders=1)
        company.ask(company.heard, "ben")
        found = company.report()
    [line] = found.programs
    assert (line.requests, line.rates.contacts[:2], line.voice.silent) == (6, (2, 3), 1)


def test_two_programs_make_no_one_figure(company: Company, app: Flask) -> None:
    with app.app_context():
        company.survey = make_survey("after_claim")
        company.ask(company.silent, "cleo", score=10)
        found = company.report()
    assert [(line.survey, line.rates.contacts[:2]) for line in found.programs] == [
        ("after_claim", (1, 1)),
        ("relationship", (2, 3)),
    ]
    assert (found.only, list(found.groups)) == (None, [])


def test_the_page_and_the_api_keep_programs_apart(company: Company, app: Flask) -> None:
    with app.app_context():
        company.survey = make_survey("after_claim")
        company.ask(company.silent, "cleo", score=10)
    client = as_user(app.test_client(), company.manager)
    assert "4 requests sent" in client.get("/app/coverage").get_data(as_text=True)  # of the relationship survey
    assert "5 requests sent" in client.get("/app/coverage?survey=all").get_data(as_text=True)
    said = client.get("/api/v1/coverage").get_json()
    assert [line["survey"] for line in said["programs"]] == ["after_claim", "relationship"]
    assert "nps" not in said


def test_the_api_looks_at_a_year_unless_told(company: Company, app: Flask) -> None:
    with app.app_context():
        old = clock.now() - 400 * DAY
        company.ask(company.silent, "cleo", created_at=old, sent_at=old)
    client = as_user(app.test_client(), company.manager)
    assert client.get("/api/v1/coverage").get_json()["asked"] == 4
    assert client.get("/api/v1/coverage?from=2000-01-01").get_json()["asked"] == 5


def test_the_answer_before_is_one_of_the_same_kind(company: Company, app: Flask) -> None:
    with app.app_context():
        make_survey("after_claim")
        at = clock.now() - 20 * DAY
        with transaction():
            accept_answers([AnswerDraft("silent", 2, "cleo", survey="after_claim", responded_at=at)], AcceptOptions())
        groups = {
            line.group: line.rate.total for line in company.report(survey="relationship").groups if line.dimension == "prior"
        }
    assert groups == {"none": 3}


@pytest.mark.parametrize(("role", "sees"), [(Role.ACCOUNT_MANAGER, False), (Role.FRONTLINE, False), (Role.EXECUTIVE, True)])
def test_names_of_waves_are_for_those_who_may_see_waves(app: Flask, role: Role, sees: bool) -> None:
    with app.app_context():
        draw_up(name="Secret spring")
        user = make_user(role)
    shown = as_user(app.test_client(), user).get("/app/coverage").get_data(as_text=True)
    assert ("Secret spring" in shown) is sees


def test_a_wave_is_planned_for_those_the_link_names(company: Company, app: Flask) -> None:
    client = as_user(app.test_client(), company.manager)
    planned = client.get("/app/waves/new?segment=SME&role=decision_maker&region=nowhere").get_data(as_text=True)
    assert "2 people at 2 accounts" in planned


def test_over_the_api(company: Company, app: Flask) -> None:
    client = as_user(app.test_client(), company.manager)
    said = client.get("/api/v1/coverage?segment=SME").get_json()
    [program] = said["programs"]
    assert (program["response_rates"]["contacts"]["share"], said["revenue_coverage"]["share"]) == pytest.approx((2 / 3, 7 / 9))
    assert [line["role"] for line in said["roles"]] == ["decision_maker", "influencer", "user"]
    assert client.get("/api/v1/coverage?from=2026-02-01&to=2026-01-01").status_code == 422
    assert client.get("/api/v1/coverage?survey=nothing").status_code == 422


def test_the_buying_team_at_a_glance(company: Company, app: Flask) -> None:
    with app.app_context():
        heard = {one.contact_id: one.hearing for one in list_team(company.heard)}
        silent = {one.contact_id: one.hearing for one in list_team(company.silent)}
        [eve] = list_team(company.apart)
    people = company.people
    assert heard == {people["ana"]: Hearing.HEARD, people["ben"]: Hearing.HEARD}
    assert silent == {people["cleo"]: Hearing.SILENT, people["dan"]: Hearing.BOUNCED}
    assert eve.hearing is Hearing.NO_ADDRESS


def test_who_answered_is_not_silent_when_the_answer_is_excluded(company: Company, app: Flask) -> None:
    with app.app_context():
        answered = db.session.scalar(sa.select(Response.id).where(Response.contact_id == company.people["ben"])) or 0
        with transaction():
            exclude_answer(answered, Reason(ExclusionCause.TEST, "Our own people"), get_viewer(company.manager))
        heard = {one.contact_id: (one.hearing, one.score) for one in list_team(company.heard)}
    assert heard[company.people["ben"]] == (Hearing.EXCLUDED, None)


def test_a_dead_address_is_told_from_a_refused_mail_and_from_a_wish(company: Company, app: Flask) -> None:
    people = company.people
    with app.app_context():
        with transaction() as session:
            for name, state in (("dan", InvitationState.FAILED), ("cleo", InvitationState.BOUNCED)):
                of = sa.update(Invitation).where(Invitation.contact_id == people[name])
                session.execute(of.values(state=state, address=f"{name}@old.example"))
            suppress(SuppressionReason.HARD_BOUNCE, actor="mail", address="a@x.example")  # refused at the door: it never left
            suppress(SuppressionReason.UNSUBSCRIBED, actor="mail", contact_id=people["ben"])
        hearing = {one.contact_id: one.hearing for id_ in (company.heard, company.silent) for one in list_team(id_)}
        told = {one.contact_id: (one.bounced, one.dead) for one in company.report().silent}
    assert hearing == {
        people["ana"]: Hearing.BOUNCED,
        people["ben"]: Hearing.OPTED_OUT,
        people["cleo"]: Hearing.NOT_ASKED,  # there is another address by now
        people["dan"]: Hearing.REFUSED,
    }
    assert (told[people["dan"]], told[people["cleo"]]) == ((True, False), (True, True))


@pytest.mark.parametrize("path", ["/app/coverage", "/app/privacy", "/app/accounts/2", "/app/privacy/3"])
def test_the_pages_are_drawn(company: Company, app: Flask, path: str) -> None:
    with app.app_context():
        admin = make_user(Role.ADMIN)
    shown = as_user(app.test_client(), admin).get(path)
    assert shown.status_code == 200
    assert 'class="cl-state cl-error"' not in shown.get_data(as_text=True)
