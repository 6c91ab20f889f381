"""Somebody else's ids in the body or the filters of a request about one's own customer answer like ids that do not exist."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.access.world import ABSENT, World, make_world

ASK = {"purpose": "offers", "channel": "email", "initiation": "outbound"}
PROMISE = {"text": "x", "due_at": "2099-12-01T12:00:00Z"}

# method, path, body; `theirs` is a number and "theirs" an external id: the other customer's, or one that nobody has
REQUESTS: dict[str, tuple[str, str, Any]] = {
    "issue about an account": ("POST", "issues", {"account_id": "{account}", "title": "x"}),
    "issue about an external id": ("POST", "issues", {"account_external_id": "{name}", "title": "x"}),
    "issue with a contact": ("POST", "issues", {"account_external_id": "own", "contact_id": "{contact}", "title": "x"}),
    "gate about an account": ("POST", "gate/evaluate", ASK | {"account_id": "{account}"}),
    "gate about an external id": ("POST", "gate/evaluate", ASK | {"account_external_id": "{name}"}),
    "gate with a contact": ("POST", "gate/evaluate", ASK | {"account_external_id": "own", "contact_external_id": "{name}"}),
    "gate batch": ("POST", "gate/evaluate-batch", {"requests": [ASK | {"account_external_id": "{name}"}]}),
    "link for a contact": ("POST", "invitations", {"account_external_id": "own", "contact_external_id": "{name}"}),
    "link for an account": ("POST", "invitations", {"account_external_id": "{name}", "contact_external_id": "own"}),
    "contact of an account": ("POST", "accounts/{own_account}/contacts", {"external_id": "{name}", "name": "x"}),
    "role of a contact": ("PATCH", "accounts/{own_account}/contacts/{contact}", {"role": "user"}),
    "account with an id": ("POST", "accounts", {"external_id": "{name}", "name": "x"}),
    "talk with a contact": ("POST", "issues/{own_issue}/interactions", {"summary": "x", "contact_id": "{contact}"}),
    "promise of an issue": ("PUT", "issues/{own_issue}/commitments/{commitment}/fulfilment", None),
    "end of a promise of an issue": (
        *("PUT", "issues/{own_issue}/commitments/{commitment}/ending"),
        {"how": "not_kept", "said": "x"},
    ),
    "promise to an issue": ("POST", "issues/{issue}/commitments", PROMISE),
    "consent": ("GET", "contacts/{contact}/consents", None),
    "timeline of a contact": ("GET", "accounts/{own_account}/timeline?contact_id={contact}", None),
    "answers of an account": ("GET", "responses?account_id={account}", None),
    "answers of a contact": ("GET", "responses?contact_id={contact}", None),
    "issues of an account": ("GET", "issues?account_id={account}", None),
    "issues of a team": ("GET", "issues?team_id={team}", None),
    "accounts by a word": ("GET", "accounts?q={name}", None),
    "decision": ("GET", "gate/decisions/{decision}?replay=1", None),
}


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


def _filled(template: Any, ids: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        return {key: _filled(value, ids) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, ids) for value in template]
    whole = template[1:-1] if isinstance(template, str) and template.startswith("{") else None
    return ids[whole] if whole in ids else template.format(**ids) if isinstance(template, str) else template


def _ask(world: World, principal: str, name: str, ids: dict[str, Any]) -> tuple[int, Any]:
    method, path, body = REQUESTS[name]
    mine = {f"own_{kind}": id_ for kind, id_ in world.own.items()}
    answer: TestResponse = world.client(principal).open(
        "/api/v1/" + path.format(**mine, **ids), method=method, json=_filled(body, ids) if body else None
    )
    said = json.dumps(answer.get_json(silent=True))
    for id_ in ids.values():
        said = re.sub(rf"(?<![0-9a-z]){id_}(?![0-9a-z])", "?", said)
    return answer.status_code, said


def _differing(world: World, principal: str) -> set[str]:
    theirs, absent = world.other | {"name": "other"}, dict.fromkeys(world.other, ABSENT) | {"name": "nobody"}
    return {name for name in REQUESTS if _ask(world, principal, name, theirs) != _ask(world, principal, name, absent)}


@pytest.mark.parametrize("principal", ["account_manager", "frontline"])
def test_somebody_elses_ids_answer_like_none_at_all(world: World, principal: str) -> None:
    assert _differing(world, principal) == set()


def test_whoever_may_see_everything_gets_other_answers(world: World) -> None:
    assert len(_differing(world, "admin")) > 10
