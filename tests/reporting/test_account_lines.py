"""The list of accounts: its orders, and what to do with each."""

from datetime import timedelta

import pytest

from feedback.access.rules import Role, Viewer
from feedback.accounts.rules import AccountStatus
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.reporting.accounts import AccountFilters, list_account_lines
from feedback.uow import transaction
from tests.factories import make_account, make_contact

EVERYBODY = Viewer("user", "Test", role=Role.ADMIN)


@pytest.fixture
def accounts(app):
    """Three accounts that answered long ago, never, and lately; the last one by a detractor."""
    with app.app_context():
        for name, region in (("Alfa", "South"), ("Beta", None), ("Gama", "North")):
            make_contact(make_account(external_id=name, name=name, region=region), external_id=f"{name}-1")
        with transaction():
            accept_answers([draft("Alfa", 9, 40), draft("Gama", 2, 1)], AcceptOptions())
        yield


def draft(account: str, score: int, days: int) -> AnswerDraft:
    return AnswerDraft(account, score, contact_external_id=f"{account}-1", responded_at=clock.now() - timedelta(days=days))


@pytest.mark.parametrize(
    ("sort", "names"),
    [("answer", "Beta Alfa Gama"), ("-answer", "Gama Alfa Beta"), ("region", "Beta Gama Alfa"), ("-region", "Alfa Gama Beta")],
)
def test_the_list_is_ordered_by_last_answer_and_region(accounts, sort, names):
    lines, _total = list_account_lines(EVERYBODY, AccountFilters(sort=sort), offset=0, limit=10)
    assert [line.name for line in lines] == names.split()


def test_each_active_account_says_what_to_do(accounts):
    make_account(external_id="Gone", name="Gone", status=AccountStatus.CLOSED)
    lines, _total = list_account_lines(EVERYBODY, AccountFilters(), offset=0, limit=10)
    plays = {line.name: line.play for line in lines}
    assert (plays["Beta"], plays["Gama"], plays["Gone"]) == ("survey_first", "fix_basics", "")
