"""GET /selling-discipline: whether the gate was asked before anybody sold, and what followed where it was not."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.gate.contacts.queries import READ
from feedback.gate.contacts.rules import ContactOutcome, Match
from feedback.issues.rules.recovery import Share
from feedback.kernel import clock
from feedback.kernel.paging import decode_numbers, encode_cursor
from feedback.permission.rules import Channel
from feedback.reporting.channel_closures import Closures, channel_closures
from feedback.reporting.discipline.board import Discipline, NotAllowed, Sellers, not_allowed, selling_discipline
from feedback.reporting.discipline.reads import Period
from feedback.reporting.discipline.rules import Consequence, Group
from feedback.reporting.recovery_api import PeopleShareOut
from feedback.selling.rules import PlayState
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, Schema, page_of

blueprint = Blueprint(
    "selling_discipline", __name__, url_prefix="/api/v1/selling-discipline", description="Was the gate asked before we sold?"
)
USUAL = timedelta(days=90)


class _Days(Schema):
    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)

    @ma.validates_schema
    def check_order(self, data: dict[str, Any], **_options: Any) -> None:
        """A period has an end behind its start."""
        if data["from_"] and data["to"] and data["to"] <= data["from_"]:
            raise ma.ValidationError(_("The period ends before it begins."), "to")


class DisciplineArgs(_Days):
    """Sales contacts from `from` on and before `to` (UTC days; without `from`, of 90 days)."""


class NotAllowedArgs(PageArgs, _Days):
    """The same period, page by page."""


class ConsequencesOut(Schema):
    """After how many of these contacts a customer did this within 30 days."""

    complaint = fields.Integer(required=True)
    opt_out = fields.Integer(required=True)
    loss = fields.Integer(required=True)


class SellersOut(Schema):
    """A person (null: another system did not say who) or a team (null: in none)."""

    name = fields.String(required=True, allow_none=True)
    team = fields.String(required=True, allow_none=True)
    valid = fields.Integer(required=True)
    without = fields.Integer(required=True)
    against = fields.Integer(required=True)
    share = fields.Nested(PeopleShareOut, required=True)
    followed = fields.Nested(ConsequencesOut, required=True)


class GroupCountOut(Schema):
    """Sales contacts by where the account stood when the gate was asked."""

    group = fields.Enum(Group, by_value=True, required=True)
    count = fields.Integer(required=True)


class PlayCountOut(Schema):
    """Sales contacts by the play of their decision; null: nobody had asked."""

    play = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True)


class SuggestionCountOut(Schema):
    """Sales plays that came in the period, by what became of them."""

    state = fields.Enum(PlayState, by_value=True, required=True)
    count = fields.Integer(required=True)


class ScreenedOutCountOut(Schema):
    """Sales plays that were screened out, by reason."""

    reason = fields.String(required=True)
    count = fields.Integer(required=True)


class ClosuresOut(Schema):
    """People who closed a channel to offers, by what the gate had said to the last sales contact within 14 days before."""

    channel = fields.Enum(Channel, by_value=True, required=True)
    people = fields.Integer(required=True)
    after = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "`valid`, `without`, `against`, `none`."},
    )


class DisciplineOut(Schema):
    """The report. The target of `valid` is all of them."""

    valid = fields.Nested(PeopleShareOut, required=True)
    without = fields.Integer(required=True)
    against = fields.Integer(required=True)
    followed = fields.Nested(ConsequencesOut, required=True)
    upsell = fields.Nested(PeopleShareOut, required=True, metadata={"description": "Contacts at promoters with a low share."})
    groups = fields.List(fields.Nested(GroupCountOut), required=True)
    plays = fields.List(fields.Nested(PlayCountOut), required=True)
    people = fields.List(fields.Nested(SellersOut), required=True)
    teams = fields.List(fields.Nested(SellersOut), required=True)
    suggestions = fields.List(fields.Nested(SuggestionCountOut), required=True)
    screened_out = fields.List(fields.Nested(ScreenedOutCountOut), required=True)
    closures = fields.List(fields.Nested(ClosuresOut), required=True)


class SignOut(Schema):
    """What the customer did, and when."""

    kind = fields.Enum(Consequence, by_value=True, required=True)
    at = fields.DateTime(format="iso", required=True)


class NotAllowedOut(Schema):
    """A sales contact without or against a decision, with what followed within 30 days."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    contact = fields.String(required=True, allow_none=True)
    user_id = fields.Integer(required=True, allow_none=True)
    user = fields.String(required=True, allow_none=True)
    team = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    outcome = fields.Enum(ContactOutcome, by_value=True, required=True)
    play = fields.String(required=True, allow_none=True)
    matched = fields.Enum(Match, by_value=True, required=True)
    decision_id = fields.Integer(required=True, allow_none=True)
    occurred_at = fields.DateTime(format="iso", required=True)
    followed = fields.List(fields.Nested(SignOut), required=True)
    days_left = fields.Boolean(required=True, metadata={"description": "The 30 days are not over."})


@blueprint.route("")
class SellingDiscipline(MethodView):
    """The figures."""

    @requires(READ)
    @blueprint.arguments(DisciplineArgs, location="query")
    @blueprint.response(200, DisciplineOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Show how many sales contacts had a valid decision, what followed the others, and where the effort went"""
        viewer, period = current_viewer(), _period(args)
        closed = channel_closures(viewer, period.since, period.until)
        return _shown(selling_discipline(viewer, period)) | {"closures": [_closures(one) for one in closed]}


@blueprint.route("/contacts")
class ContactsNotAllowed(MethodView):
    """One by one."""

    @requires(READ)
    @blueprint.arguments(NotAllowedArgs, location="query")
    @blueprint.response(200, page_of(NotAllowedOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List sales contacts without or against a decision, the newest first, with what followed within 30 days"""
        found = not_allowed(current_viewer(), _period(args))
        if args["cursor"] is not None:
            (last,) = decode_numbers(args["cursor"], size=1)
            places = [place for place, one in enumerate(found) if one.id == last]
            found = found[places[0] + 1 :] if places else []
        page = found[: args["limit"]]
        return {
            "items": [_one(contact) for contact in page],
            "next_cursor": encode_cursor(page[-1].id) if len(found) > len(page) else None,
        }


def _period(args: dict[str, Any]) -> Period:
    since = _midnight(args["from_"]) if args["from_"] else clock.now() - USUAL
    return Period(since, _midnight(args["to"]) if args["to"] else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _shown(found: Discipline) -> dict[str, Any]:
    return {
        "valid": _share(found.valid),
        "without": found.counts[Match.WITHOUT],
        "against": found.counts[Match.AGAINST],
        "followed": found.followed,
        "upsell": _share(found.upsell),
        "groups": _counts("group", found.groups),
        "plays": _counts("play", found.plays),
        "people": [_sellers(line) for line in found.people],
        "teams": [_sellers(line) for line in found.teams],
        "suggestions": _counts("state", found.suggestions),
        "screened_out": _counts("reason", found.screened_out),
    }


def _closures(one: Closures) -> dict[str, Any]:
    after = {"none" if match is None else match.value: count for match, count in one.after.items()}
    return {"channel": one.channel, "people": one.people, "after": after}


def _counts(name: str, counts: Mapping[Any, int]) -> list[dict[str, Any]]:
    return [{name: key, "count": count} for key, count in counts.items()]


def _sellers(line: Sellers) -> dict[str, Any]:
    names = ("name", "team", "valid", "without", "against", "followed")
    return {name: getattr(line, name) for name in names} | {"share": _share(line.share)}


def _share(found: Share) -> dict[str, Any]:
    low, high = found.interval or (None, None)
    return {"count": found.hits, "n": found.n, "share": found.share, "ci_low": low, "ci_high": high}


def _one(contact: NotAllowed) -> dict[str, Any]:
    followed = contact.followed
    return vars(contact) | {"followed": [sign._asdict() for sign in followed.signs], "days_left": followed.open}
