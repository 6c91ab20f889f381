"""GET /nps: by group and weighting, against the raw answers."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.defects.rules.nps import Bands, adjusted_wald
from feedback.defects.statistics import append_answers, fold_all
from feedback.surveys.rules import SurveyKind
from feedback.uow import transaction
from tests.factories import make_account, make_survey
from tests.logins import token
from tests.statistics_oracle import Raw, columns

JANUARY = 12 * 2025
VALUES = [-1] * 7 + [0, 0, 1, 1]
NAMES = {
    "segment": lambda row: row.segment or None,
    "region": lambda row: row.region or None,
    "month": lambda row: f"2025-{row.month - JANUARY + 1:02d}",
    "survey": lambda row: {1: "relationship", 2: "after_call"}[row.survey],
    "role": lambda row: ("decision_maker", "influencer", "user")[row.role],
}


@pytest.fixture
def rows(app: Flask) -> list[Raw]:
    """120 answers of 10 accounts, half of them still in the live tail; the first account has no revenue."""
    rng = np.random.default_rng(3)
    with app.app_context():
        make_survey("after_call")
        accounts = [make_account(annual_revenue=100.0 * place or None) for place in range(10)]
        found = [
            Raw(
                month=JANUARY + int(rng.integers(4)),
                survey=int(rng.integers(1, 3)),
                segment=["", "SME"][number % 2],
                region=["west", "east", ""][number % 3],
                account=accounts[int(rng.integers(10))],
                role=int(rng.integers(3)),
                score=int(rng.integers(11)),
                defects=(),
            )
            for number in range(120)
        ]
        with transaction() as session:
            append_answers(session, columns(found[:60]))
            fold_all(session)
            append_answers(session, columns(found[60:]))
    return found


@pytest.fixture
def reader(app: Flask, client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_AUTHORIZATION"] = token(app, "read")["Authorization"]
    return client


def _items(reader: FlaskClient, **query: str) -> list[dict]:
    answer = reader.get("/api/v1/nps", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def _bands(rows: Sequence[Raw]) -> Bands:
    v = [VALUES[row.score] for row in rows]
    return Bands(v.count(-1), v.count(0), v.count(1))


@pytest.mark.parametrize("group", NAMES)
def test_each_group_has_its_counts_and_interval(reader: FlaskClient, rows: list[Raw], group: str) -> None:
    items = _items(reader, group_by=group)
    assert {item["group"][group] for item in items} == {NAMES[group](row) for row in rows}
    for item in items:
        counts = _bands([row for row in rows if NAMES[group](row) == item["group"][group]])
        assert (item["detractors"], item["passives"], item["promoters"]) == counts
        assert item["nps"] == pytest.approx(100 * (counts.promoters - counts.detractors) / counts.n)
        assert (item["ci_low"], item["ci_high"]) == pytest.approx([100 * end for end in adjusted_wald(counts)])


def test_the_whole_is_one_line(reader: FlaskClient, rows: list[Raw]) -> None:
    (item,) = _items(reader, segment="SME", **{"from": "2025-02-01", "to": "2025-04-01"})
    chosen = [row for row in rows if row.segment == "SME" and JANUARY + 1 <= row.month < JANUARY + 3]
    assert (item["group"], item["n"]) == ({}, len(chosen))


def _by_account(rows: Sequence[Raw]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.account, []).append(VALUES[row.score])
    return found


def test_accounts_count_the_same(reader: FlaskClient, rows: list[Raw]) -> None:
    (item,) = _items(reader, weighting="accounts", region="west")
    means = [np.mean(v) for v in _by_account([row for row in rows if row.region == "west"]).values()]
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    half = NormalDist().inv_cdf(0.975) * error
    assert (item["accounts"], item["method"]) == (len(means), "clustered")
    expected = [np.mean(means), max(np.mean(means) - half, -1), min(np.mean(means) + half, 1)]
    assert [item["nps"], item["ci_low"], item["ci_high"]] == pytest.approx([100 * figure for figure in expected])


def test_revenue_weighs_with_the_revenue_of_today(reader: FlaskClient, rows: list[Raw]) -> None:
    first = min(row.account for row in rows)
    for item in _items(reader, weighting="revenue", group_by="role"):
        chosen = _by_account([row for row in rows if NAMES["role"](row) == item["group"]["role"]])
        weights = [100.0 * (account - first) for account in chosen]
        assert item["nps"] == pytest.approx(100 * np.average([np.mean(v) for v in chosen.values()], weights=weights))


def test_nobody_answered(reader: FlaskClient, app: Flask) -> None:
    (item,) = _items(reader)
    assert (item["n"], item["nps"], item["ci_low"]) == (0, None, None)
    assert _items(reader, group_by="month", weighting="accounts") == []


@pytest.mark.parametrize(
    "day", ["2026-1-01", "2026-01-1", "26-01-01", "2026-01-02", "2026-01", "2026-01-01T00:00:00Z", " 2026-1-01"]
)
def test_a_period_is_whole_months_in_their_one_spelling(reader: FlaskClient, day: str) -> None:
    answer = reader.get("/api/v1/nps", query_string={"from": day})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["from"])


def test_unknown_group_is_refused(reader: FlaskClient) -> None:
    answer = reader.get("/api/v1/nps", query_string={"group_by": "colour"})
    assert answer.status_code == 422
    assert "group_by" in answer.json["errors"]


def test_it_says_whose_answers_it_is_made_of(app: Flask, reader: FlaskClient) -> None:
    """Relationship and transactional answers are never in one figure without a word."""
    with app.app_context():
        make_survey("visit", kind=SurveyKind.TRANSACTIONAL)
        drafts = [AnswerDraft(f"a{number}", 9, survey="relationship" if number else "visit") for number in range(3)]
        with transaction():
            accept_answers(drafts, AcceptOptions())
    both = [{"survey": "relationship", "kind": "relationship", "n": 2}, {"survey": "visit", "kind": "transactional", "n": 1}]
    for path in ("/api/v1/nps", "/api/v1/defects/ranking"):
        answer = reader.get(path).json
        assert (answer["blended"], answer["surveys"]) == (True, both)
        answer = reader.get(path, query_string={"survey": "visit"}).json
        assert (answer["blended"], answer["surveys"]) == (False, both[1:])
        answer = reader.get(path, query_string={"to": "2001-01-01"}).json
        assert (answer["blended"], answer["surveys"]) == (False, [])
