"""Teams by their names, for lists to choose from."""

import sqlalchemy as sa

from feedback.access.models import Team
from feedback.extensions import db
from feedback.web.naming import name_for_reader


def team_names() -> dict[int, str]:
    """Names of all teams for the reader, by id, in their order."""
    name = name_for_reader(Team)
    return {team_id: shown for team_id, shown in db.session.execute(sa.select(Team.id, name).order_by(name, Team.id))}  # noqa: C416
