"""GET /defects/ranking and GET /nps against independent computations on the raw answers."""

from collections.abc import Sequence
from datetime import date
from math import erfc, sqrt

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from scipy import stats

from feedback.accounts.rules import AccountStatus
from feedback.defects.rules import DefectCategory
from feedback.defects.rules.reports import AnswerFilter
from feedback.defects.statistics import append_answers, fold_all
from feedback.uow import transaction
from tests.factories import make_account, make_defect, make_survey
from tests.logins import token
from tests.statistics_oracle import Raw, columns

JANUARY = 12 * 2025
CODES = ("late", "dear", "rude", "lost", "rare")
VALUES = np.array([-1] * 7 + [0, 0, 1, 1])


def _raw_answers(accounts: Sequence[int], survey: int) -> list[Raw]:
    """600 answers in which `late` and `rude` go together, `lost` is mild, and three cite `rare`."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(600):
        late = rng.random() < 0.25
        rude = rng.random() < (0.6 if late else 0.05)
        cited = [late, rng.random() < 0.1, rude, rng.random() < 0.15, number in (7, 70, 170)]
        score = int(np.clip(round(9.2 - 3.5 * late - 2 * rude - cited[3] + rng.normal(0, 1.5)), 0, 10))
        account = int(rng.integers(len(accounts)))
        rows.append(
            Raw(
                month=JANUARY + int(rng.integers(6)),
                survey=[1, survey][number % 3 == 0],
                segment=["SME", "large", ""][account % 3],
                region=["west", "east"][account % 2],
                account=accounts[account],
                role=int(rng.integers(3)),
                score=score,
                defects=tuple(np.flatnonzero(cited).tolist()),
            )
        )
    return rows


@pytest.fixture
def rows(app: Flask) -> list[Raw]:
    """Answers, the first half folded and the rest in the live tail; one of the accounts is closed."""
    with app.app_context():
        for code, category in zip(CODES, [*DefectCategory, DefectCategory.SERVICE, DefectCategory.SERVICE], strict=True):
            make_defect(code, category)
        survey = make_survey("after_call")
        accounts = [
            make_account(
                segment=["SME", "large", None][place % 3],
                region=["west", "east"][place % 2],
                annual_revenue=None if place == 5 else 1000.0 * place,
                status=AccountStatus.CLOSED if place == 11 else AccountStatus.ACTIVE,
            )
            for place in range(40)
        ]
        found = _raw_answers(accounts, survey)
        with transaction() as session:
            append_answers(session, columns(found[:300]))
            fold_all(session)
            append_answers(session, columns(found[300:]))
    return found


@pytest.fixture
def reader(app: Flask, client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_AUTHORIZATION"] = token(app, "read")["Authorization"]
    return client


def _ranking(reader: FlaskClient, **query: str) -> dict:
    answer = reader.get("/api/v1/defects/ranking", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def _matrix(rows: Sequence[Raw], codes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    x = np.array([[CODES.index(code) in row.defects for code in codes] for row in rows], float)
    return x, np.array([row.score for row in rows])


FILTERS = [
    ({}, AnswerFilter()),
    ({"from": "2025-02-01", "to": "2025-05-01"}, AnswerFilter(start=date(2025, 2, 1), stop=date(2025, 5, 1))),
    ({"segment": "SME"}, AnswerFilter(segment="SME")),
    ({"region": "east", "from": "2025-03-01"}, AnswerFilter(region="east", start=date(2025, 3, 1))),
    ({"survey": "after_call"}, AnswerFilter(survey_id=2)),
]
filtered = pytest.mark.parametrize(("query", "filters"), FILTERS, ids=["all", "quarter", "segment", "region", "survey"])


@filtered
def test_the_fit_equals_a_fit_on_raw_rows(reader: FlaskClient, rows: list[Raw], query: dict, filters: AnswerFilter) -> None:
    found = _ranking(reader, **query)
    chosen = [row for row in rows if row.passes(filters)]
    fitted = [item for item in found["items"] if not item["provisional"]]
    x, score = _matrix(chosen, [item["defect"] for item in fitted])
    y = 100.0 * VALUES[score]
    design = np.column_stack((np.ones(len(y)), x))
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    residual = y - design @ beta
    error = np.sqrt(residual @ residual / (len(y) - len(beta)) * np.diag(np.linalg.inv(design.T @ design)))
    share = x.mean(axis=0)
    assert found["nps_without_defects"] == pytest.approx(beta[0], rel=1e-9)
    assert found["nps"] == pytest.approx(y.mean(), rel=1e-9)
    assert [item["points_lost"] for item in fitted] == pytest.approx(-share * beta[1:], rel=1e-9)
    high = share * (-beta[1:] + stats.norm.ppf(0.975) * error[1:])
    assert [item["points_lost_ci_high"] for item in fitted] == pytest.approx(high, rel=1e-9)
    p = [erfc(abs(z) / sqrt(2)) for z in (beta / error)[1:]]
    assert [item["p_value"] for item in fitted] == pytest.approx(p, rel=1e-9)
    assert [item["q_value"] for item in fitted] == pytest.approx(stats.false_discovery_control(p), rel=1e-9)


@filtered
def test_single_measures_equal_scipy(reader: FlaskClient, rows: list[Raw], query: dict, filters: AnswerFilter) -> None:
    items = _ranking(reader, **query)["items"]
    x, score = _matrix([row for row in rows if row.passes(filters)], [item["defect"] for item in items])
    y = 100.0 * VALUES[score]
    r = [stats.pointbiserialr(column, score).statistic for column in x.T]
    gap = [y[column == 0].mean() - y[column == 1].mean() for column in x.T]
    assert [item["correlation"] for item in items] == pytest.approx(r, rel=1e-9)
    assert [item["nps_gap"] for item in items] == pytest.approx(gap, rel=1e-9)
    assert [item["frequency"] for item in items] == pytest.approx(x.mean(axis=0), rel=1e-12)
    assert [item["n"] for item in items] == x.sum(axis=0).tolist()


@filtered
def test_reach_counts_active_accounts_and_their_revenue(
    reader: FlaskClient, rows: list[Raw], query: dict, filters: AnswerFilter
) -> None:
    items = {item["defect"]: item for item in _ranking(reader, **query)["items"]}
    first = min(row.account for row in rows)
    places = range(40)
    active = {
        first + place
        for place in places
        if place != 11
        and query.get("segment") in (None, ["SME", "large", ""][place % 3])
        and query.get("region") in (None, ["west", "east"][place % 2])
    }
    for code, item in items.items():
        citing = {row.account for row in rows if row.passes(filters) and CODES.index(code) in row.defects} & active
        revenue = sum(0 if account - first == 5 else 1000.0 * (account - first) for account in citing)
        assert (item["accounts"], item["revenue_affected"]) == (len(citing), pytest.approx(revenue))
        assert item["base_frequency"] == pytest.approx(len(citing) / len(active))


def test_a_defect_that_few_answers_cite_is_provisional_and_last(reader: FlaskClient, rows: list[Raw]) -> None:
    for order in ("points_lost", "correlation", "frequency", "article"):
        items = _ranking(reader, order=order)["items"]
        assert [item["rank"] for item in items] == [1, 2, 3, 4, 5]
        assert (items[-1]["defect"], items[-1]["provisional"], items[-1]["points_lost"]) == ("rare", True, None)


def test_each_order_sorts_by_its_figure(reader: FlaskClient, rows: list[Raw]) -> None:
    figures = {
        "points_lost": lambda item: -item["points_lost"],
        "correlation": lambda item: item["correlation"],
        "frequency": lambda item: -item["frequency"],
        "article": lambda item: item["base_frequency"] * item["correlation"],
    }
    for order, figure in figures.items():
        items = _ranking(reader, order=order)["items"][:-1]
        assert items == sorted(items, key=figure)


def test_category_hides_rows_and_leaves_the_fit_alone(reader: FlaskClient, rows: list[Raw]) -> None:
    everything, some = _ranking(reader), _ranking(reader, category="price")
    assert some["nps_without_defects"] == everything["nps_without_defects"]
    assert some["items"] == [item for item in everything["items"] if item["category"] == "price"]


def test_adjusting_for_segment_month_and_role(reader: FlaskClient, rows: list[Raw]) -> None:
    found = _ranking(reader, adjust="segment,month,role")
    fitted = [item for item in found["items"] if not item["provisional"]]
    x, score = _matrix(rows, [item["defect"] for item in fitted])
    dummies = [np.unique([getattr(row, name) for row in rows], return_inverse=True)[1] for name in ("segment", "month", "role")]
    held = np.column_stack([np.eye(which.max() + 1)[which][:, 1:] for which in dummies])
    design = np.column_stack((np.ones(len(rows)), held - held.mean(axis=0), x))
    beta = np.linalg.lstsq(design, 100.0 * VALUES[score], rcond=None)[0]
    assert found["nps_without_defects"] == pytest.approx(beta[0], rel=1e-9)
    lost = -x.mean(axis=0) * beta[1 + held.shape[1] :]
    assert [item["points_lost"] for item in fitted] == pytest.approx(lost, rel=1e-9)


def test_nothing_heard_is_an_empty_ranking(reader: FlaskClient, app: Flask) -> None:
    found = _ranking(reader)
    assert (found["n"], found["nps"], found["items"], found["se_method"]) == (0, None, [], "classical")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2025-01-15"}, "from"),
        ({"to": "2025-13-01"}, "to"),
        ({"from": "2025-03-01", "to": "2025-03-01"}, "to"),
        ({"from": "2025-01"}, "from"),
        ({"order": "worst"}, "order"),
        ({"category": "weather"}, "category"),
        ({"weighting": "revenue"}, "weighting"),
        ({"adjust": "segment,weather"}, "adjust"),
        ({"survey": "unheard_of"}, "survey"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_question_is_refused_and_named(reader: FlaskClient, query: dict, field: str) -> None:
    answer = reader.get("/api/v1/defects/ranking", query_string=query)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert field in answer.json["errors"]


@pytest.mark.parametrize("path", ["/api/v1/defects/ranking", "/api/v1/nps"])
def test_company_figures_need_the_permission(app: Flask, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get(path, headers=token(app, "write")).status_code == 403
