"""/healthz: this process lives. /readyz: the installation is fit to serve; each failed part is named."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from feedback.access.auth import public
from feedback.reporting import health

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say whether to send requests here."""
    parts = health.readiness()
    failed = sorted(name for name, state in parts.items() if state != health.OK)
    if failed:
        return jsonify(status="not ready", failed=failed, parts=parts), 503
    return jsonify(status="ready", failed=[], parts=parts)
