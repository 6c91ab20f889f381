"""Notes for colleagues on the page of an issue."""

from feedback.issues.working.notes import write_note
from tests.dashboards.test_work_pages import Work, work

__all__ = ["work"]
FORM = "Write a note for colleagues"


def test_everybody_who_reads_an_issue_may_write(work: Work) -> None:
    people = (work.owner, work.manager, work.lead, work.executive, work.experience)
    assert [FORM in work.of_issue(one) for one in people] == [True] * len(people)


def test_a_note_stands_in_the_history_with_its_writer(work: Work) -> None:
    work.do(work.manager, write_note, work.issue, text="Their assistant answers on Fridays")
    page = work.of_issue(work.owner)
    assert page.index("Note for colleagues") < page.index("Their assistant answers on Fridays")
    assert "Max" in page
