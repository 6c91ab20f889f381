"""What the calls on accounts and contacts take and answer."""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields, validate

from feedback.accounts.rules import AccountStatus, BestHours, ContactRole, ValueTier, WayToReach
from feedback.importing import columns as parse
from feedback.web.schemas import LONG_TEXT, PageArgs, QueryId, Schema, Text


def _parsed_by(parser: Callable[[str], Any]) -> Callable[[str], None]:
    def check(text: str) -> None:
        try:
            parser(text)
        except ValueError as error:
            raise ValidationError(f"It {error}.") from error

    return check


def _optional(**options: Any) -> Text:
    return Text(allow_none=True, **options)


def _amount(**options: Any) -> fields.Float:
    limits = validate.Range(min=options.pop("least", -1e15), max=1e15, min_inclusive=options.pop("inclusive", True))
    return fields.Float(validate=limits, allow_nan=False, **options)


class Code(fields.String):
    """A code of so many letters from a list of the world's, in any case; kept in upper case."""

    def __init__(self, parser: Callable[[str], str], letters: int, **options: Any) -> None:
        self._parser = parser
        super().__init__(metadata={"pattern": f"^[A-Za-z]{{{letters}}}$"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        try:
            return self._parser(text)
        except ValueError as error:
            raise ValidationError(f"It {error}.") from error


class AccountChangeIn(Schema):
    """The fields of an account that can be set; null empties one."""

    name = Text(limit=LONG_TEXT)
    segment = _optional()
    industry = _optional()
    region = _optional()
    country = Code(parse.country, 2, allow_none=True)
    time_zone = _optional(checks=[_parsed_by(parse.time_zone)])
    language = _optional()
    owner_email = _optional(metadata={"description": "Who owns the account from now on."})
    team = _optional(metadata={"description": "Code of the frontline team that serves it."})
    value_tier = fields.Enum(ValueTier, by_value=True)
    annual_revenue = _amount(least=0, allow_none=True)
    currency = Code(parse.currency, 3, allow_none=True)
    status = fields.Enum(AccountStatus, by_value=True)
    renewal_on = fields.Date(format="iso", allow_none=True, data_key="renewal_date")
    customer_since = fields.Date(format="iso", allow_none=True)
    closed_on = fields.Date(
        format="iso",
        allow_none=True,
        data_key="closed_date",
        metadata={"description": "The last day as a customer; the day on which `status` became `closed`, unless said."},
    )
    referred_by = _optional(metadata={"description": "`external_id` of the account that recommended us to this one."})


class AccountIn(AccountChangeIn):
    """A whole account; what is left out is empty, and an id is made."""

    external_id = Text()
    name = Text(required=True, limit=LONG_TEXT)


class AccountReplaceIn(AccountChangeIn):
    """A whole account in place of the stored one."""

    name = Text(required=True, limit=LONG_TEXT)


class PersonOut(Schema):
    """Somebody who works here."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class AccountOut(Schema):
    """An account, and what we may do with it today."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True)
    name = fields.String(required=True)
    segment = fields.String(required=True, allow_none=True)
    industry = fields.String(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    time_zone = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    owner = fields.Nested(PersonOut, required=True, allow_none=True)
    team = fields.String(required=True, allow_none=True, metadata={"description": "Code of the frontline team."})
    value_tier = fields.Enum(ValueTier, by_value=True, required=True)
    annual_revenue = fields.Float(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    status = fields.Enum(AccountStatus, by_value=True, required=True)
    renewal_date = fields.Date(format="iso", required=True, allow_none=True, attribute="renewal_on")
    customer_since = fields.Date(format="iso", required=True, allow_none=True)
    closed_date = fields.Date(format="iso", required=True, allow_none=True, attribute="closed_on")
    referred_by = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(format="iso", required=True)
    updated_at = fields.DateTime(format="iso", required=True)
    play = fields.String(required=True, metadata={"description": "What to do with the account today."})
    stance = fields.String(required=True, metadata={"description": "How openly we may sell: allow, limited, reactive or hold."})


class AccountListArgs(PageArgs):
    """Query of the list of accounts."""

    owner = fields.String(load_default=None, validate=validate.OneOf(["me"]))
    q = fields.String(load_default=None, validate=validate.Length(max=200), metadata={"description": "Part of name or id."})
    segment = fields.String(load_default=None, validate=validate.Length(max=255))
    region = fields.String(load_default=None, validate=validate.Length(max=255))


class AccountExportArgs(Schema):
    """Query of the export."""

    format = fields.String(load_default="csv", validate=validate.OneOf(["csv", "xlsx"]))
    q = fields.String(load_default=None, validate=validate.Length(max=200))
    segment = fields.String(load_default=None, validate=validate.Length(max=255))
    region = fields.String(load_default=None, validate=validate.Length(max=255))


class ContactChangeIn(Schema):
    """The fields of a contact that can be set; null empties one."""

    name = _optional()
    email = _optional(checks=[_parsed_by(parse.email)])
    phone = _optional()
    language = _optional()
    time_zone = _optional(checks=[_parsed_by(parse.time_zone)])
    not_now_until = fields.Date(format="iso", allow_none=True, metadata={"description": "No offers until this day."})
    not_now_reason = _optional(limit=LONG_TEXT)


class ContactIn(ContactChangeIn):
    """A contact with a role in the account; without one it is guessed, as for files."""

    external_id = Text()
    role = fields.Enum(ContactRole, by_value=True)


class ContactWishesIn(ContactChangeIn):
    """A contact's fields and wishes that can be set; null empties one."""

    paused_from = fields.Date(format="iso", allow_none=True, metadata={"description": "The first day of a pause."})
    paused_until = fields.Date(format="iso", allow_none=True, metadata={"description": "The first day after the pause."})
    preferred_channel = _optional(checks=[validate.OneOf([way.value for way in WayToReach])])
    best_hours = _optional(checks=[validate.OneOf([hours.value for hours in BestHours])])


class RoleIn(Schema):
    """A change of a contact's role in an account."""

    role = fields.Enum(ContactRole, by_value=True, load_default=None)
    left = fields.Boolean(load_default=None, truthy={True}, falsy={False})


class ContactOut(Schema):
    """A contact."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    time_zone = fields.String(required=True, allow_none=True)
    not_now_until = fields.Date(format="iso", required=True, allow_none=True)
    not_now_reason = fields.String(required=True, allow_none=True)
    paused_from = fields.Date(format="iso", required=True, allow_none=True)
    paused_until = fields.Date(format="iso", required=True, allow_none=True)
    preferred_channel = fields.String(required=True, allow_none=True)
    best_hours = fields.String(required=True, allow_none=True)


class RoleOut(Schema):
    """A contact's role in an account."""

    account_id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    role = fields.Enum(ContactRole, by_value=True, required=True)
    role_guessed = fields.Boolean(required=True)
    since = fields.DateTime(format="iso", required=True)
    left_at = fields.DateTime(format="iso", required=True, allow_none=True)


class AccountContactOut(ContactOut):
    """A contact in an account."""

    role = fields.Enum(ContactRole, by_value=True, required=True)
    role_guessed = fields.Boolean(required=True)
    left_at = fields.DateTime(format="iso", required=True, allow_none=True)


class WalletIn(Schema):
    """What the account spends in a category with everybody, and where we know it from."""

    category = Text(required=True)
    total_spend = _amount(least=0, inclusive=False, required=True)
    our_spend = _amount(least=0, allow_none=True, load_default=None)
    method = _optional(load_default=None)
    source = _optional(load_default=None)
    confidence = fields.Float(load_default=None, allow_none=True, validate=validate.Range(min=0, max=1), allow_nan=False)
    as_of = fields.Date(format="iso", load_default=None, allow_none=True)


class WalletOut(Schema):
    """A wallet estimate."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    category = fields.String(required=True)
    total_spend = fields.Float(required=True)
    our_spend = fields.Float(required=True, allow_none=True)
    method = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    confidence = fields.Float(required=True)
    as_of = fields.Date(format="iso", required=True)


class SpendIn(Schema):
    """What the account paid us in one month."""

    month = Text(required=True, checks=[validate.Regexp(r"(19|2[0-9])\d\d-(0[1-9]|1[0-2])\Z", error="A month such as 2024-05.")])
    amount = _amount(required=True)
    currency = Code(parse.currency, 3, allow_none=True, load_default=None)
    product_code = _optional(load_default=None)


class SpendOut(Schema):
    """What became of it."""

    status = fields.String(required=True, validate=validate.OneOf(["created", "updated", "unchanged"]))


class IdentityIn(Schema):
    """The name that another system has for it."""

    system = Text(required=True)
    external_id = Text(required=True)


class IdentityOut(IdentityIn):
    """An identity."""

    id = fields.Integer(required=True)


class TimelineArgs(PageArgs):
    """Query of the timeline."""

    contact_id = QueryId(load_default=None)


class TimelineEventOut(Schema):
    """One thing that happened."""

    kind = fields.String(required=True)
    id = fields.Integer(required=True)
    occurred_at = fields.DateTime(format="iso", required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    summary = fields.Dict(keys=fields.String(), required=True, metadata={"description": "What it was, by kind."})
