"""How the list of issues is narrowed."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from feedback.issues.queries.listing import Due, Kind, Order
from feedback.issues.rules import OPEN_STATES, IssueState, Severity
from feedback.web.schemas import PageArgs, QueryId, Text


class OwnerFilter(fields.Field[str | int]):
    """`me`, `none`, or the id of a person."""

    default_error_messages = {"invalid": "Write 'me', 'none' or the id of a person."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str | int:
        if value in ("me", "none"):
            return str(value)
        try:
            return int(QueryId().deserialize(value))
        except ma.ValidationError as error:
            raise self.make_error("invalid") from error


class States(fields.Field[tuple[IssueState, ...]]):
    """States separated by commas; `open` and `closed` stand for all of their kind."""

    default_error_messages = {"invalid": "There is no state {state!r}. Known are open, closed, " + ", ".join(IssueState) + "."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> tuple[IssueState, ...]:
        found: list[IssueState] = []
        for name in str(value).split(","):
            if name == "open":
                found += OPEN_STATES
            elif name in set(IssueState):
                found.append(IssueState(name))
            else:
                raise self.make_error("invalid", state=name)
        return tuple(dict.fromkeys(found))


class IssueListArgs(PageArgs):
    """Query of the list of issues."""

    state = States(load_default=(), metadata={"type": "string", "description": "States separated by commas, or `open`."})
    owner = OwnerFilter(load_default=None, metadata={"type": "string", "description": "`me`, `none`, or a person's id."})
    due = fields.Enum(Due, by_value=True, load_default=None)
    order = fields.Enum(Order, by_value=True, load_default=Order.DUE)
    account_id = QueryId(load_default=None)
    team_id = QueryId(load_default=None)
    defect = Text(load_default=None, metadata={"description": "Its code."})
    severity = fields.Enum(Severity, by_value=True, load_default=None)
    kind = fields.Enum(
        Kind, by_value=True, load_default=None, metadata={"description": "A customer's problem, or a reason to get in touch."}
    )
    waiting = fields.Boolean(
        load_default=None, metadata={"description": "Only issues that wait in a team's queue, or only others."}
    )
