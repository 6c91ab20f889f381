"""What notices about the day of a follow-up say: (title, advice)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _

Params = Mapping[str, Any]


def _about(params: Params) -> dict[str, Any]:
    own = params.get("titles", {}).get(str(get_locale() or "en"))
    day = format_date(date.fromisoformat(str(params["due_on"])), "long")
    return {"title": own or params.get("title", "?"), "day": day}


def _count(params: Params) -> int:
    return params["count"] if isinstance(params["count"], int) else 0


def _due(params: Params) -> tuple[str, str]:
    return (
        ngettext(
            "%(num)s customer is still to be told by %(day)s: %(title)s",
            "%(num)s customers are still to be told by %(day)s: %(title)s",
            _count(params),
            **_about(params),
        ),
        _("The list has them in the order of their urgency, with a letter for each."),
    )


def _late(params: Params) -> tuple[str, str]:
    return (
        ngettext(
            "%(num)s customer should have been told by %(day)s: %(title)s",
            "%(num)s customers should have been told by %(day)s: %(title)s",
            _count(params),
            **_about(params),
        ),
        _("Tell them now, or give the follow-up another day and say why."),
    )


FOLLOW_UPS: Mapping[str, Callable[[Params], tuple[str, ...]]] = {"follow_up_due": _due, "follow_up_late": _late}
