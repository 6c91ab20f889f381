"""The form of an initiative: what shall become rarer, how, by whom, until when, for whom."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button, link_button
from dashboards.components.dates import from_today
from dashboards.components.panels import panel
from dashboards.components.scope import scope_fields
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.outer_loop.queries.initiatives import InitiativeLine, get_initiative
from feedback.outer_loop.rules.scope import Reach
from feedback.reporting.outer_loop_board import Choices, list_choices, numbers_of, rate_of
from feedback.web.languages import LANGUAGES

Component = Any


def new_title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What shall change?")


def change_title(viewer: Viewer, query: Query) -> str:
    """The question, about one that exists."""
    return _("What shall change? %(name)s", name=get_initiative(query.ids["id"]).row.title)


def new_body(viewer: Viewer, query: Query) -> Component:
    """An empty form, or one about the defect of the address."""
    choices = list_choices()
    code = query.get("defect") if query.get("defect") in dict(choices.defects) else ""
    rate = rate_of(code) if code else None
    values: dict[str, Any] = {"defects": [code] if code else [], "owner_id": str(viewer.user_id) if viewer.user_id else None}
    values |= {"target_from": round(100 * rate, 1)} if rate is not None else {}
    return _form(values, choices, viewer, None)


def change_body(viewer: Viewer, query: Query) -> Component:
    """The form as it stands."""
    line = get_initiative(query.ids["id"])
    return _form(_values(line), list_choices(), viewer, line.row.id)


def _values(line: InitiativeLine) -> dict[str, Any]:
    row, reach = line.row, Reach.from_document(line.row.reach)
    names = ("title", "plan", "root_cause", "promise", "cost", "currency")
    return {name: getattr(row, name) for name in names} | {
        "defects": [code for code, _name in line.defects],
        "issues": ", ".join(str(number) for _id, number in numbers_of(line.issue_ids)),
        "owner_id": str(row.owner_id) if row.owner_id else None,
        "team_id": str(row.team_id) if row.team_id else None,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "target_from": _percent(row.target_from),
        "target_to": _percent(row.target_to),
        "reach": reach,
        **{f"news_{code}": text for code, text in row.news.items()},
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "initiative-field", "name": name}


def _form(values: dict[str, Any], choices: Choices, viewer: Viewer, initiative_id: int | None) -> Component:
    what = [
        dmc.TextInput(id=field_id("title"), label=_("Name: what will be different"), value=values.get("title") or "", size="sm"),
        _many("defects", _("Which problems become rarer"), list(choices.defects), values),
        _area("plan", _("What is done"), values),
        _area("root_cause", _("The cause that it removes"), values),
        dmc.TextInput(
            id=field_id("issues"), label=_("Issues that led to it (numbers)"), value=values.get("issues") or "", size="sm"
        ),
    ]
    who = [
        _one("owner_id", _("Owner"), [(str(key), name) for key, name in choices.people], values),
        _one("team_id", _("Who tells the customers"), [(str(key), name) for key, name in choices.teams], values),
        _day(values.get("due_on"), viewer),
        _number("cost", _("Cost"), values, suffix=f" {values.get('currency') or current_exchange().currency}"),
        _number("target_from", _("Share of answers that name it, %"), values),
        _number("target_to", _("Goal: share of answers, %"), values),
    ]
    whom = scope_fields(field_id, choices, viewer, permission="initiative.write", reach=values.get("reach") or Reach())
    say = [
        _area("promise", _("What we promise customers"), values),
        *(_area(f"news_{code}", _("For survey mails: what we did (%(language)s)", language=name), values)
          for code, name in LANGUAGES.items()),
    ]  # fmt: skip
    back = f"/app/initiatives/{initiative_id}" if initiative_id else "/app/initiatives"
    save = button(_("Save") if initiative_id else _("Propose it"), "initiative-save", primary=True)
    foot = html.Div([save, link_button(_("Back"), back), dcc.Store(id="initiative-id", data=initiative_id)], className="cl-chips")
    compare = _("If only some customers get it, the others show whether the rate would have fallen anyway.")
    said = _("Once it is delivered, survey mails say so to those who get it, in the languages that have words.")
    return html.Div(
        [
            panel(_("What"), html.Div(what, className="cl-fields cl-fields-wide")),
            panel(_("Who, until when, how much"), html.Div(who, className="cl-fields")),
            panel(_("Who gets it"), html.Div(whom, className="cl-fields"), note=compare),
            panel(_("What customers hear"), [html.Div(say, className="cl-fields cl-fields-wide"), foot], note=said),
        ],
        className="cl-stack",
    )


def _area(name: str, label: str, values: dict[str, Any]) -> Component:
    return dmc.Textarea(id=field_id(name), label=label, value=values.get(name) or "", autosize=True, minRows=2, size="sm")


def _one(name: str, label: str, options: list[tuple[str, str]], values: dict[str, Any]) -> Component:
    data = [{"value": value, "label": shown} for value, shown in options]
    return dmc.Select(
        id=field_id(name), label=label, data=data, value=values.get(name), clearable=True, searchable=len(data) > 9, size="sm",
        clearButtonProps=attributes(aria_label=_("Without “%(filter)s”", filter=label)),
    )  # fmt: skip


def _many(name: str, label: str, options: list[tuple[str, str]], values: dict[str, Any]) -> Component:
    data = [{"value": value, "label": shown} for value, shown in options]
    return dmc.MultiSelect(id=field_id(name), label=label, data=data, value=values.get(name) or [], searchable=True, size="sm")


def _number(name: str, label: str, values: dict[str, Any], *, suffix: str = "") -> Component:
    value = values.get(name)
    return dmc.NumberInput(
        id=field_id(name), label=label, value=value if value is not None else "", suffix=suffix, hideControls=True, min=0,
        size="sm", clampBehavior="none",
    )  # fmt: skip


def _day(value: str | None, viewer: Viewer) -> Component:
    return dmc.DateInput(
        id=field_id("due_on"), label=_("Due"), value=value, clearable=True, size="sm",
        clearButtonProps=attributes(aria_label=_("No date")), **from_today(viewer),
    )  # fmt: skip
