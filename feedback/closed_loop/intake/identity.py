"""Which answers of a list are stored already, and what to do with each: create, correct, repeat or refuse."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback.closed_loop.drafts import AcceptOptions, Rejected
from feedback.closed_loop.intake.codes import Codes
from feedback.closed_loop.intake.content import Content
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import Response

_STORED = (Response.id, Response.content_digest, sa.type_coerce(Response.channel, sa.Text))
_BY_NAME = Prepared(
    sa.select(Response.external_id, *_STORED).where(
        Response.source == sa.bindparam("source"), in_list(Response.external_id, "names")
    )
)
_BY_INVITATION = Prepared(sa.select(Response.invitation_id, *_STORED).where(in_list(Response.invitation_id, "invited")))
Identity = tuple[str, Any]
Read = Content | Rejected


@dataclass(slots=True)
class Known:
    """An answer with this identity; without `response_id` it waits further up in the same stretch."""

    digest: str
    channel: str
    response_id: int | None

    def is_said_by(self, content: Content) -> bool:
        """Whether this says the same; a channel that is not said is whatever channel is stored."""
        return self.digest == content.digest and (content.channel is None or content.channel == self.channel)


@dataclass
class Plan:
    """What one stretch of a list has to do, by index. `stop` is where the next stretch starts."""

    stop: int
    create: list[int] = field(default_factory=list)
    correct: dict[int, int] = field(default_factory=dict)  # index → response id
    repeat: dict[int, Known] = field(default_factory=dict)
    rejected: dict[int, Rejected] = field(default_factory=dict)


def find_known(session: Session, contents: Sequence[Read]) -> dict[Identity, Known]:
    """Stored answers that have the identity of one of these."""
    named = [content for content in contents if isinstance(content, Content) and content.identity]
    sent = sorted({(content.source, content.external_id) for content in named if content.external_id is not None})
    connection = session.connection()
    known: dict[Identity, Known] = {}
    for source, group in groupby(sent, key=lambda pair: pair[0]):
        found = _BY_NAME.rows(connection, {"source": source, "names": [name for _, name in group]})
        known |= {(source, name): Known(digest, channel, response_id) for name, response_id, digest, channel in found}
    invited = [content.invitation_id for content in named if content.invitation_id is not None]
    if invited:
        rows = _BY_INVITATION.rows(connection, {"invited": invited})
        known |= {
            ("", invitation_id): Known(digest, channel, response_id) for invitation_id, response_id, digest, channel in rows
        }
    return known


def make_plan(contents: Sequence[Read], start: int, known: dict[Identity, Known], codes: Codes, options: AcceptOptions) -> Plan:
    """Decide about the answers from `start` on, in their order; `known` learns what will be created.

    The stretch ends before an answer that corrects another one of the same stretch, so that each stretch is one set.
    """
    plan = Plan(stop=len(contents))
    touched: set[int | None] = set()  # stored answers that this stretch reads or corrects
    for index in range(start, len(contents)):
        content = contents[index]
        if isinstance(content, Rejected):
            plan.rejected[index] = content
            continue
        identity = content.identity
        before = known.get(identity) if identity else None
        if before is not None and before.is_said_by(content):
            plan.repeat[index] = before
            touched.add(before.response_id)
        elif (refusal := _refusal(content, before, codes, options)) is not None:
            plan.rejected[index] = refusal
        elif before is None:
            plan.create.append(index)
            if identity:
                known[identity] = Known(content.digest, content.channel or options.default_channel, None)
        elif before.response_id is None or before.response_id in touched:
            plan.stop = index
            break
        else:
            plan.correct[index] = before.response_id
            touched.add(before.response_id)
            before.digest, before.channel = content.digest, content.channel or before.channel
    return plan


def _refusal(content: Content, before: Known | None, codes: Codes, options: AcceptOptions) -> Rejected | None:
    if before is not None and (not options.update or content.external_id is None):
        return _contradiction(content)
    return codes.refusal(content, options)


def _contradiction(content: Content) -> Rejected:
    if content.external_id is None:
        return Rejected("conflict", {"token": [_("This link has been used: its answer is stored.")]})
    message = _("Another answer with this identity is stored, and its content is different.")
    return Rejected("conflict", {"external_id": [message]})
