"""How to reach a person with one tap."""

from typing import Any

from dash import html

Component = Any


def ways_to_reach(phone: str | None, email: str | None) -> list[Component]:
    """The number to call and the address to write to, as buttons; what is not known is left out."""
    ways = [html.A(phone, href=f"tel:{''.join(phone.split())}", className="cl-button")] if phone else []
    return ways + ([html.A(email, href=f"mailto:{email}", className="cl-button")] if email else [])
