"""Words about a fix that meet an issue which has moved on: merged into another one, or with somebody new in it."""

from datetime import timedelta

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.merging import merge_issues
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.issues.service import NewIssue, open_issue
from feedback.kernel import clock
from feedback.uow import transaction
from tests.slices.issues.answers import accept, make_answer
from tests.slices.verifying.conftest import MONDAY, Reader, World


def test_a_no_to_an_issue_that_became_part_of_another_one_does_not_bring_it_back(world: World, reader: Reader) -> None:
    with world.at(0.5), transaction():
        other = open_issue(NewIssue(world.account), viewer=world.viewer).id
        merge_issues(other, world.issue, viewer=world.viewer)
    reader.open()
    assert reader.say(30, "no").status_code == 200
    assert (world.row().state, world.row().merged_into_id) == (IssueState.CLOSED, other)
    assert world.told("issue_word_changed") == {world.owner, world.manager}


def test_a_machines_no_is_not_undone_when_somebody_else_complained_since(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "no")
    with clock.frozen(MONDAY + timedelta(hours=1, seconds=35)):
        defect = db.session.scalar(sa.select(Issue.defect_id).where(Issue.id == world.issue))
        answer = make_answer(world.account, 0, defects=((defect, "service"),) if defect else ())
        assert accept(answer) == {answer.response_id: world.issue}
    reader.touch(40)
    assert (world.row().state, world.row().reopen_count) == (IssueState.ROUTED, 1)
