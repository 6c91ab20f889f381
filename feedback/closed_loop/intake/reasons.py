"""Which answers give a reason for an issue: the facts that the rules ask for, read set by set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.closed_loop.intake.answers import Answer, Answers, Catalogue
from feedback.closed_loop.intake.stored import load_wishes
from feedback.issues.intake import OpeningAnswer
from feedback.issues.queries.openings import get_opening_rules, list_keyword_rules
from feedback.issues.rules import DETRACTOR_MAX, CallWish, Cause, IssueSource, Limits, Said, causes_of
from feedback.issues.rules.call_words import call_wish_in
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.surveys.models import Response

LOOK_BACK = timedelta(days=3 * 365)  # who said nothing for longer has no answer before
_COLUMNS = (
    Response.contact_id,
    Response.account_id,
    Response.survey_id,
    Response.responded_at,
    Response.id,
    Response.score,
)
_EARLIER = Prepared(
    sa.select(*_COLUMNS).where(
        in_list(Response.contact_id, "contacts"),
        Response.responded_at >= sa.bindparam("since", type_=Response.responded_at.type),
    )
)
_COMMENTS = Prepared(sa.select(Response.id, Response.comment).where(in_list(Response.id, "ids")))


@dataclass(frozen=True, slots=True)
class Words:
    """What answers said in words, by response id: the rules listen to it."""

    comments: Mapping[int, str | None]
    wishes: Mapping[int, CallWish]


class Reasons:
    """Looks for reasons in answers: only those that may give one are looked at more closely."""

    def __init__(self, session: Session, limits: Limits) -> None:
        self.session, self.limits = session, limits
        self.rules = get_opening_rules()
        self.points = self.rules.drop_points
        # above this no score is low, and none is a fall that counts: there is nothing above 10 to fall from
        self.highest = max(DETRACTOR_MAX, 10 - self.points if self.points is not None else 0)
        self.hears_wishes = self.rules.hears_wishes
        self.keywords = list_keyword_rules() if self.rules.is_on(IssueSource.KEYWORD) else []

    def of(self, answers: Answers, places: Sequence[int], said: Words | None) -> list[OpeningAnswer]:
        """Those of the answers at these places that give a reason; what they said is read back where it is not given."""
        words = said or self._read_back(answers, places)
        suspects = [place for place in places if self._may_count(answers, place, words)]
        before = self._before(answers, suspects)
        opening = [self._opening(answer, answers.catalogue, words, before) for answer in answers.rows_at(suspects)]
        return [one for one in opening if one is not None]

    def _may_count(self, answers: Answers, place: int, words: Words) -> bool:
        response_id = answers["id"][place]
        comment = words.comments.get(response_id)
        return (
            answers["score"][place] <= self.highest
            or response_id in words.wishes
            or bool(comment and (self.keywords or (self.hears_wishes and call_wish_in(comment) is not None)))
        )

    def _before(self, answers: Answers, places: Sequence[int]) -> dict[int, int]:
        """The last answer of the same person in the same program before each of these, by response id."""
        if self.points is None:
            return {}
        low = [answer for answer in answers.rows_at(places) if answer.score + self.points <= 10]
        if not low:
            return {}
        since = min(answer.moment for answer in low) - LOOK_BACK
        people = {"contacts": sorted({answer.contact_id for answer in low}), "since": since}
        earlier: dict[tuple[int, int, int], list[tuple[datetime, int, int]]] = defaultdict(list)
        for row in _EARLIER.rows(self.session.connection(), people):
            earlier[row.contact_id, row.account_id, row.survey_id].append((row.responded_at, row.id, row.score))
        found = {}
        for answer in low:
            told = earlier[answer.contact_id, answer.account_id, answer.survey_id]
            last = max((one for one in told if one[:2] < (answer.moment, answer.id)), default=None)
            if last is not None:
                found[answer.id] = last[2]
        return found

    def _opening(self, answer: Answer, catalogue: Catalogue, words: Words, before: Mapping[int, int]) -> OpeningAnswer | None:
        said = Said(
            score=answer.score,
            role=answer.role,
            comment=words.comments.get(answer.id),
            language=answer.language,
            call=words.wishes.get(answer.id),
            before=before.get(answer.id),
        )
        causes = causes_of(said, self.rules, self.keywords, self.limits)
        if not causes:
            return None
        defects = tuple((catalogue[code].id, catalogue[code].category.value) for code in answer.codes)
        return OpeningAnswer(
            response_id=answer.id,
            account_id=answer.account_id,
            contact_id=answer.contact_id,
            score=answer.score,
            language=answer.language,
            responded_at=answer.moment,
            causes=tuple(causes),
            defects=defects or self._defect_of(causes),
        )

    def _defect_of(self, causes: Sequence[Cause]) -> tuple[tuple[int, str], ...]:
        """What a keyword rule says such words are about, where the customer named no problem."""
        named = {rule.id: rule for rule in self.keywords if rule.defect_id is not None}
        rules = [named[cause.rule_id] for cause in causes if cause.rule_id in named]
        return tuple((rule.defect_id or 0, rule.category or "") for rule in rules)

    def _read_back(self, answers: Answers, places: Sequence[int]) -> Words:
        ids = {"ids": [answers["id"][place] for place in places]}
        connection = self.session.connection()
        comments = dict(_COMMENTS.rows(connection, ids)) if self.keywords or self.hears_wishes else {}
        return Words(comments, load_wishes(connection, ids["ids"]))
