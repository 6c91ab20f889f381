"""Every total that answers take part in, as a reader gets them; and the same counted again from the stored answers."""

from itertools import product
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.accounts.rules import ROLE_INDEX
from feedback.defects.models import Citation, Defect
from feedback.defects.statistics import fold_all
from feedback.extensions import db
from feedback.surveys.models import Response
from feedback.uow import transaction
from tests.logins import token
from tests.statistics_oracle import Raw, counted_accounts, counted_reach, stored_accounts, stored_reach

PERIOD = "from=2026-01-01&to=2026-12-01"


def reports(client: FlaskClient) -> dict[str, Any]:
    """What the API says about the company, by address; without what each account's standing was computed at."""
    headers = token(client.application, "read")
    weights, groups = ("responses", "accounts", "revenue"), ("month", "role", "segment", "region", "survey")
    places = [f"/api/v1/nps?{PERIOD}&weighting={w}&group_by={g}" for w, g in product(weights, groups)]
    places += [f"/api/v1/defects/ranking?{PERIOD}&weighting={w}" for w in weights[:1]]
    places += [f"/api/v1/defects/ranking?{PERIOD}&adjust=segment,month,role"]
    return {place: client.get(place, headers=headers).get_json() for place in places}


def counts_are_exact(client: FlaskClient) -> bool:
    """Whether everything that is stored about answers is what counting the answers from scratch gives."""
    with client.application.app_context():
        with transaction() as session:
            fold_all(session)
        rows = _raw()
        found = stored_accounts(db.session()), stored_reach(db.session())
        return found == (counted_accounts(rows), counted_reach(rows))


def _raw() -> list[Raw]:
    cited: dict[int, list[int]] = {}
    for response_id, ordinal in db.session.execute(sa.select(Citation.response_id, Defect.ordinal).join(Defect)):
        cited.setdefault(response_id, []).append(ordinal)
    return [
        Raw(
            12 * row.responded_at.year + row.responded_at.month - 1,
            row.survey_id,
            row.segment or "",
            row.region or "",
            row.account_id,
            ROLE_INDEX[row.role],
            row.score,
            tuple(cited.get(row.id, ())),
        )
        for row in db.session.scalars(sa.select(Response))
    ]
