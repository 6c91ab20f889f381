"""A click in the matrix narrows the list; it happens in the browser and ends in the address."""

from dash import ClientsideFunction, Dash, Input, Output, State


def register(app: Dash) -> None:
    """Attach the click on the matrix."""
    app.clientside_callback(
        ClientsideFunction("closedloop", "cell"),
        Output("url", "search", allow_duplicate=True),
        Output("readiness-matrix", "clickData"),
        Input("readiness-matrix", "clickData"),
        State("url", "search"),
        prevent_initial_call=True,
    )
