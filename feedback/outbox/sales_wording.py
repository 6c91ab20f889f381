"""What notices about selling say: suggestions that wait or are free again, contacts against the gate. (title, advice)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

Params = Mapping[str, Any]


def _play_waits(params: Params) -> tuple[str, str]:
    account = params["account"]
    if params.get("asks"):
        return (
            _("Why did %(account)s buy less? A sales suggestion waits for your answer", account=account),
            _("There is too little history to tell a season from a loss. Say what you know; your answer decides."),
        )
    return (
        _("A sales suggestion for %(account)s may go ahead", account=account),
        _("It was screened, and the gate allows it. Take it or dismiss it; what nobody takes expires."),
    )


def _spend_plays_wait(params: Params) -> tuple[str, str]:
    month = params.get("month")
    named = format_date(date.fromisoformat(month), "LLLL y") if isinstance(month, str) else "?"
    return (
        _("The spend of %(month)s fell at customers of yours", month=named),
        _("The suggestions that may go ahead, and the questions about them, wait for you under Sales plays."),
    )


def _play_freed(params: Params) -> tuple[str, str]:
    return (
        _("The sales suggestion for %(account)s is not held any more", account=params["account"]),
        _("What held it has been put right or is over. It may be tried again; look at the customer first."),
    )


def _sale_against(params: Params) -> tuple[str, str]:
    return (
        _(
            "%(person)s approached %(account)s to sell although the gate had said no",
            person=params.get("person") or _("Somebody"),
            account=params["account"],
        ),
        _("Talk about it before the customer does. What follows within 30 days is listed under Selling discipline."),
    )


SALES: Mapping[str, Callable[[Params], tuple[str, str]]] = {
    "play_waits": _play_waits,
    "spend_plays_wait": _spend_plays_wait,
    "play_freed": _play_freed,
    "sale_against": _sale_against,
}
