"""The tables of `docs/reference/gate.md`, made from the rows that decide; a test compares the page with them."""

from feedback.gate.rules import INPUT_KINDS
from feedback.gate.tables import DEFAULT_TABLES, PERMISSION_INPUTS, RELATIONSHIP_INPUTS, Row


def _cell(values: tuple[str, ...], name: str) -> str:
    return "any" if len(values) == len(INPUT_KINDS[name]) else ", ".join(values)


def _line(row: Row, names: tuple[str, ...]) -> str:
    cells = [row.id, *(_cell(values, name) for values, name in zip(row.when, names, strict=True))]
    cells += [*([row.play] if row.play else []), row.stance, ", ".join(row.reasons) or "–"]
    return f"| {' | '.join(cells)} |"


def relationship_table() -> list[str]:
    """Table R as lines of Markdown."""
    head = ["| # | Advocacy | Share of wallet | Issues | Play | Stance | Reasons |", "|---|---|---|---|---|---|---|"]
    return head + [_line(row, RELATIONSHIP_INPUTS) for row in DEFAULT_TABLES.relationship]


def permission_table() -> list[str]:
    """Table P as lines of Markdown."""
    head = ["| # | Consent | Timing | Initiation | Stance | Reasons |", "|---|---|---|---|---|---|"]
    return head + [_line(row, PERMISSION_INPUTS) for row in DEFAULT_TABLES.permission]


def combination_table() -> list[str]:
    """The combination as lines of Markdown."""
    head = ["| Line | Table P says | Table R says | Initiation | Outcome |", "|---|---|---|---|---|"]
    lines = enumerate(DEFAULT_TABLES.combination, 1)
    cells = ((str(at), line.permission, line.relationship, line.initiation, line.outcome) for at, line in lines)
    return head + [f"| {' | '.join(cell or 'any' for cell in row)} |" for row in cells]
