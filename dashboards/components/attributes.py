"""HTML attributes with a hyphen, which Python keywords cannot spell."""

from typing import Any


def attributes(**values: object) -> Any:
    """`**attributes(aria_label="Rows", data_row="1")` sets aria-label and data-row."""
    return {name.replace("_", "-"): value for name, value in values.items()}
