"""Files of the customer record and of consents, as the runner wants them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from feedback.accounts.files import RECORD_FILES
from feedback.accounts.queries import contact_ids_by_external_id
from feedback.closed_loop.imports.runner import Outcome, Refused, Written, guessed_roles
from feedback.importing import columns as parse
from feedback.importing.columns import Column
from feedback.importing.mapping import Table
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.selling.spend.closing import first_open_month

MONTHS_NAMED = 6


class RecordImport:
    """Accounts, contacts, spend or wallets."""

    def __init__(self, name: str, *, date_format: str | None = None) -> None:
        self._file = RECORD_FILES[name]
        self.columns = self._file.columns(date_format)
        self._guessed = 0
        self._months: Counter[date] = Counter()  # rows of months whose books are not closed

    def prepare(self, table: Table, conditions: Sequence[str]) -> Table:
        """Name the columns as they are stored."""
        for ours, stored in self._file.renamed:
            table.columns[stored] = table.columns.pop(ours)
        return table

    def write(self, prepared: Table) -> Written:
        """Write one chunk."""
        rows = prepared.rows()
        written = self._file.write(rows)
        if self._file.is_spend:
            first, months = first_open_month(), [row["month"] for row, one in zip(rows, written, strict=True) if not one.errors]
            self._months.update(month for month in months if month >= first)
        self._guessed += sum(row.role_guessed for row in written)
        return Written.of([Refused(row.errors) if row.errors else row.status for row in written])

    def finish(self) -> None:
        """Nothing remains."""

    def notes(self) -> list[str]:
        """Say how many roles are guesses, and which months are kept aside."""
        aside = [months_kept_aside(self._months)] if self._months else []
        return ([guessed_roles(self._guessed)] if self._guessed else []) + aside


def months_kept_aside(months: Mapping[date, int]) -> str:
    """The note about spend that says nothing yet: a month that still runs looks like a fall."""
    named = [f"{month:%Y-%m} ({count:,} {'row' if count == 1 else 'rows'})" for month, count in sorted(months.items())]
    more = f" and {len(named) - MONTHS_NAMED} more" if len(named) > MONTHS_NAMED else ""
    return (
        f"Kept aside until their books are closed: {', '.join(named[:MONTHS_NAMED])}{more}. "
        "They are stored, and a fall of spend in them is judged only then."
    )


class ConsentImport:
    """What contacts allowed or refused."""

    def __init__(self, *, date_format: str | None = None, actor: str = "import") -> None:
        self.columns = [
            Column("contact_external_id", parse.name_text, required=True),
            Column("purpose", parse.one_of(Purpose), required=True),
            Column("channel", parse.one_of(Channel), required=True),
            Column("action", parse.one_of(ConsentAction), required=True),
            Column("occurred_at", parse.instant(date_format), required=True),
            Column("basis", parse.name_text),
            Column("evidence", parse.long_text, free_text=True),
        ]
        self._actor = actor

    def prepare(self, table: Table, conditions: Sequence[str]) -> Table:
        """Consents are written as they were read."""
        return table

    def write(self, prepared: Table) -> Written:
        """Write one chunk."""
        rows = prepared.rows()
        contacts = contact_ids_by_external_id(row["contact_external_id"] for row in rows)
        drafts = [
            ConsentDraft(contact_id=contacts[external_id], **row)
            for row in rows
            if (external_id := row.pop("contact_external_id")) in contacts
        ]
        recorded = iter(record_consents(drafts, recorded_by=self._actor))
        unknown = Refused({"contact_external_id": ["is no contact here; import the contacts first"]})
        outcomes: list[Outcome] = []
        for external_id in prepared.columns["contact_external_id"]:
            done = next(recorded) if external_id in contacts else None
            outcomes.append(unknown if done is None else Refused(done.errors) if done.errors else done.status)
        return Written.of(outcomes)

    def finish(self) -> None:
        """Nothing remains."""

    def notes(self) -> list[str]:
        """The counts say it all."""
        return []


__all__ = ["ConsentImport", "RecordImport"]
