"""Answers from another system: single ones share transactions, lists are one each."""

from collections.abc import Iterator, Sequence
from json import JSONDecodeError
from typing import Any

import marshmallow as ma
from flask_babel import gettext as _

from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft, Rejected
from feedback.closed_loop.intake import Outcome, accept_answers
from feedback.closed_loop.schemas import AnswerIn
from feedback.kernel.errors import InvalidInput
from feedback.uow import GroupCommit, transaction
from feedback.web.blueprint import parse_json
from feedback.web.problems import flatten

MAX_BATCH = 10_000
Waiting = tuple[AnswerDraft, AcceptOptions]


def _accept_waiting(items: Sequence[Waiting]) -> list[Outcome]:
    """Accept what waits, in its order: neighbours with the same options (the same sender) as one list."""
    outcomes: list[Outcome] = []
    start = 0
    while start < len(items):
        options, stop = items[start][1], start + 1
        while stop < len(items) and items[stop][1] == options:
            stop += 1
        outcomes += accept_answers([draft for draft, _ in items[start:stop]], options)
        start = stop
    return outcomes


_group: GroupCommit[Waiting, Outcome] = GroupCommit(_accept_waiting)


def accept_one(draft: AnswerDraft, *, actor: str) -> Outcome:
    """Store one answer in a transaction that it shares with others that wait at this moment."""
    return _group.submit((draft, AcceptOptions(actor=actor, one_by_one=True)))


def accept_batch(items: Sequence[Any], *, actor: str) -> dict[str, Any]:
    """Store a list of bodies in one transaction; answers the counts and what is wrong with which.

    Raises:
        InvalidInput: the list is too long.
    """
    if len(items) > MAX_BATCH:
        raise InvalidInput({"responses": [_("At most %(limit)s answers at once.", limit=MAX_BATCH)]})
    schema = AnswerIn()
    read = [_read(schema, item) for item in items]
    drafts = [draft for draft in read if isinstance(draft, AnswerDraft)]
    with transaction():
        stored = iter(accept_answers(drafts, AcceptOptions(actor=actor))) if drafts else iter(())
    outcomes = [next(stored) if isinstance(draft, AnswerDraft) else draft for draft in read]
    statuses = [outcome.status for outcome in outcomes if isinstance(outcome, Accepted)]
    errors = [
        {"index": index, "code": outcome.code, "errors": outcome.errors}
        for index, outcome in enumerate(outcomes)
        if isinstance(outcome, Rejected)
    ]
    return {
        "created": statuses.count("created"),
        "unchanged": statuses.count("unchanged"),
        "rejected": len(errors),
        "errors": errors,
    }


def _read(schema: AnswerIn, item: Any) -> AnswerDraft | Rejected:
    if isinstance(item, Rejected):
        return item
    try:
        draft: AnswerDraft = schema.load(item)
    except ma.ValidationError as error:
        return Rejected("invalid", flatten(error.messages))
    return draft


def read_lines(body: bytes) -> list[Any]:
    """The documents of an NDJSON body; a line that is none becomes a rejection in its place. Blank lines do not count."""
    return list(_documents(body))


def _documents(body: bytes) -> Iterator[Any]:
    for line in body.split(b"\n"):
        if line.strip():
            try:
                yield parse_json(line)
            except (JSONDecodeError, UnicodeDecodeError):
                yield Rejected("invalid", {"body": [_("This line is not a JSON document.")]})
