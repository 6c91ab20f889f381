"""What was sent from public pages: repeated forms, held answers, machines' forms. Call these inside `transaction()`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.prepared import Prepared, every_column
from feedback.surveys.models import Invitation
from feedback.surveys.people.marks import last_sign
from feedback.surveys.people.models import FormKind, Submission, SubmissionState
from feedback.surveys.people.rules import CERTAIN, HOLDS_ANSWERS, held_on, held_until
from feedback.uow import read_once


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came from a view of a page. `digest` is of its content."""

    invitation_id: int
    view: str
    form: FormKind
    client: str
    digest: str


def find_earlier(sent: Sent) -> tuple[SubmissionState, bool] | None:
    """What became of the last form from the same view, and whether it is this one again.

    It is not when another page of the same link said something in the same browser since: who goes back to an old page means
    it. What was said elsewhere since is not undone by a page that is loaded again.
    """
    rows = _EARLIER.rows(db.session.connection(), {"invitation_id": sent.invitation_id, "view": sent.view, "form": sent.form})
    return (rows[0].state, rows[0].digest == sent.digest and not rows[0].outdated) if rows else None


_table: Any = Submission.__table__
_later: Any = _table.alias()
_OUTDATED = sa.exists().where(
    _later.c.invitation_id == _table.c.invitation_id,
    _later.c.form == _table.c.form,
    _later.c.client == _table.c.client,
    sa.or_(_later.c.state == SubmissionState.ACCEPTED, _later.c.state == SubmissionState.HELD),
    _later.c.received_at > _table.c.received_at,
)
_EARLIER = Prepared(
    sa.select(_table.c.state, _table.c.digest, _OUTDATED.label("outdated")).where(
        _table.c.invitation_id == sa.bindparam("invitation_id"),
        _table.c.view == sa.bindparam("view"),
        _table.c.form == sa.bindparam("form"),
    )
)
_INSERT = Prepared(sa.insert(_table).values(every_column(_table)))


def hold(sent: Sent, content: Mapping[str, Any]) -> bool:
    """Keep a form back if its client gave itself away a moment ago; answers whether it did."""
    now, kinds = clock.now(), CERTAIN if sent.form is FormKind.UNSUBSCRIBE else HOLDS_ANSWERS
    due_at = held_until(now, last_sign(sent.invitation_id, sent.client, kinds))
    if due_at is None:
        return False
    _write(sent, SubmissionState.HELD, content=dict(content), due_at=due_at)
    return True


def wait_longer(invitation_id: int, client: str) -> None:
    """The client of held forms has opened a page of the link again: it may not be at its end."""
    held = (Submission.invitation_id == invitation_id, Submission.client == client, Submission.state == SubmissionState.HELD)
    for submission in db.session.scalars(sa.select(Submission).where(*held).with_for_update()):
        if submission.due_at is not None:
            submission.due_at = held_on(submission.received_at, submission.due_at, clock.now())


def is_said_again(sent: Sent) -> bool:
    """Whether the same is held already, from another view that this client was shown: it was asked, and said it once more."""
    same = (Submission.invitation_id == sent.invitation_id, Submission.form == sent.form, Submission.digest == sent.digest)
    held = (Submission.client == sent.client, Submission.view != sent.view, Submission.state == SubmissionState.HELD)
    return db.session.execute(sa.select(Submission.id).where(*same, *held).limit(1)).first() is not None


def supersede_held(sent: Sent) -> None:
    """What this client said before over the link, and is held, is no longer what it wants."""
    held = (Submission.invitation_id == sent.invitation_id, Submission.form == sent.form, Submission.client == sent.client)
    statement = sa.update(Submission).where(*held, Submission.state == SubmissionState.HELD)
    db.session.execute(statement.values(state=SubmissionState.SUPERSEDED, content={}, due_at=None))


def find_held_stop(contact_id: int) -> datetime | None:
    """Until when it is open whether somebody, over whatever link, has asked to be left alone."""
    held = (Submission.form == FormKind.UNSUBSCRIBE, Submission.state == SubmissionState.HELD)
    query = sa.select(sa.func.max(Submission.due_at, type_=Submission.received_at.type))
    return db.session.scalar(
        query.join(Invitation, Invitation.id == Submission.invitation_id).where(*held, Invitation.contact_id == contact_id)
    )


def note_accepted(sent: Sent, *, first: bool = False) -> None:
    """Remember that this view was answered for; `first`: nothing came from it before."""
    _write(sent, SubmissionState.ACCEPTED, first=first)


def burn_view(invitation_id: int, view: str, client: str) -> None:
    """Nothing that comes from a view whose trap was touched is believed any more."""
    for form in FormKind:
        _write(Sent(invitation_id, view, form, client, ""), SubmissionState.DROPPED)


def _write(
    sent: Sent,
    state: SubmissionState,
    *,
    content: dict[str, Any] | None = None,
    due_at: datetime | None = None,
    first: bool = False,
) -> None:
    values = {
        "client": sent.client,
        "state": state,
        "digest": sent.digest,
        "content": content or {},
        "received_at": clock.now(),
        "due_at": due_at,
    }
    changed = 0
    if not first:
        changed = db.session.execute(sa.update(Submission).where(*_from(sent)).values(**values)).rowcount  # type: ignore[attr-defined]
    if not changed:
        same = {"invitation_id": sent.invitation_id, "view": sent.view, "form": sent.form}
        _INSERT.each(db.session.connection(), [{**same, **values}])


def _from(sent: Sent) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Submission.invitation_id == sent.invitation_id,
        Submission.view == sent.view,
        Submission.form == sent.form,
    )


def drop_held(invitation_id: int, client: str) -> int:
    """Forget what this client sent and was not believed yet; answers how many forms."""
    held = (
        Submission.invitation_id == invitation_id,
        Submission.client == client,
        Submission.state == SubmissionState.HELD,
    )
    statement = sa.update(Submission).where(*held).values(state=SubmissionState.DROPPED, content={}, due_at=None)
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def accepted_since(invitation_id: int, client: str, since: datetime, view: str | None, form: FormKind = FormKind.ANSWER) -> bool:
    """Whether an answer of this client (or of this view) was accepted lately, and is the last word said over the link."""
    query = (
        sa.select(Submission.client, Submission.view, Submission.received_at)
        .where(
            Submission.invitation_id == invitation_id,
            Submission.form == form,
            Submission.state == SubmissionState.ACCEPTED,
        )
        .order_by(Submission.received_at.desc(), Submission.id.desc())
        .limit(1)
    )
    last = db.session.execute(query).one_or_none()
    return last is not None and (last.view == view or (last.client == client and last.received_at >= since))


def mark_dropped(invitation_id: int, client: str, view: str | None) -> None:
    """The accepted answers of this client were a machine's."""
    mine = sa.or_(Submission.client == client, Submission.view == (view or ""))
    here = (Submission.invitation_id == invitation_id, Submission.state == SubmissionState.ACCEPTED, mine)
    db.session.execute(sa.update(Submission).where(*here).values(state=SubmissionState.DROPPED))


def list_due(limit: int = 500) -> list[Submission]:
    """Held forms whose client has been quiet long enough, in the order they came."""
    due = (Submission.state == SubmissionState.HELD, Submission.due_at <= clock.now())
    query = sa.select(Submission).where(*due).order_by(Submission.received_at, Submission.id).limit(limit)
    return list(db.session.scalars(query.with_for_update(skip_locked=True)))


def settle(submission: Submission, state: SubmissionState) -> None:
    """Say what became of a held form; its words are kept no longer."""
    submission.state, submission.content, submission.due_at = state, {}, None


def is_superseded(submission: Submission) -> bool:
    """Whether something else was accepted over the same link after this came."""
    query = sa.select(Submission.id).where(
        Submission.invitation_id == submission.invitation_id,
        Submission.form == submission.form,
        Submission.state == SubmissionState.ACCEPTED,
        Submission.received_at > submission.received_at,
    )
    return db.session.execute(query.limit(1)).first() is not None


_HELD = Prepared(
    sa.select(Submission.content, Submission.received_at)
    .where(
        Submission.invitation_id == sa.bindparam("invitation_id"),
        Submission.client == sa.bindparam("client"),
        Submission.form == sa.bindparam("form"),
        Submission.state == SubmissionState.HELD,
    )
    .order_by(Submission.received_at.desc(), Submission.id.desc())
    .limit(1)
)


def find_held_content(
    invitation_id: int, client: str, form: FormKind = FormKind.ANSWER
) -> tuple[dict[str, Any], datetime] | None:
    """The newest held form of a client at a link, and when it came."""
    rows = read_once(_HELD, {"invitation_id": invitation_id, "client": client, "form": form})
    return (dict(rows[0].content), rows[0].received_at) if rows else None
