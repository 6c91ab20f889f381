"""How wide a panel is in the viewer's browser (assets/viewport.js keeps the cookie), so that labels can be placed for it."""

import re

from flask import has_request_context, request

VIEWPORT_COOKIE = "viewport"
COLUMNS_FROM, PHONE_UP_TO, WIDEST = 992, 768, 1400
_DESKTOP = 1280


def viewport() -> int:
    """Pixels of the browser window; a desktop until the browser has said otherwise."""
    told = request.cookies.get(VIEWPORT_COOKIE, "") if has_request_context() else ""
    return max(280, min(int(told), 4000)) if re.fullmatch(r"[0-9]{1,5}", told) else _DESKTOP


def is_phone() -> bool:
    """Whether the page is one column with a bar at the bottom."""
    return viewport() <= PHONE_UP_TO


def panel_width(fraction: float) -> int:
    """Pixels inside a panel that takes this part of the page; narrow windows stack the panels."""
    wide = min(viewport(), WIDEST)
    if wide <= PHONE_UP_TO:
        return wide - 50
    return wide - 74 if wide < COLUMNS_FROM else int((wide - 54) * fraction) - 34
