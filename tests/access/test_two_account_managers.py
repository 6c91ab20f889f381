"""Two account managers: one looks for the other's customer on every address, page, export and callback, and finds no trace."""

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.issues.models import Commitment, Issue, IssueEvent
from feedback.permission.models import ConsentEvent
from feedback.surveys.models import Invitation, Response
from feedback.uow import transaction
from tests.access.world import World, make_world

MARK = "zephyrine"  # stands in every text about the second customer; people look for a part of it
PAGES = ["/app/readiness", "/app/issues", "/app/defects", "/app/accounts", "/app/accounts/{account}", "/app/issues/{issue}"]
SEARCHES = [
    "",
    "?q=zephyr",
    "?owner=all&scope=all&team=all",
    "?account={account}&contact={contact}&issue={issue}&defect={defect}",
]
KEPT = (Account, Contact, Issue, IssueEvent, Commitment, ConsentEvent, Invitation, GateDecision)


@pytest.fixture
def world(app: Flask) -> World:
    """The second customer is marked in everything that a person could read about it."""
    world = make_world(app)
    theirs = world.other
    with app.app_context(), transaction() as session:
        for model, key, values in (
            (Account, theirs["account"], {"name": "Zephyrine & sons", "industry": "zephyrine"}),
            (Contact, theirs["contact"], {"name": "Zephyrine", "email": "zephyrine@example.com", "not_now_reason": "zephyrine"}),
            (Response, theirs["response"], {"comment": "zephyrine is late"}),
            (Issue, theirs["issue"], dict.fromkeys(("title", "root_cause", "fix_summary"), "zephyrine")),
            (Commitment, theirs["commitment"], {"text": "zephyrine"}),
        ):
            session.execute(sa.update(model).where(model.id == key).values(**values))
    return world


def kept(app: Flask, account_id: int) -> list[Any]:
    """What is stored about the other customer, and how many rows there are of each kind that could be added."""
    with app.app_context():
        tables = [model.__table__ for model in KEPT]
        return [
            db.session.execute(sa.select(table).order_by(*table.primary_key)).all()
            if "account_id" not in table.c
            else db.session.execute(sa.select(table).where(table.c.account_id == account_id).order_by(table.c.id)).all()
            for table in tables
        ]


def reads(app: Flask, ids: dict[str, int]) -> list[str]:
    """Every address that can be read, with the other customer's ids in it."""
    rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.rule.startswith(("/api/", "/app/"))}
    paths = [re.sub(r"<int:(\w+)_id>", lambda found: str(ids.get(found[1], 1)), rule) for rule in rules]
    paths = [path.replace("<any(csv, xlsx):kind>", "csv") for path in paths]
    plain = [path for path in paths if "<" not in path]
    return [(path + search).format(**ids) for path in [*plain, *PAGES] for search in SEARCHES]


def text_of(response: TestResponse) -> str:
    return response.get_data().decode(errors="replace").lower()


def test_no_address_tells_of_the_others_customer(world: World) -> None:
    me = world.client("account_manager")
    found = {path: me.get(path, headers={"Accept-Encoding": "identity"}, buffered=True) for path in reads(world.app, world.other)}
    assert [path for path, response in found.items() if MARK in text_of(response)] == []
    assert {path.partition("?")[0] for path, response in found.items() if response.status_code >= 500} <= {"/readyz"}
    assert len([path for path, response in found.items() if response.status_code == 200]) > 50
    assert MARK in text_of(world.client("executive").get(f"/api/v1/accounts/{world.other['account']}"))


def calls(me: FlaskClient, ids: dict[str, int]) -> list[dict[str, Any]]:
    """Every callback of the pages that the server runs, asked about the other customer."""
    answered = me.get("/app/_dash-dependencies").get_json()
    return [_call(one, ids, path) for one in answered if not one["clientside_function"] for path in PAGES]


def _call(callback: dict[str, Any], ids: dict[str, int], path: str) -> dict[str, Any]:
    inputs, state = ([_value(one, ids, path) for one in callback[kind]] for kind in ("inputs", "state"))
    first = inputs[0][0] if isinstance(inputs[0], list) else inputs[0]
    name = json.dumps(first["id"], sort_keys=True, separators=(",", ":")) if isinstance(first["id"], dict) else first["id"]
    changed = [f"{name}.{first['property']}"]
    output = callback["output"]
    places = [_place(one) for one in output.strip(".").split("...")]
    outputs = places if output.startswith("..") else places[0]
    return {"output": output, "outputs": outputs, "inputs": inputs, "state": state, "changedPropIds": changed}


def _place(written: str) -> Any:
    name, _, property_ = written.rpartition(".")
    if not name.startswith("{"):
        return {"id": name, "property": property_}
    pattern = json.loads(name)
    if ["ALL"] in pattern.values():
        return []  # all of a kind, of which the page has none
    one = {key: 1 if value == ["MATCH"] else value for key, value in pattern.items()}
    return {"id": one, "property": property_}


def _value(place: dict[str, str], ids: dict[str, int], path: str) -> Any:
    name, property_ = place["id"], place["property"]
    known = {"pathname": path.format(**ids), "search": "?q=zephyr", "n_clicks": 1, "n_submit": 1, "opened": True}
    if name.startswith("{"):
        pattern = json.loads(name)
        kind = str(pattern.get("kind", ""))
        wanted = ids.get({"person": "contact"}.get(kind, kind), ids["issue"])
        concrete = {key: wanted if isinstance(value, list) else value for key, value in pattern.items()}
        asked = {"id": concrete, "property": property_, "value": known.get(property_, "zephyr")}
        return asked if concrete == pattern else [asked]
    of_kind = {"person-id": ids["contact"], "issue-id": ids["issue"], "gate-contact": str(ids["contact"])}
    chosen = {"gate-channel": "email", "gate-initiation": "outbound", "consent-channel": "email", "consent-action": "granted"}
    return {"id": name, "property": property_, "value": of_kind.get(name, chosen.get(name, known.get(property_, "x")))}


def test_no_callback_shows_or_changes_the_others_customer(world: World) -> None:
    me = world.client("account_manager")
    before, asked = kept(world.app, world.other["account"]), calls(me, world.other)
    answers = [me.post("/app/_dash-update-component", json=call) for call in asked]
    assert [call["output"] for call, answer in zip(asked, answers, strict=True) if MARK in text_of(answer)] == []
    assert kept(world.app, world.other["account"]) == before
    assert len([answer for answer in answers if answer.status_code == 200]) > 30
    everybody = world.client("admin")
    assert len({c["output"] for c in asked if MARK in text_of(everybody.post("/app/_dash-update-component", json=c))}) > 2
