"""A time at the end of all years is refused everywhere, and a row that has one takes no page away."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.issues.models import Commitment
from feedback.issues.owing import follow_promises
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.slices.issues.working.conftest import LATER, House

END = "9999-12-31T23:59:59Z"


@pytest.mark.parametrize("at", [END, "9999-12-31", "2040-01-01T00:00:00Z"])
def test_nobody_promises_for_a_time_that_nobody_sees(house: House, at: str) -> None:
    bodies = [
        house.log(promise={"text": "A new lift", "due_at": at}),
        house.post(f"/issues/{house.issue}/commitments", text="A new lift", due_at=at),
        house.log(fix={"due_at": at}),
    ]
    assert [one.status_code for one in bodies] == [422, 422, 422]
    assert house.show()["commitments"] == []


@pytest.mark.parametrize("day", ["9999-12-31", "2040-01-01"])
def test_nobody_is_away_then(house: House, day: str) -> None:
    assert house.post("/absences", user_id=house.ana, first_day=day, last_day=day).status_code == 422


def test_a_row_that_has_one_takes_no_page_away(house: House, app: Flask) -> None:
    house.post(f"/issues/{house.issue}/commitments", text="A new lift", due_at=LATER)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Commitment).values(due_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC)))
        follow_promises([house.issue])
    for path in (f"/app/issues/{house.issue}", "/app/promises", f"/app/accounts/{house.account}"):
        with viewing(app, house.ana, path) as viewer:
            assert "A new lift" in texts(body_of(viewer, path)) or "accounts" in path
