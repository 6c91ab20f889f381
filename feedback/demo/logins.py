"""Log-ins of the demo company: one per role, with passwords that only this installation can compute."""

import sqlalchemy as sa
from flask import current_app

from feedback.access import passwords, service
from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.uow import transaction

ACTOR = "demo"
DOMAIN = "demo.example"


def load_demo() -> None:
    """Fill an empty installation."""
    people = [(role, f"{role.value.replace('_', '.')}@{DOMAIN}") for role in Role]
    hashes = {email: passwords.hash_password(demo_password(email)) for _role, email in people}
    with transaction():
        for role, email in people:
            service.create_user(email, role=role, actor=ACTOR, password_hash=hashes[email])


def demo_password(email: str) -> str:
    """The password of a demo person: the same at each start, another one in each installation."""
    return "-".join(_groups(passwords.derive(current_app.config["SECRET_KEY"], "demo password", email)[:16]))


def demo_logins() -> list[tuple[str, str, str]]:
    """(role, e-mail, password) of the demo people who still have the password they started with."""
    query = sa.select(User.role, User.email, User.password_hash).where(User.email.endswith(f"@{DOMAIN}"), User.active)
    rows = db.session.execute(query.order_by(User.id)).all()
    return [
        (role.value, email, demo_password(email))
        for role, email, stored in rows
        if passwords.verify_password(demo_password(email), stored)
    ]


def _groups(text: str) -> list[str]:
    return [text[start : start + 4] for start in range(0, len(text), 4)]
