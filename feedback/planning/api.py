"""/api/v1/account-plans: what we want with a customer, what must change first, and what was promised."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.planning import parts, service
from feedback.planning.locking import READ, WRITE
from feedback.planning.parts import Part
from feedback.planning.presenting import head_document, plan_document
from feedback.planning.queries import PlanFilter, access_plan, list_plans
from feedback.planning.schemas import (
    NewPlanConditionIn,
    NewPlanIntentIn,
    NewPlanObjectiveIn,
    NewPlanPromiseIn,
    NewPlanReviewIn,
    PlanChangeIn,
    PlanHeadOut,
    PlanIn,
    PlanIntentIn,
    PlanListArgs,
    PlanMoveIn,
    PlanObjectiveIn,
    PlanOut,
    PlanPromiseIn,
    PlanReviewIn,
    SeenArgs,
)
from feedback.planning.service import PlanDraft
from feedback.planning.sheets import sheet_of, sheets
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

blueprint = Blueprint(
    "account_plans", __name__, url_prefix="/api/v1/account-plans", description="Plans per account and period, with reviews"
)
Document = dict[str, Any]


def _plan(plan_id: int, permission: str = WRITE) -> Document:
    viewer = current_viewer()
    return plan_document(sheet_of(access_plan(plan_id, viewer=viewer, permission=permission), asker=viewer.user_id))


@blueprint.route("")
class Plans(MethodView):
    """Plans in the caller's scope."""

    @requires("plan.read")
    @blueprint.arguments(PlanListArgs, location="query")
    @blueprint.response(200, page_of(PlanHeadOut))
    def get(self, args: Document) -> Document:
        """List account plans, the newest first"""
        limit, cursor = args.pop("limit"), args.pop("cursor")
        page = list_plans(current_viewer(), PlanFilter(**args), limit=limit, cursor=cursor)
        found = sheets(page.items, asker=current_viewer().user_id)
        return {"items": [head_document(sheet) for sheet in found], "next_cursor": page.next_cursor}

    @requires("plan.write")
    @blueprint.arguments(PlanIn)
    @blueprint.response(201, PlanOut)
    def post(self, body: Document) -> Document:
        """Begin a plan, as a draft; one live plan per account and period"""
        with transaction():
            return _plan(service.make_plan(PlanDraft(**body), viewer=current_viewer()).id)


@blueprint.route("/<int:plan_id>")
class OnePlan(MethodView):
    """One plan."""

    @requires("plan.read")
    @blueprint.response(200, PlanOut)
    def get(self, plan_id: int) -> Document:
        """Show a plan; what must change is read from the evidence as it is now"""
        return _plan(plan_id, READ)

    @requires("plan.write")
    @blueprint.arguments(PlanChangeIn)
    @blueprint.response(200, PlanOut)
    def patch(self, body: Document, plan_id: int) -> Document:
        """Change what a plan is about"""
        with transaction():
            service.change_plan(plan_id, body, version=body.pop("version"), viewer=current_viewer())
            return _plan(plan_id)


@blueprint.route("/<int:plan_id>/transitions")
class PlanTransitions(MethodView):
    """Moving on."""

    @requires("plan.write")
    @blueprint.arguments(PlanMoveIn)
    @blueprint.response(200, PlanOut)
    def post(self, body: Document, plan_id: int) -> Document:
        """Work by a draft from now on, or close a plan with a word on what came of it"""
        with transaction():
            service.move_plan(plan_id, body.pop("to"), **body, viewer=current_viewer())
            return _plan(plan_id)


def _add(part: Part, body: Document, plan_id: int) -> Document:
    with transaction():
        parts.add_part(part, plan_id, body, version=body.pop("version"), viewer=current_viewer())
        return _plan(plan_id)


def _change(part: Part, body: Document, plan_id: int, part_id: int) -> Document:
    with transaction():
        parts.change_part(part, plan_id, part_id, body, version=body.pop("version"), viewer=current_viewer())
        return _plan(plan_id)


def _remove(part: Part, args: Document, plan_id: int, part_id: int) -> Document:
    with transaction():
        parts.remove_part(part, plan_id, part_id, version=args["version"], viewer=current_viewer())
        return _plan(plan_id)


@blueprint.route("/<int:plan_id>/objectives")
class NewObjective(MethodView):
    """Something to reach."""

    @requires("plan.write")
    @blueprint.arguments(NewPlanObjectiveIn)
    @blueprint.response(201, PlanOut)
    def post(self, body: Document, plan_id: int) -> Document:
        """Write down an objective"""
        return _add(Part.OBJECTIVE, body, plan_id)


@blueprint.route("/<int:plan_id>/objectives/<int:objective_id>")
class OneObjective(MethodView):
    """Something to reach of a plan."""

    @requires("plan.write")
    @blueprint.arguments(PlanObjectiveIn)
    @blueprint.response(200, PlanOut)
    def patch(self, body: Document, plan_id: int, objective_id: int) -> Document:
        """Change an objective, or say what became of it"""
        return _change(Part.OBJECTIVE, body, plan_id, objective_id)

    @requires("plan.write")
    @blueprint.arguments(SeenArgs, location="query")
    @blueprint.response(200, PlanOut)
    def delete(self, args: Document, plan_id: int, objective_id: int) -> Document:
        """Take an objective out"""
        return _remove(Part.OBJECTIVE, args, plan_id, objective_id)


@blueprint.route("/<int:plan_id>/must-change")
class NewCondition(MethodView):
    """What must change."""

    @requires("plan.write")
    @blueprint.arguments(NewPlanConditionIn)
    @blueprint.response(201, PlanOut)
    def post(self, body: Document, plan_id: int) -> Document:
        """Write down what must change; it ticks itself"""
        return _add(Part.CONDITION, body, plan_id)


@blueprint.route("/<int:plan_id>/must-change/<int:condition_id>")
class OneCondition(MethodView):
    """What must change of a plan."""

    @requires("plan.write")
    @blueprint.arguments(SeenArgs, location="query")
    @blueprint.response(200, PlanOut)
    def delete(self, args: Document, plan_id: int, condition_id: int) -> Document:
        """Take out what must change"""
        return _remove(Part.CONDITION, args, plan_id, condition_id)


@blueprint.route("/<int:plan_id>/sales-intents")
class NewIntent(MethodView):
    """Something to sell."""

    @requires("plan.write")
    @blueprint.arguments(NewPlanIntentIn)
    @blueprint.response(201, PlanOut)
    def post(self, body: Document, plan_id: int) -> Document:
        """Write down what we would like to sell; it permits nothing"""
        return _add(Part.INTENT, body, plan_id)


@blueprint.route("/<int:plan_id>/sales-intents/<int:intent_id>")
class OneIntent(MethodView):
    """Something to sell of a plan."""

    @requires("plan.write")
    @blueprint.arguments(PlanIntentIn)
    @blueprint.response(200, PlanOut)
    def patch(self, body: Document, plan_id: int, intent_id: int) -> Document:
        """Change what we would like to sell, or say what became of it"""
        return _change(Part.INTENT, body, plan_id, intent_id)

    @requires("plan.write")
    @blueprint.arguments(SeenArgs, location="query")
    @blueprint.response(200, PlanOut)
    def delete(self, args: Document, plan_id: int, intent_id: int) -> Document:
        """Take out what we would like to sell"""
        return _remove(Part.INTENT, args, plan_id, intent_id)


@blueprint.route("/<int:plan_id>/reviews")
class NewReview(MethodView):
    """A review."""

    @requires("plan.write")
    @blueprint.arguments(NewPlanReviewIn)
    @blueprint.response(201, PlanOut)
    def post(self, body: Document, plan_id: int) -> Document:
        """Write down a day to look at the plan"""
        return _add(Part.REVIEW, body, plan_id)


@blueprint.route("/<int:plan_id>/reviews/<int:review_id>")
class OneReview(MethodView):
    """A review of a plan."""

    @requires("plan.write")
    @blueprint.arguments(PlanReviewIn)
    @blueprint.response(200, PlanOut)
    def patch(self, body: Document, plan_id: int, review_id: int) -> Document:
        """Move or call off a review, or write what was agreed"""
        return _change(Part.REVIEW, body, plan_id, review_id)

    @requires("plan.write")
    @blueprint.arguments(SeenArgs, location="query")
    @blueprint.response(200, PlanOut)
    def delete(self, args: Document, plan_id: int, review_id: int) -> Document:
        """Take out a review that was not held"""
        return _remove(Part.REVIEW, args, plan_id, review_id)


@blueprint.route("/<int:plan_id>/promises")
class NewPromise(MethodView):
    """A promise."""

    @requires("plan.write")
    @blueprint.arguments(NewPlanPromiseIn)
    @blueprint.response(201, PlanOut)
    def post(self, body: Document, plan_id: int) -> Document:
        """Write down a promise, or follow one of an issue"""
        return _add(Part.PROMISE, body, plan_id)


@blueprint.route("/<int:plan_id>/promises/<int:promise_id>")
class OnePromise(MethodView):
    """A promise of a plan."""

    @requires("plan.write")
    @blueprint.arguments(PlanPromiseIn)
    @blueprint.response(200, PlanOut)
    def patch(self, body: Document, plan_id: int, promise_id: int) -> Document:
        """Change a promise, or say how it ended"""
        return _change(Part.PROMISE, body, plan_id, promise_id)

    @requires("plan.write")
    @blueprint.arguments(SeenArgs, location="query")
    @blueprint.response(200, PlanOut)
    def delete(self, args: Document, plan_id: int, promise_id: int) -> Document:
        """Take out a promise that has not ended"""
        return _remove(Part.PROMISE, args, plan_id, promise_id)
