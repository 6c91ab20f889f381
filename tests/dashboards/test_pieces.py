"""What only shows something goes to the browser as HTML."""

import json

import dash_mantine_components as dmc
import pytest
from dash import dcc, html
from dash._utils import to_json

from dashboards.components.tables import Column, row_link, table
from dashboards.still.markup import still_markup
from dashboards.still.pieces import Piece, in_pieces


def _table() -> html.Table:
    columns = [
        Column("Account", lambda name: row_link(name, "/app/accounts/1"), main=True),
        Column("Why", lambda name: f"{name}?"),
    ]
    return table(columns, ["Nordbau", "Süd <b>"], caption="Accounts")


def test_a_table_is_one_component_instead_of_one_per_element() -> None:
    shown = json.loads(to_json(in_pieces(_table())))
    assert (shown["type"], shown["props"]["tag"], shown["props"]["outer"]) == ("Piece", "table", {"className": "cl-table"})
    assert "Süd &lt;b&gt;?" in shown["props"]["html"]


def test_a_piece_is_the_same_page_as_its_components() -> None:
    marked = still_markup(in_pieces(_table()))
    assert marked.replace(" data-page", "") == still_markup(_table())
    assert marked.count(" data-page") == 2


@pytest.mark.parametrize(
    "control",
    [
        dmc.Button("Save", id="save"),
        html.Button("Go"),
        html.Form([], action="/logout"),
        html.Span("3", id="bell-count"),
        dcc.Graph(figure={"data": [], "layout": {}}),
        dcc.Link("Again", href="", refresh=True),
        html.A("x", href="/x", n_clicks=0),
    ],
)
def test_what_does_something_stays_a_component(control: object) -> None:
    before, after = in_pieces(html.Div([html.P("before"), html.Div(control)])).children
    assert isinstance(before, Piece)
    assert after.children is control or type(after.children) is type(control)


def test_the_inside_of_what_has_a_name_is_still_a_piece() -> None:
    named = in_pieces(html.Section([html.H2("Title"), html.P("Text")], id="panel"))
    assert (named.id, [part.html for part in named.children]) == ("panel", ["Title", "Text"])


def test_the_components_of_a_page_are_not_changed() -> None:
    page = html.Div([html.P("Text"), dmc.Button("Save")])
    in_pieces(page)
    assert isinstance(page.children[0], html.P)
