"""What the gate's calls take and answer."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.gate.rules import (
    Advocacy,
    Initiation,
    Intent,
    IssueBand,
    Outcome,
    Play,
    ShareOfWallet,
    Stance,
    Timing,
)
from feedback.kernel.db import MAX_ID
from feedback.permission.rules import Channel, Consent, Purpose
from feedback.web.schemas import SHORT_TEXT, Id, Schema, Text

MAX_BATCH = 10_000
SELLING_PURPOSES = (Purpose.OFFERS, Purpose.PARTNER_OFFERS)


def _one_of(kind: type[Any], **options: Any) -> "fields.Enum[Any]":
    return fields.Enum(kind, by_value=True, **options)


def check_selling_purpose(value: Purpose) -> None:
    if value not in SELLING_PURPOSES:
        raise ma.ValidationError("Must be one of: offers, partner_offers. Other purposes do not sell and need no decision.")


class QuestionIn(Schema):
    """ "May we sell?" The account is named by exactly one of its two ids. Nothing about its standing is taken from here."""

    account_id = Id()
    account_external_id = Text()
    contact_external_id = Text(allow_none=True)
    purpose = _one_of(Purpose, required=True, validate=check_selling_purpose)
    channel = _one_of(Channel, required=True)
    initiation = _one_of(Initiation, required=True)
    intent = _one_of(
        Intent,
        load_default=Intent.CROSS_SELL,
        error_messages={"unknown": "Must be one of: {choices}. Renewing the same contract is not a sale and needs no decision."},
    )
    product_code = Text(
        allow_none=True, metadata={"description": "What would be sold. Any code; it is kept with the decision and not judged."}
    )

    @ma.validates_schema
    def check_account(self, data: dict[str, Any], **_options: Any) -> None:
        """One of the two names, not both and not none."""
        if ("account_id" in data) == ("account_external_id" in data):
            raise ma.ValidationError("Name the account by account_id or by account_external_id.", "account_external_id")


def _plain_enum(members: Iterable[StrEnum]) -> Callable[[Any], Any]:
    by_value = {member.value: member for member in members}
    return lambda value: by_value.get(value) if type(value) is str else None


def _plain_text(value: Any) -> str | None:
    return (value.strip() or None) if type(value) is str and len(value) <= SHORT_TEXT else None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "account_id": lambda value: value if type(value) is int and 1 <= value <= MAX_ID else None,
    "account_external_id": _plain_text,
    "contact_external_id": _plain_text,
    "purpose": _plain_enum(SELLING_PURPOSES),
    "channel": _plain_enum(Channel),
    "initiation": _plain_enum(Initiation),
    "intent": _plain_enum(Intent),
    "product_code": _plain_text,
}


def read_plain(data: Any) -> dict[str, Any] | None:
    """What `QuestionIn` makes of a body that is plainly right; None where a closer look is needed (a test compares them)."""
    if type(data) is not dict or ("account_id" in data) == ("account_external_id" in data):
        return None
    read = {name: reader(value) if (reader := _READERS.get(name)) else None for name, value in data.items()}
    if None in read.values() or not {"purpose", "channel", "initiation"} <= read.keys():
        return None
    return {"intent": Intent.CROSS_SELL, **read}


class QuestionsIn(Schema):
    """Many questions."""

    requests = fields.List(fields.Nested(QuestionIn), required=True, validate=validate.Length(max=MAX_BATCH))


class GateInputsIn(Schema):
    """One cell of the input space."""

    advocacy = _one_of(Advocacy, required=True)
    share_of_wallet = _one_of(ShareOfWallet, required=True)
    issues = _one_of(IssueBand, required=True)
    consent = _one_of(Consent, required=True)
    timing = _one_of(Timing, required=True)
    initiation = _one_of(Initiation, required=True)


class EvidenceOut(Schema):
    """What a reason rests on."""

    type = fields.String(required=True)
    id = fields.Integer(required=True)


class ReasonOut(Schema):
    """One reason, as a sentence in the caller's language."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceOut), required=True)


class ChangeOut(Schema):
    """Something that has to change first."""

    text = fields.String(required=True)
    issue_id = fields.Integer()
    owner = fields.String()
    due = fields.DateTime(format="iso", metadata={"description": "Of an issue: when it is to be mended."})
    due_kind = fields.String(
        validate=validate.OneOf(["fix", "resolution"]),
        metadata={"description": "`fix`: the day planned with the customer; `resolution`: none is planned, the clock's."},
    )


class SourcesOut(Schema):
    """The rows that each input came from."""

    advocacy = fields.List(fields.Nested(EvidenceOut), required=True)
    share_of_wallet = fields.List(fields.Nested(EvidenceOut), required=True)
    issues = fields.List(fields.Nested(EvidenceOut), required=True)
    consent = fields.List(fields.Nested(EvidenceOut), required=True)
    timing = fields.List(fields.Nested(EvidenceOut), required=True)


class DecidedContactOut(Schema):
    """To whom the decision applies."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True)


class GatePreviewOut(Schema):
    """What the answer to "may we sell?" would be."""

    account_id = fields.Integer(required=True)
    contact = fields.Nested(DecidedContactOut, required=True, allow_none=True)
    outcome = _one_of(Outcome, required=True)
    play = _one_of(Play, required=True)
    summary = fields.String(
        required=True,
        metadata={"description": "To be read aloud, in the caller's language: the answer, why, what changes it and when."},
    )
    reasons = fields.List(fields.Nested(ReasonOut), required=True)
    must_change = fields.List(
        fields.Nested(ChangeOut), required=True, metadata={"description": "What would turn a no into a yes, and who is on it."}
    )
    rows = fields.List(fields.String(), required=True)
    inputs = fields.Nested(GateInputsIn, required=True)
    sources = fields.Nested(SourcesOut, required=True)
    policy_version = fields.String(required=True)
    decided_at = fields.DateTime(format="iso", required=True)
    expires_at = fields.DateTime(format="iso", required=True)
    next_review_at = fields.DateTime(format="iso", required=True, allow_none=True)


class DecisionOut(GatePreviewOut):
    """The answer to "may we sell?"."""

    decision_id = fields.Integer(required=True)


class FailedQuestionOut(Schema):
    """Why one question of a batch got no decision."""

    status = fields.Integer(required=True)
    detail = fields.String(required=True)


class DecisionOrErrorOut(DecisionOut):
    """A decision, or `error` alone."""

    error = fields.Nested(FailedQuestionOut)


class DecisionsOut(Schema):
    """One answer per question, in their order; an item has either the fields of a decision or `error`."""

    items = fields.List(fields.Nested(DecisionOrErrorOut(partial=True)), required=True)


class VerdictOut(Schema):
    """What the tables say."""

    outcome = _one_of(Outcome, required=True)
    play = _one_of(Play, required=True)
    reasons = fields.List(fields.String(), required=True)
    rows = fields.List(fields.String(), required=True)


class ReplayOut(VerdictOut):
    """A decision recomputed from its stored inputs and tables."""

    agrees = fields.Boolean(required=True)
    policy_version = fields.String(required=True)


class StoredDecisionOut(DecisionOut):
    """A decision as it was kept."""

    purpose = _one_of(Purpose, required=True)
    channel = _one_of(Channel, required=True)
    intent = _one_of(Intent, required=True)
    product_code = fields.String(required=True, allow_none=True)
    requested_by = fields.String(required=True)
    intact = fields.Boolean(required=True, metadata={"description": "Whether the row still is what was stored."})
    state = fields.String(required=True, validate=validate.OneOf(["live", "expired", "invalidated"]))
    invalidated_at = fields.DateTime(format="iso", required=True, allow_none=True)
    invalidated_by = fields.String(required=True, allow_none=True)
    replay = fields.Nested(ReplayOut)


class DecisionArgs(Schema):
    """How a stored decision is wanted."""

    replay = fields.Boolean(load_default=False, metadata={"description": "Recompute it; 409 if it or its policy was changed."})


class BoundsOut(Schema):
    """The index if every silent contact were a detractor, or a promoter."""

    low = fields.Float(required=True, allow_none=True)
    high = fields.Float(required=True, allow_none=True)


class StandingOut(Schema):
    """How an account stands to us, why, and what has to change first."""

    account_id = fields.Integer(required=True)
    advocacy = _one_of(Advocacy, required=True)
    advocacy_index = fields.Float(required=True, allow_none=True)
    bounds = fields.Nested(BoundsOut, required=True)
    coverage = fields.Float(required=True)
    split = fields.Boolean(required=True)
    n = fields.Integer(required=True)
    known_contacts = fields.Integer(required=True)
    newest_answer_at = fields.DateTime(format="iso", required=True, allow_none=True)
    share_of_wallet = _one_of(ShareOfWallet, required=True)
    share = fields.Float(required=True, allow_none=True)
    issues = _one_of(IssueBand, required=True)
    play = _one_of(Play, required=True)
    stance = _one_of(Stance, required=True)
    reasons = fields.List(fields.Nested(ReasonOut), required=True)
    must_change = fields.List(fields.Nested(ChangeOut), required=True)
    computed_at = fields.DateTime(format="iso", required=True)
    next_review_at = fields.DateTime(format="iso", required=True, allow_none=True)
