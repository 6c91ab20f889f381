"""Answers of people who were erased.

What such a person said before is stored as a score without words; handed in again it is the same answer, and older answers that
were not stored then are refused. What the person says afterwards counts, for somebody without a name or an address.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback.accounts.erased import Erased, find_erased
from feedback.closed_loop.drafts import Rejected
from feedback.closed_loop.intake.said import ReadAnswers
from feedback.kernel.db import microseconds
from feedback.surveys.erasing import ERASED

if TYPE_CHECKING:
    from feedback.closed_loop.intake.identity import Identities

_WHO = ("contact_name", "contact_email", "contact_time_zone", "language")


def meet_erased(session: Session, said: ReadAnswers) -> tuple[ReadAnswers, Mapping[int, Erased]]:
    """Give answers under an erased id or address to the person without a name; answers by place who that is."""
    if not len(said):
        return said, {}
    named = zip(said["contact_external_id"], said["contact_email"], strict=True)
    found = find_erased(session, {value for pair in named for value in pair})
    if not found:
        return said, {}
    met: dict[int, Erased] = {}
    for place, pair in enumerate(zip(said["contact_external_id"], said["contact_email"], strict=True)):
        erased = next((found[value] for value in pair if value in found), None)
        if erased is not None:
            met[place] = erased
    columns: dict[str, Any] = {name: _without(said[name], met) for name in _WHO}
    columns["contact_external_id"] = [
        met[place].external_id if place in met else one for place, one in enumerate(said["contact_external_id"])
    ]
    columns["digest"] = [ERASED if place in met else one for place, one in enumerate(said["digest"])]
    return ReadAnswers(said.columns | columns, said.refused), met


def _without(values: Any, met: Mapping[int, Erased]) -> list[Any]:
    return [None if place in met else value for place, value in enumerate(values)]


def refuse_old(said: ReadAnswers, met: Mapping[int, Erased], identities: "Identities") -> None:
    """Refuse what was said before the erasure and is not stored: all that was stored then is counted already."""
    for place, erased in met.items():
        at = said["responded_at"][place]
        if at is not None and at <= microseconds(erased.erased_at) and identities.of[place] not in identities.known:
            message = _("This person was erased; what they said before is not taken again. Leave it out at the source.")
            said.refused.setdefault(place, Rejected("conflict", {"contact_external_id": [message]}))
