"""Loading a demo company into an empty database, through the services, with the clock set to each day."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from feedback.access.passwords import hash_password
from feedback.defects.statistics import fold_all
from feedback.demo import SCENARIOS
from feedback.demo.company import enter_absence_of, found_customers, found_people, found_routing, has_accounts, write_catalogue
from feedback.demo.discipline import play_hasty_sales
from feedback.demo.economics import play_economics
from feedback.demo.exceptions import play_exceptions
from feedback.demo.gate_policy import play_policy
from feedback.demo.generate import DAYS, plan_accounts, plan_answers
from feedback.demo.history import accept, play_days
from feedback.demo.logins import demo_password
from feedback.demo.offices import found_offices
from feedback.demo.openings import found_contracts, found_rules, play_openings
from feedback.demo.outer import play_outer_loop
from feedback.demo.partners import play_crm
from feedback.demo.planning import play_plans
from feedback.demo.privacy import play_privacy
from feedback.demo.sales_plays import play_suggestions
from feedback.demo.scenario import SIZES, Scenario
from feedback.demo.staff import Staff, last_issue
from feedback.demo.telling import choose_wishes
from feedback.demo.waves import play_waves
from feedback.demo.work import found_work, play_work
from feedback.kernel import clock
from feedback.kernel.errors import Conflict
from feedback.surveys.rules import SurveyKind
from feedback.surveys.service import ensure_survey
from feedback.uow import transaction


@dataclass(frozen=True)
class DemoRequest:
    """What to load: `scenario` insurer or property, `size` small, medium or large; `at` is the day on which the demo ends."""

    scenario: str = "insurer"
    size: str = "small"
    seed: int = 1
    at: datetime | None = None


def load_demo(request: DemoRequest, *, progress: Callable[[str], None] = lambda _: None) -> None:
    """Load the demo company beside whatever is there.

    Raises:
        Conflict: this company is loaded already.
    """
    if has_accounts(f"{request.scenario[:3].upper()}-"):
        raise Conflict(f"The demo company {request.scenario} is loaded already; use a new data directory to load it again.")
    scenario, size = SCENARIOS[request.scenario].for_seed(request.seed), SIZES[request.size]
    end = (request.at or clock.now()).replace(minute=0, second=0, microsecond=0)
    with clock.frozen(end - timedelta(days=DAYS)):
        teams = found_people(scenario, hash_password(demo_password()))
        found_offices(scenario, teams)
        _found_programs(scenario)
        found_routing(scenario, teams)
        found_rules()
        found_work()
    progress("customers …")
    with clock.frozen(end):
        accounts = plan_accounts(scenario, size, request.seed)
        found_customers(scenario, accounts, end.date(), progress)
        found_contracts(scenario, accounts, end.date())
    progress("what they said …")
    answers = plan_answers(scenario, size, accounts, end.date(), request.seed)
    start = end.replace(hour=0) - timedelta(days=size.live_days)
    past = [answer for answer in answers if answer.at < start]
    with clock.frozen(end):
        accept(past, progress=progress)
    staff = Staff(scenario, request.seed)
    with _no_mail():
        play_days(answers[len(past) :], start, end, staff.work, progress)
        progress("waves and figures …")
        known = last_issue()
        play_waves(scenario.event_survey.code, end)
        staff.catch_up(known, end)
        play_outer_loop(scenario, end)
        play_openings(scenario, accounts, end)
        play_work(scenario, end)
        play_plans(scenario, end)
        play_privacy(end)
        _play_selling(request, end)
    with clock.frozen(end):
        enter_absence_of(scenario, end)
        choose_wishes(scenario)
    with transaction() as session:
        fold_all(session)


def _play_selling(request: DemoRequest, end: datetime) -> None:
    """What was suggested, excepted, sold too hastily, and what it is worth."""
    if request.scenario == "insurer":
        play_suggestions(end)
        play_crm(end)
    play_exceptions(end)
    play_hasty_sales(end)
    play_economics(end)
    play_policy(end)


@contextmanager
def _no_mail() -> Iterator[None]:
    """The past is not news: nobody gets a mail about what happened before the company existed."""
    settings = current_app.extensions["closedloop_settings"]
    server, settings.smtp_url = settings.smtp_url, ""
    try:
        yield
    finally:
        settings.smtp_url = server


def _found_programs(scenario: Scenario) -> None:
    survey = scenario.event_survey
    with transaction():
        ensure_survey(survey.code, name=survey.name, names=survey.names, kind=SurveyKind.TRANSACTIONAL)
        write_catalogue(scenario)
