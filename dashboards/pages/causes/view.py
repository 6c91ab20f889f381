"""The tree of causes: what came in and waits for a place, what there is with its figures, and the forms that arrange it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.issues.working.cause_tree import CauseFilter, CauseLine, count_causes, count_without_cause
from feedback.kernel import clock
from feedback.web.languages import LANGUAGES

Component = Any
WRITE = "cause.write"
PERIODS = {"90": 90, "365": 365}
USUAL = "365"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which causes keep coming back?")


def filters(viewer: Viewer) -> list[Filter]:
    """The period that is counted."""
    periods = [("90", _("90 days")), ("365", _("12 months")), ("all", _("All time"))]
    return [Filter("period", _("Opened in"), periods, empty=USUAL)]


def body(viewer: Viewer, query: Query) -> Component:
    """What waits for a place comes first; then the tree."""
    wanted = _wanted(query)
    lines = count_causes(viewer, wanted, retired=bool(query.get("retired")))
    writes = scope_of(viewer, WRITE) is not Scope.NONE
    chosen = next((line for line in lines if line.id == query.number("cause", 0)), None)
    parts = [
        _form(chosen, lines, query) if writes and chosen is not None else None,
        _new(lines, query, writes=writes),
        _tree(viewer, lines, wanted, query, writes=writes),
        _add_form(lines) if writes and chosen is None else None,
    ]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _wanted(query: Query) -> CauseFilter:
    days = PERIODS.get(query.get("period") or USUAL) if query.get("period") != "all" else None
    return CauseFilter(since=clock.now() - timedelta(days=days) if days else None)


def _new(lines: Sequence[CauseLine], query: Query, *, writes: bool) -> Component:
    waiting = [line for line in lines if not line.arranged]
    if not waiting:
        return None
    note = _(
        "Somebody wrote these in their own words. Give each a place in the tree, or join it with a cause that means the same."
    )
    return panel(_("Waits for a place"), _table(waiting, query, writes=writes, name=_("Waits for a place")), note=note)


def _tree(viewer: Viewer, lines: Sequence[CauseLine], wanted: CauseFilter, query: Query, *, writes: bool) -> Component:
    arranged = [line for line in lines if line.arranged]
    without = count_without_cause(viewer, wanted)
    told = ngettext("%(num)s issue has no cause yet.", "%(num)s issues have no cause yet.", without)
    note = _("Figures count the causes below too, each issue once.") + " " + told
    switch = (
        link_button(_("Without retired ones"), query.link(retired=None))
        if query.get("retired")
        else link_button(_("Show retired ones"), query.link(retired=1))
    )
    if not arranged:
        hint = _("Name the first ones below, from the large to the small: “Staff”, then “Training” under it.")
        return panel(_("Causes"), empty_state(_("The tree has no cause yet."), hint=hint), note=told, actions=[switch])
    return panel(_("Causes"), _table(arranged, query, writes=writes, name=_("Causes")), note=note, actions=[switch])


def _table(lines: Sequence[CauseLine], query: Query, *, writes: bool, name: str) -> Component:
    columns: list[Column[CauseLine]] = [
        Column(_("Cause"), lambda line: _named(line, query, writes=writes), main=True),
        Column(_("Issues"), lambda line: number(line.issues), right=True, side=True),
        Column(_("of them open"), lambda line: number(line.open), right=True),
        Column(_("Accounts"), lambda line: number(line.accounts), right=True),
    ]
    return table(columns, lines, caption=name)


def _named(line: CauseLine, query: Query, *, writes: bool) -> Component:
    label = row_link(line.name, query.link(cause=line.id)) if writes else html.Span(line.name)
    badge = html.Span(_("retired"), className="cl-badge") if line.retired else None
    return html.Div([label, " ", badge], className=f"cl-depth-{min(line.depth, 4)}")


def _field(name: str) -> dict[str, str]:
    return {"kind": "cause-field", "name": name}


def _options(lines: Sequence[CauseLine], *, but: int | None = None) -> list[dict[str, str]]:
    return [
        {"value": str(line.id), "label": line.path} for line in lines if line.arranged and not line.retired and line.id != but
    ]


def _add_form(lines: Sequence[CauseLine]) -> Component:
    fields = [
        dmc.TextInput(id=_field("name"), label=_("Name"), size="sm"),
        _parent(lines, None),
        *_names({}),
    ]
    add = button(_("Add the cause"), {"kind": "cause", "act": "add", "id": 0}, primary=True)
    content = [html.Div(fields, className="cl-fields"), html.Div(add, className="cl-chips"), _refused()]
    return panel(_("A new cause"), content)


def _parent(lines: Sequence[CauseLine], chosen: CauseLine | None) -> Component:
    value = str(chosen.parent_id) if chosen and chosen.parent_id else None
    return dmc.Select(
        id=_field("parent_id"), label=_("Stands under"), data=_options(lines, but=chosen.id if chosen else None), value=value,
        searchable=True, clearable=True, size="sm", placeholder=_("at the top"),
        clearButtonProps=attributes(aria_label=_("At the top")),
    )  # fmt: skip


def _names(known: dict[str, str]) -> list[Component]:
    return [
        dmc.TextInput(
            id=_field(f"name_{code}"), label=_("Name in %(language)s", language=name), value=known.get(code) or "", size="sm"
        )
        for code, name in LANGUAGES.items()
        if code != "en"
    ]


def _refused() -> Component:
    return html.Div(id="cause-refused", role="alert")


def _form(chosen: CauseLine, lines: Sequence[CauseLine], query: Query) -> Component:
    """Changing one cause: its name, its place, whether it is offered, and whether it is another one's."""
    fields = [
        dmc.TextInput(id=_field("name"), label=_("Name"), value=chosen.plain_name, size="sm"),
        _parent(lines, chosen),
        *_names(chosen.names),
    ]
    retire = _("Offer it again") if chosen.retired else _("Retire it")
    state = "revive" if chosen.retired else "retire"
    buttons = [
        button(_("Save"), {"kind": "cause", "act": "change", "id": chosen.id}, primary=True),
        button(retire, {"kind": "cause", "act": state, "id": chosen.id}),
        dcc.Link(_("Back to the tree"), href=query.link(cause=None), className="cl-button"),
    ]
    join = [
        dmc.Select(
            id=_field("into_id"), label=_("It means the same as"), data=_options(lines, but=chosen.id), searchable=True, size="sm"
        ),
        html.Div(button(_("Join them"), {"kind": "cause", "act": "join", "id": chosen.id})),
    ]
    counted = ngettext("%(num)s issue goes over.", "%(num)s issues go over.", chosen.issues)
    note = _("Its issues, and the causes below it, go over to the other one; this one is retired.") + " " + counted
    content = [
        html.Div(fields, className="cl-fields"),
        html.Div(buttons, className="cl-chips"),
        html.Details(
            [html.Summary(_("Join it with another cause")), html.P(note, className="cl-note"), *join], className="cl-more"
        ),
        _refused(),
    ]
    return panel(_("Change “%(name)s”", name=chosen.name), content)
