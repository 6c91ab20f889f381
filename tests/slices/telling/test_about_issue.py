"""A mail about an issue says enough to begin without opening the page, and nothing to who may not see it any more."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from feedback.access.rules import Role
from feedback.accounts.rules import ContactRole
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.uow import transaction
from jobs import collect_notices, deliver_outbox
from tests.factories import make_account, make_contact, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer
from tests.slices.telling.conftest import NOW
from tests.smtp import Mailbox


@pytest.fixture
def issue() -> int:
    """Grace, who decides at Nordbau, scored us 2 for late claims; Ana has it, and reads mails in Madrid."""
    team = make_team()
    make_user(Role.FRONTLINE, team_id=team, name="Ana", email="ana@x.example", time_zone="Europe/Madrid")
    catch_all(team)
    account = make_account(name="Nordbau")
    contact = make_contact(account, ContactRole.DECISION_MAKER, name="Grace Holm")
    late = make_defect("late", name="Late claims")
    answer = make_answer(account, 2, contact_id=contact, defects=((late, "service"),))
    return accept(answer)[answer.response_id]


def mail_of(mailbox: Mailbox) -> str:
    collect_notices.run()
    deliver_outbox.run()
    (mail,) = [one for one in mailbox.mails if one["To"] == "ana@x.example"]
    body = EmailMessage.get_body(mail, ("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.mark.usefixtures("issue")
def test_it_says_how_grave_about_what_whom_to_call_and_by_when(mailbox: Mailbox) -> None:
    said = mail_of(mailbox)
    assert "Major · Late claims\nTo be answered: Grace Holm (decision maker)\nFirst contact: due " in said


def test_what_is_overdue_when_it_leaves_says_so(mailbox: Mailbox, issue: int) -> None:
    with clock.frozen(NOW + timedelta(days=4)):
        assert "First contact: overdue since " in mail_of(mailbox)


def test_who_may_not_see_it_any_more_is_told_no_names(mailbox: Mailbox, issue: int) -> None:
    other = make_team()
    with transaction() as session:
        session.execute(sa.update(Issue).where(Issue.id == issue).values(owner_id=None, team_id=other))
    said = mail_of(mailbox)
    assert ("opened at Nordbau" in said, "Grace" in said) == (True, False)
