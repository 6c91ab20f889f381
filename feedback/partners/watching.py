"""Which accounts have to be looked at. Called in the transaction of each event: it only notes the account.

Nothing is noted while nobody is told of standings.
"""

from collections.abc import Collection

import sqlalchemy as sa

from feedback.accounts.models import Account, AccountContact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.partners.crm.models import CrmConnection
from feedback.partners.models import StandingWatch, ToldStanding, TouchedAccount, Webhook
from feedback.partners.rules.news import OF_STANDING, NewsType

_WATCHED = Prepared(sa.select(StandingWatch.id).limit(1))
_TOUCH = Prepared(
    sa.insert(TouchedAccount).values(account_id=sa.bindparam("account_id"), at=sa.bindparam("at", type_=TouchedAccount.at.type))
)
_ACCOUNTS_OF = Prepared(
    sa.select(AccountContact.account_id).where(in_list(AccountContact.__table__.c.contact_id, "contacts")).distinct()
)
# what only standings can tell: issues are told with their account's own history
NEEDS_WATCH = OF_STANDING | {NewsType.ISSUE_OPENED, NewsType.ISSUE_CHANGED, NewsType.ISSUE_CLOSED}


def is_watched() -> bool:
    """Whether somebody is told of standings."""
    return bool(_WATCHED.rows(db.session.connection(), {}))


def touch(account_ids: Collection[int]) -> None:
    """Note that something happened to these accounts."""
    if account_ids and is_watched():
        now = clock.now()
        _TOUCH.each(db.session.connection(), [{"account_id": account_id, "at": now} for account_id in sorted(set(account_ids))])


def look_at_everybody() -> None:
    """Every standing is looked at again, in its turn: what it is judged by has changed."""
    if is_watched():
        db.session.execute(sa.update(ToldStanding).values(review_at=clock.now()))


def touch_contacts(contact_ids: Collection[int]) -> None:
    """Note that something happened to whom these contacts buy for."""
    if contact_ids and is_watched():
        rows = _ACCOUNTS_OF.rows(db.session.connection(), {"contacts": list(contact_ids)})
        touch([row.account_id for row in rows])


def follow_watchers() -> None:
    """Begin to watch when somebody wants to be told, and end with the last one. Standings of the start are no news."""
    told = any(NEEDS_WATCH & set(events) for events in db.session.scalars(sa.select(Webhook.events)))
    wanted = told or db.session.scalar(sa.select(CrmConnection.id).where(CrmConnection.push, CrmConnection.active)) is not None
    if wanted and not is_watched():
        last = db.session.scalar(sa.select(sa.func.max(Account.id))) or 0
        db.session.add(StandingWatch(id=1, seeded_to=0, seed_until=last, started_at=clock.now()))
    if not wanted and is_watched():
        for table in (StandingWatch, TouchedAccount, ToldStanding):
            db.session.execute(sa.delete(table))
    db.session.flush()
