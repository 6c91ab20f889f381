"""What the API of the outer loop takes and gives."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.issues.rules.letters import MOST_SUBJECT, MOST_TEXT
from feedback.outer_loop.rules.states import DisruptionState, InitiativeState, ItemState, SkipReason, StopReason, Verdict
from feedback.web.languages import LANGUAGES
from feedback.web.schemas import LONG_TEXT, SHORT_TEXT, Id, Instant, PageArgs, QueryId, Schema, Text

MANY = 10_000
_NAMES = validate.Length(max=200)


class ReachIn(Schema):
    """Which accounts: of one of the regions, and one of the segments, and that bought one of the products; and those named."""

    regions = fields.List(Text(), validate=_NAMES)
    segments = fields.List(Text(), validate=_NAMES)
    products = fields.List(Text(), validate=_NAMES, metadata={"description": "Product codes of spend in the last twelve months."})
    account_ids = fields.List(Id(), validate=validate.Length(max=MANY))
    accounts = fields.List(Text(), validate=validate.Length(max=MANY), metadata={"description": "External ids."})


class _InitiativeFields(Schema):
    plan = Text(limit=LONG_TEXT, allow_none=True, metadata={"description": "What is going to be done."})
    root_cause = Text(limit=LONG_TEXT, allow_none=True)
    owner_id = Id(allow_none=True)
    team_id = Id(allow_none=True, metadata={"description": "Who tells the customers; without it the owner's team."})
    cost = fields.Float(allow_none=True, validate=validate.Range(min=0, max=1e12))
    currency = fields.String(
        allow_none=True, validate=validate.Regexp(r"[A-Z]{3}\Z"), metadata={"description": "Without it the installation's."}
    )
    due_on = fields.Date(format="iso", allow_none=True)
    target_from = fields.Float(allow_none=True, validate=validate.Range(min=0, max=1))
    target_to = fields.Float(
        allow_none=True,
        validate=validate.Range(min=0, max=1),
        metadata={"description": "Share of answers that name the defects."},
    )
    promise = Text(limit=LONG_TEXT, allow_none=True, metadata={"description": "To customers."})
    survey = Text(metadata={"description": "Whose answers measure it; `all`: of all surveys together."})
    defects = fields.List(Text(), validate=_NAMES, metadata={"description": "Codes."})
    issue_ids = fields.List(Id(), validate=_NAMES)
    reach = fields.Nested(
        ReachIn, metadata={"description": "Who gets the change; empty: everybody, and nothing to compare with."}
    )
    news = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(LANGUAGES))),
        values=fields.String(validate=validate.Length(max=600)),
        metadata={"description": "What survey mails say under “You said, we did”, by language."},
    )


class NewInitiativeIn(_InitiativeFields):
    """Something that shall remove a cause."""

    title = Text(required=True)


class InitiativeIn(_InitiativeFields):
    """What changes; the rest stays."""

    title = Text()


class InitiativeMoveIn(Schema):
    """Where it goes. `effect_confirmed` and `no_effect` are what the measurement says."""

    to = fields.Enum(InitiativeState, by_value=True, required=True)
    note = Text(limit=LONG_TEXT, allow_none=True, load_default=None)


class InitiativeOwnerOut(Schema):
    """Somebody who works here."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class EffectCheckOut(Schema):
    """A look at the effect."""

    days = fields.Integer(required=True)
    delivered_at = Instant(required=True)
    due_at = Instant(required=True)
    done_at = Instant(required=True, allow_none=True)
    verdict = fields.Enum(Verdict, by_value=True, required=True, allow_none=True)
    figures = fields.Dict(required=True, metadata={"description": "Rates, differences and points lost with their intervals."})


class InitiativeOut(Schema):
    """An initiative."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    state = fields.Enum(InitiativeState, by_value=True, required=True)
    owner = fields.Nested(InitiativeOwnerOut, required=True, allow_none=True)
    team_id = fields.Integer(required=True, allow_none=True)
    plan = fields.String(required=True, allow_none=True)
    root_cause = fields.String(required=True, allow_none=True)
    cost = fields.Float(required=True, allow_none=True)
    currency = fields.String(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    target_from = fields.Float(required=True, allow_none=True)
    target_to = fields.Float(required=True, allow_none=True)
    promise = fields.String(required=True, allow_none=True)
    defects = fields.List(fields.String(), required=True)
    issue_ids = fields.List(fields.Integer(), required=True, metadata={"description": "Those that the caller may open."})
    reach = fields.Dict(required=True, metadata={"description": "Its `account_ids`: those that the caller may see."})
    news = fields.Dict(required=True)
    created_at = Instant(required=True)
    committed_at = Instant(required=True, allow_none=True)
    started_at = Instant(required=True, allow_none=True)
    delivered_at = Instant(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    reopen_count = fields.Integer(required=True)
    checks = fields.List(fields.Nested(EffectCheckOut), required=True)


class InitiativeListArgs(PageArgs):
    """Which initiatives."""

    state = fields.List(fields.Enum(InitiativeState, by_value=True), load_default=list)
    defect = Text(load_default=None)


class FollowUpLetterIn(Schema):
    """One letter; {name}, {account}, {problem}, {done}, {issue} and {company} are filled for each customer."""

    subject = fields.String(required=True, validate=validate.Length(max=MOST_SUBJECT))
    text = fields.String(required=True, validate=validate.Length(max=MOST_TEXT))


_LETTERS: dict[str, Any] = {
    "keys": fields.String(validate=validate.OneOf(list(LANGUAGES))),
    "values": fields.Nested(FollowUpLetterIn),
}


class FollowUpNewBatchIn(Schema):
    """A list of those to be told about a delivered initiative, made anew."""

    initiative_id = Id(required=True)
    since = Instant(format="iso", metadata={"description": "Who named the problem from then on; without it the last 365 days."})


class FollowUpBatchIn(Schema):
    """What changes."""

    letters = fields.Dict(**_LETTERS)
    team_id = Id(allow_none=True)
    due_on = fields.Date(metadata={"description": "By when everybody is told; another day needs a `reason`."})
    reason = Text(metadata={"description": "Why the day changes; it stays on record."})
    closed = fields.Boolean()


class FollowUpBatchOut(Schema):
    """A follow-up, and how far it is."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    initiative_id = fields.Integer(required=True, allow_none=True)
    disruption_id = fields.Integer(required=True, allow_none=True)
    team_id = fields.Integer(required=True, allow_none=True)
    since = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    closed_at = Instant(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True, metadata={"description": "By when everybody in it is told."})
    days_late = fields.Integer(
        required=True, metadata={"description": "How many days ago that was, by the calendar of its team; 0: in time or closed."}
    )
    total = fields.Integer(required=True, metadata={"description": "Customers in it that the caller may see."})
    done = fields.Integer(required=True)


class FollowUpDayChangeOut(Schema):
    """The day was changed."""

    at = Instant(required=True)
    actor = fields.String(required=True)
    before = fields.Date(required=True, allow_none=True)
    after = fields.Date(required=True)
    reason = fields.String(required=True)


class FollowUpBatchDetailOut(FollowUpBatchOut):
    """The same with its letters and the formula of its order."""

    letters = fields.Dict(required=True)
    formula = fields.String(required=True)
    day_changes = fields.List(fields.Nested(FollowUpDayChangeOut), required=True)


class ItemListArgs(PageArgs):
    """Which customers."""

    state = fields.List(fields.Enum(ItemState, by_value=True), load_default=list)


class FollowUpItemOut(Schema):
    """A customer to be told."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    contact = fields.String(required=True, allow_none=True)
    state = fields.Enum(ItemState, by_value=True, required=True)
    urgency = fields.Float(required=True)
    facts = fields.Dict(required=True, metadata={"description": "What the urgency is made of."})
    issue_id = fields.Integer(required=True, allow_none=True)
    skip_reason = fields.Enum(SkipReason, by_value=True, required=True, allow_none=True)
    stopped_because = fields.Enum(StopReason, by_value=True, required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    worked_by = fields.String(required=True, allow_none=True)
    worked_at = Instant(required=True, allow_none=True)


class FollowUpOutcomeIn(Schema):
    """What became of a customer: `mail` has the letter sent, `open` takes a call or a skip back."""

    outcome = fields.String(required=True, validate=validate.OneOf(["mail", "called", "skipped", "open"]))
    note = Text(limit=LONG_TEXT, allow_none=True, load_default=None, metadata={"description": "What was said, or why not."})
    reason = fields.Enum(SkipReason, by_value=True, load_default=None, allow_none=True)

    @ma.validates_schema
    def _needs_a_reason(self, data: dict[str, Any], **_options: Any) -> None:
        if data.get("outcome") == "skipped" and data.get("reason") is None:
            raise ma.ValidationError("Say why nobody is told.", "reason")


class FollowUpMailsIn(Schema):
    """Customers of the follow-up to be mailed."""

    item_ids = fields.List(Id(), required=True, validate=validate.Length(min=1, max=MANY))


class FollowUpMailsOut(Schema):
    """How many mails wait to leave now."""

    queued = fields.Integer(required=True)


class DisruptionPreviewIn(Schema):
    """Whom a disruption would affect."""

    reach = fields.Nested(ReachIn, required=True)


class AffectedOut(Schema):
    """An affected account; `play` is what its standing says now."""

    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    region = fields.String(required=True, allow_none=True)
    segment = fields.String(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    followed_up_at = Instant(required=True, allow_none=True)


class DisruptionPreviewOut(Schema):
    """How many accounts, and those of them that the caller may see."""

    count = fields.Integer(required=True)
    accounts = fields.List(fields.Nested(AffectedOut), required=True)


class Words(fields.Field[str | dict[str, str]]):
    """One text for everybody, or one in each language: {"en": "…", "es": "…"}; whoever has none in theirs reads English."""

    default_error_messages = {"invalid": "Write a text, or one for each language."}

    def __init__(self, *, limit: int = SHORT_TEXT, **options: Any) -> None:
        self.text = Text(limit=limit)
        self.texts = fields.Dict(
            keys=fields.String(validate=validate.OneOf(list(LANGUAGES))), values=self.text, validate=validate.Length(min=1)
        )
        text = {"type": "string", "minLength": 1, "maxLength": limit}
        by_language = {"type": "object", "minProperties": 1, "properties": dict.fromkeys(LANGUAGES, text)}
        kinds = [text, by_language | {"additionalProperties": False}, *([{"type": "null"}] if options.get("allow_none") else [])]
        super().__init__(metadata={"anyOf": kinds, "description": type(self).__doc__}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str | dict[str, str]:
        if isinstance(value, dict):
            return dict(self.texts.deserialize(value, attr, data))
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return str(self.text.deserialize(value, attr, data))


class NewDisruptionIn(Schema):
    """A company-side event."""

    title = Words(required=True)
    reach = fields.Nested(ReachIn, required=True)
    starts_at = Instant(format="iso", load_default=None, allow_none=True)
    ends_at = Instant(format="iso", load_default=None, allow_none=True)
    message = Words(limit=LONG_TEXT, load_default=None, allow_none=True)
    outcome = Words(limit=LONG_TEXT, load_default=None, allow_none=True)
    holds_sales = fields.Boolean(load_default=True)
    team_id = Id(load_default=None, allow_none=True)


class DisruptionIn(Schema):
    """What changes; an end that lies ahead lets one that was over go on."""

    title = Words()
    reach = fields.Nested(ReachIn)
    ends_at = Instant(format="iso", allow_none=True)
    message = Words(limit=LONG_TEXT, allow_none=True)
    outcome = Words(limit=LONG_TEXT, allow_none=True)
    holds_sales = fields.Boolean()
    team_id = Id(allow_none=True)


class DisruptionMoveIn(Schema):
    """`over`: it has ended; letters say `outcome`. `withdrawn`: it was entered by mistake; say why in `note`."""

    to = fields.String(required=True, validate=validate.OneOf(["over", "withdrawn"]))
    note = Text(limit=LONG_TEXT, allow_none=True, load_default=None)
    outcome = Words(limit=LONG_TEXT, load_default=None, allow_none=True)


class DisruptionListArgs(PageArgs):
    """Which disruptions."""

    account_id = QueryId(load_default=None)


class DisruptionOut(Schema):
    """A disruption. Counts are of the accounts that the caller may see."""

    id = fields.Integer(required=True)
    title = fields.String(required=True, metadata={"description": "In the caller's language, as far as it is known."})
    titles = fields.Dict(required=True, metadata={"description": "By language."})
    state = fields.Enum(DisruptionState, by_value=True, required=True)
    message = fields.String(required=True, allow_none=True, metadata={"description": "What is said while it goes on."})
    messages = fields.Dict(required=True, metadata={"description": "By language."})
    outcome = fields.String(required=True, allow_none=True, metadata={"description": "What the letters say once it is over."})
    outcomes = fields.Dict(required=True, metadata={"description": "By language."})
    reach = fields.Dict(required=True, metadata={"description": "Its `account_ids`: those that the caller may see."})
    starts_at = Instant(required=True)
    ends_at = Instant(required=True, allow_none=True)
    holds_sales = fields.Boolean(required=True)
    team_id = fields.Integer(required=True, allow_none=True)
    accounts = fields.Integer(required=True)
    followed_up = fields.Integer(required=True)
    batch_id = fields.Integer(required=True, allow_none=True, metadata={"description": "Its follow-up, when it is over."})


class DisruptionAccountArgs(PageArgs):
    """A page of the affected accounts."""
