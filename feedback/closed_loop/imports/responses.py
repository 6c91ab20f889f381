"""Files of answers: their columns, and the way into the one acceptor."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields
from datetime import datetime
from itertools import compress
from typing import Any

from feedback.accounts.party_memory import PartyMemory
from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import DEFAULT_SOURCE, DEFAULT_SURVEY, AcceptOptions, AnswerDraft, Rejected
from feedback.closed_loop.imports.identities import Occurrences
from feedback.closed_loop.imports.runner import Written, guessed_roles
from feedback.closed_loop.intake import accept_read
from feedback.closed_loop.intake.content import FUTURE, read_columns
from feedback.closed_loop.intake.said import ReadAnswers
from feedback.defects.design_effects import compute_design_effects
from feedback.defects.statistics import fold_all
from feedback.extensions import db
from feedback.importing import columns as parse
from feedback.importing.columns import Column
from feedback.importing.mapping import Table
from feedback.kernel import clock
from feedback.kernel.errors import FieldErrors
from feedback.surveys.rules import AnswerChannel
from feedback.uow import transaction

_NOT_IN_FILES = ("invitation_id", "call_me")
_FIELDS = [field.name for field in fields(AnswerDraft) if field.name not in _NOT_IN_FILES]


def response_columns(date_format: str | None) -> list[Column]:
    """The columns of a response file; `source` usually comes from `--set`."""
    return [
        Column("external_id"),
        Column("source"),
        Column("account_external_id", required=True),
        Column("account_name"),
        Column("segment"),
        Column("region"),
        Column("contact_external_id"),
        Column("contact_email", parse.email),
        Column("contact_name"),
        Column("contact_role", parse.one_of(ContactRole)),
        Column("contact_time_zone", parse.time_zone),
        Column("survey"),
        Column("score", parse.score, required=True),
        Column("comment", free_text=True),
        Column("language"),
        Column("channel", parse.one_of(AnswerChannel)),
        Column("responded_at", parse.instant(date_format), required=True),
        Column("defects", parse.codes),
    ]


class ResponseFile:
    """Hands the rows of a file to the acceptor."""

    def __init__(self, options: AcceptOptions, *, date_format: str | None = None) -> None:
        self.columns = response_columns(date_format)
        self._options = options
        self._occurrences: Occurrences | None = None
        self._memory: PartyMemory | None = None
        self._guessed = bytearray()  # one byte per contact id: a set of millions of numbers would not stay small

    def prepare(self, table: Table, conditions: Sequence[str]) -> ReadAnswers:
        """Check one chunk as the acceptor wants its answers."""
        return read_columns(self._said(table, conditions), clock.now() + FUTURE)

    def write(self, prepared: ReadAnswers) -> Written:
        """Accept one chunk."""
        self._memory = self._memory or PartyMemory(db.session())
        outcomes = accept_read(prepared, self._options, self._memory, one_by_one=False)
        for part in outcomes.stored:
            if part.status == "created":
                self._note_guesses(set(compress(part.answers["contact_id"], part.answers["role_guessed"])))
        return Written(outcomes.counts(), {index: _reasons(rejected) for index, rejected in outcomes.rejected.items()})

    def _note_guesses(self, contact_ids: Set[int]) -> None:
        missing = max(contact_ids, default=0) + 1 - len(self._guessed)
        self._guessed.extend(bytes(max(missing, 0)))
        for contact_id in contact_ids:
            self._guessed[contact_id] = 1

    def _said(self, table: Table, conditions: Sequence[str]) -> dict[str, Sequence[Any]]:
        values: dict[str, Any] = {name: table.columns[name] for name in _FIELDS}
        values["source"] = [source or DEFAULT_SOURCE for source in values["source"]]
        values["survey"] = [survey or DEFAULT_SURVEY for survey in values["survey"]]
        if None in values["external_id"]:
            values["external_id"] = self._identities(values)
        values["defects"] = _citations(table, conditions)
        return values | {name: [None] * len(table.lines) for name in _NOT_IN_FILES}

    def _identities(self, values: Mapping[str, Sequence[Any]]) -> list[str]:
        self._occurrences = occurrences = self._occurrences or Occurrences()
        names = ("source", "account_external_id", "contact_external_id", "survey", "responded_at", "score", "comment")
        rows = zip(values["external_id"], *(values[name] for name in names), strict=True)
        return [given or occurrences.identity(map(_stable, rest)) for given, *rest in rows]

    def finish(self) -> None:
        """Fold what the last chunks left in the tail, and measure anew how much answers of one account resemble each other."""
        with transaction() as session:
            fold_all(session)
        compute_design_effects()

    def notes(self) -> list[str]:
        """Say how many roles are guesses, and how many people were somebody else's contacts before."""
        guessed, joined = self._guessed.count(1), len(self._memory.joined) if self._memory else 0
        return [guessed_roles(guessed)] * (guessed > 0) + [_known_before(joined)] * (joined > 0)


def _known_before(count: int) -> str:
    """The note about contacts whose id was that of a contact of other accounts before."""
    who = "1 contact was" if count == 1 else f"{count:,} contacts were"
    return (
        f"{who} known before, as contacts of other accounts: the same id is the same person, in all files. If they are "
        "different people, go back to a copy of the database from before and add --prefix contact_external_id=NAME-; "
        "--dry-run says beforehand whether it is needed."
    )


_ADVICE = {
    ("conflict", "external_id"): (
        "If this row corrects it, run again with --update; if the file comes from another system, with --set source=NAME."
    ),
    ("unknown_code", "defects"): "To add it to the catalogue, run again with --create-defects.",
    ("unknown_code", "survey"): "To add it, run again with --create-surveys relationship (or transactional).",
}


def _reasons(answer: Rejected) -> FieldErrors:
    """Why, and with which option the same file would be taken."""
    told = {column: " ".join([*messages, _ADVICE.get((answer.code, column), "")]) for column, messages in answer.errors.items()}
    return {column: [text.strip()] for column, text in told.items()}


def _stable(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _citations(table: Table, conditions: Sequence[str]) -> list[tuple[str, ...]]:
    named: list[tuple[str, ...]] = [tuple(codes or ()) for codes in table.columns["defects"]]
    for code, hits in zip(conditions, table.hits, strict=True):
        named = [(*codes, code) if hit else codes for codes, hit in zip(named, hits, strict=True)]
    return [tuple(dict.fromkeys(codes)) for codes in named] if conditions else named
