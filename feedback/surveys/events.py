"""News about answers, a whole accepted list at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswersReceived:
    """Answers were stored or corrected. `detractor_account_ids`: where at least one of them scores 0 to 6."""

    response_ids: tuple[int, ...]
    account_ids: frozenset[int]
    detractor_account_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class AnswerDeleted:
    """An answer does not exist any more."""

    response_id: int
    account_id: int
