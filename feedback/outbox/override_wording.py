"""What notices about exceptions from a hold say: (title, advice)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

Params = Mapping[str, Any]


def _names(params: Params) -> dict[str, str]:
    return {"person": params.get("by") or "?", "account": params.get("account") or "?"}


def _said(params: Params) -> str:
    return _("They say: %(note)s", note=params.get("note") or "?")


def _requested(params: Params) -> tuple[str, str]:
    days = ngettext("For %(num)s day.", "For %(num)s days.", int(params.get("days") or 0))
    return _("%(person)s asks for an exception: to sell to %(account)s", **_names(params)), f"{days} {_said(params)}"


def _approved(params: Params) -> tuple[str, str]:
    return (
        _("%(person)s granted the exception for %(account)s", **_names(params)),
        _("Ask the gate again: it allows one offer now, and says until when."),
    )


def _refused(params: Params) -> tuple[str, str]:
    return _("%(person)s refused the exception for %(account)s", **_names(params)), _said(params)


OVERRIDES: Mapping[str, Callable[[Params], tuple[str, str]]] = {
    "override_requested": _requested,
    "override_approved": _approved,
    "override_refused": _refused,
}
