"""/api/v1/issues, and how they are routed and timed."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.accounts.contracts import contract_ids
from feedback.accounts.queries import account_ids_by_external_id, contact_ids_by_external_id
from feedback.defects.catalogue import defects_by_code
from feedback.extensions import db
from feedback.issues import assigning, configuration, moves, queries, service, waiting
from feedback.issues.complaints import Complaint, enter_complaint
from feedback.issues.handed_in import with_customer
from feedback.issues.harm import Harm
from feedback.issues.list_schemas import IssueListArgs
from feedback.issues.presenting import present, present_many
from feedback.issues.queries import IssueFilter
from feedback.issues.queries.fixing import fixes_owed_by
from feedback.issues.rules import IssueSource
from feedback.issues.schemas import (
    AssignmentIn,
    CommitmentIn,
    CommitmentOut,
    IssueDetailOut,
    IssueOut,
    LevelsSchema,
    MoveIn,
    NewIssueIn,
    StepsSchema,
    TalkIn,
    WaitingIn,
)
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.staffing.queries import stood_in_for
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

blueprint = Blueprint("issues", __name__, url_prefix="/api/v1/issues", description="The inner loop: problems of customers")
routing_blueprint = Blueprint("routing", __name__, url_prefix="/api/v1", description="By when things have to happen")


@blueprint.route("")
class Issues(MethodView):
    """Issues in the caller's scope."""

    @requires("issue.read")
    @blueprint.arguments(IssueListArgs, location="query")
    @blueprint.response(200, page_of(IssueOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List issues: open ones by their next due clock (or by priority), then closed ones, newest first"""
        wanted = IssueFilter(
            states=args["state"],
            owner_id=_owner_id(args["owner"]),
            or_of=_stood_in_for(args["owner"]),
            or_ids=_owed_fixes(args["owner"]),
            nobody=args["owner"] == "none",
            team_id=args["team_id"],
            account_id=args["account_id"],
            due=args["due"],
            defect_id=_defect_id(args["defect"]),
            severity=args["severity"],
            kind=args["kind"],
            waiting=args["waiting"],
        )
        page = queries.list_issues(current_viewer(), wanted, order=args["order"], limit=args["limit"], cursor=args["cursor"])
        return {"items": present_many(page.items), "next_cursor": page.next_cursor}

    @requires("issue.open")
    @blueprint.arguments(NewIssueIn)
    @blueprint.response(201, IssueDetailOut)
    @blueprint.alt_response(200, schema=IssueDetailOut, description="The same complaint was handed in before.")
    def post(self, body: dict[str, Any]) -> Any:
        """Open an issue that no answer told us of, or hand in a complaint

        It is routed like any other. A complaint about a named defect joins the account's open issue about it. Of a complaint that
        another system hands in, account and contact come into being if they are not known, as with an answer.
        """
        viewer = current_viewer()
        with transaction():
            said = _named(with_customer(body, viewer=viewer))
            if said.pop("source") is IssueSource.STAFF:
                harm = said.pop("harm", None)
                return present(service.open_issue(service.NewIssue(**said, harm=harm and Harm(**harm)), viewer=viewer))
            entered = enter_complaint(_complaint(said), viewer=viewer)
            return present(entered.issue), 201 if entered.created else 200


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """What is named as in files, by our ids."""
    found = dict(body)
    if "account_id" not in found:
        found["account_id"] = _account_id(found.pop("account_external_id"))
    for name, ids_of in (("contact", contact_ids_by_external_id), ("contract", contract_ids)):
        external_id = found.pop(f"{name}_external_id", None)
        if external_id is not None:
            ids = ids_of([external_id])
            if external_id not in ids:
                raise InvalidInput({f"{name}_external_id": [f"There is no {name} '{external_id}'."]})
            found[f"{name}_id"] = ids[external_id]
    return found


def _complaint(said: dict[str, Any]) -> Complaint:
    harm = said.pop("harm", None)
    if "external_id" in said:
        said.setdefault("external_system", "api")
    return Complaint(**said, harm=harm and Harm(**harm))


def _owner_id(owner: str | int | None) -> int | None:
    if owner == "me":
        user_id = current_viewer().user_id
        if user_id is None:
            raise InvalidInput({"owner": ["A token is nobody in particular: name a person by id."]})
        return user_id
    return owner if isinstance(owner, int) else None


def _defect_id(code: str | None) -> int | None:
    if code is None:
        return None
    found = defects_by_code(db.session()).get(code)
    if found is None:
        raise InvalidInput({"defect": [f"There is no defect '{code}'."]})
    return found.id


def _stood_in_for(owner: str | int | None) -> frozenset[int]:
    user_id = current_viewer().user_id
    return stood_in_for(user_id) if owner == "me" and user_id is not None else frozenset()


def _owed_fixes(owner: str | int | None) -> frozenset[int]:
    user_id = current_viewer().user_id
    return fixes_owed_by(user_id) if owner == "me" and user_id is not None else frozenset()


def _account_id(external_id: str) -> int:
    found = account_ids_by_external_id([external_id])
    if external_id not in found:
        raise NotFound
    return found[external_id]


@blueprint.route("/<int:issue_id>")
class OneIssue(MethodView):
    """One issue."""

    @requires("issue.read")
    @blueprint.response(200, IssueDetailOut)
    def get(self, issue_id: int) -> dict[str, Any]:
        """Show an issue with its promises, talks, history and what may come next"""
        return present(queries.access_issue(issue_id, viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/transitions")
class Transitions(MethodView):
    """Moving on."""

    @requires("issue.work")
    @blueprint.arguments(MoveIn)
    @blueprint.response(200, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Move an issue to its next state

        `in_fix` to `in_fix` is a progress update. A refusal is 409 and names in `missing` everything that is missing.
        """
        with transaction():
            return present(moves.move_issue(issue_id, moves.Move(**body), viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/waiting")
class Waiting(MethodView):
    """Nothing can be done until the customer answers."""

    @requires("issue.work")
    @blueprint.arguments(WaitingIn)
    @blueprint.response(200, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Wait for the customer: the resolution's clock stands still, the others go on"""
        with transaction():
            return present(waiting.start_waiting(issue_id, text=body["note"], viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/waiting/end")
class WaitingEnd(MethodView):
    """The work goes on."""

    @requires("issue.work")
    @blueprint.arguments(WaitingIn)
    @blueprint.response(200, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Wait no longer; the resolution is due later by as long as we waited"""
        with transaction():
            return present(waiting.end_waiting(issue_id, text=body["note"], viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/assignment")
class Assignment(MethodView):
    """Who owns it."""

    @requires("issue.work")
    @blueprint.arguments(AssignmentIn)
    @blueprint.response(200, IssueDetailOut)
    def put(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Give an issue to somebody, or take it; no rule changes the owner afterwards

        Who gets it and who had it are told, with the note.
        """
        with transaction():
            return present(
                assigning.assign_issue(issue_id, owner_id=body["owner_id"], said=body["note"], viewer=current_viewer())
            )


@blueprint.route("/<int:issue_id>/interactions")
class Interactions(MethodView):
    """Talks with the customer."""

    @requires("issue.work")
    @blueprint.arguments(TalkIn)
    @blueprint.response(201, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Record a contact with the customer"""
        with transaction():
            return present(service.record_interaction(issue_id, service.Talk(**body), viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/commitments")
class Commitments(MethodView):
    """Promises to the customer."""

    @requires("issue.work")
    @blueprint.arguments(CommitmentIn)
    @blueprint.response(201, CommitmentOut)
    def post(self, body: dict[str, Any], issue_id: int) -> Any:
        """Write down what we promised"""
        with transaction():
            return service.add_commitment(issue_id, text=body["text"], due_at=body["due_at"], viewer=current_viewer())


@blueprint.route("/<int:issue_id>/commitments/<int:commitment_id>/fulfilment")
class Fulfilment(MethodView):
    """A promise kept."""

    @requires("issue.work")
    @blueprint.response(200, CommitmentOut)
    def put(self, issue_id: int, commitment_id: int) -> Any:
        """A promise was kept"""
        with transaction():
            return service.keep_commitment(issue_id, commitment_id, viewer=current_viewer())


@routing_blueprint.route("/service-levels")
class ServiceLevels(MethodView):
    """By when things have to happen."""

    @requires("routing.write")
    @routing_blueprint.response(200, LevelsSchema)
    def get(self) -> dict[str, Any]:
        """Show the three clocks of every severity and value tier"""
        return {"items": configuration.list_levels()}

    @requires("routing.write")
    @routing_blueprint.arguments(LevelsSchema)
    @routing_blueprint.response(200, LevelsSchema)
    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set all nine cells; due dates that were promised stay"""
        with transaction():
            configuration.replace_levels(body["items"], actor=current_viewer().actor)
            return {"items": configuration.list_levels()}


@routing_blueprint.route("/escalation-steps")
class EscalationSteps(MethodView):
    """Who is told when a clock runs out."""

    @requires("routing.write")
    @routing_blueprint.response(200, StepsSchema)
    def get(self) -> dict[str, Any]:
        """Show the ladder: who is told how many hours before or after a due date"""
        return {"items": configuration.list_steps()}

    @requires("routing.write")
    @routing_blueprint.arguments(StepsSchema)
    @routing_blueprint.response(200, StepsSchema)
    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Replace the ladder; open issues follow within minutes"""
        with transaction():
            configuration.replace_steps(body["items"], actor=current_viewer().actor)
            return {"items": configuration.list_steps()}
