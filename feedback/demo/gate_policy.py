"""The policy of the gate in the demo: sales of two months ago, a draft that was sent back, and one that waits for a yes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.contacts.service import Approached, log_sales_contact
from feedback.gate.evaluation import Question
from feedback.gate.governing.models import PolicyDraft
from feedback.gate.governing.service import decide_draft, draft_policy, keep_simulation
from feedback.gate.governing.simulation import simulate_draft
from feedback.gate.rules import Initiation, offers_permitted
from feedback.gate.service import Decision, evaluate_all
from feedback.kernel import clock
from feedback.permission.rules import Channel, Purpose
from feedback.uow import transaction

Words = Mapping[str, str]
_SALES_AGO = timedelta(days=50)  # caps and rest after a no are over by now
_CANDIDATES = 120
_ENDS = (ContactOutcome.SOLD, ContactOutcome.LOST, ContactOutcome.SOLD, ContactOutcome.DECLINED, ContactOutcome.SOLD)
_STRICT: Words = {
    "en": "Sell to promoters only",
    "es": "Vender solo a promotores",
    "ru": "Продавать только промоутерам",
}
_STRICT_WHY: Words = {
    "en": "Two passive customers complained that we called before they were glad.",
    "es": "Dos clientes pasivos se quejaron de que llamáramos antes de estar contentos.",
    "ru": "Двое нейтральных клиентов пожаловались, что мы позвонили раньше времени.",
}
_NO: Words = {
    "en": "Two complaints are no pattern: show me the sales of a quarter first.",
    "es": "Dos quejas no son un patrón: enséñeme antes las ventas de un trimestre.",
    "ru": "Две жалобы — ещё не закономерность: сначала покажите продажи за квартал.",
}
_WIDE: Words = {
    "en": "One offer where we do not know the wallet",
    "es": "Una oferta donde no conocemos el gasto total",
    "ru": "Одно предложение там, где траты неизвестны",
}
_WIDE_WHY: Words = {
    "en": "Asking what they buy elsewhere works better with one offer in hand; and a share of 55 % is not high in our market.",
    "es": "Preguntar qué compran en otra parte funciona mejor con una oferta; y un 55 % no es una cuota alta en nuestro mercado.",
    "ru": "Спрашивать, что они покупают у других, легче с одним предложением; и доля в 55 % на нашем рынке не высока.",
}
_STRICTER = {"rows": {"R11": {"stance": "reactive"}}}
_WIDER = {"rows": {"R13": {"stance": "limited"}}, "limits": {"cut": 0.6}}


def play_policy(end: datetime) -> None:
    """A look back needs sales, and a draft a second person. One installation has one policy: another demo may have drafted it."""
    if db.session.scalar(sa.select(PolicyDraft.id).limit(1)) is not None:
        return
    author, boss = _first(Role.ADMIN), _first(Role.EXECUTIVE)
    with clock.frozen(end - _SALES_AGO):
        _past_sales()
    with clock.frozen(end - timedelta(days=6)):
        sent_back = _drafted(_STRICT, _STRICT_WHY, _STRICTER, author)
    with clock.frozen(end - timedelta(days=5)), transaction():
        decide_draft(sent_back, approve=False, note=_NO[boss.locale], viewer=boss)
    with clock.frozen(end - timedelta(hours=2)):
        _drafted(_WIDE, _WIDE_WHY, _WIDER, author)


def _first(role: Role) -> Viewer:
    query = sa.select(User.id).where(User.role == role).order_by(User.id).limit(1)
    return get_viewer(db.session.scalars(query).one())


def _drafted(title: Words, why: Words, changes: Mapping[str, Any], author: Viewer) -> int:
    with transaction():
        draft = draft_policy(title[author.locale], why[author.locale], changes, author).id
    seen, figures = simulate_draft(draft)
    with transaction():
        keep_simulation(draft, seen, figures)
    return draft


def _past_sales() -> None:
    """The account managers ask, and where they may, they offer; how it ends goes in turn."""
    mine = sa.select(Account.id, User.id).join(User, User.id == Account.owner_id)
    rows = db.session.execute(mine.order_by(Account.annual_revenue.desc(), Account.id).limit(_CANDIDATES)).all()
    people = {user_id: get_viewer(user_id) for user_id in {row[1] for row in rows}}
    asked = [
        (Question(Purpose.OFFERS, Channel.EMAIL, Initiation.OUTBOUND, account_id=account_id), people[user_id])
        for account_id, user_id in rows
    ]
    with transaction():
        answers = [
            (answer, viewer)
            for answer, (_question, viewer) in zip(evaluate_all(asked), asked, strict=True)
            if isinstance(answer, Decision) and offers_permitted(answer.finding.verdict.outcome)
        ]
        for place, (answer, viewer) in enumerate(answers):
            _log(answer, _ENDS[place % len(_ENDS)], viewer)


def _log(answer: Decision, outcome: ContactOutcome, viewer: Viewer) -> None:
    moment = answer.finding.moment
    if moment is None:
        return
    person, account = moment.person.external_id, answer.row["account_id"]
    told = Approached(channel=Channel.EMAIL, outcome=outcome, account_id=account, contact_external_id=person)
    log_sales_contact(told, viewer)
