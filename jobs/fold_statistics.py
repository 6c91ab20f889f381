"""Fold the live tail of answers into the statistics that rankings read."""

from feedback.defects.statistics import fold_all
from feedback.uow import transaction


def run() -> str | None:
    """Fold everything that waits."""
    with transaction() as session:
        folded = fold_all(session)
    return f"{folded} answers folded" if folded else None
