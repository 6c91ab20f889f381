"""What every channel hands to the acceptor, and what it gets back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from feedback.issues.rules import CallWish
from feedback.surveys.rules import AnswerChannel, SurveyKind

DEFAULT_SOURCE = "default"
DEFAULT_SURVEY = "relationship"


@dataclass(slots=True)
class AnswerDraft:
    """One answer as a channel received it. Fields hold what the sender said; None means "not said".

    `defects` holds codes, each as `code` or `category:code`. `contact_external_id` defaults to the account's id,
    `responded_at` (aware) to now, `contact_role` as `product.md` says (decided by the acceptor).
    """

    account_external_id: str
    score: int
    contact_external_id: str | None = None
    source: str = DEFAULT_SOURCE
    external_id: str | None = None
    survey: str = DEFAULT_SURVEY
    account_name: str | None = None
    segment: str | None = None
    region: str | None = None
    contact_email: str | None = None
    contact_name: str | None = None
    contact_role: str | None = None
    contact_time_zone: str | None = None
    comment: str | None = None
    language: str | None = None
    channel: AnswerChannel | None = None
    responded_at: datetime | None = None
    defects: tuple[str, ...] = ()
    invitation_id: int | None = None
    call_me: CallWish | None = None  # they want to be called, whatever the score


@dataclass(frozen=True)
class AcceptOptions:
    """What a channel allows: imports may create codes and correct earlier answers, the API may not."""

    create_defects: bool = False
    create_surveys: SurveyKind | None = None
    update: bool = False
    default_channel: AnswerChannel = AnswerChannel.WEB
    actor: str = "system"
    one_by_one: bool = False  # each answer came in a request of its own and gets its own audit row
    actors: Sequence[str] = ()  # with `one_by_one`: who sent each answer of the list, in the place of `actor`


class Accepted(NamedTuple):
    """An answer that is stored now. `status` is `created`, `unchanged` or `updated`."""

    status: str
    response_id: int
    account_id: int
    contact_id: int
    score: int
    band: str
    responded_at: datetime
    defects: tuple[str, ...]
    issue_id: int | None
    role_guessed: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """An answer that is not stored, and why. `code` is `invalid`, `unknown_code` or `conflict`."""

    code: str
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
