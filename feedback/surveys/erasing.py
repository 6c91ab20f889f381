"""What surveys keep about a person: words, addresses and links go; scores, months and reasons stay, so that figures stay."""

from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.clearing import change, clear_texts, drop, rewrite
from feedback.kernel.erasing import Counts, Person, erases
from feedback.surveys.models import CallWish, Invitation, Response, ResponseExclusion, ResponseVersion
from feedback.surveys.people.models import ProvisionalMark, ScannerSign, Submission
from feedback.surveys.rules import InvitationState

ERASED = "erased"  # stands for the digest of what an erased person said: any repetition of it is the same answer
_OPEN = (InvitationState.CREATED, InvitationState.PLANNED, InvitationState.QUEUED, InvitationState.SENT, InvitationState.REMINDED)


@erases("response.comment", "response.language", "response.external_id", "response.content_digest")
def forget_words(person: Person) -> Counts:
    """Comments and languages of the person's answers; the name in comments of others about the same accounts."""
    session, mine = db.session(), Response.contact_id == person.contact_id
    words = session.scalar(sa.select(sa.func.count(Response.comment)).where(mine)) or 0
    rewrite(session, person, [Response.external_id], lambda row: _renamed(row.external_id, row.id, person), mine)
    scores = change(session, person, Response, mine, comment=None, language=None, content_digest=ERASED)
    others = Response.account_id.in_(person.account_ids), Response.contact_id != person.contact_id
    named = clear_texts(session, person, [Response.comment], *others, Response.comment.is_not(None))
    return {"comments": words, "scores_kept": scores, "texts_cleared": named}


def _renamed(name: str | None, response_id: int, person: Person) -> dict[str, Any]:
    return {"external_id": f"{ERASED}-{response_id}"} if person.is_in(name, near=True) else {}


@erases("response_version.content", "response_version.note")
def forget_versions(person: Person) -> Counts:
    """Earlier versions: of the person's answers, and what was said as this person before it was given to somebody else."""
    session, words = db.session(), 0

    def find(row: sa.Row[Any]) -> dict[str, Any]:
        nonlocal words
        content = _cleared(row.content, person, mine=row.response_id in person.response_ids)
        words += _fell_silent(row.content, content)
        return _changes(row, content=content, note=person.cleared(row.note, near=True))

    about = Response.account_id.in_(person.account_ids) | (Response.contact_id == person.contact_id)
    here = sa.or_(
        ResponseVersion.response_id.in_(sa.select(Response.id).where(about)),
        ResponseVersion.response_id.in_(sorted(person.response_ids)),
    )
    rewrite(session, person, [ResponseVersion.content, ResponseVersion.note], find, here)
    return {"comments": words}


@erases("response_exclusion.content", "response_exclusion.note", "response_exclusion.external_id")
def forget_exclusions(person: Person) -> Counts:
    """Answers that do not count, and what they said before."""
    session, table, words = db.session(), ResponseExclusion, 0

    def find(row: sa.Row[Any]) -> dict[str, Any]:
        nonlocal words
        mine = row.contact_id == person.contact_id
        content = _kept(row.content, person, mine=mine)
        words += _fell_silent(row.content, content)
        renamed = _renamed(row.external_id, row.response_id, person) if mine else {}
        return _changes(row, content=content, note=person.cleared(row.note, near=True)) | renamed

    columns = [table.content, table.note, table.external_id, table.response_id, table.contact_id]
    rewrite(session, person, columns, find, table.account_id.in_(person.account_ids) | (table.contact_id == person.contact_id))
    return {"comments": words}


def _changes(row: sa.Row[Any], **values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != getattr(row, name)}


def _fell_silent(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return before.get("comment") is not None and after.get("comment") is None


def _cleared(content: dict[str, Any], person: Person, *, mine: bool) -> dict[str, Any]:
    """What was said as this person, or is kept of an answer of this person, is said no more; elsewhere the name goes."""
    if mine or content.get("contact_id") == person.contact_id:
        content = content | {"comment": None, "language": None} | ({"call_me": None} if "call_me" in content else {})
    cleared: dict[str, Any] = person.cleared(content, near=True)
    return cleared


def _kept(content: dict[str, Any], person: Person, *, mine: bool) -> dict[str, Any]:
    if not content:  # put back: the answer is where answers are
        return content
    versions = [
        [number, _cleared(said, person, mine=mine), *rest[:-1], person.cleared(rest[-1], near=True)]
        for number, said, *rest in content["versions"]
    ]
    digest = {"content_digest": ERASED} if mine else {}
    return _cleared(content, person, mine=mine) | digest | {"versions": versions}


@erases("invitation.address", "invitation.token_digest", "invitation.nonce", "invitation.language")
def forget_invitations(person: Person) -> Counts:
    """Addresses and links; whoever was asked and has not answered is not waited for, and no mail leaves any more."""
    session, mine = db.session(), Invitation.contact_id == person.contact_id
    stopped = change(session, person, Invitation, mine, Invitation.state.in_(_OPEN), state=InvitationState.STOPPED)
    empty = {"address": None, "token_digest": None, "nonce": None, "language": None, "next_reminder_at": None}
    return {"links": change(session, person, Invitation, mine, **empty), "mails_stopped": stopped}


@erases(
    "provisional_mark.client",
    "scanner_sign.client",
    "submission.view",
    "submission.client",
    "submission.digest",
    "submission.content",
)
def forget_visits(person: Person) -> Counts:
    """Clicks, signs of machines and held forms of the person's links: none of them was ever counted."""
    session, mine = db.session(), sa.select(Invitation.id).where(Invitation.contact_id == person.contact_id)
    clicks = drop(session, person, ProvisionalMark, ProvisionalMark.invitation_id.in_(mine))
    drop(session, person, ScannerSign, ScannerSign.invitation_id.in_(mine))
    return {"clicks": clicks, "forms": drop(session, person, Submission, Submission.invitation_id.in_(mine))}


@erases("call_wish.phone", "call_wish.best_time")
def forget_wishes(person: Person) -> Counts:
    """On which number the person wanted to be called: that they asked for it is forgotten with it."""
    mine = sa.select(Response.id).where(Response.contact_id == person.contact_id)
    return {"wishes": drop(db.session(), person, CallWish, CallWish.response_id.in_(mine))}
