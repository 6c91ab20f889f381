"""Whose accounts a viewer may see."""

from dataclasses import replace

import pytest
from flask import Flask

from feedback.access.rules import Role, Scope, Viewer
from feedback.accounts.queries import AccountFilter, access_account, access_contact, list_accounts
from feedback.issues.models import Issue
from feedback.issues.rules import IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from tests.factories import insert, make_account, make_contact, make_team, make_user


def viewer(user_id: int, role: Role, **values: object) -> Viewer:
    return replace(Viewer("user", "Somebody", user_id=user_id, role=role), **values)


def make_issue(account_id: int, **values: object) -> int:
    now = clock.now()
    clocks = dict.fromkeys(("first_contact_due_at", "next_update_due_at", "resolution_due_at", "next_due_at", "opened_at"), now)
    kind = {"state": IssueState.ROUTED, "severity": Severity.MINOR, "source": IssueSource.RESPONSE, "value_tier": "B"}
    return insert(Issue, number=account_id, account_id=account_id, defect_key=0, **clocks | kind | values)


def seen(who: Viewer) -> list[int]:
    return sorted(account.id for account in list_accounts(who, AccountFilter()))


def test_an_account_manager_sees_own_accounts_only(app: Flask) -> None:
    with app.app_context():
        mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        account = make_account(owner_id=mine)
        make_account(owner_id=other)
        assert seen(viewer(mine, Role.ACCOUNT_MANAGER)) == [account]


def test_somebody_elses_account_is_not_found(app: Flask) -> None:
    with app.app_context():
        mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        account = make_account(owner_id=other)
        with pytest.raises(NotFound):
            access_account(account, viewer=viewer(mine, Role.ACCOUNT_MANAGER))


def test_frontline_sees_the_teams_accounts_and_those_with_its_issues(app: Flask) -> None:
    with app.app_context():
        team, person = make_team(), make_user(Role.FRONTLINE)
        of_team, by_issue, by_own_issue = make_account(team_id=team), make_account(), make_account()
        make_account()
        make_issue(by_issue, team_id=team)
        make_issue(by_own_issue, owner_id=person)
        assert seen(viewer(person, Role.FRONTLINE, team_id=team)) == [of_team, by_issue, by_own_issue]


def test_frontline_without_a_team_does_not_see_accounts_without_a_team(app: Flask) -> None:
    with app.app_context():
        make_issue(make_account())
        assert seen(viewer(make_user(Role.FRONTLINE), Role.FRONTLINE)) == []


def test_a_region_grant_adds_the_region(app: Flask) -> None:
    with app.app_context():
        manager = make_user(Role.ACCOUNT_MANAGER)
        own, near = make_account(owner_id=manager, region="south"), make_account(region="north")
        make_account(region="east")
        grants = frozenset({("account.read", Scope.REGION)})
        assert seen(viewer(manager, Role.ACCOUNT_MANAGER, region="north", grants=grants)) == [own, near]


def test_executives_and_read_tokens_see_all(app: Flask) -> None:
    with app.app_context():
        accounts = [make_account(), make_account()]
        token = Viewer("token", "t", token_scopes=frozenset({"read"}))
        assert seen(viewer(make_user(Role.EXECUTIVE), Role.EXECUTIVE)) == seen(token) == accounts


def test_a_token_without_the_scope_sees_nothing(app: Flask) -> None:
    with app.app_context():
        make_account()
        assert seen(Viewer("token", "t", token_scopes=frozenset({"gate"}))) == []


def test_a_contact_is_found_through_its_accounts_only(app: Flask) -> None:
    with app.app_context():
        mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        own = make_contact(make_account(owner_id=mine))
        foreign = make_contact(make_account(owner_id=other))
        me = viewer(mine, Role.ACCOUNT_MANAGER)
        assert access_contact(own, viewer=me).id == own
        with pytest.raises(NotFound):
            access_contact(foreign, viewer=me)


@pytest.mark.parametrize("text", ["north", "NORTH", "x-7"])
def test_search_finds_name_and_external_id(app: Flask, text: str) -> None:
    with app.app_context():
        found = make_account(name="Northwind 100%", external_id="X-7")
        make_account(name="Other", external_id="Y-8")
        everyone = viewer(make_user(Role.EXECUTIVE), Role.EXECUTIVE)
        assert [account.id for account in list_accounts(everyone, AccountFilter(search=text))] == [found]


def test_search_takes_percent_signs_literally(app: Flask) -> None:
    with app.app_context():
        make_account(name="Plain")
        everyone = viewer(make_user(Role.EXECUTIVE), Role.EXECUTIVE)
        assert list_accounts(everyone, AccountFilter(search="%")) == []
