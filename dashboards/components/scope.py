"""Fields that say which customers something is about: where they are, of what kind, what they buy, and single ones."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html
from flask_babel import gettext as _

from dashboards.guard import allowed
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.reaching import find_named, named_accounts
from feedback.outer_loop.rules.scope import Reach
from feedback.reporting.account_choices import OFFERED, Choice, choices_of, find_choices
from feedback.reporting.outer_loop_board import Choices

Component = Any
FieldId = Callable[[str], dict[str, str]]
FIELDS = ("regions", "segments", "products", "account_ids", "accounts")
MOST = 200  # single accounts that a field can show


def scope_fields(field_id: FieldId, choices: Choices, viewer: Viewer, *, permission: str, reach: Reach) -> list[Component]:
    """A field for each way to name customers, with the values that exist."""
    parts = [
        _many(field_id("regions"), _("In one of these regions"), choices.regions, reach.regions),
        _many(field_id("segments"), _("In one of these segments"), choices.segments, reach.segments),
        _many(field_id("products"), _("That buy one of these"), choices.products, reach.products),
    ]
    if len(reach.account_ids) <= MOST:
        parts.append(_picker(field_id("account_ids"), viewer, permission, reach.account_ids))
    paste = dmc.Textarea(
        id=field_id("accounts"), label=_("Their ids, separated by commas or lines"), autosize=True, minRows=2, size="sm"
    )
    return [*parts, html.Details([html.Summary(_("Paste a list of ids")), paste], className="cl-how cl-full-row")]


def _many(identity: dict[str, str], label: str, options: Sequence[str], chosen: Sequence[str]) -> Component:
    known = list(dict.fromkeys((*options, *chosen)))
    return dmc.MultiSelect(
        id=identity, label=label, data=[{"value": one, "label": one} for one in known], value=list(chosen), searchable=True,
        disabled=not known, placeholder=None if known else _("None is known"), size="sm",
        nothingFoundMessage=_("Nothing is called so."),
    )  # fmt: skip


def _picker(identity: dict[str, str], viewer: Viewer, permission: str, chosen: Sequence[int]) -> Component:
    mine = choices_of(chosen, viewer, permission=permission) if chosen else []
    field = dmc.MultiSelect(
        id=identity, label=_("And these accounts"), data=_options(mine, find_choices("", viewer, permission=permission)),
        value=[str(account_id) for account_id, _label in mine], searchable=True, placeholder=_("Type a name or an id"),
        size="sm", limit=OFFERED, nothingFoundMessage=_("No active account is called so."),
    )  # fmt: skip
    return html.Div(field, className="cl-full-row")


def _options(*parts: Sequence[Choice]) -> list[dict[str, str]]:
    found = dict(choice for part in parts for choice in part)
    return [{"value": str(account_id), "label": label} for account_id, label in found.items()]


def register_picker(app: Dash, field_id: FieldId, permission: str) -> None:
    """Have accounts looked up as somebody types."""

    def offer(viewer: Viewer, text: str | None, before: list[dict[str, str]]) -> list[dict[str, str]]:
        return offered(viewer, text, before, permission=permission)

    field = field_id("account_ids")
    app.callback(Output(field, "data"), Input(field, "searchValue"), State(field, "data"), prevent_initial_call=True)(
        allowed(permission)(offer)
    )


def offered(viewer: Viewer, text: str | None, before: list[dict[str, str]], *, permission: str) -> list[dict[str, str]]:
    """What the field offers for a text, then what it offered before: it forgets a choice that is not offered any more."""
    found = _options(find_choices(text or "", viewer, permission=permission))
    new = {one["value"] for one in found}
    return [*found, *(one for one in before if one["value"] not in new)]


def is_named(said: dict[str, Any]) -> bool:
    """Whether any of the fields names somebody."""
    return any(said.get(name) for name in FIELDS)


def pasted_of(said: dict[str, Any]) -> list[str]:
    """The ids in the field for a list, each once."""
    parts = (one.strip() for one in re.split(r"[,;\n]", said.get("accounts") or ""))
    return list(dict.fromkeys(one for one in parts if one))


def reach_of(said: dict[str, Any], kept: Sequence[int] = ()) -> Reach:
    """What the fields say together; `kept` are single accounts that no field shows.

    Raises:
        InvalidInput: a pasted id belongs to no account.
    """
    return _reach(said, (*kept, *_chosen(said), *named_accounts(pasted_of(said))))


def known_reach_of(said: dict[str, Any]) -> tuple[Reach, list[str]]:
    """The same as far as it is known, and the pasted ids that belong to no account."""
    found, missing = find_named(pasted_of(said))
    return _reach(said, (*_chosen(said), *found)), missing


def _chosen(said: dict[str, Any]) -> list[int]:
    return [int(one) for one in said.get("account_ids") or ()]


def _reach(said: dict[str, Any], account_ids: Sequence[int]) -> Reach:
    parts = {name: tuple(said.get(name) or ()) for name in ("regions", "segments", "products")}
    return Reach(**parts, account_ids=tuple(dict.fromkeys(account_ids)))
