"""Changes of single answers for a viewer: may they, and then do it. Call these inside `transaction()`."""

from feedback.access.rules import Viewer
from feedback.accounts.queries import access_account
from feedback.closed_loop.intake.by_hand import DETRACTOR_MAX, SAME, Corrected, NewContent, correct_answer
from feedback.closed_loop.intake.corrections import Change
from feedback.closed_loop.intake.exclusions import Reason, check_own_detractor, exclude_answer, put_back
from feedback.surveys.withdrawn import access_exclusion, access_response

PERMISSION = "response.correct"


def correct(response_id: int, content: NewContent, change: Change, viewer: Viewer) -> Corrected:
    """Change an answer that the viewer may change.

    Raises:
        NotFound: there is none, or the account it goes to is somebody else's.
        InvalidInput: a value cannot be taken, or no words say why.
        RuleViolation: nothing would change, or it would better the viewer's own account.
    """
    answer = access_response(response_id, viewer=viewer, permission=PERMISSION)
    if content.account_id is not SAME:
        access_account(content.account_id, viewer=viewer, permission=PERMISSION)
    # a colleague's role weighs differently: an answer that moves inside the account can better it as well
    moves = content.account_id not in (SAME, answer.account_id) or content.contact_id not in (SAME, answer.contact_id)
    better = content.score is not SAME and content.score > DETRACTOR_MAX
    if answer.score <= DETRACTOR_MAX and (better or moves):
        check_own_detractor(answer.account_id, answer.score, viewer)
    return correct_answer(response_id, content, change)


def exclude(response_id: int, reason: Reason, viewer: Viewer) -> int:
    """Take an answer that the viewer may change out of all figures; answers the id of the exclusion.

    Raises:
        NotFound: there is none.
        InvalidInput: no words say why.
        RuleViolation: a detractor of an account that the viewer looks after.
    """
    access_response(response_id, viewer=viewer, permission=PERMISSION)
    return exclude_answer(response_id, reason, viewer)


def restore(exclusion_id: int, viewer: Viewer) -> None:
    """Count an excluded answer again.

    Raises:
        NotFound: there is no such exclusion, or it is somebody else's.
        RuleViolation: the answer counts again already.
    """
    put_back(access_exclusion(exclusion_id, viewer=viewer, permission=PERMISSION).id, viewer)
