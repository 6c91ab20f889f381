"""/api/v1/initiatives, /follow-up-batches and /disruptions: what is done about causes, and who is told."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _

from feedback.access.auth import current_viewer, requires
from feedback.accounts.exchange import current_exchange
from feedback.kernel.errors import InvalidInput, NotFound, RuleViolation
from feedback.kernel.paging import decode_cursor, decode_numbers, encode_cursor, refuse_cursor
from feedback.outer_loop import disruptions, follow_ups, initiatives
from feedback.outer_loop.disruptions import DisruptionDraft
from feedback.outer_loop.initiatives import InitiativeDraft
from feedback.outer_loop.queries import batches as batch_queries
from feedback.outer_loop.queries import disruptions as disruption_queries
from feedback.outer_loop.queries import initiatives as initiative_queries
from feedback.outer_loop.queries.disruptions import DisruptionLine
from feedback.outer_loop.queries.due_days import list_day_changes
from feedback.outer_loop.queries.initiatives import InitiativeLine
from feedback.outer_loop.queries.reaching import named_accounts
from feedback.outer_loop.queries.seeing import seen_issues, seen_reaches
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import InitiativeState
from feedback.outer_loop.schemas import (
    AffectedOut,
    DisruptionAccountArgs,
    DisruptionIn,
    DisruptionListArgs,
    DisruptionMoveIn,
    DisruptionOut,
    DisruptionPreviewIn,
    DisruptionPreviewOut,
    FollowUpBatchDetailOut,
    FollowUpBatchIn,
    FollowUpBatchOut,
    FollowUpItemOut,
    FollowUpMailsIn,
    FollowUpMailsOut,
    FollowUpNewBatchIn,
    FollowUpOutcomeIn,
    InitiativeIn,
    InitiativeListArgs,
    InitiativeMoveIn,
    InitiativeOut,
    ItemListArgs,
    NewDisruptionIn,
    NewInitiativeIn,
)
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, page_of

blueprint = Blueprint("outer_loop", __name__, url_prefix="/api/v1", description="The outer loop: causes, and who is told")
DECLARE, TELL = "disruption.write", "follow_up.work"
DELIVERED = (InitiativeState.DELIVERED, InitiativeState.EFFECT_CONFIRMED)


def _with_reach(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its reach as a value; accounts named by external ids become ids."""
    if "reach" in body:
        said = dict(body["reach"])
        named = named_accounts(said.pop("accounts", []))
        parts = {name: tuple(values) for name, values in said.items()}
        body["reach"] = Reach(**{**parts, "account_ids": tuple(dict.fromkeys((*parts.get("account_ids", ()), *named)))})
    return body


def _present(lines: Sequence[InitiativeLine]) -> list[dict[str, Any]]:
    """Of their customers and issues those that the caller may see."""
    viewer = current_viewer()
    reaches = seen_reaches(viewer, [line.row.reach for line in lines])
    seen = seen_issues(viewer, (issue_id for line in lines for issue_id in line.issue_ids))
    return [_document(line, reach, seen) for line, reach in zip(lines, reaches, strict=True)]


def _present_one(initiative_id: int) -> dict[str, Any]:
    return _present([initiative_queries.get_initiative(initiative_id)])[0]


def _document(line: InitiativeLine, reach: dict[str, Any], seen: Collection[int]) -> dict[str, Any]:
    row = line.row
    names = (
        "id", "title", "state", "team_id", "plan", "root_cause", "cost", "due_on", "target_from", "target_to", "promise",
        "news", "created_at", "committed_at", "started_at", "delivered_at", "decided_at", "reopen_count",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "owner": {"id": row.owner_id, "name": line.owner} if row.owner_id else None,
        "currency": row.currency or current_exchange().currency,
        "defects": [code for code, _name in line.defects],
        "issue_ids": [issue_id for issue_id in line.issue_ids if issue_id in seen],
        "checks": list(line.checks),
        "reach": reach,
    }


@blueprint.route("/initiatives")
class Initiatives(MethodView):
    """Improvements that remove a cause."""

    @requires("initiative.read")
    @blueprint.arguments(InitiativeListArgs, location="query")
    @blueprint.response(200, page_of(InitiativeOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List initiatives, the newest first"""
        limit = args["limit"]
        found = initiative_queries.list_initiatives(
            states=args["state"], defect=args["defect"], after=_after(args["cursor"]), limit=limit + 1
        )
        last = encode_cursor(found[limit - 1].row.id) if len(found) > limit else None
        return {"items": _present(found[:limit]), "next_cursor": last}

    @requires("initiative.write")
    @blueprint.arguments(NewInitiativeIn)
    @blueprint.response(201, InitiativeOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Propose an initiative"""
        with transaction():
            made = initiatives.propose_initiative(InitiativeDraft(**_with_reach(body)), viewer=current_viewer())
            return _present_one(made.id)


def _after(cursor: str | None) -> int | None:
    return decode_numbers(cursor, size=1)[0] if cursor else None


@blueprint.route("/initiatives/<int:initiative_id>")
class OneInitiative(MethodView):
    """One initiative."""

    @requires("initiative.read")
    @blueprint.response(200, InitiativeOut)
    def get(self, initiative_id: int) -> dict[str, Any]:
        """Show an initiative with its measured effect"""
        return _present_one(initiative_id)

    @requires("initiative.write")
    @blueprint.arguments(InitiativeIn)
    @blueprint.response(200, InitiativeOut)
    def patch(self, body: dict[str, Any], initiative_id: int) -> dict[str, Any]:
        """Change an initiative; lists replace the ones before"""
        with transaction():
            initiatives.change_initiative(initiative_id, _with_reach(body), viewer=current_viewer())
            return _present_one(initiative_id)


@blueprint.route("/initiatives/<int:initiative_id>/transitions")
class InitiativeTransitions(MethodView):
    """Moving on."""

    @requires("initiative.write")
    @blueprint.arguments(InitiativeMoveIn)
    @blueprint.response(200, InitiativeOut)
    def post(self, body: dict[str, Any], initiative_id: int) -> dict[str, Any]:
        """Move an initiative to its next state; a delivery lists the customers to be told"""
        with transaction():
            initiatives.move_initiative(initiative_id, body["to"], note=body["note"], viewer=current_viewer())
            return _present_one(initiative_id)


FORMULA = "40 × value tier + 25 × band + 20 × revenue (logarithmic) + 15 × openness of the issue"


def _batch(batch_id: int, permission: str) -> dict[str, Any]:
    line, batch = batch_queries.get_batch(batch_id, current_viewer(), permission=permission)
    return asdict(line) | {"letters": batch.letters, "formula": FORMULA, "day_changes": list_day_changes(batch_id)}


@blueprint.route("/follow-up-batches")
class Batches(MethodView):
    """Customers to be told that something was done, or is over."""

    @requires("follow_up.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(FollowUpBatchOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List follow-ups, the newest first"""
        limit = args["limit"]
        found = batch_queries.list_batches(current_viewer(), after=_after(args["cursor"]), limit=limit + 1)
        last = encode_cursor(found[limit - 1].id) if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": last}

    @requires("initiative.write")
    @blueprint.arguments(FollowUpNewBatchIn)
    @blueprint.response(201, FollowUpBatchDetailOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make the list of a delivered initiative anew, from another day on"""
        with transaction():
            found = initiatives.lock_initiative(body["initiative_id"])
            if found.state not in DELIVERED:
                raise RuleViolation(_("Nothing was delivered yet that customers could be told."))
            batch_id = follow_ups.follow_up_initiative(found, since=body.get("since"))
            if batch_id is None:
                raise RuleViolation(_("Nobody named this problem or has an issue with it since then."))
            return _batch(batch_id, TELL)


@blueprint.route("/follow-up-batches/<int:batch_id>")
class OneBatch(MethodView):
    """One follow-up."""

    @requires("follow_up.read")
    @blueprint.response(200, FollowUpBatchDetailOut)
    def get(self, batch_id: int) -> dict[str, Any]:
        """Show a follow-up with its letters"""
        return _batch(batch_id, "follow_up.read")

    @requires("follow_up.work")
    @blueprint.arguments(FollowUpBatchIn)
    @blueprint.response(200, FollowUpBatchDetailOut)
    def patch(self, body: dict[str, Any], batch_id: int) -> dict[str, Any]:
        """Change its letters, its team or its day, or close it"""
        with transaction():
            follow_ups.change_batch(batch_id, body, viewer=current_viewer())
            return _batch(batch_id, TELL)


@blueprint.route("/follow-up-batches/<int:batch_id>/items")
class Items(MethodView):
    """Its customers."""

    @requires("follow_up.read")
    @blueprint.arguments(ItemListArgs, location="query")
    @blueprint.response(200, page_of(FollowUpItemOut))
    def get(self, args: dict[str, Any], batch_id: int) -> dict[str, Any]:
        """List the customers, the most urgent first"""
        viewer, limit = current_viewer(), args["limit"]
        batch_queries.get_batch(batch_id, viewer)
        found = batch_queries.list_items(batch_id, viewer, states=args["state"], after=_place(args["cursor"]), limit=limit + 1)
        last = encode_cursor(found[limit - 1].urgency, found[limit - 1].id) if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": last}


def _place(cursor: str | None) -> tuple[float, int] | None:
    if not cursor:
        return None
    urgency, item_id = decode_cursor(cursor, size=2)
    if type(urgency) not in (int, float) or type(item_id) is not int or not 0 <= item_id < 2**31:
        refuse_cursor()
    return float(urgency), item_id


@blueprint.route("/follow-up-batches/<int:batch_id>/items/<int:item_id>/outcome")
class Outcome(MethodView):
    """What became of a customer."""

    @requires("follow_up.work")
    @blueprint.arguments(FollowUpOutcomeIn)
    @blueprint.response(200, FollowUpItemOut)
    def post(self, body: dict[str, Any], batch_id: int, item_id: int) -> Any:
        """Note a call, skip with a reason, have the letter mailed, or take it back"""
        viewer, note = current_viewer(), body["note"] or ""
        with transaction():
            if batch_queries.lock_item(item_id, viewer=viewer).batch_id != batch_id:
                raise NotFound
            if body["outcome"] == "called":
                follow_ups.note_call(item_id, said=note, viewer=viewer)
            elif body["outcome"] == "skipped":
                follow_ups.skip_item(item_id, reason=body["reason"], note=note, viewer=viewer)
            elif body["outcome"] == "mail":
                follow_ups.ask_for_mails([item_id], viewer=viewer)
            else:
                follow_ups.reopen_item(item_id, viewer=viewer)
            (told,) = batch_queries.list_items(batch_id, viewer, item_id=item_id, permission=TELL)
            return told


@blueprint.route("/follow-up-batches/<int:batch_id>/mails")
class Mails(MethodView):
    """Letters to several customers."""

    @requires("follow_up.work")
    @blueprint.arguments(FollowUpMailsIn)
    @blueprint.response(200, FollowUpMailsOut)
    def post(self, body: dict[str, Any], batch_id: int) -> dict[str, Any]:
        """Have the letter mailed; every stop is looked at again just before each mail leaves"""
        viewer = current_viewer()
        with transaction():
            batch_queries.lock_batch(batch_id, viewer=viewer)
            if batch_queries.missing_items(batch_id, body["item_ids"], viewer, permission=TELL):
                raise InvalidInput({"item_ids": [_("Some of these customers are not in this follow-up.")]})
            return {"queued": follow_ups.ask_for_mails(body["item_ids"], viewer=viewer)}


def _shown(lines: Sequence[DisruptionLine]) -> list[DisruptionLine]:
    """Of the accounts that they name those that the caller may see."""
    reaches = seen_reaches(current_viewer(), [line.reach for line in lines])
    return [replace(line, reach=reach) for line, reach in zip(lines, reaches, strict=True)]


@blueprint.route("/disruptions")
class Disruptions(MethodView):
    """Company-side events."""

    @requires("disruption.read")
    @blueprint.arguments(DisruptionListArgs, location="query")
    @blueprint.response(200, page_of(DisruptionOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List disruptions, the newest first"""
        limit = args["limit"]
        found = disruption_queries.list_disruptions(
            current_viewer(), account_id=args["account_id"], after=_after(args["cursor"]), limit=limit + 1
        )
        last = encode_cursor(found[limit - 1].id) if len(found) > limit else None
        return {"items": _shown(found[:limit]), "next_cursor": last}

    @requires("disruption.write")
    @blueprint.arguments(NewDisruptionIn)
    @blueprint.response(201, DisruptionOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Declare a disruption; the gate heeds it from its start"""
        with transaction():
            made = disruptions.declare_disruption(DisruptionDraft(**_with_reach(body)), viewer=current_viewer())
            return disruption_queries.get_disruption(made.id, current_viewer(), permission=DECLARE)


@blueprint.route("/disruptions/preview")
class DisruptionPreview(MethodView):
    """Whom it would affect."""

    @requires("disruption.write")
    @blueprint.arguments(DisruptionPreviewIn)
    @blueprint.response(200, DisruptionPreviewOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Show the accounts that a disruption would affect; nothing is written"""
        reach = _with_reach(body)["reach"]
        count = disruptions.count_affected(reach)
        return {"count": count, "accounts": disruption_queries.list_reached(reach, current_viewer(), permission=DECLARE)}


@blueprint.route("/disruptions/<int:disruption_id>")
class OneDisruption(MethodView):
    """One disruption."""

    @requires("disruption.read")
    @blueprint.response(200, DisruptionOut)
    def get(self, disruption_id: int) -> Any:
        """Show a disruption"""
        return _shown([disruption_queries.get_disruption(disruption_id, current_viewer())])[0]

    @requires("disruption.write")
    @blueprint.arguments(DisruptionIn)
    @blueprint.response(200, DisruptionOut)
    def patch(self, body: dict[str, Any], disruption_id: int) -> Any:
        """Change its words, its end, or whom it affects"""
        with transaction():
            disruptions.change_disruption(disruption_id, _with_reach(body), viewer=current_viewer())
            return disruption_queries.get_disruption(disruption_id, current_viewer(), permission=DECLARE)


@blueprint.route("/disruptions/<int:disruption_id>/transitions")
class DisruptionTransitions(MethodView):
    """Its end."""

    @requires("disruption.write")
    @blueprint.arguments(DisruptionMoveIn)
    @blueprint.response(200, DisruptionOut)
    def post(self, body: dict[str, Any], disruption_id: int) -> Any:
        """End it (the affected customers are listed to be told), or withdraw it"""
        with transaction():
            if body["to"] == "over":
                disruptions.end_disruption(disruption_id, outcome=body["outcome"], viewer=current_viewer())
            else:
                disruptions.withdraw_disruption(disruption_id, note=body["note"], viewer=current_viewer())
            return disruption_queries.get_disruption(disruption_id, current_viewer(), permission=DECLARE)


@blueprint.route("/disruptions/<int:disruption_id>/accounts")
class DisruptionAccounts(MethodView):
    """Whom it affects."""

    @requires("disruption.read")
    @blueprint.arguments(DisruptionAccountArgs, location="query")
    @blueprint.response(200, page_of(AffectedOut))
    def get(self, args: dict[str, Any], disruption_id: int) -> dict[str, Any]:
        """List the affected accounts by name"""
        viewer, limit = current_viewer(), args["limit"]
        disruption_queries.get_disruption(disruption_id, viewer)
        after = _name_and_id(args["cursor"])
        found = disruption_queries.list_affected(disruption_id, viewer, after=after, limit=limit + 1)
        last = encode_cursor(found[limit - 1].account, found[limit - 1].account_id) if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": last}


def _name_and_id(cursor: str | None) -> tuple[str, int] | None:
    if not cursor:
        return None
    name, account_id = decode_cursor(cursor, size=2)
    if type(name) is not str or type(account_id) is not int or not 0 <= account_id < 2**31:
        refuse_cursor()
    return name, account_id
