"""What watches all other tests does find what it looks for."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Account
from feedback.uow import transaction
from tests.factories import make_account

COUNT = sa.select(sa.func.count()).where(Account.name == "New")


def test_a_statement_that_misses_a_change_is_found(app: Flask) -> None:
    with app.app_context():
        account_id = make_account(name="Old")
        with transaction() as session:
            session.get_one(Account, account_id).name = "New"
            with pytest.raises(AssertionError, match="are not flushed"):
                session.connection().execute(COUNT)
            assert session.execute(COUNT).scalar_one() == 1
            assert session.connection().execute(COUNT).scalar_one() == 1
