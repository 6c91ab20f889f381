"""What one slice's news makes another do, readable as a table. All of it happens in the transaction of its cause."""

from feedback.accounts.events import BuyingFactsChanged
from feedback.closed_loop import invalidation
from feedback.issues.events import IssuesChanged
from feedback.kernel.events import subscribe
from feedback.permission.events import ConsentChanged
from feedback.surveys.events import AnswerDeleted, AnswersReceived

subscribe(AnswersReceived, invalidation.after_answers)
subscribe(AnswerDeleted, invalidation.after_deletion)
subscribe(IssuesChanged, invalidation.after_issues)
subscribe(ConsentChanged, invalidation.after_consent)
subscribe(BuyingFactsChanged, invalidation.after_buying_facts)
