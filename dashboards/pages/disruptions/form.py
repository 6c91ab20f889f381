"""Declaring a disruption: what, since when, whom; the accounts are shown before anything is held."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.dates import any_day, day_format
from dashboards.components.numbers import number
from dashboards.components.panels import panel
from dashboards.components.scope import scope_fields
from dashboards.components.tables import Column, table
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.disruptions import AffectedAccount
from feedback.outer_loop.rules.scope import Reach
from feedback.reporting.outer_loop_board import list_choices, list_languages
from feedback.web.languages import LANGUAGES

Component = Any
SHOWN = 20
DECLARED = ("title", "message")


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What has happened, and whom does it hit?")


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "disruption-field", "name": name}


def body(viewer: Viewer, query: Query) -> Component:
    """The form, and whom it would affect."""
    choices = list_choices()
    when = [
        _moment("starts_at", _("Since (empty: now)")),
        _moment("ends_at", _("Until (empty: nobody knows yet)")),
        _choice("holds_sales", _("Selling to them"), [("yes", _("is held until they were told")), ("no", _("goes on"))], "yes"),
        _choice("team_id", _("Who tells them afterwards"), [(str(key), name) for key, name in choices.teams], None),
    ]
    whom = scope_fields(field_id, choices, viewer, permission="disruption.write", reach=Reach())
    foot = [
        button(_("Declare it"), "disruption-save", primary=True),
        link_button(_("Back"), "/app/disruptions"),
    ]
    seen = html.Div(nobody(), id="disruption-preview", **attributes(aria_live="polite"))
    narrow = _("Region, segment and product narrow each other; single accounts add to them.")
    said = _("Whoever has no text in their own language reads the English one, else the first.")
    languages = list_languages(viewer)
    return html.Div(
        [
            panel(
                _("What"),
                html.Div(words_fields(languages, field_id), className="cl-fields cl-fields-wide"),
                note=said if len(languages) > 1 else None,
            ),
            panel(_("Since when, and what follows"), html.Div(when, className="cl-fields")),
            panel(_("Whom it hits"), html.Div(whom, className="cl-fields"), note=narrow),
            seen,
            html.Div(foot, className="cl-chips"),
        ],
        className="cl-stack",
    )


def words_fields(
    languages: Sequence[str],
    identity: Callable[[str], Any],
    known: Mapping[str, Mapping[str, str]] | None = None,
    names: Sequence[str] = DECLARED,
) -> list[Component]:
    """What has happened and what customers are told, in each language that somebody reads, the viewer's own first."""
    stands = known or {}
    found = []
    for code in languages:
        fields = [_words_area(name, code, languages, identity, stands.get(name, {}).get(code, "")) for name in names]
        found.append(html.Div(fields, className="cl-stack", lang=code))
    return found


def _words_area(name: str, code: str, languages: Sequence[str], identity: Callable[[str], Any], value: str) -> Component:
    identity_of, label = identity(words_field(name, code, languages)), _in(_label(name), code, languages)
    if name == "title":
        example = _("For example: the portal is down") if code == languages[0] else None
        return dmc.TextInput(id=identity_of, value=value, label=label, size="sm", placeholder=example)
    return dmc.Textarea(id=identity_of, value=value, label=label, autosize=True, minRows=2, size="sm")


def _label(name: str) -> str:
    return {
        "title": _("What has happened"),
        "message": _("What we tell customers while it goes on"),
        "outcome": _("What the letter says now that it is over"),
    }[name]


def words_field(name: str, code: str, languages: Sequence[str]) -> str:
    """The first language has the name of the API, which is where mistakes are marked."""
    return name if code == languages[0] else f"{name}_{code}"


def _in(label: str, code: str, languages: Sequence[str]) -> str:
    return f"{label} ({LANGUAGES[code]})" if len(languages) > 1 else label


def _moment(name: str, label: str) -> Component:
    return dmc.DateTimePicker(
        id=field_id(name), label=label, clearable=True, size="sm",
        submitButtonProps=attributes(aria_label=_("Take this date and time")),
        clearButtonProps=attributes(aria_label=_("No date")),
        timePickerProps={"hoursInputLabel": _("Hours"), "minutesInputLabel": _("Minutes")},
        **any_day() | {"valueFormat": f"{day_format()} HH:mm"},
    )  # fmt: skip


def _choice(name: str, label: str, options: Sequence[tuple[str, str]], value: str | None) -> Component:
    data = [{"value": option, "label": shown} for option, shown in options]
    return dmc.Select(id=field_id(name), label=label, data=data, value=value, allowDeselect=value is None, size="sm")


def nobody() -> Component:
    """Before anybody is named."""
    return panel(_("Whom it would hit"), html.P(_("Choose whom it hits, and the accounts show here."), className="cl-note"))


def preview(found: int, accounts: Sequence[AffectedAccount], unread: Sequence[Component] = ()) -> Component:
    """How many accounts it would affect, and the first of them."""
    count = html.Strong(ngettext("%(num)s account would be affected.", "%(num)s accounts would be affected.", found))
    note = _("The first %(shown)s of them, by name", shown=number(SHOWN)) if found > SHOWN else None
    return panel(_("Whom it would hit"), [html.P(count), *unread, accounts_table(accounts[:SHOWN])], note=note)


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
