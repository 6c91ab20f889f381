"""Log-ins of the demo companies, with passwords that only this installation can compute."""

import sqlalchemy as sa
from flask import current_app

from feedback.access import passwords
from feedback.access.models import User
from feedback.demo.scenario import DOMAIN
from feedback.extensions import db


def demo_password() -> str:
    """The password of every demo person: the same at each start, another one in each installation."""
    text = passwords.derive(current_app.config["SECRET_KEY"], "demo password", DOMAIN)[:16]
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def demo_logins() -> list[tuple[str, str, str]]:
    """(role, e-mail, password) of the demo people who still have the password they started with."""
    password = demo_password()
    query = sa.select(User.role, User.email, User.password_hash).where(User.email.endswith(f"@{DOMAIN}"), User.active)
    rows = db.session.execute(query.order_by(User.id)).all()
    # demo people start with one hash, so that it is verified once and not for each
    kept = {stored for stored in {row.password_hash for row in rows} if passwords.verify_password(password, stored)}
    return [(role.value, email, password) for role, email, stored in rows if stored in kept]
