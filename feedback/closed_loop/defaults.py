"""What every installation has from the first migration on: survey, service levels, routing, gate policy."""

from feedback.gate.policies import ensure_policy
from feedback.issues.configuration import ensure_default_levels
from feedback.surveys.service import ensure_default_surveys
from feedback.uow import transaction


def install_defaults() -> None:
    """Write the rows that must exist; what exists is left alone."""
    with transaction():
        ensure_default_surveys()
        ensure_default_levels()
        ensure_policy()
