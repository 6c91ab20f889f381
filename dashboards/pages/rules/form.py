"""The form of one rule."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from feedback.accounts.rules import ValueTier
from feedback.defects.rules import DefectCategory
from feedback.kernel.errors import InvalidInput
from feedback.reporting.rule_board import RuleWords
from feedback.reporting.team_board import language_names

Component = Any
EMPTY: dict[str, Any] = {
    "category": None,
    "defect": None,
    "segment": None,
    "region": None,
    "language": None,
    "value_tier": None,
    "team_id": None,
    "user_id": None,
    "skills": None,
    "languages": None,
    "customer_language": None,
    "prefer_helper": None,
    "goes_on_when_full": None,
}


def rule_form(line: Mapping[str, Any], names: RuleWords, *, place: int, catch_all: bool) -> Component:
    """What must hold, who gets it, what is asked of them. The rule for everything else has no conditions."""
    heading = _("Rule %(place)s", place=place + 1)
    parts = [
        html.H3(heading),
        *([] if catch_all else [html.P(_("When all of this holds"), className="cl-note"), _fields(_conditions(line, names))]),
        html.P(_("it goes to"), className="cl-note"),
        _fields([_target(line, names)]),
        *([] if catch_all else [html.P(_("and whoever gets it"), className="cl-note"), _fields(_demands(line, names))]),
        *_switches(line, catch_all=catch_all),
        html.Div(
            [button(_("Keep in the draft"), "rule-keep", primary=True), button(_("Cancel"), "rule-cancel")], className="cl-chips"
        ),
    ]
    return html.Div(parts, className="cl-form cl-next")


def _fields(fields: Sequence[Component]) -> Component:
    return html.Div(list(fields), className="cl-fields")


def _id(name: str) -> dict[str, str]:
    return {"kind": "rule-field", "name": name}


def _conditions(line: Mapping[str, Any], names: RuleWords) -> list[Component]:
    categories = [(category.value, words.word(words.categories, category)) for category in DefectCategory]
    languages = list(zip(names.languages, language_names(names.languages), strict=True))
    return [
        _choice("category", _("Category"), categories, line),
        _choice("defect", _("Defect"), list(names.defects.items()), line),
        _choice("segment", _("Segment"), [(name, name) for name in names.segments], line),
        _choice("region", _("Region"), [(name, name) for name in names.regions], line),
        _choice("language", _("Customer's language"), languages, line),
        _choice("value_tier", _("Value tier"), [(tier.value, tier.value) for tier in ValueTier], line),
    ]


def _choice(name: str, label: str, options: Sequence[tuple[str, str]], line: Mapping[str, Any]) -> Component:
    value = line.get(name)
    known = dict(options) if value is None or value in dict(options) else {**dict(options), value: value}
    return dmc.Select(
        id=_id(name),
        label=label,
        data=[{"value": code, "label": shown} for code, shown in known.items()],
        value=value,
        placeholder=_("any"),
        clearable=True,
        searchable=len(known) > 9,
        size="sm",
        clearButtonProps=attributes(aria_label=_("Any")),
    )


def _target(line: Mapping[str, Any], names: RuleWords) -> Component:
    teams = [{"value": f"team:{key}", "label": _("Team %(name)s", name=name)} for key, name in names.teams.items()]
    people = [{"value": f"user:{key}", "label": name} for key, name in names.people.items()]
    value = f"team:{line['team_id']}" if line.get("team_id") else f"user:{line['user_id']}" if line.get("user_id") else None
    return dmc.Select(
        id=_id("target"), label=_("Team or person"), data=[*teams, *people], value=value, searchable=True, size="sm"
    )


def _demands(line: Mapping[str, Any], names: RuleWords) -> list[Component]:
    languages = list(zip(names.languages, language_names(names.languages), strict=True))
    return [
        _several("skills", _("Knows all of these"), list(names.skills.items()), line),
        _several("languages", _("Speaks all of these"), languages, line),
    ]


def _several(name: str, label: str, options: Sequence[tuple[str, str]], line: Mapping[str, Any]) -> Component:
    data = [{"value": code, "label": shown} for code, shown in options]
    none = _("Nothing to choose from yet")
    return dmc.MultiSelect(
        id=_id(name), label=label, data=data, value=list(line.get(name) or ()), nothingFoundMessage=none, size="sm"
    )


def _switches(line: Mapping[str, Any], *, catch_all: bool) -> list[Component]:
    told = {
        "customer_language": _("Speaks the customer's language"),
        "prefer_helper": _("Whoever solved this customer's last issue comes first"),
        "goes_on_when_full": _("With nobody free, try the next rule instead of waiting"),
    }
    wanted = ("prefer_helper",) if catch_all else tuple(told)
    return [
        dmc.Checkbox(id={"kind": "rule-switch", "name": name}, label=told[name], checked=bool(line.get(name))) for name in wanted
    ]


def line_of(values: Mapping[str, Any], switches: Mapping[str, bool]) -> dict[str, Any]:
    """What the form says, as a rule.

    Raises:
        InvalidInput: nobody was chosen.
    """
    target = values.get("target")
    if not target:
        raise InvalidInput({"target": [_("Choose the team or the person who gets it.")]})
    kind, _colon, key = str(target).partition(":")
    said = {name: values.get(name) or None for name in EMPTY if name in values}
    said |= {name: on or None for name, on in switches.items()}
    return {**EMPTY, **said, "team_id": int(key) if kind == "team" else None, "user_id": int(key) if kind == "user" else None}
