"""Pages as plain HTML: what is drawn before the program in the browser has started."""

import json
import re
from datetime import date

import dash_mantine_components as dmc
import pytest
from dash import dcc, html
from flask import Flask
from flask.testing import FlaskClient

from dashboards import theme
from dashboards.figures.chart import bar, scatter
from dashboards.still.figure import still_figure
from dashboards.still.markup import still_markup
from dashboards.still.scales import Scale
from feedback.access.rules import Role
from tests import factories
from tests.logins import as_user


def _figure(*traces: object, **layout: object) -> str:
    return still_figure({"data": list(traces), "layout": {"template": theme.template("light"), "height": 300, **layout}})


def test_text_from_people_stays_text() -> None:
    shown = still_markup(html.P("<script>alert(1)</script>", title='"><b>', **{"data-label": '"x'}))
    assert shown == '<p data-label="&quot;x" title="&quot;&gt;&lt;b&gt;">&lt;script&gt;alert(1)&lt;/script&gt;</p>'


def test_links_lead_somewhere_and_controls_wait() -> None:
    shown = still_markup([dcc.Link("Nordbau", href="/app/accounts/1?a=1&b=2"), dmc.Button("Save", id="save"), html.Button("Go")])
    assert '<a href="/app/accounts/1?a=1&amp;b=2">Nordbau</a>' in shown
    assert shown.count(" disabled>") == 2


def test_no_id_stands_twice_in_the_document() -> None:
    assert " id=" not in still_markup(html.Div(dmc.TextInput(id="search", label="Search", value="nord"), id="box"))


@pytest.mark.parametrize(
    "hidden", [dcc.Store(id="s", data="secret"), dmc.MenuDropdown("secret"), dcc.Input(type="hidden", value="secret")]
)
def test_what_is_not_seen_is_not_drawn(hidden: object) -> None:
    assert still_markup(hidden) == ""


def test_marks_stand_where_the_values_are() -> None:
    dots = scatter(x=[0, 5, 10], y=[0, 1, 2], mode="markers", marker={"size": 8, "color": "#123456"})
    shown = _figure(dots, xaxis={"range": [0, 10]}, yaxis={"range": [0, 2]})
    assert re.findall(r'<circle cx="([\d.]+)%" cy="([\d.]+)%" r="4.0"', shown) == [
        ("0.0", "100.0"),
        ("50.0", "50.0"),
        ("100.0", "0.0"),
    ]


def test_a_logarithmic_axis_takes_equal_steps_for_equal_factors() -> None:
    dots = scatter(x=[1, 10, 100], y=[1, 1, 1], mode="markers", marker={"size": 8, "color": "#123456"})
    shown = _figure(dots, xaxis={"type": "log", "range": [0, 2]}, yaxis={"range": [0, 2]})
    assert re.findall(r'cx="([\d.]+)%"', shown) == ["0.0", "50.0", "100.0"]


def test_bars_lie_on_their_base() -> None:
    bars = bar(orientation="h", y=[0, 1], x=[4, 2], base=[0, 4], marker={"color": "#123456"})
    shown = _figure(bars, xaxis={"range": [0, 8]}, yaxis={"range": [1.5, -0.5], "tickvals": [0, 1], "ticktext": ["a", "b"]})
    found = re.findall(r'<rect x="([\d.]+)%" y="[\d.]+%" width="([\d.]+)%"', shown)
    assert found == [("0.0", "50.0"), ("50.0", "25.0")]


def test_labels_may_be_bold_and_nothing_else() -> None:
    note = {"x": 1, "y": 1, "text": "<b>Upsell</b><br>3<img src=x>", "showarrow": False}
    shown = _figure(scatter(x=[1], y=[1], mode="markers", marker={"size": 3, "color": "red"}), annotations=[note])
    assert "<b>Upsell</b><br>3&lt;img src=x&gt;" in shown


def test_the_answer_to_an_address_holds_the_page_and_what_draws_it_again(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        manager = factories.make_user(Role.ACCOUNT_MANAGER)
        factories.make_account(external_id="n", name="Nordbau {%config%} </script>", owner_id=manager)
    as_user(client, manager)
    page = client.get("/app/readiness?q=nord").get_data(as_text=True)
    still, _, rest = page.partition('<div id="react-entry-point"')
    assert "Nordbau {%config%} &lt;/script&gt;" in still
    found = re.search(r'<script id="first-layout" type="application/json">(.*?)</script>', rest, re.DOTALL)
    assert found
    frame = json.loads(found[1])["props"]["children"]["props"]["children"]
    assert (frame[0]["props"]["pathname"], frame[0]["props"]["search"]) == ("/app/readiness", "?q=nord")


@pytest.mark.parametrize("values", [[0.1, 2, 0.30000000000000004, -7.5], [date(2026, 1, 2), "2026-03-04"], [1, 1000.0]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_many_places_are_those_of_each_value(values: list[object], logarithmic: bool) -> None:
    scale = Scale(-0.3, 3.16, 0.1, 0.9, logarithmic)
    assert scale.acrosses(values) == [scale.across(value) for value in values]
    assert scale.downs(values) == [scale.down(value) for value in values]
