"""How many of the customers who are to be told read a language in which nothing is written for them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.issues.rules.letters import places_in
from feedback.outer_loop.models import Disruption, FollowUpBatch, FollowUpItem, Initiative
from feedback.outer_loop.queries.batches import is_writable
from feedback.outer_loop.queries.reaching import is_active_and_reached
from feedback.outer_loop.rules.scope import Reach
from feedback.web.languages import LANGUAGES


@dataclass(frozen=True, slots=True)
class Unread:
    """A language that customers read. `has_letter`: there is one in it, but what it tells of is written in others only."""

    language: str
    customers: int
    has_letter: bool = False


def unread_letters(batch: FollowUpBatch, viewer: Viewer, *, permission: str) -> list[Unread]:
    """Languages of those whom a letter can reach, without a whole letter in them; most customers first."""
    query = (
        sa.select(sa.func.coalesce(Contact.language, Account.language), sa.func.count())
        .select_from(FollowUpItem)
        .join(Contact, Contact.id == FollowUpItem.contact_id)
        .join(Account, Account.id == FollowUpItem.account_id)
        .where(is_writable(batch.id, viewer, permission))
        .group_by(sa.func.coalesce(Contact.language, Account.language))
    )
    letters = {code for code, letter in batch.letters.items() if letter.get("subject") and letter.get("text")}
    whole = {code for code in letters if is_told(batch, code)}
    return [Unread(code, count, code in letters) for code, count in _read(query) if code not in whole]


def title_instead(batch: FollowUpBatch) -> str | None:
    """The title that letters quote because nobody has written for customers what was done; None where somebody has."""
    if batch.initiative_id is None or not any("done" in places_in(letter["text"]) for letter in batch.letters.values()):
        return None
    initiative = db.session.get_one(Initiative, batch.initiative_id)
    return None if any(initiative.news.values()) or initiative.promise else initiative.title


def unread_words(reach: Reach, written: Iterable[str]) -> list[Unread]:
    """Languages of the accounts in a reach in which nothing is written; most customers first."""
    query = sa.select(Account.language, sa.func.count()).where(is_active_and_reached(reach)).group_by(Account.language)
    return [Unread(code, count) for code, count in _read(query) if code not in set(written)]


def _read(query: sa.Select[Any, int]) -> list[tuple[str, int]]:
    """Customers by language; who reads another than ours, or is not known to read any, gets English."""
    found: Counter[str] = Counter()
    for language, count in db.session.execute(query):
        code = (language or "").lower().partition("-")[0].partition("_")[0]
        found[code if code in LANGUAGES else "en"] += count
    return found.most_common()


def is_told(batch: FollowUpBatch, language: str) -> bool:
    """Whether what the letter has places for is written in its language, as far as texts say in which they are."""
    places = set(places_in(batch.letters[language]["text"] + batch.letters[language]["subject"]))
    if batch.disruption_id is not None:
        disruption = db.session.get_one(Disruption, batch.disruption_id)
        said = {"problem": disruption.titles, "done": disruption.outcomes}
    else:
        said = {"done": db.session.get_one(Initiative, batch.initiative_id).news}
    return all(not texts or texts.get(language) for place, texts in said.items() if place in places)
