"""/api/v1/gate: may we sell, to whom, and if not, what has to change first?"""

import json
from typing import Any

from flask import Response, current_app
from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.accounts.queries import access_account
from feedback.accounts.schemas import WalletOut
from feedback.gate import decisions, presenting, service
from feedback.gate.evaluation import Question
from feedback.gate.peer_wallets import estimate_from_peers
from feedback.gate.rules import GateInputs
from feedback.gate.schemas import (
    DecisionArgs,
    DecisionOut,
    DecisionsOut,
    GateInputsIn,
    GatePreviewOut,
    QuestionIn,
    QuestionsIn,
    StandingOut,
    StoredDecisionOut,
    VerdictOut,
    read_plain,
)
from feedback.gate.standing import standing_of
from feedback.kernel import clock
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint, short_way

blueprint = Blueprint("gate", __name__, url_prefix="/api/v1/gate", description="May we sell?")
standing_blueprint = Blueprint("standing", __name__, url_prefix="/api/v1/accounts", description="How accounts stand to us.")


# Schemas are handed over as instances: of a class one is made for each request, which costs more than the check itself.


def _answer(document: dict[str, Any]) -> Response:
    return current_app.response_class(json.dumps(document, ensure_ascii=False), mimetype="application/json")


@blueprint.route("/evaluate")
class Evaluate(MethodView):
    """One decision."""

    @requires("gate.evaluate")
    @short_way(read_plain)
    @blueprint.arguments(QuestionIn())
    @blueprint.response(200, DecisionOut)
    def post(self, body: dict[str, Any]) -> Response:
        """Decide whether we may sell to an account now, and keep the decision"""
        return _answer(presenting.decision_document(service.evaluate(Question(**body), current_viewer())))


@blueprint.route("/evaluate-batch")
class EvaluateBatch(MethodView):
    """Many decisions."""

    @requires("gate.evaluate")
    @blueprint.arguments(QuestionsIn())
    @blueprint.response(200, DecisionsOut)
    def post(self, body: dict[str, Any]) -> Response:
        """Decide for up to 10,000 questions; an item that cannot be answered carries `error`"""
        questions = [Question(**question) for question in body["requests"]]
        return _answer(presenting.batch_document(service.evaluate_batch(questions, current_viewer())))


@blueprint.route("/preview")
class Preview(MethodView):
    """What a decision would say."""

    @requires("gate.evaluate")
    @short_way(read_plain)
    @blueprint.arguments(QuestionIn())
    @blueprint.response(200, GatePreviewOut)
    def post(self, body: dict[str, Any]) -> Response:
        """What `evaluate` would answer now; nothing is stored, and nobody may act on it"""
        return _answer(presenting.preview_document(service.preview(Question(**body), current_viewer())))


@blueprint.route("/what-if")
class WhatIf(MethodView):
    """The tables alone."""

    @requires("gate.read")
    @blueprint.arguments(GateInputsIn())
    @blueprint.response(200, VerdictOut)
    def post(self, body: dict[str, Any]) -> Response:
        """What the active tables say about these inputs; nothing is stored"""
        return _answer(presenting.verdict_document(service.what_if(GateInputs(**body))))


@blueprint.route("/decisions/<int:decision_id>")
class StoredDecision(MethodView):
    """A decision that was kept."""

    @requires("gate.read")
    @blueprint.arguments(DecisionArgs, location="query")
    @blueprint.response(200, StoredDecisionOut)
    def get(self, args: dict[str, Any], decision_id: int) -> Response:
        """The stored decision with its explanation; `replay=1` recomputes it"""
        row = decisions.get_decision(decision_id, current_viewer())
        replayed = decisions.replay(row) if args["replay"] else None
        return _answer(presenting.stored_document(row, clock.now(), replayed))


@standing_blueprint.route("/<int:account_id>/standing")
class AccountStanding(MethodView):
    """The standing of one account."""

    @requires("gate.read")
    @standing_blueprint.response(200, StandingOut)
    def get(self, account_id: int) -> Response:
        """How the account stands to us, why, and what has to change before selling is right"""
        access_account(account_id, viewer=current_viewer(), permission="gate.read")
        return _answer(presenting.standing_document(standing_of(account_id, clock.now())))


@standing_blueprint.route("/<int:account_id>/wallets/from-peers")
class WalletFromPeers(MethodView):
    """What customers like this one spend."""

    @requires("account.write")
    @standing_blueprint.response(201, WalletOut)
    def post(self, account_id: int) -> Any:
        """Estimate what the account spends in all from the customers of its segment

        The share that is assumed is the median of theirs; the estimate says so in `method` (`segment_peers`), and the further
        theirs lie apart, the less it is trusted.
        """
        with transaction():
            return estimate_from_peers(account_id, current_viewer())
