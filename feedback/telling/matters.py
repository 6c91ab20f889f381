"""What a mail about an issue says of it, as it stands when the mail leaves: how grave, about what, whom to call, what is due.

It is read then and kept nowhere: names of customers lie in no message that an erasure would have to find, and whoever may not see
the issue any more is told nothing of it. Their words never leave the server.
"""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext

from feedback.access.queries import get_viewer
from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.rules import ContactRole
from feedback.defects.models import Defect
from feedback.defects.naming import shown_name
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.owing import due_first
from feedback.issues.queries import issue_scope
from feedback.issues.queries.fixing import find_fix_owner
from feedback.issues.queries.single import unanswered_contacts
from feedback.issues.rules import WORK_ITEMS, Clock, Severity
from feedback.issues.rules.owing import Owed
from feedback.kernel import clock
from feedback.telling.digest_letters import due_words
from feedback.telling.people import Recipient

_ISSUE = re.compile(r"/app/issues/([0-9]{1,10})(?:[?#].*)?")
MOST = 3  # people who are named


def about_issue(link: str, person: Recipient) -> str:
    """Some lines in the current locale; empty where the link leads to no open issue that this person may see."""
    page = _ISSUE.fullmatch(link)
    if page is None:
        return ""
    mine = issue_scope(get_viewer(person.id))
    issue = db.session.scalar(sa.select(Issue).where(Issue.id == int(page[1]), Issue.closed_at.is_(None), mine))
    return "" if issue is None else "\n".join(filter(None, (_what(issue), _whom(issue), *_when(issue, person))))


def _what(issue: Issue) -> str:
    severity = {Severity.CRITICAL: _("Critical"), Severity.MAJOR: _("Major"), Severity.MINOR: _("Minor")}[issue.severity]
    named = sa.select(shown_name()).where(Defect.id == issue.defect_id)
    name = db.session.scalar(named) if issue.defect_id is not None else None
    nameless = _("Ask how things are") if issue.source in WORK_ITEMS else _("Without a named problem")
    return f"{severity} · {name or nameless}"


def _whom(issue: Issue) -> str:
    waiting = sorted(unanswered_contacts(issue))
    query = (
        sa.select(Contact.name, AccountContact.role)
        .join(AccountContact, sa.and_(AccountContact.contact_id == Contact.id, AccountContact.account_id == issue.account_id))
        .where(Contact.id.in_(waiting), Contact.name.is_not(None))
        .order_by(Contact.id)
    )
    people = [f"{name} ({_roles()[role]})" for name, role in db.session.execute(query)]
    return "" if not people else _("To be answered: %(people)s", people=_listed(people))


def _listed(people: Sequence[str]) -> str:
    more = len(people) - MOST
    shown = ", ".join(people[:MOST])
    if more <= 0:
        return shown
    return ngettext("%(people)s and %(num)s more", "%(people)s and %(num)s more", more, people=shown)


def _roles() -> dict[ContactRole, str]:
    return {
        ContactRole.DECISION_MAKER: _("decision maker"),
        ContactRole.INFLUENCER: _("influencer"),
        ContactRole.USER: _("user"),
    }


def _when(issue: Issue, person: Recipient) -> list[str]:
    """What is due first, and to whoever is to fix it their own day."""
    owed = {first.what: first.at} if (first := due_first(issue)) is not None else {}
    if issue.fix_due_at is not None and issue.fixed_at is None and find_fix_owner(issue) == person.id:
        owed.setdefault(Owed.FIX, issue.fix_due_at)
    return [f"{_named(what)}: {due_words(at, person.wishes.zone, late=at < clock.now())}" for what, at in owed.items()]


def _named(what: Clock | Owed) -> str:
    return {
        Clock.FIRST_CONTACT: _("First contact"),
        Clock.NEXT_UPDATE: _("Progress update"),
        Clock.RESOLUTION: _("Resolution"),
        Owed.PROMISE: _("Promise"),
        Owed.FIX: _("Planned fix"),
    }[what]
