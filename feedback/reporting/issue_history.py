"""What the history of an issue refers to: the talks, the words of customers, promises, people and causes behind its lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Contact, Interaction
from feedback.extensions import db
from feedback.issues.models import Commitment, IssueEvent
from feedback.issues.queries.single import Voice
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.queries import list_verifications
from feedback.issues.working.cause_tree import cause_name
from feedback.issues.working.models import RootCause


@dataclass(frozen=True)
class Told:
    """By id, as the lines name them."""

    talks: Mapping[int, Interaction]
    verifications: Sequence[Verification]
    promises: Mapping[int, str]
    people: Mapping[int, str]
    causes: Mapping[int, str]  # in the reader's language

    def with_whom(self, talk: Interaction, data: Mapping[str, Any]) -> str | None:
        """Everybody of the customer who took part in a talk."""
        names = [self.people.get(one or 0) for one in (talk.contact_id, *data.get("also_contact_ids", ()))]
        return ", ".join(name for name in names if name) or None

    def word(self, data: Mapping[str, Any]) -> Verification | None:
        """What a customer said about a fix. Lines of before these were numbered are known by who said it and what."""
        same = [one for one in self.verifications if one.verdict == data.get("verdict")]
        if "verification_id" in data:
            return next((one for one in same if one.id == data["verification_id"]), None)
        return next((one for one in same if (one.contact_id, one.way) == (data.get("contact_id"), data.get("way"))), None)


def told_of(
    issue_id: int,
    events: Iterable[IssueEvent],
    talks: Sequence[Interaction],
    promises: Sequence[Commitment],
    voices: Sequence[Voice],
) -> Told:
    """Everything that these lines refer to."""
    words, lines = list_verifications(issue_id), [event.data for event in events]
    people = {talk.contact_id for talk in talks} | {word.contact_id for word in words} | {voice.contact_id for voice in voices}
    people |= {data.get("contact_id") for data in lines} | {one for data in lines for one in data.get("also_contact_ids", ())}
    causes = {data["root_cause_id"] for data in lines if data.get("root_cause_id")}
    return Told(
        talks={talk.id: talk for talk in talks},
        verifications=words,
        promises={made.id: made.text for made in promises},
        people=_people([one for one in people if one is not None]),
        causes={row.id: cause_name(row) for row in db.session.scalars(sa.select(RootCause).where(RootCause.id.in_(causes)))},
    )


def _people(ids: Sequence[int]) -> dict[int, str]:
    query = sa.select(Contact.id, sa.func.coalesce(Contact.name, Contact.external_id)).where(Contact.id.in_(ids))
    return {contact_id: name for contact_id, name in db.session.execute(query) if name}
