"""The form that draws up a wave."""

from datetime import timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.dates import from_today
from dashboards.components.moments import today
from dashboards.components.panels import panel
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.listening.rules.states import QuarantineMode
from feedback.listening.service import ACCOUNT_GAP_DAYS, CALLBACKS_PER_OWNER_DAY
from feedback.reporting.audience import known_regions, known_segments
from feedback.surveys.programs import list_programs
from feedback.surveys.rules import SurveyKind
from feedback.web.naming import called

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """What is done here."""
    return _("Plan a wave")


def body(viewer: Viewer, query: Query) -> Component:
    """Who, when, and how fast. Nobody is asked before the wave is started on its own page."""
    save = html.Div(
        [
            button(_("Rehearse it"), "wave-save", primary=True),
            link_button(_("Back to the waves"), "/app/waves"),
        ],
        className="cl-chips",
    )
    note = html.P(_("Nobody is asked yet: the next page shows who would be asked when, and who would not."), className="cl-note")
    parts = [_what(viewer), _who(), _pace(), html.Div([note, save], className="cl-stack")]
    return html.Div(parts, className="cl-stack")


def _id(name: str) -> dict[str, str]:
    return {"kind": "wave-field", "name": name}


def _what(viewer: Viewer) -> Component:
    active = sorted((one for one in list_programs() if one.active), key=lambda one: one.kind is not SurveyKind.RELATIONSHIP)
    programs = [{"value": program.code, "label": called(program)} for program in active]
    first = today(viewer) + timedelta(days=1)
    fields = [
        dmc.Select(
            id=_id("survey"),
            label=_("Survey"),
            data=programs,
            value=programs[0]["value"] if programs else None,
            allowDeselect=False,
            size="sm",
        ),
        dmc.TextInput(id=_id("name"), label=_("Name of the wave"), placeholder=_("For example: spring 2027"), size="sm"),
        _day("starts_on", _("First day"), first.isoformat(), viewer),
        _day("ends_on", _("Last day for first mails"), (first + timedelta(days=13)).isoformat(), viewer),
    ]
    return panel(_("What and when"), html.Div(fields, className="cl-fields"))


def _day(name: str, label: str, value: str, viewer: Viewer) -> Component:
    return dmc.DateInput(id=_id(name), label=label, value=value, valueFormat="YYYY-MM-DD", size="sm", **from_today(viewer))


def _who() -> Component:
    fields = [
        _several("roles", _("Roles"), [(role.value, words.word(words.roles, role)) for role in ContactRole]),
        _several("tiers", _("Value tiers"), [(tier.value, tier.value) for tier in ValueTier]),
        _several("segments", _("Segments"), [(name, name) for name in known_segments()]),
        _several("regions", _("Regions"), [(name, name) for name in known_regions()]),
    ]
    return panel(
        _("Who"), html.Div(fields, className="cl-fields"), note=_("What stays empty means everybody with a role in an account.")
    )


def _several(name: str, label: str, options: list[tuple[str, str]]) -> Component:
    data = [{"value": value, "label": shown} for value, shown in options]
    return dmc.MultiSelect(id=_id(name), label=label, data=data, value=[], clearable=True, searchable=True, size="sm")


def _pace() -> Component:
    modes = {
        QuarantineMode.BLOCK: _("leave them out of this wave"),
        QuarantineMode.DELAY: _("ask them when their quarantine ends"),
    }
    fields = [
        _count("callbacks_per_owner_day", _("Call-backs an owner can make a day"), CALLBACKS_PER_OWNER_DAY, least=1),
        _count("account_gap_days", _("Days between two people of one account"), ACCOUNT_GAP_DAYS, least=0),
        _count("per_day", _("First mails a day at most"), None, least=1),
        dmc.Select(
            id=_id("quarantine"),
            label=_("Who was asked not long ago:"),
            data=[{"value": mode.value, "label": label} for mode, label in modes.items()],
            value=QuarantineMode.BLOCK.value,
            allowDeselect=False,
            size="sm",
        ),
    ]
    return panel(
        _("How fast"),
        html.Div(fields, className="cl-fields"),
        note=_("Mails leave on working days between 9 and 17 o'clock where each person is."),
    )


def _count(name: str, label: str, value: int | None, *, least: int) -> Component:
    return dmc.NumberInput(
        id=_id(name),
        label=label,
        value=value if value is not None else "",
        min=least,
        allowDecimal=False,
        hideControls=True,
        size="sm",
    )
