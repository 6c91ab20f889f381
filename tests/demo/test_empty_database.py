"""The demo company goes into an empty database only: it never mixes with somebody's customers."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from feedback import app as composition
from feedback.access.rules import Role
from feedback.access.service import create_team, create_token, create_user
from feedback.accounts.upserts import upsert_accounts
from feedback.cli import main, up
from feedback.cli.mail_servers import mail_server_elsewhere
from feedback.closed_loop.defaults import is_empty
from feedback.demo import SCENARIOS, load
from feedback.demo.generate import plan_accounts
from feedback.demo.scenario import Scenario, Size
from feedback.surveys.rules import SurveyKind
from feedback.surveys.service import ensure_survey
from feedback.uow import transaction

Add = Callable[[], object]


def _add_team() -> None:
    create_team("claims", name="Claims", region=None, actor="test")


def _add_person() -> None:
    create_user("eve@example.com", role=Role.ADMIN, actor="test", name="Eve", password_hash="x")


def _add_customer() -> None:
    upsert_accounts([{"external_id": "A-1", "name": "Acme"}])


def _add_survey() -> None:
    ensure_survey("visit", name="Visit", kind=SurveyKind.TRANSACTIONAL)


def _add_token() -> None:
    create_token("crm", ("read",), actor="test")


ANYTHING = [_add_team, _add_person, _add_customer, _add_survey, _add_token]


@pytest.fixture
def loaded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Gets a line for each demo company that is loaded."""
    requests: list[object] = []
    monkeypatch.setattr(composition, "create_app", lambda: app)
    monkeypatch.setattr(load, "load_demo", lambda request, **_: requests.append(request))
    return requests


def _add(app: Flask, add: Add) -> None:
    with app.app_context(), transaction():
        add()


def _demo_load(app: Flask, *options: str) -> Result:
    return CliRunner().invoke(main, ["demo", "load", *options], obj=ScriptInfo(create_app=lambda: app))


def test_up_loads_the_demo_into_an_empty_database(loaded: list[object]) -> None:
    up._prepare(demo=True)
    assert len(loaded) == 1


@pytest.mark.parametrize("add", ANYTHING)
def test_up_never_mixes_the_demo_with_what_is_there(app: Flask, loaded: list[object], add: Add) -> None:
    _add(app, add)
    assert up._prepare(demo=True) == []
    assert loaded == []


def test_up_says_how_to_get_in_where_nobody_can(app: Flask, loaded: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    _add(app, _add_customer)
    up._prepare(demo=True)
    assert "closedloop user create EMAIL --role admin" in capsys.readouterr().out


def test_up_says_nothing_where_somebody_can_log_in(app: Flask, loaded: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    _add(app, _add_person)
    up._prepare(demo=True)
    assert "user create" not in capsys.readouterr().out


@pytest.mark.parametrize("add", ANYTHING)
def test_the_command_asks_before_it_mixes(app: Flask, loaded: list[object], add: Add) -> None:
    _add(app, add)
    result = _demo_load(app)
    assert (result.exit_code, "Say --yes" in result.output, loaded) == (1, True, [])


def test_the_command_mixes_when_told(app: Flask, loaded: list[object]) -> None:
    _add(app, _add_team)
    assert (_demo_load(app, "--yes").exit_code, len(loaded)) == (0, 1)


def test_defaults_and_jobs_leave_a_database_empty(app: Flask) -> None:
    done = CliRunner().invoke(main, ["jobs", "run", "--once"], obj=ScriptInfo(create_app=lambda: app))
    assert done.exit_code == 0, done.output
    with app.app_context():
        assert is_empty()


ELSEWHERE = "smtp://user:hidden@mail.acme.example:587"


@pytest.mark.parametrize("url", ["", "smtp://localhost:25", "smtp://127.0.0.1:2525", "smtp://[::1]:25"])
def test_a_mail_server_on_this_machine_may_get_the_demo_s_mails(url: str) -> None:
    assert mail_server_elsewhere(url) == ""


@pytest.mark.parametrize("url", [ELSEWHERE, "smtps://10.0.0.5", "smtp://localhost.acme.example", "nonsense"])
def test_any_other_is_elsewhere(url: str) -> None:
    assert mail_server_elsewhere(url) != ""


def test_a_mail_server_elsewhere_keeps_the_demo_out(
    app: Flask, loaded: list[object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOSEDLOOP_SMTP_URL", ELSEWHERE)
    up._prepare(demo=True)
    assert (loaded, "mail.acme.example" in capsys.readouterr().out) == ([], True)


def test_the_command_asks_before_the_demo_mails_through_it(
    app: Flask, loaded: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "smtp_url", ELSEWHERE)
    refused = _demo_load(app)
    assert (refused.exit_code, loaded, "hidden" in refused.output) == (1, [], False)
    assert "--with-mail-server" in refused.output
    assert (_demo_load(app, "--with-mail-server").exit_code, len(loaded)) == (0, 1)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
def test_no_address_of_a_demo_company_is_anybody_s(scenario: Scenario) -> None:
    """Domains that RFC 2606 keeps for examples: whatever is sent there reaches nobody."""
    accounts = plan_accounts(scenario, Size(accounts=30, contacts_per_account=3.0, answers=10, live_days=1), 1)
    addresses = [contact.email for account in accounts for contact in account.contacts]
    addresses += [person.email for person in scenario.people]
    assert {address.rpartition("@")[2] for address in addresses} == {"customer.example.com", "demo.example"}
