"""What surveys keep about a person: words, addresses and links go; scores, months and reasons stay, so that figures stay."""

from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.erasing import Counts, Person, erases
from feedback.surveys.models import Invitation, Response, ResponseExclusion, ResponseVersion
from feedback.surveys.people.models import ProvisionalMark, ScannerSign, Submission
from feedback.surveys.rules import InvitationState

ERASED = "erased"  # stands for the digest of what an erased person said: any repetition of it is the same answer
_OPEN = (InvitationState.CREATED, InvitationState.PLANNED, InvitationState.QUEUED, InvitationState.SENT, InvitationState.REMINDED)


@erases("response.comment", "response.language", "response.external_id", "response.content_digest")
def forget_words(person: Person) -> Counts:
    """Comments and languages of answers."""
    mine = Response.contact_id == person.contact_id
    words = db.session.scalar(sa.select(sa.func.count(Response.comment)).where(mine)) or 0
    for response_id, name in db.session.execute(sa.select(Response.id, Response.external_id).where(mine)).all():
        if person.is_in(name):
            named = sa.update(Response).where(Response.id == response_id)
            db.session.execute(named.values(external_id=f"{ERASED}-{response_id}"))
    empty = sa.update(Response).where(mine).values(comment=None, language=None, content_digest=ERASED)
    scores = db.session.execute(empty.returning(Response.id)).all()
    return {"comments": words, "scores_kept": len(scores)}


@erases(
    "response_version.content",
    "response_version.note",
    "response_exclusion.content",
    "response_exclusion.note",
    "response_exclusion.external_id",
)
def forget_versions(person: Person) -> Counts:
    """Earlier versions, and answers that do not count."""
    answers = sa.select(Response.id).where(Response.contact_id == person.contact_id)
    words = 0
    for version in db.session.scalars(sa.select(ResponseVersion).where(ResponseVersion.response_id.in_(answers))):
        words += version.content.get("comment") is not None
        version.content, version.note = _silent(version.content), person.cleared(version.note)
    for row in db.session.scalars(sa.select(ResponseExclusion).where(ResponseExclusion.contact_id == person.contact_id)):
        words += row.content.get("comment") is not None
        row.content, row.note = _kept(row.content, person), person.cleared(row.note)
        row.external_id = f"{ERASED}-{row.response_id}" if person.is_in(row.external_id) else row.external_id
    db.session.flush()
    return {"comments": words}


def _silent(content: dict[str, Any]) -> dict[str, Any]:
    return content | {"comment": None, "language": None}


def _kept(content: dict[str, Any], person: Person) -> dict[str, Any]:
    if not content:  # put back: the answer is where answers are
        return content
    versions = [[number, _silent(said), *rest[:-1], person.cleared(rest[-1])] for number, said, *rest in content["versions"]]
    return _silent(content) | {"content_digest": ERASED, "versions": versions}


@erases("invitation.address", "invitation.token_digest", "invitation.nonce", "invitation.language")
def forget_invitations(person: Person) -> Counts:
    """Addresses and links; whoever was asked and has not answered is not waited for, and no mail leaves any more."""
    mine = Invitation.contact_id == person.contact_id
    stop = sa.update(Invitation).where(mine, Invitation.state.in_(_OPEN)).values(state=InvitationState.STOPPED)
    stopped = db.session.execute(stop.returning(Invitation.id)).all()
    empty = {"address": None, "token_digest": None, "nonce": None, "language": None, "next_reminder_at": None}
    cleared = db.session.execute(sa.update(Invitation).where(mine).values(**empty).returning(Invitation.id)).all()
    return {"links": len(cleared), "mails_stopped": len(stopped)}


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
    mine = sa.select(Invitation.id).where(Invitation.contact_id == person.contact_id)
    clicks = db.session.execute(
        sa.delete(ProvisionalMark).where(ProvisionalMark.invitation_id.in_(mine)).returning(ProvisionalMark.id)
    ).all()
    db.session.execute(sa.delete(ScannerSign).where(ScannerSign.invitation_id.in_(mine)))
    forms = db.session.execute(sa.delete(Submission).where(Submission.invitation_id.in_(mine)).returning(Submission.id)).all()
    return {"clicks": len(clicks), "forms": len(forms)}
