"""The newest answers of many people are read by an index that holds their order, whatever the number of surveys."""

import json

import pytest
from flask import Flask

from feedback.extensions import db
from feedback.gate.queries import _PEOPLE
from tests.databases import USE_POSTGRESQL


@pytest.mark.skipif(USE_POSTGRESQL, reason="PostgreSQL plans by the statistics of real tables")
def test_the_newest_answers_come_from_their_own_index(app: Flask) -> None:
    with app.app_context():
        connection = db.session.connection()
        form = _PEOPLE.form(connection.dialect)
        values = [json.dumps([1])] * form.text.count("?")
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {form.text}", tuple(values))]
    looked_up = [step for step in plan if "COVERING INDEX ix_response_newest (contact_id=? AND account_id=?)" in step]
    assert len(looked_up) == 2, plan
    assert not [step for step in plan if "TEMP B-TREE" in step or "SCAN response" in step]
