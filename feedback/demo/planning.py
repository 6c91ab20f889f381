"""Account plans of the demo: one waits for a fix, one is about to sell, one is closed; a review was missed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.demo.scenario import Scenario
from feedback.extensions import db
from feedback.gate.rules import Intent, IssueBand
from feedback.gate.standing import Standing, standings
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.planning.gate_word import gate_words
from feedback.planning.parts import Part, add_part, change_part
from feedback.planning.queries import access_plan
from feedback.planning.rules.states import ConditionKind, ObjectiveState, PeriodKind, PlanState, period_from
from feedback.planning.service import PlanDraft, make_plan, move_plan
from feedback.planning.sheets import sheet_of, suggestions_for
from feedback.uow import transaction

Words = Mapping[str, str]
_NOTES: Mapping[str, Words] = {
    "fix": {"en": "Win their trust back", "es": "Recuperar su confianza", "ru": "Вернуть их доверие"},
    "sell": {
        "en": "Grow with a glad customer",
        "es": "Crecer con un cliente contento",
        "ru": "Расти вместе с довольным клиентом",
    },
    "over": {"en": "Keep the contract", "es": "Mantener el contrato", "ru": "Сохранить договор"},
}
_OBJECTIVE: Words = {
    "en": "The buyer says we answer within a day",
    "es": "El comprador dice que respondemos en un día",
    "ru": "Закупщик говорит, что мы отвечаем за день",
}
_PRODUCT: Words = {
    "en": "Fleet cover for three years",
    "es": "Seguro de flota para tres años",
    "ru": "Страхование автопарка на три года",
}
_PROMISE: Words = {"en": "A report every month", "es": "Un informe cada mes", "ru": "Отчёт каждый месяц"}
_PLACE: Words = {"en": "At their office", "es": "En su oficina", "ru": "У них в офисе"}
_AGREED: Words = {
    "en": "They renew; we send figures every month",
    "es": "Renuevan; enviamos cifras cada mes",
    "ru": "Они продлевают; мы присылаем цифры каждый месяц",
}
_OUTCOME: Words = {"en": "Renewed for a year", "es": "Renovado por un año", "ru": "Продлено на год"}


def play_plans(scenario: Scenario, end: datetime) -> None:
    """A few for the first two account managers."""
    managers = [person.email for person in scenario.people if person.role == Role.ACCOUNT_MANAGER][:2]
    ids = db.session.scalars(sa.select(User.id).where(User.email.in_(managers)).order_by(User.id)).all()
    for place, user_id in enumerate(ids):
        viewer = get_viewer(user_id)
        with clock.frozen(end):
            waiting, ready = _accounts(user_id, end)
        if waiting:
            _plan_to_fix(waiting[0], viewer, end, missed=place == 1)
        if ready:
            _plan_to_sell(ready[0], viewer, end)
            _plan_that_is_over(ready[0], viewer, end)


def _accounts(user_id: int, end: datetime) -> tuple[list[int], list[int]]:
    """Accounts of a manager where an issue stands in the way, and those where the gate opens."""
    ids = db.session.scalars(sa.select(Account.id).where(Account.owner_id == user_id).order_by(Account.id)).all()
    stands = standings(ids, end)
    words = gate_words(list(stands.values()), asker=user_id)
    waiting = [id_ for id_ in ids if _waits(stands[id_])]
    return waiting, [id_ for id_ in ids if words[id_].opens]


def _waits(standing: Standing) -> bool:
    return standing.issues in (IssueBand.MAJOR_OPEN, IssueBand.FIXED_UNVERIFIED) and bool(standing.facts.issues.issues)


class _Pen:
    """Writes one plan, part by part, each on its day."""

    def __init__(self, account_id: int, viewer: Viewer, at: datetime, note: str, kind: PeriodKind, day: date) -> None:
        self.viewer = viewer
        with clock.frozen(at), transaction():
            self.plan_id = make_plan(PlanDraft(account_id, kind, day, note=note), viewer=viewer).id

    @property
    def version(self) -> int:
        """As it stands now."""
        return access_plan(self.plan_id, viewer=self.viewer).plan.version

    def add(self, at: datetime, part: Part, **values: Any) -> int:
        """One more part."""
        with clock.frozen(at), transaction():
            return add_part(part, self.plan_id, values, version=self.version, viewer=self.viewer)

    def change(self, at: datetime, part: Part, part_id: int, **values: Any) -> None:
        """Change one."""
        with clock.frozen(at), transaction():
            change_part(part, self.plan_id, part_id, values, version=self.version, viewer=self.viewer)

    def move(self, at: datetime, to: PlanState, note: str = "") -> None:
        """Move it on."""
        with clock.frozen(at), transaction():
            move_plan(self.plan_id, to, note=note, version=self.version, viewer=self.viewer)


def _plan_to_fix(account_id: int, viewer: Viewer, end: datetime, *, missed: bool) -> None:
    """What the standing asks for is taken over; a solved issue stands there ticked."""
    said, before = viewer.locale, end - timedelta(days=30)
    pen = _Pen(account_id, viewer, before, _NOTES["fix"][said], PeriodKind.QUARTER, end.date())
    pen.add(before, Part.OBJECTIVE, text=_OBJECTIVE[said], owner_id=viewer.user_id, due_on=end.date() + timedelta(days=40))
    with clock.frozen(end):
        sheet = sheet_of(access_plan(pen.plan_id, viewer=viewer), asker=viewer.user_id)
        wanted = [{"kind": one.kind, **one.values} for one in suggestions_for(sheet)]
    for values in [*_solved(account_id), *wanted]:
        pen.add(end - timedelta(hours=2), Part.CONDITION, **values)
    days = timedelta(days=-3) if missed else timedelta(days=6)
    pen.add(before, Part.REVIEW, starts_at=_at_ten(end + days), place=_PLACE[said])
    pen.move(end - timedelta(hours=1), PlanState.ACTIVE)


def _solved(account_id: int) -> Sequence[dict[str, Any]]:
    query = sa.select(Issue.id).where(
        Issue.account_id == account_id, Issue.verified_at.is_not(None), Issue.withdrawn_at.is_(None)
    )
    return [
        {"kind": ConditionKind.ISSUE, "issue_id": id_} for id_ in db.session.scalars(query.order_by(Issue.id.desc()).limit(1))
    ]


def _at_ten(day: datetime) -> datetime:
    return day.replace(hour=9, minute=0)


def _plan_to_sell(account_id: int, viewer: Viewer, end: datetime) -> None:
    said, before, today = viewer.locale, end - timedelta(days=25), end.date()
    pen = _Pen(account_id, viewer, before, _NOTES["sell"][said], PeriodKind.YEAR, today)
    wish = {"intent": Intent.CROSS_SELL, "product": _PRODUCT[said], "amount": 24_000.0, "currency": "EUR"}
    pen.add(before, Part.INTENT, **wish, due_on=today + timedelta(days=10))
    pen.add(before, Part.CONDITION, kind=ConditionKind.HEARD)
    pen.add(before, Part.CONDITION, kind=ConditionKind.WALLET)
    pen.add(before, Part.PROMISE, text=_PROMISE[said], due_on=today)
    pen.add(before, Part.REVIEW, starts_at=_at_ten(end + timedelta(days=4)))
    pen.move(before, PlanState.ACTIVE)


def _plan_that_is_over(account_id: int, viewer: Viewer, end: datetime) -> None:
    """Of the half year before, with its minutes."""
    said, first = viewer.locale, period_from(PeriodKind.HALF, end.date())[0]
    last = first - timedelta(days=1)
    start = datetime.combine(last, end.timetz()) - timedelta(days=100)
    pen = _Pen(account_id, viewer, start, _NOTES["over"][said], PeriodKind.HALF, last)
    reached = pen.add(start, Part.OBJECTIVE, text=_NOTES["over"][said], owner_id=viewer.user_id, due_on=last)
    review = pen.add(start, Part.REVIEW, starts_at=_at_ten(start + timedelta(days=60)), place=_PLACE[said])
    pen.move(start, PlanState.ACTIVE)
    pen.change(start + timedelta(days=60, hours=4), Part.REVIEW, review, people=viewer.name, agreed=_AGREED[said])
    pen.change(start + timedelta(days=90), Part.OBJECTIVE, reached, state=ObjectiveState.REACHED)
    pen.move(start + timedelta(days=99), PlanState.CLOSED, note=_OUTCOME[said])
