"""Which answers of a list are stored already, and what to do with each: create, correct, repeat or refuse."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback.closed_loop.drafts import AcceptOptions, Rejected
from feedback.closed_loop.intake.exclusions import excluded_identities
from feedback.closed_loop.intake.said import Identity, ReadAnswers
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.surveys.erasing import ERASED
from feedback.surveys.models import Response, ResponseVersion
from feedback.surveys.rules import AnswerChannel

_BY_HAND = sa.exists().where(ResponseVersion.response_id == Response.id, ResponseVersion.reason.is_not(None))
_STORED = (Response.id, Response.content_digest, sa.type_coerce(Response.channel, sa.Text), _BY_HAND.label("by_hand"))
_BY_NAME = Prepared(
    sa.select(Response.external_id, *_STORED).where(
        Response.source == sa.bindparam("source"), in_list(Response.external_id, "names")
    )
)
_BY_INVITATION = Prepared(sa.select(Response.invitation_id, *_STORED).where(in_list(Response.invitation_id, "invited")))


@dataclass(slots=True)
class Known:
    """An answer with this identity; without `response_id` it waits further up in the same stretch."""

    digest: str
    channel: str
    response_id: int | None
    by_hand: bool = False  # somebody corrected it here: its source does not change it any more
    excluded: bool = False

    def is_said_by(self, digest: str, channel: AnswerChannel | None) -> bool:
        """Whether this says the same; a channel that is not said is whatever channel is stored."""
        if self.digest == ERASED:  # nobody knows what it said: its sender says it again
            return True
        return self.digest == digest and (channel is None or channel == self.channel)


@dataclass
class Plan:
    """What one stretch of a list has to do, by index. `stop` is where the next stretch starts."""

    stop: int
    create: list[int] = field(default_factory=list)
    correct: dict[int, int] = field(default_factory=dict)  # index → response id
    repeat: dict[int, Known] = field(default_factory=dict)
    rejected: dict[int, Rejected] = field(default_factory=dict)


class Identities:
    """The identities of one list: which of them are stored already, and which of its answers have the same."""

    def __init__(self, session: Session, said: ReadAnswers) -> None:
        self.of = said.identities()
        self.known = _find_known(session, said)
        several = len(set(self.of)) < len(self.of)
        self._shared = {identity for identity, count in Counter(self.of).items() if count > 1} if several else set()

    def will_be_created(self, index: int, digest: str, channel: str) -> None:
        """Remember an answer for those further down that have its identity."""
        identity = self.of[index]
        if identity is not None and identity in self._shared:
            self.known[identity] = Known(digest, channel, None)

    def created(self, places: Sequence[int], response_ids: Sequence[int]) -> None:
        """Note the ids that answers got."""
        if self._shared:
            for place, response_id in zip(places, response_ids, strict=True):
                if (known := self.known.get(self.of[place])) is not None:
                    known.response_id = response_id


def _find_known(session: Session, said: ReadAnswers) -> dict[Identity, Known]:
    """Stored answers that have the identity of one of these."""
    connection = session.connection()
    known: dict[Identity, Known] = {}
    for source, names in _names(said).items():
        found = _BY_NAME.rows(connection, {"source": source, "names": list(names)})
        known |= {(source, name): Known(digest, channel, key, by_hand) for name, key, digest, channel, by_hand in found}
    invited = [invitation_id for invitation_id in said["invitation_id"] if invitation_id is not None]
    if invited:
        rows = _BY_INVITATION.rows(connection, {"invited": invited})
        known |= {("", one): Known(digest, channel, key, by_hand) for one, key, digest, channel, by_hand in rows}
    excluded = excluded_identities(session, _names(said), invited)
    return known | {identity: Known(digest, channel, key, excluded=True) for identity, (key, digest, channel) in excluded.items()}


def _names(said: ReadAnswers) -> dict[str, set[str]]:
    """The names that answers have, by source."""
    names: dict[str, set[str]] = {source: set() for source in said["source"]}
    if len(names) == 1:
        [of_source] = names.values()
        of_source.update(name for name in said["external_id"] if name is not None)
    else:
        for source, name in zip(said["source"], said["external_id"], strict=True):
            if name is not None:
                names[source].add(name)
    return {source: found for source, found in names.items() if found}


def make_plan(
    said: ReadAnswers, start: int, identities: Identities, unknown_codes: Mapping[int, Rejected], options: AcceptOptions
) -> Plan:
    """Decide about the answers from `start` on, in their order; `identities` learns what will be created.

    The stretch ends before an answer that corrects another one of the same stretch, so that each stretch is one set.
    """
    plan = Plan(stop=len(said))
    touched: set[int | None] = set()  # stored answers that this stretch reads or corrects
    digests, channels = said["digest"], said["channel"]
    known, refused = identities.known, said.refused
    for index in range(start, len(said)):
        before = known.get(identities.of[index]) if known else None
        if index in refused:
            plan.rejected[index] = refused[index]
        elif before is not None and before.is_said_by(digests[index], channels[index]):
            plan.repeat[index] = before
            touched.add(before.response_id)
        elif (refusal := _contradiction(said, index, before, options) or unknown_codes.get(index)) is not None:
            plan.rejected[index] = refusal
        elif before is None:
            plan.create.append(index)
            identities.will_be_created(index, digests[index], channels[index] or options.default_channel)
        elif before.response_id is None or before.response_id in touched:
            plan.stop = index
            break
        else:
            plan.correct[index] = before.response_id
            touched.add(before.response_id)
            before.digest, before.channel = digests[index], channels[index] or before.channel
    return plan


def _contradiction(said: ReadAnswers, index: int, before: Known | None, options: AcceptOptions) -> Rejected | None:
    """Why an answer with a known identity and other content is refused; None where it may correct that one."""
    named = said["external_id"][index] is not None
    if before is None:
        return None
    if named and (before.excluded or before.by_hand):
        return Rejected("conflict", {"external_id": [_excluded() if before.excluded else _by_hand()]})
    if options.update and named:
        return None
    if not named:
        return Rejected("conflict", {"token": [_("This link has been used: its answer is stored.")]})
    message = _("Another answer with this identity is stored, and its content is different.")
    return Rejected("conflict", {"external_id": [message]})


def _excluded() -> str:
    return _("This answer was excluded by hand and counts nowhere. Put it back on the page of its account before you change it.")


def _by_hand() -> str:
    return _("This answer was corrected by hand, so its source cannot change it. Correct it on the page of its account.")
