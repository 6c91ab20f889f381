"""/api/v1/issues/{id}/contact-logs, /diagnosis, /fix and /commitments: what is done about an issue."""

from dataclasses import replace
from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.issues.presenting import present
from feedback.issues.schemas import CommitmentOut, IssueDetailOut
from feedback.issues.working import diagnosis, one_pass, promise_ends, promises
from feedback.issues.working.promises import PromiseFilter, PromiseLine, Which
from feedback.issues.working.schemas import (
    CommitmentLineOut,
    CommitmentListArgs,
    ContactLogIn,
    DiagnosisIn,
    EndingIn,
    FixIn,
    PromisesKeptArgs,
    PromisesKeptOut,
)
from feedback.kernel.errors import InvalidInput
from feedback.staffing.queries import stood_in_for
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

blueprint = Blueprint("working", __name__, url_prefix="/api/v1/issues", description="The work on an issue")
promises_blueprint = Blueprint("commitments", __name__, url_prefix="/api/v1", description="Promises to customers")


@blueprint.route("/<int:issue_id>/contact-logs")
class ContactLogs(MethodView):
    """A contact in one pass."""

    @requires("issue.work")
    @blueprint.arguments(ContactLogIn)
    @blueprint.response(201, IssueDetailOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Log a contact with what was said, promised and found out, and move the issue on, all at once

        Without `to` a first contact that reached somebody takes the issue to `contacted`, any other leaves it where it is.
        `to` may be several states ahead. Everything that is missing on the way is named in `missing` of the refusal (409), and
        then nothing at all is stored.
        """
        with transaction():
            return present(one_pass.log_contact(issue_id, _contact(body), viewer=current_viewer()))


def _contact(body: dict[str, Any]) -> one_pass.Contact:
    promise, cause, fix = body.pop("promise", None), body.pop("diagnosis", {}), body.pop("fix", {})
    return one_pass.Contact(
        **body,
        promise=one_pass.Promise(**promise) if promise else None,
        cause=_cause(cause),
        fix=diagnosis.Fix(**fix),
    )


def _cause(said: dict[str, Any]) -> diagnosis.Cause:
    return diagnosis.Cause(said.get("root_cause_id"), said.get("root_cause"), said.get("whys"))


@blueprint.route("/<int:issue_id>/diagnosis")
class Diagnosis(MethodView):
    """Why it happened."""

    @requires("issue.work")
    @blueprint.arguments(DiagnosisIn)
    @blueprint.response(200, IssueDetailOut)
    def put(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Say why it happened; words that are the name of no cause join the tree and wait there for their place"""
        with transaction():
            return present(diagnosis.diagnose(issue_id, _cause(body), viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/fix")
class PlannedFix(MethodView):
    """Who mends it, and by when."""

    @requires("issue.work")
    @blueprint.arguments(FixIn)
    @blueprint.response(200, IssueDetailOut)
    def put(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Say who mends it and by when; that person is told, also when the day has passed"""
        with transaction():
            return present(diagnosis.plan_fix(issue_id, diagnosis.Fix(**body), viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/commitments/<int:commitment_id>/ending")
class PromiseEnding(MethodView):
    """A promise that is not kept."""

    @requires("issue.work")
    @blueprint.arguments(EndingIn)
    @blueprint.response(200, CommitmentOut)
    def put(self, body: dict[str, Any], issue_id: int, commitment_id: int) -> Any:
        """Write down that the customer was told that a promise is not kept, or agreed before its time to do without it"""
        with transaction():
            return promise_ends.end_promise(issue_id, commitment_id, promise_ends.End(**body), viewer=current_viewer())


@promises_blueprint.route("/commitments")
class CommitmentList(MethodView):
    """Promises in the caller's scope."""

    @requires("issue.read")
    @promises_blueprint.arguments(CommitmentListArgs, location="query")
    @promises_blueprint.response(200, page_of(CommitmentLineOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List promises: those still to be kept by their due dates, all others with the newest first"""
        page = promises.list_promises(current_viewer(), _to_keep(args), limit=args["limit"], cursor=args["cursor"])
        return {"items": [_line(line) for line in page.items], "next_cursor": page.next_cursor}


@promises_blueprint.route("/commitments/kept")
class CommitmentsKept(MethodView):
    """How well promises are kept."""

    @requires("issue.read")
    @promises_blueprint.arguments(PromisesKeptArgs, location="query")
    @promises_blueprint.response(200, PromisesKeptOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Count promises kept and broken, with the share kept in time"""
        kept = promises.count_kept(current_viewer(), _filter(args))
        low, high = kept.interval or (None, None)
        counts = {name: getattr(kept, name) for name in ("kept", "broken", "open", "n", "share")}
        return counts | {"ci_low": low, "ci_high": high}


def _filter(args: dict[str, Any]) -> PromiseFilter:
    names = {name: args[name] for name in ("account_id", "team_id", "since")}
    return PromiseFilter(which=args.get("state"), owner_id=_person(args["owner"]), **names)


def _to_keep(args: dict[str, Any]) -> PromiseFilter:
    """With `owner=me` also what those promised for whom the reader stands in; what is over stays theirs."""
    wanted = _filter(args)
    if args["owner"] != "me" or wanted.owner_id is None or wanted.which in (Which.KEPT, Which.BROKEN):
        return wanted
    return replace(wanted, or_of=stood_in_for(wanted.owner_id))


def _person(owner: str | int | None) -> int | None:
    if owner == "none":
        raise InvalidInput({"owner": ["Somebody answers for every promise; write 'me' or the id of a person."]})
    if owner == "me":
        user_id = current_viewer().user_id
        if user_id is None:
            raise InvalidInput({"owner": ["A token is nobody in particular: name a person by id."]})
        return user_id
    return owner if isinstance(owner, int) else None


def _line(line: PromiseLine) -> dict[str, Any]:
    owner = None if line.owner_id is None else {"id": line.owner_id, "name": line.owner}
    return {**vars(line), "owner": owner}
