"""The form of a draft: every row and every number of the policy, and beside each what it may not become."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.numbers import number as decimals
from dashboards.components.panels import panel
from dashboards.components.words import Words
from dashboards.page import Query
from dashboards.pages.gate_policy.sentences import number_labels, permission_stances, situation, stances
from feedback.access.rules import Viewer
from feedback.gate.governing.models import DraftState
from feedback.gate.governing.queries import current_policy, draft_details
from feedback.gate.governing.rules import RANGES
from feedback.kernel.errors import NotFound

Component = Any
Content = Mapping[str, Any]
_FRACTIONS = ("cut", "min_confidence")


def new_title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("How should we sell from now on?")


def new_body(viewer: Viewer, query: Query) -> Component:
    """The policy that counts now, to be changed."""
    return _form(None, "", "", current_policy()["content"])


def edit_title(viewer: Viewer, query: Query) -> str:
    """What it is called."""
    return _("Change the draft “%(title)s”", title=draft_details(query.ids["draft"])["title"])


def edit_body(viewer: Viewer, query: Query) -> Component:
    """The draft, to be changed. One that was decided about is not changed any more."""
    draft = draft_details(query.ids["draft"])
    if draft["state"] is not DraftState.DRAFT:
        raise NotFound
    return _form(draft["id"], draft["title"], draft["why"], draft["content"])


def _form(draft_id: int | None, title: str, why: str, content: Content) -> Component:
    name = dmc.TextInput(id="policy-title", label=_("What it is called"), value=title, size="sm")
    reason = dmc.Textarea(id="policy-why", label=_("Why it is needed"), value=why, autosize=True, minRows=2, size="sm")
    back = "/app/gate-policy" if draft_id is None else f"/app/gate-policy/{draft_id}"
    foot = html.Div(
        [button(_("Keep the draft"), "policy-save", primary=True), link_button(_("Cancel"), back)], className="cl-chips"
    )
    promises = _("Whatever is set here, nothing is sold to unhappy customers, over unsolved problems or without consent.")
    said = [
        html.P(id="policy-faults", className="cl-refusal", role="alert"),
        html.Div(nothing_changed(), id="policy-said", role="status"),
        foot,
    ]
    parts = [
        dcc.Store(id="policy-draft", data=draft_id),
        panel(_("What and why"), html.Div([name, reason], className="cl-stack")),
        panel(_("What the relationship allows"), _rows(content["relationship"], stances()), note=promises),
        panel(_("What permission and moment allow"), _rows(content["permission"], permission_stances())),
        panel(_("The numbers"), html.Div(_numbers(content["limits"]), className="cl-fields cl-fields-wide")),
        panel(_("What it says otherwise"), html.Div(said, className="cl-stack"), note=_("Beside the policy that counts now.")),
    ]
    return html.Div(parts, className="cl-stack")


def nothing_changed() -> Component:
    """The draft says what counts already."""
    return html.P(_("Nothing yet: change a row or a number above."), className="cl-note")


def _id(name: str) -> dict[str, str]:
    return {"kind": "policy-field", "name": name}


def _rows(rows: Sequence[Mapping[str, Any]], shown: Words) -> Component:
    return html.Div([html.Div(_row(row, shown), className="cl-policy-row") for row in rows], className="cl-stack")


def _row(row: Mapping[str, Any], shown: Words) -> list[Component]:
    label = _("%(row)s · %(situation)s", row=row["id"], situation=situation(row))
    fields = [_select(f"{row['id']}.stance", label, shown, row["stance"])]
    if row.get("play"):
        fields.append(_select(f"{row['id']}.play", _("%(row)s · The play", row=row["id"]), words.plays(), row["play"]))
    return fields


def _select(name: str, label: str, shown: Words, value: str) -> Component:
    data = [{"value": code, "label": text} for code, text in shown.items()]
    return dmc.Select(id=_id(name), label=label, data=data, value=value, allowDeselect=False, size="sm")


def _numbers(limits: Mapping[str, Any]) -> list[Component]:
    said = {**limits, **limits["timing"]}
    return [_number(name, label, said[name]) for name, label in number_labels().items()]


def _number(name: str, label: str, value: float) -> Component:
    least, most = RANGES[name]
    digits: dict[str, Any] = {"decimalScale": 2, "step": 0.05} if name in _FRACTIONS else {"allowDecimal": False}
    places = 2 if name in _FRACTIONS else 0
    hint = _("From %(least)s to %(most)s.", least=decimals(least, places), most=decimals(most, places))
    return dmc.NumberInput(id=_id(name), label=label, description=hint, value=value, size="sm", **digits)


def changes_of(values: Sequence[Any], ids: Sequence[Mapping[str, str]], content: Content) -> dict[str, Any]:
    """What the fields say otherwise than the policy that counts now, as the service takes it."""
    said = {one["name"]: value for one, value in zip(ids, values, strict=True)}
    now = {**content["limits"], **content["limits"]["timing"]}
    limits = {name: said[name] for name in RANGES if said[name] != now[name]}
    rows: dict[str, dict[str, str]] = {}
    for row in (*content["relationship"], *content["permission"]):
        for part in ("stance", "play"):
            value = said.get(f"{row['id']}.{part}")
            if value is not None and value != row.get(part):
                rows.setdefault(row["id"], {})[part] = value
    return {"limits": limits, "rows": rows}


def field_of(name: str) -> str:
    """The field at which a fault is said: of a row the one with what it allows."""
    return name if name in RANGES or name == "rows" else f"{name}.stance"
