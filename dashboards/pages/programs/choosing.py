"""Which reasons a program offers, and in which order."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.panels import panel
from dashboards.pages.programs.fields import may_write
from feedback.access.rules import Viewer
from feedback.reporting.program_board import CatalogueReason, ProgramPage, list_catalogue, offered_reasons

Component = Any
CATEGORIES = ("product", "price", "service")


def reasons_panel(page: ProgramPage, viewer: Viewer) -> Component:
    """The choice by category as people see it, and the fields that change it."""
    catalogue, offered = list_catalogue(), offered_reasons(page.program, page.language)
    groups = [(group.category.value, [one.text for one in group.reasons]) for group in offered.groups]
    seen = html.Div([_seen(category, texts, page.language) for category, texts in groups], className="cl-thirds")
    shown = html.Div(seen if offered.groups else html.P(_("Nothing is offered to be ticked."), className="cl-note"))
    parts: list[Component] = [shown]
    if may_write(viewer):
        choice = html.Div([_choice(category, catalogue, offered.chosen) for category in CATEGORIES], className="cl-fields")
        save = html.Div(button(_("Save the reasons"), "program-reasons-save", primary=True), className="cl-part-foot")
        parts += [choice, save]
    note = (
        _("All fields empty: the first of each category of the catalogue.")
        if not offered.chosen
        else _("In the order chosen here.")
    )
    who = _("Shown to detractors and passives; promoters are only asked what they like, so that no praise counts as a defect.")
    actions = [link_button(_("Words of the reasons"), "/app/reasons")]
    return panel(_("Reasons people can tick"), parts, note=f"{who} {note}", actions=actions)


def _seen(category: str, texts: Sequence[str], language: str) -> Component:
    items = [html.Li(text, lang=language) for text in texts]
    return html.Div([html.H3(words.word(words.categories, category)), html.Ul(items, className="cl-lines")], className="cl-part")


def _choice(category: str, catalogue: Sequence[CatalogueReason], chosen: Sequence[str]) -> Component:
    mine = {reason.code: reason for reason in catalogue if reason.category == category and reason.active}
    data = [{"value": reason.code, "label": _label(reason)} for reason in mine.values()]
    return dmc.MultiSelect(
        id={"kind": "program-reasons", "category": category},
        label=words.word(words.categories, category),
        data=data,
        value=[code for code in chosen if code in mine],
        searchable=True,
        clearable=True,
        size="sm",
        nothingFoundMessage=_("Nothing to choose from yet"),
    )


def _label(reason: CatalogueReason) -> str:
    if not reason.missing:
        return reason.name
    return _("%(name)s (no words in %(languages)s)", name=reason.name, languages=", ".join(reason.missing))
