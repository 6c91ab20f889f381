"""Exceptions of the demo: one waits for a yes, one counts, one was refused; all for customers that caution alone holds back."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.gate.evaluation import Question
from feedback.gate.overriding.checking import never_of_decision
from feedback.gate.overriding.models import GateOverride
from feedback.gate.overriding.rules import OverrideReason
from feedback.gate.overriding.service import Wish, decide_override, request_override
from feedback.gate.rules import Initiation
from feedback.gate.service import Decision, evaluate_all
from feedback.kernel import clock
from feedback.permission.rules import Channel, Purpose
from feedback.uow import transaction

Words = Mapping[str, str]
_CANDIDATES = 150
_TENDER: Words = {
    "en": "Their tender closes on Friday, and they asked us to take part.",
    "es": "Su licitación cierra el viernes y nos pidieron participar.",
    "ru": "Их тендер закрывается в пятницу, и нас попросили участвовать.",
}
_MEETING: Words = {
    "en": "We meet on Tuesday anyway; they want to see the new cover.",
    "es": "Nos vemos el martes de todos modos; quieren ver la nueva cobertura.",
    "ru": "Во вторник мы всё равно встречаемся; они хотят увидеть новое покрытие.",
}
_QUOTA: Words = {
    "en": "We are short of the quarter's target.",
    "es": "Nos falta para el objetivo del trimestre.",
    "ru": "Нам не хватает до плана квартала.",
}
_NO: Words = {
    "en": "Our target is no reason of theirs.",
    "es": "Nuestro objetivo no es un motivo suyo.",
    "ru": "Наш план — не их причина.",
}
_ASKED = ((OverrideReason.DEADLINE, _TENDER), (OverrideReason.EXPECTED, _MEETING), (OverrideReason.OTHER, _QUOTA))


def play_exceptions(end: datetime) -> None:
    """Ask for three, grant one, refuse one; fewer where fewer customers are held back by caution alone."""
    boss = _boss()
    with clock.frozen(end - timedelta(hours=3)), transaction():
        held = iter(_held())
        for (reason, note), verdict in zip(_ASKED, (None, True, False), strict=True):
            decision, manager = next(held, (None, None))
            if decision is None or manager is None:
                return
            made = request_override(Wish(decision.row["id"], reason, note[manager.locale], days=5), manager)
            if verdict is not None:
                decide_override(made.id, approve=verdict, words="" if verdict else _NO[boss.locale], viewer=boss)


def _boss() -> Viewer:
    query = sa.select(User.id).where(User.role == Role.EXECUTIVE).order_by(User.id).limit(1)
    return get_viewer(db.session.scalars(query).one())


def _held() -> Iterator[tuple[Decision, Viewer]]:
    """Decisions that know an exception, each with the account's manager."""
    mine = sa.select(Account.id, User.id).join(User, User.id == Account.owner_id)
    mine = mine.where(Account.id.not_in(sa.select(GateOverride.account_id)))  # another demo may have been here
    rows = db.session.execute(mine.order_by(Account.annual_revenue.desc(), Account.id).limit(_CANDIDATES)).all()
    people = {user_id: get_viewer(user_id) for user_id in {row[1] for row in rows}}
    asked = [
        (Question(Purpose.OFFERS, Channel.EMAIL, Initiation.OUTBOUND, account_id=account_id), people[user_id])
        for account_id, user_id in rows
    ]
    for one, (_question, viewer) in zip(evaluate_all(asked), asked, strict=True):
        if isinstance(one, Decision) and never_of_decision(one.row) is None:
            yield one, viewer
