"""Declaring a disruption: what, since when, whom; the accounts are shown before anything is held."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.panels import panel
from dashboards.components.tables import Column, table
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.disruptions import AffectedAccount
from feedback.reporting.outer_loop_board import list_choices

Component = Any
SHOWN = 50


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What has happened, and whom does it hit?")


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "disruption-field", "name": name}


def body(viewer: Viewer, query: Query) -> Component:
    """The form, and whom it would affect."""
    choices = list_choices()
    what = [
        dmc.TextInput(
            id=field_id("title"), label=_("What has happened"), placeholder=_("For example: the portal is down"), size="sm"
        ),
        dmc.Textarea(id=field_id("message"), label=_("What we tell customers"), autosize=True, minRows=2, size="sm"),
        _moment("starts_at", _("Since (empty: now)")),
        _moment("ends_at", _("Until (empty: nobody knows yet)")),
        _choice("holds_sales", _("Selling to them"), [("yes", _("is held until they were told")), ("no", _("goes on"))], "yes"),
        _choice("team_id", _("Who tells them afterwards"), [(str(key), name) for key, name in choices.teams], None),
    ]
    whom = [
        _many("regions", _("In one of these regions"), choices.regions),
        _many("segments", _("In one of these segments"), choices.segments),
        *([_many("products", _("That buy one of these"), choices.products)] if choices.products else []),
        dmc.Textarea(
            id=field_id("accounts"), label=_("And these accounts (ids, separated by commas or lines)"), autosize=True, minRows=2,
            size="sm",
        ),
    ]  # fmt: skip
    foot = [
        button(_("Declare it"), "disruption-save", primary=True),
        link_button(_("Back"), "/app/disruptions"),
    ]
    seen = html.Div(nobody(), id="disruption-preview", **attributes(aria_live="polite"))
    narrow = _("Region, segment and product narrow each other; the list adds to them.")
    return html.Div(
        [
            panel(_("What"), html.Div(what, className="cl-fields")),
            panel(_("Whom it hits"), html.Div(whom, className="cl-fields"), note=narrow),
            seen,
            html.Div(foot, className="cl-chips"),
        ],
        className="cl-stack",
    )


def _moment(name: str, label: str) -> Component:
    return dmc.DateTimePicker(id=field_id(name), label=label, clearable=True, size="sm", valueFormat="YYYY-MM-DD HH:mm")


def _choice(name: str, label: str, options: Sequence[tuple[str, str]], value: str | None) -> Component:
    data = [{"value": option, "label": shown} for option, shown in options]
    return dmc.Select(id=field_id(name), label=label, data=data, value=value, allowDeselect=value is None, size="sm")


def _many(name: str, label: str, options: Sequence[str]) -> Component:
    data = [{"value": one, "label": one} for one in options]
    return dmc.MultiSelect(id=field_id(name), label=label, data=data, value=[], searchable=True, size="sm")


def nobody() -> Component:
    """Before anybody is named."""
    return panel(_("Whom it would hit"), html.P(_("Choose whom it hits, and the accounts show here."), className="cl-note"))


def preview(found: int, accounts: Sequence[AffectedAccount]) -> Component:
    """The accounts that it would affect."""
    note = ngettext("%(num)s account", "%(num)s accounts", found)
    if len(accounts) > SHOWN:
        note = _("%(accounts)s, the first %(shown)s of them", accounts=note, shown=SHOWN)
    return panel(_("Whom it would hit"), accounts_table(accounts[:SHOWN]), note=note)


def accounts_table(accounts: Sequence[AffectedAccount], *more: Column[AffectedAccount]) -> Component:
    """Accounts with where they are and who looks after them."""
    columns: list[Column[AffectedAccount]] = [
        Column(_("Account"), lambda one: html.Strong(one.account), main=True),
        Column(_("Region"), lambda one: one.region or "–"),
        Column(_("Segment"), lambda one: one.segment or "–"),
        Column(_("Account manager"), lambda one: one.owner or _("nobody")),
        *more,
    ]
    return table(columns, accounts, caption=_("Accounts"))
