"""Callbacks and pages called directly, as one person, in a request."""

from collections.abc import Iterator
from contextlib import contextmanager

import plotly.graph_objects as go
from flask import Flask, g

from dashboards.figures.chart import Figure
from dashboards.page import Query, parse_search
from dashboards.pages import find_page
from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.extensions import db


@contextmanager
def viewing(app: Flask, user_id: int, path: str = "/app/", **headers: str) -> Iterator[Viewer]:
    """Run the block inside a request of this person."""
    with app.test_request_context(path, headers=headers):
        user = db.session.get_one(User, user_id)
        own = {"locale": user.locale, "time_zone": user.time_zone, "leads_team": user.leads_team}
        viewer = Viewer("user", user.name, user.id, user.role, user.team_id, user.region, **own)
        g.viewer = viewer
        yield viewer


def texts(component: object) -> str:
    """Every text of a layout, joined by spaces: what a person reads."""
    if component is None or isinstance(component, bool):
        return ""
    if isinstance(component, str | int | float):
        return str(component)
    if isinstance(component, list | tuple):
        return " ".join(part for part in map(texts, component) if part)
    return texts(getattr(component, "children", None))


def body_of(viewer: Viewer, address: str) -> object:
    """What the page of an address shows to the viewer."""
    path, _, search = address.partition("?")
    found = find_page(path, search)
    assert found is not None, address
    page, query = found
    return page.body(viewer, query)


def query_of(address: str) -> Query:
    """The query of an address without ids."""
    path, _, search = address.partition("?")
    return Query(path, parse_search(search))


def plotly_of(chart: Figure) -> go.Figure:
    """The figure as Plotly understands it; a name or value that is not in its schema is an error."""
    return go.Figure(chart.to_plotly_json())
