"""What senders said, checked and in one spelling: by column for lists, row by row where single answers matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import Rejected
from feedback.defects.rules import DefectCategory
from feedback.issues.rules import CallWish
from feedback.surveys.rules import AnswerChannel

Identity = tuple[str, Any] | None


class Content(NamedTuple):
    """What a valid draft says, in one spelling for all channels. None means "not said".

    `responded_at` is in microseconds since 1970. `digest` is of what the sender said about the answer itself, without the
    channel, which is compared where it is said; who the customer is may be told differently later.
    """

    account_external_id: str
    contact_external_id: str
    source: str
    external_id: str | None
    survey: str
    score: int
    comment: str | None
    language: str | None
    channel: AnswerChannel | None
    responded_at: int | None
    defects: tuple[str, ...]
    categories: dict[str, DefectCategory]
    account_name: str | None
    segment: str | None
    region: str | None
    contact_name: str | None
    contact_email: str | None
    contact_role: ContactRole | None
    contact_time_zone: str | None
    invitation_id: int | None
    call_me: CallWish | None
    digest: str


@dataclass(slots=True)
class ReadAnswers:
    """Checked drafts by column, named as the fields of `Content`, and those that were refused by row.

    A refused row stands in the columns with values that mean nothing.
    """

    columns: dict[str, Sequence[Any]]
    refused: dict[int, Rejected]

    def __len__(self) -> int:
        return len(self.columns["digest"])

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.columns[name]

    def row(self, index: int) -> Content:
        """One answer."""
        return Content(*[self.columns[name][index] for name in Content._fields])

    def take(self, places: Sequence[int]) -> "ReadAnswers":
        """Those at these places, none of which was refused."""
        if places == range(len(self)) or list(places) == list(range(len(self))):
            return self
        return ReadAnswers({name: [values[place] for place in places] for name, values in self.columns.items()}, {})

    def identities(self) -> Sequence[Identity]:
        """What makes each answer the same one when it comes again; None for an answer without a name."""
        sources, names, invited = self["source"], self["external_id"], self["invitation_id"]
        if None not in names:
            return list(zip(sources, names, strict=True))
        return [
            (source, name) if name is not None else None if invitation_id is None else ("", invitation_id)
            for source, name, invitation_id in zip(sources, names, invited, strict=True)
        ]
