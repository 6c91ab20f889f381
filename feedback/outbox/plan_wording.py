"""What notices about reviews of account plans say: (title, advice)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from feedback.web.numerals import day_and_time

Params = Mapping[str, Any]


def _about(params: Params) -> dict[str, str]:
    return {"account": str(params.get("account", "?")), "time": day_and_time(datetime.fromisoformat(str(params["at"])))}


def _due(params: Params) -> tuple[str, str]:
    return (
        _("Review of %(account)s on %(time)s", **_about(params)),
        _("The review pack has everything on one page, also as a PDF."),
    )


def _missed(params: Params) -> tuple[str, str]:
    return (
        _("The review of %(account)s on %(time)s has no minutes", **_about(params)),
        _("Write down what was agreed, or give it another day."),
    )


PLANS: Mapping[str, Callable[[Params], tuple[str, str]]] = {"review_due": _due, "review_missed": _missed}
