"""A click on a bubble or a bar opens the defect behind it; the card that is counted from requests comes afterwards."""

from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboards.guard import allowed
from dashboards.page import Query, parse_search
from dashboards.pages.defects.silence import filled_card
from feedback.access.rules import Viewer


def register(app: Dash) -> None:
    """Attach the clicks of both figures, and the card that comes afterwards."""
    app.callback(Output("pessimistic-line", "children"), Input("pessimistic-asked", "data"))(allowed("report.read")(filled_card))
    for figure in ("defect-matrix", "defect-waterfall"):
        app.callback(
            Output("url", "search", allow_duplicate=True),
            Input(figure, "clickData"),
            State("url", "search"),
            prevent_initial_call=True,
        )(allowed("report.read")(open_defect))


def open_defect(viewer: Viewer, click: dict[str, Any] | None, search: str | None) -> Any:
    """The address with the clicked defect; a second click on it closes it."""
    points = (click or {}).get("points") or [{}]
    code = points[0].get("customdata")
    if not isinstance(code, str):
        return no_update
    query = Query("/app/defects", parse_search(search))
    return query.search(defect=None if query.get("defect") == code else code)
