"""What notices about partners' systems say: (title, advice)."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

Params = Mapping[str, Any]


def _webhook_off(params: Params) -> tuple[str, str]:
    why = _("It says that it is gone (410).") if params.get("because") == "gone" else _("It took nothing for three days.")
    return (
        _("The webhook “%(webhook)s” was switched off", webhook=params.get("webhook", "?")),
        why + " " + _("Put right what is wrong, switch it on, and replay the time that it missed."),
    )


PARTNERS: Mapping[str, Callable[[Params], tuple[str, str]]] = {"webhook_off": _webhook_off}
