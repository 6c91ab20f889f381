"""The least a gate could cost: a bare Flask route with one indexed SELECT, through SQLAlchemy and through sqlite3 itself.

No log-in, no validation, no decision, nothing stored. Served as `benchmarks.baselines.bare_route:app`.
"""

import os
import sqlite3
import threading

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request
from sqlalchemy.orm import Session, scoped_session, sessionmaker

DATABASE = os.environ["BENCHMARK_DATABASE"]
app = Flask(__name__)
engine = sa.create_engine(DATABASE if "://" in DATABASE else f"sqlite:///{DATABASE}", pool_size=24)
sessions = scoped_session(sessionmaker(engine, class_=Session))
account = sa.table("account", *(sa.column(name) for name in ("id", "external_id", "name", "segment", "annual_revenue")))
BY_ID = sa.select(account).where(account.c.external_id == sa.bindparam("id"))
local = threading.local()


@app.post("/hello")
def hello() -> Response:
    """Nothing but Flask."""
    return jsonify(hello=request.get_json()["account_external_id"])


@app.post("/sqlalchemy")
def through_sqlalchemy() -> Response:
    """One indexed SELECT through a Core statement in a scoped session."""
    row = sessions().execute(BY_ID, {"id": request.get_json()["account_external_id"]}).one()
    sessions.remove()
    return jsonify(row._asdict())


@app.post("/sqlite3")
def through_sqlite3() -> Response:
    """The same through the driver."""
    connection = getattr(local, "connection", None)
    if connection is None:
        connection = local.connection = sqlite3.connect(DATABASE)
    statement = "SELECT id, external_id, name, segment, annual_revenue FROM account WHERE external_id = ?"
    row = connection.execute(statement, (request.get_json()["account_external_id"],)).fetchone()
    return jsonify(row)
