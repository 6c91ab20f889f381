"""What a CRM and we say differently: both values, and the decision."""

from collections.abc import Mapping
from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.moments import moment
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.pages.crm.words import field_words, side_words
from feedback.access.rules import Viewer
from feedback.partners.crm.conflicts import list_conflicts
from feedback.partners.crm.rules import Kind, Side

Component = Any
_SHOWN = 50


def conflict_panel(viewer: Viewer, connection_id: int | None = None) -> Component:
    """Those that nobody decided, with both values and two buttons each."""
    name, found = _("Said differently on both sides"), list_conflicts(decided=False, limit=_SHOWN, connection_id=connection_id)
    if not found:
        hint = _(
            "A conflict comes up where both changed a field, or where the CRM says something new about a field that is ours."
        )
        return panel(name, empty_state(_("There is nothing to decide."), hint=hint))
    columns: list[Column[Any]] = [*_said(viewer), Column(_("Decide"), _steps, right=True)]
    note = _("What you decide is written here; the CRM is not changed by it. The newest %(count)s are shown.", count=_SHOWN)
    return panel(name, table(columns, found, caption=name), note=note)


def decided_panel(viewer: Viewer, connection_id: int) -> Component:
    """Those that somebody decided."""
    name, found = _("Decided"), list_conflicts(decided=True, limit=_SHOWN, connection_id=connection_id)
    if not found:
        return None
    sides = side_words()
    columns: list[Column[Any]] = [
        *_said(viewer),
        Column(_("Whose was kept"), lambda one: sides[one.decision]),
        Column(_("When"), lambda one: moment(one.decided_at, viewer)),
    ]
    return panel(name, table(columns, found, caption=name))


def _said(viewer: Viewer) -> list[Column[Any]]:
    sides, fields = side_words(), field_words()
    return [
        Column(_("About"), _about, main=True),
        Column(_("Field"), lambda one: html.Span(fields.get(one.field, one.field), className="cl-badge")),
        Column(_("Here"), lambda one: _value(one.ours)),
        Column(_("In the CRM"), lambda one: _value(one.theirs)),
        Column(_("Holds for now"), lambda one: sides[one.winner]),
        Column(_("Found"), lambda one: moment(one.found_at, viewer)),
    ]


def _about(one: Any) -> Component:
    name = one.about or one.crm_id
    return row_link(name, f"/app/accounts/{one.object_id}") if one.kind is Kind.ACCOUNTS and one.about else name


def _value(value: Any) -> Component:
    return html.Span("–" if value is None else str(value), className="cl-reason")


def _steps(one: Any) -> Component:
    words: Mapping[Side, str] = {Side.OURS: _("Keep ours"), Side.CRM: _("Take the CRM’s")}
    steps = [button(word, {"kind": "crm-decide", "conflict": one.id, "keep": side.value}) for side, word in words.items()]
    return html.Div(steps, className="cl-chips")
