"""Who did something, by name: logs and rows keep `user:7`."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from feedback.access.models import ApiToken, User
from feedback.extensions import db


def names_of(actors: Iterable[str]) -> Mapping[str, str]:
    """Actor → name; what has none (a job, a person who is gone) is left out."""
    ids: dict[str, set[int]] = {"user": set(), "token": set()}
    for actor in actors:
        kind, _, number = actor.partition(":")
        if kind in ids and number.isdigit():
            ids[kind].add(int(number))
    found: dict[str, str] = {}
    for kind, table in (("user", User), ("token", ApiToken)):
        for id_, name in db.session.execute(sa.select(table.id, table.name).where(table.id.in_(ids[kind]))):
            found[f"{kind}:{id_}"] = name
    return found
