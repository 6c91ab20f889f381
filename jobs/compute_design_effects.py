"""Compute how much answers of one account resemble each other, for the errors that the ranking shows."""

from feedback.defects.design_effects import compute_design_effects


def run() -> str | None:
    """Replace the stored factors."""
    computed = compute_design_effects()
    return f"{computed} design effects computed" if computed else None
