"""What people are told about a purpose; each wording is kept for ever under its number."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.permission.models import Notice
from feedback.permission.rules import Purpose


def wording_hash(text: str) -> str:
    """SHA-256 of the words as they were shown, blanks at the ends and line ends aside."""
    return hashlib.sha256("\n".join(text.strip().splitlines()).encode()).hexdigest()


def publish_notice(purpose: Purpose, locale: str, text: str, *, actor: str, effective_at: datetime | None = None) -> Notice:
    """A new wording; the same words as the newest ones are no new wording. Call it inside `transaction()`."""
    newest = _newest(purpose, locale)
    if newest is not None and newest.wording_hash == wording_hash(text):
        return newest
    now, number = clock.now(), 1 if newest is None else newest.number + 1
    words = {"purpose": purpose, "locale": locale, "number": number, "text": text.strip(), "wording_hash": wording_hash(text)}
    notice = Notice(**words, effective_at=max(effective_at or now, now), created_by=actor, created_at=now)
    db.session.add(notice)
    db.session.flush()
    audit.record(actor, "notice.published", "notice", notice.id, purpose=purpose.value, locale=locale, number=number)
    return notice


def _newest(purpose: Purpose, locale: str) -> Notice | None:
    query = sa.select(Notice).where(Notice.purpose == purpose, Notice.locale == locale)
    return db.session.scalars(query.order_by(Notice.number.desc()).limit(1)).one_or_none()


def current_notice(purpose: Purpose, locales: Sequence[str]) -> Notice | None:
    """The words that hold now, in the first of these languages that has any."""
    query = sa.select(Notice).where(Notice.purpose == purpose, Notice.effective_at <= clock.now(), Notice.locale.in_(locales))
    found: dict[str, Notice] = {}
    for notice in db.session.scalars(query.order_by(Notice.effective_at, Notice.number)):
        found[notice.locale] = notice
    return next((found[locale] for locale in locales if locale in found), None)


def list_notices(purpose: Purpose | None = None) -> Sequence[Notice]:
    """Every wording, the newest of a purpose first."""
    query = sa.select(Notice).order_by(Notice.purpose, Notice.locale, Notice.number.desc())
    return db.session.scalars(query if purpose is None else query.where(Notice.purpose == purpose)).all()


def get_notice(notice_id: int) -> Notice:
    """One wording.

    Raises:
        NotFound: there is none.
    """
    notice = db.session.get(Notice, notice_id)
    if notice is None:
        raise NotFound
    return notice
