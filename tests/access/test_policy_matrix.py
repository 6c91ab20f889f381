"""Principal × address × object: each cell is what the policy table says."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from feedback.access.policy import POLICY, scope_of
from feedback.access.rules import Scope
from feedback.cli.reference import reference_pages, route_marks
from tests.access.policy_bodies import NAMED_IN_BODY
from tests.access.policy_table import ROUTES
from tests.access.world import ABSENT, NOBODIES, PEOPLE, TOKENS, SavedWorld, World
from tests.architecture.sources import ROOT

PRINCIPALS = [*PEOPLE, *TOKENS]
CLOSED = {address: row for address, row in ROUTES.items() if row.permission is not None}
OBJECTS = {address: row for address, row in ROUTES.items() if row.kind is not None}
# kinds that are nobody's
REACHABLE_BY_ALL = {"user", "team", "token", "defect", "program", "wave", "connector", "event", "key", "skill", "initiative"}
REACHABLE_BY_ALL |= {"suppression", "country_policy", "subject_request", "delivery", "hook", "calendar", "cause", "template"}
REACHABLE_BY_ALL |= {"crm", "crm_conflict", "webhook", "webhook_delivery", "delivery", "hook", "calendar", "cause", "template"}


@pytest.fixture(scope="session")
def _saved(_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> SavedWorld:
    return SavedWorld(_app, tmp_path_factory.mktemp("world") / "world.db")


@pytest.fixture
def world(app: Flask, _saved: SavedWorld) -> World:
    """The small company as it was made, whatever earlier tests did to it."""
    return _saved.restore()


def call(world: World, principal: str, address: str, ids: Mapping[str, int] = MappingProxyType({})) -> TestResponse:
    method, rule = address.split(" ", 1)
    path = re.sub(r"<int:(\w+)_id>", lambda found: str(ids.get(found[1], ABSENT)), rule)
    path = path.replace("<string(maxlength=60):permission>", "audit.read").replace("<any(csv, xlsx):kind>", "csv")
    row = ROUTES[address]
    return world.client(principal).open(path + row.query, method=method, json=row.body, headers={"Accept": "application/json"})


def test_every_address_has_a_row(app: Flask) -> None:
    assert dict(route_marks(app)) == {address: row.permission for address, row in ROUTES.items()}


def test_every_mark_is_a_permission_of_the_policy() -> None:
    assert {row.permission for row in ROUTES.values()} - {None} <= set(POLICY)


@pytest.mark.parametrize("principal", NOBODIES)
@pytest.mark.parametrize("address", CLOSED)
def test_nobody_gets_in(world: World, address: str, principal: str) -> None:
    response = call(world, principal, address)
    assert response.status_code == 401
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("principal", PRINCIPALS)
@pytest.mark.parametrize("address", CLOSED)
def test_a_permission_decides(world: World, address: str, principal: str) -> None:
    scope = scope_of(world.viewer(principal), str(ROUTES[address].permission))
    status = call(world, principal, address).status_code
    assert (status == 403) == (scope is Scope.NONE)
    assert status not in {401, 500}


@pytest.mark.parametrize("principal", PRINCIPALS)
@pytest.mark.parametrize("address", OBJECTS)
def test_objects_of_others_look_absent(world: World, address: str, principal: str) -> None:
    row = OBJECTS[address]
    scope = scope_of(world.viewer(principal), str(row.permission))
    absent = call(world, principal, address)
    other = call(world, principal, address, world.other)
    own = call(world, principal, address, world.own)
    is_hidden = scope in {Scope.OWN, Scope.TEAM} and row.kind not in REACHABLE_BY_ALL
    assert (absent.status_code, own.status_code in {403, 404}) == ((403, True) if scope is Scope.NONE else (404, False))
    assert ((other.status_code, other.data) == (absent.status_code, absent.data)) == (is_hidden or scope is Scope.NONE)


@pytest.mark.parametrize("principal", ["account_manager", "frontline"])
@pytest.mark.parametrize("address", NAMED_IN_BODY)
def test_accounts_of_others_look_absent_in_a_body(world: World, address: str, principal: str) -> None:
    method, path = address.split(" ", 1)
    bodies = [NAMED_IN_BODY[address] | {"account_external_id": name} for name in ("other", "absent")]
    other, absent = (world.client(principal).open(path, method=method, json=body) for body in bodies)
    assert (other.status_code, other.data) == (absent.status_code, absent.data)
    assert other.status_code in {404, 422}


@pytest.mark.parametrize("name", ["permissions.md", "settings.md"])
def test_the_reference_is_what_the_code_says(app: Flask, name: str) -> None:
    assert Path(ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == reference_pages(app)[name]
