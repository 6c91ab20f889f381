"""What the API of telling takes and answers."""

from datetime import UTC

from marshmallow import fields, validate

from feedback.kernel.paging import MAX_LIMIT
from feedback.telling.log import Fate
from feedback.telling.rules.plans import Reason
from feedback.telling.rules.topics import Channel, Mode, Topic
from feedback.web.schemas import Id, PageArgs, QueryId, Schema, Text, page_of


def _instant(*, empty: bool = False) -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, allow_none=empty, format="iso", default_timezone=UTC)


class NoticeArgs(PageArgs):
    """Query of the list."""

    unread = fields.Boolean(load_default=False, metadata={"description": "Only lines that were not read yet."})
    topic = fields.Enum(Topic, by_value=True, load_default=None)
    account_id = QueryId(load_default=None, metadata={"description": "Only what is about this customer."})


class NoticeOut(Schema):
    """One line."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    topic = fields.Enum(Topic, by_value=True, required=True)
    text = fields.String(required=True)
    advice = fields.String(required=True)
    link = fields.String(required=True)
    params = fields.Dict(required=True)
    account_id = fields.Integer(required=True, allow_none=True)
    account = fields.String(required=True, allow_none=True)
    created_at = _instant()
    read_at = _instant(empty=True)


class NoticePageOut(Schema):
    """A page of lines, and how many are unread in all."""

    items = fields.List(fields.Nested(NoticeOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    unread = fields.Integer(required=True)


class ReadIn(Schema):
    """Which lines were read; without ids all of them."""

    ids = fields.List(Id(), validate=validate.Length(max=MAX_LIMIT), load_default=None, allow_none=True)


class ReadOut(Schema):
    """How many lines were taken off."""

    read = fields.Integer(required=True)


class ChoiceIn(Schema):
    """When somebody wants to hear of a topic on a way."""

    topic = fields.Enum(Topic, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    mode = fields.Enum(Mode, by_value=True, required=True)


class ChoiceOut(ChoiceIn):
    """What holds, and what can be chosen."""

    modes = fields.List(fields.Enum(Mode, by_value=True), required=True)


class SettingsIn(Schema):
    """What is given is changed, the rest stays."""

    digest_hour = fields.Integer(strict=True, metadata={"description": "0 to 23, in your time zone."})
    digest_weekday = fields.Integer(strict=True, metadata={"description": "0 is Monday."})
    quiet_from = fields.Time(allow_none=True, format="%H:%M", metadata={"description": "HH:MM in your time zone."})
    quiet_until = fields.Time(allow_none=True, format="%H:%M", metadata={"description": "HH:MM, the next morning if earlier."})
    quiet_weekends = fields.Boolean(metadata={"description": "Saturdays and Sundays are quiet as a whole."})
    urgent_passes = fields.Boolean(metadata={"description": "What is urgent comes in quiet hours too."})
    choices = fields.List(fields.Nested(ChoiceIn), validate=validate.Length(max=len(Topic) * len(Channel)))


class SettingsOut(Schema):
    """All that one chose, and what holds where one chose nothing."""

    time_zone = fields.String(required=True)
    digest_hour = fields.Integer(required=True)
    digest_weekday = fields.Integer(required=True)
    quiet_from = fields.Time(required=True, allow_none=True, format="%H:%M")
    quiet_until = fields.Time(required=True, allow_none=True, format="%H:%M")
    quiet_weekends = fields.Boolean(required=True)
    urgent_passes = fields.Boolean(required=True)
    choices = fields.List(fields.Nested(ChoiceOut), required=True)


class DeliveryArgs(PageArgs):
    """Query of the log."""

    fate = fields.Enum(Fate, by_value=True, load_default=None)
    undelivered = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Only what reached nobody, and not by their wish: given up, kept here, no address, no way, left."
        },
    )
    channel = fields.Enum(Channel, by_value=True, load_default=None)
    user_id = QueryId(load_default=None)


class DeliveryOut(Schema):
    """One notice to one person on one way."""

    id = fields.Integer(required=True)
    created_at = _instant()
    user_id = fields.Integer(required=True)
    person = fields.String(required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    kind = fields.String(required=True)
    link = fields.String(required=True, allow_none=True)
    fate = fields.Enum(Fate, by_value=True, required=True)
    reason = fields.Enum(Reason, by_value=True, required=True, allow_none=True)
    due_at = _instant(empty=True)
    at = _instant(empty=True)
    read_at = _instant(empty=True)
    attempts = fields.Integer(required=True)
    error = fields.String(required=True, allow_none=True)


DeliveryPageOut = page_of(DeliveryOut)


class HookIn(Schema):
    """A chat to be set up."""

    name = Text(required=True, limit=100)
    address = Text(required=True, limit=1000, metadata={"description": "Shown masked from then on."})
    team_id = Id(load_default=None, allow_none=True, metadata={"description": "Without it the chat is the company's."})
    topics = fields.List(
        fields.Enum(Topic, by_value=True), metadata={"description": "Told there of everybody who did not choose otherwise."}
    )
    names = fields.Boolean(metadata={"description": "Whether customers and people are named there."})
    active = fields.Boolean()


class HookChangeIn(Schema):
    """What is given is changed."""

    name = Text(limit=100)
    address = Text(limit=1000)
    topics = fields.List(fields.Enum(Topic, by_value=True))
    names = fields.Boolean()
    active = fields.Boolean()


class HookOut(Schema):
    """A chat, its address masked."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    team_id = fields.Integer(required=True, allow_none=True)
    shown = fields.String(required=True)
    topics = fields.List(fields.String(), required=True)
    names = fields.Boolean(required=True)
    active = fields.Boolean(required=True)
    created_at = _instant()


class HookListOut(Schema):
    """All chats."""

    items = fields.List(fields.Nested(HookOut), required=True)


class HookTrialOut(Schema):
    """What came back."""

    took_it = fields.Boolean(required=True)
    status = fields.Integer(required=True, allow_none=True)
    said = fields.String(required=True)
