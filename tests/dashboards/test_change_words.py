"""By when something has to change: the day of a fix says that it is one, in every language."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from dashboards.components.changes import change_due
from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.gate.wording import Change
from feedback.kernel import clock
from feedback.uow import transaction
from tests.dashboards.viewing import texts, viewing
from tests.factories import make_user

DUE = datetime(2026, 12, 7, 9, tzinfo=UTC)
BEFORE, AFTER = DUE.replace(day=1), DUE.replace(day=9)


@pytest.mark.parametrize(
    ("locale", "kind", "now", "said"),
    [
        ("en", "fix", BEFORE, "fix due Dec 7"),
        ("en", "fix", AFTER, "fix overdue since Dec 7"),
        ("en", "resolution", BEFORE, "resolution due Dec 7"),
        ("en", "resolution", AFTER, "resolution overdue since Dec 7"),
        ("es", "fix", BEFORE, "arreglo previsto para el 7 dic"),
        ("es", "fix", AFTER, "arreglo atrasado desde el 7 dic"),
        ("es", "resolution", BEFORE, "resolución: vence el 7 dic"),
        ("es", "resolution", AFTER, "resolución: vencida desde el 7 dic"),
        ("ru", "fix", BEFORE, "исправление — срок: 7 дек."),
        ("ru", "fix", AFTER, "исправление просрочено с 7 дек."),
        ("ru", "resolution", BEFORE, "решение — срок: 7 дек."),
        ("ru", "resolution", AFTER, "решение просрочено с 7 дек."),
    ],
)
def test_the_day_of_a_fix_says_what_it_is(app: Flask, locale: str, kind: str, now: datetime, said: str) -> None:
    with app.app_context():
        reader = make_user(Role.ACCOUNT_MANAGER, locale=locale)
        with transaction():
            db.session.get_one(User, reader).time_zone = "UTC"
    with viewing(app, reader) as viewer, clock.frozen(now):
        assert texts(change_due(Change("Fixed", 1, None, DUE, kind), viewer)) == said
