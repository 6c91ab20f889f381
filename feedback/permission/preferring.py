"""What a person chose in the preference centre, as statements of the ledger. Pure but for the clock's moment it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from feedback.permission.rules import (
    NOTHING_RECORDED,
    OBJECTION_WITHDRAWN,
    Channel,
    ConsentAction,
    ConsentFact,
    Purpose,
)
from feedback.permission.service import ConsentDraft

EVIDENCE = "the person's own choice in the preference centre"
CAPTURED_VIA = "preference_centre"
CHOSEN_PURPOSES = (Purpose.OFFERS, Purpose.PARTNER_OFFERS, Purpose.FEEDBACK)
CHOSEN_CHANNELS = (Channel.EMAIL, Channel.PHONE, Channel.SMS, Channel.VISIT, Channel.POST)
Cell = tuple[Purpose, Channel]
CELLS = tuple((purpose, channel) for purpose in CHOSEN_PURPOSES for channel in CHOSEN_CHANNELS)
_NO = (ConsentAction.REFUSED, ConsentAction.WITHDRAWN, ConsentAction.OBJECTED)


def said_so_far(fact: ConsentFact) -> bool | None:
    """What the person said last: yes, no, or nothing that still holds."""
    if fact.action in _NO or fact.listed is not None:
        return False
    return True if fact.action is ConsentAction.GRANTED and fact.expired_at is None else None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who chooses, what they have said before, and the notices they were shown."""

    contact_id: int
    known: Mapping[Cell, ConsentFact]
    notices: Mapping[Purpose, int]
    now: datetime

    def fact(self, cell: Cell) -> ConsentFact:
        """What holds for a cell."""
        return self.known.get(cell, NOTHING_RECORDED)

    def says(self, cell: Cell, action: ConsentAction, basis: str) -> ConsentDraft:
        """A statement for the ledger."""
        notice = self.notices.get(cell[0])
        return ConsentDraft(
            self.contact_id, *cell, action, self.now, basis, EVIDENCE, notice_id=notice, captured_via=CAPTURED_VIA
        )


def new_statements(speaker: Speaker, choices: Mapping[Cell, bool]) -> list[ConsentDraft]:
    """One statement per choice that says something new; what stays as it was is not said again."""
    said = []
    for cell, wanted in choices.items():
        fact = speaker.fact(cell)
        if said_so_far(fact) is wanted:
            continue
        action = ConsentAction.GRANTED if wanted else _no_after(fact)
        back = wanted and fact.action is ConsentAction.OBJECTED
        said.append(speaker.says(cell, action, OBJECTION_WITHDRAWN if back else "consent" if wanted else "contact"))
    return said


def _no_after(fact: ConsentFact) -> ConsentAction:
    return ConsentAction.WITHDRAWN if fact.action is ConsentAction.GRANTED else ConsentAction.REFUSED


def objections(speaker: Speaker) -> list[ConsentDraft]:
    """No to everything: an objection to what sells, a no to questions about opinions."""
    said = []
    for cell in CELLS:
        fact = speaker.fact(cell)
        selling = cell[0] is not Purpose.FEEDBACK
        if fact.action is ConsentAction.OBJECTED or (not selling and fact.action in _NO):
            continue
        said.append(speaker.says(cell, ConsentAction.OBJECTED if selling else _no_after(fact), "contact"))
    return said
