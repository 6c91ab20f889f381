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
SHOWN, LISTED = 20, 500  # accounts that are seen at once, and on demand
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


def preview(found: int, accounts: Sequence[AffectedAccount], notes: Sequence[Component] = ()) -> Component:
    """How many accounts it would affect, the first of them, and the others on demand."""
    count = html.Strong(ngettext("%(num)s account would be affected.", "%(num)s accounts would be affected.", found))
    note = _("The first %(shown)s of them, by name", shown=number(LISTED)) if found > len(accounts) else None
    return panel(_("Whom it would hit"), [html.P(count), *notes, accounts_table(accounts[:SHOWN]), *_rest(accounts)], note=note)


def _rest(accounts: Sequence[AffectedAccount]) -> list[Component]:
    rest = accounts[SHOWN:]
    if not rest:
        return []
    more = ngettext("Show %(count)s more account", "Show %(count)s more accounts", len(rest), count=number(len(rest)))
    return [html.Details([html.Summary(more), accounts_table(rest)], className="cl-how")]


def unknown_ids(names: Sequence[str]) -> list[Component]:
    """Pasted ids that belong to no account, to be copied and looked up."""
    if not names:
        return []
    said = ngettext("%(num)s id belongs to no account:", "%(num)s ids belong to no account:", len(names))
    return [html.P(said, className="cl-refusal"), html.Pre("\n".join(names), className="cl-code", tabIndex=0)]


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
