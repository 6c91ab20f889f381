"""What notices about requests by right say: (title, advice). No name stands in them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from feedback.web.numerals import day

Params = Mapping[str, Any]


def _about(params: Params) -> dict[str, str]:
    kinds = {
        "access": _("access"),
        "erasure": _("erasure"),
        "objection": _("objection"),
        "rectification": _("correction"),
        "portability": _("a copy to take along"),
    }
    name = str(params.get("request", ""))
    return {"what": kinds.get(name, name or "?"), "day": day(date.fromisoformat(str(params["day"])))}


def _due(params: Params) -> tuple[str, str]:
    return (
        _("A request by right (%(what)s) has to be done by %(day)s", **_about(params)),
        _("Fulfil it, or refuse it with the reason. Once, and before that day, two more months can be taken."),
    )


def _overdue(params: Params) -> tuple[str, str]:
    return (
        _("A request by right (%(what)s) was due on %(day)s", **_about(params)),
        _("The law's time is over: answer it today."),
    )


REQUESTS: Mapping[str, Callable[[Params], tuple[str, str]]] = {"request_due": _due, "request_overdue": _overdue}
