"""The catalogue with the words of customers, and the form of one entry."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.reporting.program_board import CatalogueReason, list_catalogue
from feedback.web.languages import LANGUAGES

Component = Any
CATEGORIES = ("product", "price", "service")
NEW = "new"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What can people tick, and in which words?")


def filters(viewer: Viewer) -> list[Filter]:
    """Category, and what has no words."""
    categories = [(category, words.word(words.categories, category)) for category in CATEGORIES]
    missing = [(code, _("No words in %(language)s", language=name)) for code, name in LANGUAGES.items()]
    return [
        Filter("category", _("Category"), categories, closed=True),
        Filter("missing", _("Words missing"), missing, closed=True),
        Filter("reason", "", hidden=True),
    ]


def body(viewer: Viewer, query: Query) -> Component:
    """The list, and beside it the chosen entry."""
    reasons, write = list_catalogue(), scope_of(viewer, "defect.write") is not Scope.NONE
    chosen = next((reason for reason in reasons if reason.code == query.get("reason")), None)
    shown = [reason for reason in reasons if _is_wanted(reason, query)]
    listed = _list(shown, query, write=write, chosen=chosen)
    if write and (chosen or query.get("reason") == NEW):
        return html.Div([_form(chosen, query), listed], className="cl-stack")
    return listed


def _is_wanted(reason: CatalogueReason, query: Query) -> bool:
    category, missing = query.get("category"), query.get("missing")
    of_category = category not in CATEGORIES or reason.category == category
    return of_category and (missing not in LANGUAGES or missing in reason.missing)


def _list(reasons: Sequence[CatalogueReason], query: Query, *, write: bool, chosen: CatalogueReason | None) -> Component:
    name = _("Reasons")
    add = [link_button(_("Add a reason"), query.link(reason=NEW))] if write else []
    note = _("A reason is a defect of the catalogue in the customers' words; what is ticked counts in the ranking.")
    if not reasons:
        narrowed = query.get("category") or query.get("missing")
        none = _("There is no reason like that.") if narrowed else _("The catalogue has no reasons yet.")
        return panel(name, empty_state(none), note=note, actions=add)
    columns: list[Column[CatalogueReason]] = [
        Column(_("Reason"), lambda reason: _named(reason, query, write=write), main=True),
        Column(_("Category"), lambda reason: words.word(words.categories, reason.category)),
        *(_wording(code, shown) for code, shown in LANGUAGES.items()),
    ]
    shown = table(columns, reasons, caption=name, selected=lambda reason: reason is chosen)
    return panel(name, shown, note=note, actions=add)


def _named(reason: CatalogueReason, query: Query, *, write: bool) -> Component:
    face = row_link(reason.name, query.link(reason=reason.code)) if write else html.Strong(reason.name)
    under = reason.code if reason.active else _("%(code)s · not offered any more", code=reason.code)
    return html.Div([face, html.Div(under, className="cl-note")])


def _wording(code: str, shown: str) -> Column[CatalogueReason]:
    missing = html.Span(_("no words"), className="cl-note")
    return Column(shown, lambda reason: html.Span(reason.wording[code], lang=code) if reason.wording.get(code) else missing)


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "reason-field", "name": name}


def _form(reason: CatalogueReason | None, query: Query) -> Component:
    categories = [{"value": category, "label": words.word(words.categories, category)} for category in CATEGORIES]
    offered = [{"value": "yes", "label": _("yes")}, {"value": "no", "label": _("not any more")}]
    choice = {"allowDeselect": False, "size": "sm"}
    fields = [
        *([] if reason else [dmc.TextInput(id=field_id("code"), label=_("Code, for files and the API"), size="sm")]),
        dmc.TextInput(id=field_id("name"), label=_("Name among us"), value=reason.plain_name if reason else "", size="sm"),
        dmc.Select(
            id=field_id("category"),
            label=_("Category"),
            data=categories,
            value=reason.category if reason else "service",
            **choice,
        ),
        dmc.Select(
            id=field_id("active"),
            label=_("Offered"),
            data=offered,
            value="no" if reason and not reason.active else "yes",
            **choice,
        ),
        *(_words_field(code, shown, reason) for code, shown in LANGUAGES.items()),
    ]
    foot = html.Div(
        [
            button(_("Save"), "reason-save", primary=True),
            link_button(_("Close"), query.link(reason=None)),
            dcc.Store(id="reason-seen", data=reason.id if reason else None),
        ],
        className="cl-chips",
    )
    name = reason.name if reason else _("A new reason")
    note = _("The words of customers, such as “My claim took too long”. Answers that ticked it keep counting for it.")
    return panel(name, [html.Div(fields, className="cl-fields"), foot], note=note)


def _words_field(code: str, shown: str, reason: CatalogueReason | None) -> Component:
    label = _("In customers' words (%(language)s)", language=shown)
    value = reason.wording.get(code, "") if reason else ""
    return dmc.TextInput(id=field_id(f"wording_{code}"), label=label, value=value, size="sm")
