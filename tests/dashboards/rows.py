"""Rows for figures, without a database."""

from datetime import date
from typing import Any

from feedback.reporting.defect_rows import DefectRow, MonthPoint

DEFECT = DefectRow(
    rank=1,
    defect_id=1,
    code="late_claims",
    name="Late claims handling",
    category="service",
    n=312,
    accounts=120,
    frequency=0.26,
    base_frequency=0.2,
    correlation=-0.41,
    correlation_low=-0.46,
    correlation_high=-0.36,
    gap=62.0,
    lost=9.1,
    lost_low=6.8,
    lost_high=11.4,
    lost_unadjusted=14.0,
    p_value=0.0001,
    q_value=0.001,
    revenue=3_100_000.0,
    provisional=False,
    not_separable=False,
)


def defect(**values: Any) -> DefectRow:
    """A row of the ranking."""
    return DefectRow(**({field: getattr(DEFECT, field) for field in DEFECT.__dataclass_fields__} | values))


def ranking() -> list[DefectRow]:
    """Twelve defects that crowd each other."""
    names = ["Late claims handling", "No contact person", "Portal is down", "Wrong invoice", "Price went up", "Complex forms"]
    more = ["Slow quotes", "Rude staff", "Missing cover", "Unclear wording", "No status", "Payment errors"]
    rows = []
    for place, name in enumerate(names + more):
        frequency = 0.26 / (1 + place * 0.7)
        lost = 9.1 / (1 + place)
        rows.append(
            defect(
                rank=place + 1,
                defect_id=place + 1,
                code=f"d{place}",
                name=name,
                frequency=frequency,
                base_frequency=frequency * 0.8,
                correlation=-0.4 + place * 0.03,
                lost=lost,
                lost_low=lost - 1.5,
                lost_high=lost + 1.5,
                revenue=3e6 / (1 + place),
                provisional=place > 9,
                q_value=None if place > 9 else 0.001 * place,
                category=("service", "product", "price")[place % 3],
            )
        )
    return rows


def months(count: int = 18) -> list[MonthPoint]:
    """A rising NPS."""
    return [
        MonthPoint(date(2025 + place // 12, place % 12 + 1, 1), 100, 20.0 + place, 10.0 + place, 30.0 + place)
        for place in range(count)
    ]
