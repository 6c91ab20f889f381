"""Named reads of surveys, invitations and answers."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.queries import account_scope
from feedback.defects.models import Citation, Defect
from feedback.defects.rules import DefectCategory
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.kernel.paging import Page, decode_cursor, encode_cursor
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import Invitation, Response, SurveyProgram, SurveyReason
from feedback.surveys.rules import SCORED_KINDS, band
from feedback.surveys.texts import language_chain
from feedback.uow import read_once


@dataclass(frozen=True)
class AnswerFilter:
    """Which answers; None means "any". `start` inclusive, `stop` exclusive."""

    account_id: int | None = None
    contact_id: int | None = None
    survey: str | None = None
    start: datetime | None = None
    stop: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on `Response` and `SurveyProgram`."""
        found = {
            "account_id": Response.account_id == self.account_id,
            "contact_id": Response.contact_id == self.contact_id,
            "survey": SurveyProgram.code == self.survey,
        }
        conditions = [condition for name, condition in found.items() if getattr(self, name) is not None]
        if self.start is not None:
            conditions.append(Response.responded_at >= self.start)
        if self.stop is not None:
            conditions.append(Response.responded_at < self.stop)
        return conditions


def asks_for_score() -> sa.ColumnElement[bool]:
    """The condition on `Invitation` that it asks for an answer, not whether a problem is solved."""
    asked = sa.select(SurveyProgram.id).where(SurveyProgram.kind.in_(SCORED_KINDS))
    return Invitation.survey_id.in_(asked)


_LISTED = (
    Response.id,
    Response.account_id,
    Response.contact_id,
    Response.score,
    Response.responded_at,
    Response.role,
    Response.source,
    Response.external_id,
    Response.comment,
    Response.language,
    Response.channel,
    Response.segment,
    Response.region,
    Response.version,
    Response.created_at,
    SurveyProgram.code.label("survey"),
    Account.external_id.label("account_external_id"),
    Contact.external_id.label("contact_external_id"),
)


def list_answers(viewer: Viewer, wanted: AnswerFilter, *, limit: int, cursor: str | None = None) -> Page[dict[str, Any]]:
    """Answers of accounts that the viewer may see, newest first, each with its band and the codes it cites."""
    statement = (
        sa.select(*_LISTED)
        .join(SurveyProgram, SurveyProgram.id == Response.survey_id)
        .join(Account, Account.id == Response.account_id)
        .join(Contact, Contact.id == Response.contact_id)
        .where(account_scope(viewer, "response.read"), *wanted.conditions())
        .order_by(Response.responded_at.desc(), Response.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        statement = statement.where(_before(cursor))
    rows = [dict(row._mapping) for row in db.session.execute(statement)]
    more, rows = len(rows) > limit, rows[:limit]
    codes = codes_of([row["id"] for row in rows])
    items = [row | {"band": band(row["score"]), "defects": codes[row["id"]]} for row in rows]
    last = rows[-1] if more else None
    return Page(items, encode_cursor(last["responded_at"].isoformat(), last["id"]) if last else None)


def _before(cursor: str) -> sa.ColumnElement[bool]:
    at, row_id = decode_cursor(cursor, size=2)
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None or not isinstance(row_id, int) or isinstance(row_id, bool):
            raise ValueError(cursor)
    except (ValueError, TypeError) as error:
        raise InvalidInput({"cursor": ["This cursor is not one of ours; start again without it."]}) from error
    older = Response.responded_at < instant
    return sa.or_(older, sa.and_(Response.responded_at == instant, Response.id < row_id))


def codes_of(response_ids: list[int]) -> dict[int, list[str]]:
    """The codes that answers cite, in alphabetical order."""
    codes: dict[int, list[str]] = defaultdict(list)
    statement = sa.select(Citation.response_id, Defect.code).join(Defect, Defect.id == Citation.defect_id)
    for response_id, code in db.session.execute(statement.where(Citation.response_id.in_(response_ids)).order_by(Defect.code)):
        codes[response_id].append(code)
    return codes


def get_invitable(viewer: Viewer, account: str, contact: str) -> tuple[int, int]:
    """Ids of an account that the viewer may invite from, and of a contact in it, by the identities that files use.

    Raises:
        NotFound: one of them is missing or somebody else's.
    """
    statement = (
        sa.select(Account.id, Contact.id)
        .join(AccountContact, AccountContact.account_id == Account.id)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(Account.external_id == account, Contact.external_id == contact, account_scope(viewer, "invitation.write"))
    )
    found = db.session.execute(statement).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def known_defects(codes: Collection[str]) -> set[str]:
    """Those of the codes that are in the catalogue, whether they are still shown or not."""
    return set(db.session.scalars(sa.select(Defect.code).where(Defect.code.in_(list(codes)[:100]))))


@dataclass(frozen=True, slots=True)
class Reason:
    """A defect in the words of customers."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The reasons of one category, in the order in which they are offered."""

    category: DefectCategory
    reasons: tuple[Reason, ...]


MOST_REASONS = 12  # offered by a program that has chosen none


_PROGRAM = Prepared(sa.select(SurveyProgram.id, SurveyProgram.fallbacks).where(SurveyProgram.code == sa.bindparam("survey")))
_REASON = sa.select(Defect.code, Defect.category, Defect.wording).where(Defect.active)
_ALL_REASONS = Prepared(_REASON.order_by(Defect.ordinal))
_CHOSEN_REASONS = Prepared(
    _REASON.join(SurveyReason, SurveyReason.defect_id == Defect.id)
    .where(SurveyReason.survey_id == sa.bindparam("survey_id"))
    .order_by(SurveyReason.place)
)


def list_reasons(survey: str, language: str) -> list[ReasonGroup]:
    """What people may tick in a survey (its code), by category: product, price, service.

    The program's own choice in its order; without one, the first of each category. A reason is said in `language`, else in the
    fallbacks of the program, else in English; what has no words in any of them is left out, and so is what is no longer offered.
    """
    program = read_once(_PROGRAM, {"survey": survey})
    survey_id, fallbacks = program[0] if program else (0, [])
    chain = language_chain(language, fallbacks)
    rows = read_once(_CHOSEN_REASONS, {"survey_id": survey_id})
    offered = rows or read_once(_ALL_REASONS, {})
    worded = [(category, Reason(code, text)) for code, category, wording in offered if (text := _first(wording, chain))]
    of_category = {one: [reason for category, reason in worded if category is one] for one in DefectCategory}
    room = {one: len(found) for one, found in of_category.items()} if rows else _shares(of_category)
    groups = [ReasonGroup(one, tuple(found[: room[one]])) for one, found in of_category.items()]
    return [group for group in groups if group.reasons]


def _shares(of_category: Mapping[DefectCategory, Sequence[Reason]]) -> dict[DefectCategory, int]:
    """How many of each category fit: one of each in turn, so that a long list of one does not push out the others."""
    room = dict.fromkeys(of_category, 0)
    while sum(room.values()) < MOST_REASONS:
        longer = [one for one, found in of_category.items() if room[one] < len(found)]
        if not longer:
            break
        for one in longer[: MOST_REASONS - sum(room.values())]:
            room[one] += 1
    return room


def _first(wording: Mapping[str, str], chain: Sequence[str]) -> str | None:
    return next((wording[language] for language in chain if wording.get(language)), None)
