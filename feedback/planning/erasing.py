"""What plans keep about a person: only what somebody wrote there in words."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import clear_texts
from feedback.kernel.erasing import Counts, Person, erases
from feedback.planning.models import AccountPlan, PlanIntent, PlanObjective, PlanPromise, PlanReview


@erases(
    "account_plan.note", "account_plan.outcome", "plan_objective.text", "plan_intent.product", "plan_intent.note",
    "plan_review.place", "plan_review.people", "plan_review.agreed", "plan_promise.text",
)  # fmt: skip
def forget_plans(person: Person) -> Counts:
    """Clear the name from the plans of the person's accounts."""
    session, here = db.session(), AccountPlan.account_id.in_(person.account_ids)
    done = clear_texts(session, person, [AccountPlan.note, AccountPlan.outcome], here)
    plans = sa.select(AccountPlan.id).where(here)
    for model, columns in (
        (PlanObjective, [PlanObjective.text]),
        (PlanIntent, [PlanIntent.product, PlanIntent.note]),
        (PlanReview, [PlanReview.place, PlanReview.people, PlanReview.agreed]),
        (PlanPromise, [PlanPromise.text]),
    ):
        done += clear_texts(session, person, columns, model.plan_id.in_(plans))
    return {"texts_cleared": done}
