"""What became of a list of answers: in numbers for a file, one by one for everybody else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from feedback.audit import service as audit
from feedback.closed_loop.drafts import Accepted, AcceptOptions, Rejected
from feedback.closed_loop.intake.answers import Answer, Answers
from feedback.surveys.rules import band

Outcome = Accepted | Rejected
_BANDS = tuple(band(score).value for score in range(11))


class Stored(NamedTuple):
    """Answers that are stored now: where they stood in the list, and the issues they opened or joined by answer id."""

    status: str  # created, updated or unchanged
    places: Sequence[int]
    answers: Answers
    issues: Mapping[int, int]


@dataclass(slots=True)
class Outcomes:
    """What became of each place of a list."""

    rejected: dict[int, Rejected] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    unchanged: int = 0  # answers that were stored before and of which only the number is wanted

    def counts(self) -> Counter[str]:
        """How many answers were `created`, `updated`, `unchanged`; what was rejected is not counted here."""
        counts = Counter({"unchanged": self.unchanged})
        for part in self.stored:
            counts[part.status] += len(part.places)
        return counts

    def each(self) -> list[Outcome]:
        """One by one, in the order of the list."""
        found: dict[int, Outcome] = dict(self.rejected)
        for status, places, answers, issues in self.stored:
            outcomes = [_accepted(status, answer, issues) for answer in answers.rows()]
            found.update(zip(places, outcomes, strict=True))
        return [found[place] for place in range(len(found))]

    def record(self, options: AcceptOptions) -> None:
        """Write the audit rows."""
        written = [part for part in self.stored if part.status in ("created", "updated")]
        if options.one_by_one:
            for part in written:
                actors = [options.actors[place] for place in part.places] if options.actors else options.actor
                audit.record_each(actors, f"response.{part.status}", "response", part.answers["id"])
            return
        ids: dict[str, list[int]] = {"created": [], "updated": []}
        for part in written:
            ids[part.status] += part.answers["id"]
        if any(ids.values()):
            everything = [*ids["created"], *ids["updated"]]
            span = f"{min(everything)}-{max(everything)}"
            counts = {status: len(response_ids) for status, response_ids in ids.items()}
            audit.record(options.actor, "response.list_accepted", "response", span, **counts)


def _accepted(status: str, answer: Answer, issues: Mapping[int, int]) -> Accepted:
    return Accepted(
        status,
        answer.id,
        answer.account_id,
        answer.contact_id,
        answer.score,
        _BANDS[answer.score],
        answer.moment,
        tuple(sorted(answer.codes)) if len(answer.codes) > 1 else answer.codes,
        issues.get(answer.id),
        answer.role_guessed,
    )
