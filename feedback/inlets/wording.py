"""What is wrong with an event in quarantine, and what can be done about it, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from feedback.inlets.rules.kinds import EventState, Trouble


def trouble_words(trouble: Trouble, detail: Mapping[str, Any]) -> str:
    """One or two sentences."""
    known = {"field": "", "found": "", **{name: str(value) for name, value in detail.items()}}
    return _SENTENCES()[trouble] % known


def why_words(state: EventState, trouble: Trouble | None, detail: Mapping[str, Any]) -> str:
    """Why an event stands where it does; empty where that needs no words."""
    if trouble:
        return trouble_words(trouble, detail)
    about = detail.get("about") if state is EventState.IGNORED else None
    return _("Left alone: “%(about)s” is no answer.", about=about) if about else ""


def _SENTENCES() -> dict[Trouble, str]:  # noqa: N802  a table, in the language of the reader
    return {
        Trouble.NOT_READABLE: _("The body cannot be read (%(field)s). Ask the sender what it sent."),
        Trouble.UNKNOWN_VERSION: _(
            "%(field)s says “%(found)s”, which we do not know: a new kind or version of event. Add it to the connector if it "
            "means the same, or discard the event."
        ),
        Trouble.MISSING: _(
            "“%(field)s” is not where the connector looks for it. Correct the mapping of the connector, then replay the event."
        ),
        Trouble.BAD_VALUE: _(
            "“%(field)s” holds “%(found)s”, which cannot be used. If the sender made the mistake, discard this event and have it "
            "sent again; if the connector reads the wrong field, correct the mapping and replay it."
        ),
        Trouble.UNKNOWN_ACCOUNT: _(
            "There is no account “%(found)s”. Create it, or give an existing one this id, then replay the event."
        ),
        Trouble.UNKNOWN_CONTACT: _("Nobody with the address “%(found)s” is known, and no account is named."),
        Trouble.SEVERAL_ACCOUNTS: _("“%(found)s” belongs to several accounts, and the event does not say which one is meant."),
        Trouble.UNKNOWN_LINK: _("The personal link in it is none of ours."),
        Trouble.LINK_USED: _("The personal link in it was answered before, on another way. The first answer counts."),
        Trouble.UNKNOWN_CODE: _("%(found)s Add the code, then replay the event."),
        Trouble.REFUSED: _("The answer is not valid: %(found)s"),
        Trouble.NO_API_TOKEN: _(
            "The event only names an answer, and the connector has no API token or no API address to fetch it with. Set both, "
            "then replay the event."
        ),
        Trouble.FETCH_FAILED: _("The answer could not be fetched: %(found)s. Check the API address and token, then replay it."),
        Trouble.FAILED: _("Something went wrong on our side. The log has it under “inbound event %(found)s”."),
    }
