"""Fields that several forms of the issue page share."""

from typing import Any

import dash_mantine_components as dmc
from flask_babel import format_date
from flask_babel import gettext as _

from dashboards.components import words
from feedback.reporting.issue_board import IssueDetail
from feedback.staffing.queries import StoodInFor

Component = Any
CHANNELS = ("phone", "email", "visit", "sms", "portal")


def channel_field(identity: Any) -> Component:
    """Phone, e-mail, visit …"""
    known = words.channels()
    options = [{"value": name, "label": known[name]} for name in CHANNELS]
    return dmc.Select(id=identity, label=_("Channel"), data=options, value="phone", allowDeselect=False, size="sm", w=200)


def fixers(found: IssueDetail) -> list[dict[str, str]]:
    """Whom a fix can be given to; who is away is said, so that it is given to them knowingly."""
    away = found.working.away
    return [{"value": str(one), "label": _away(name, away[one]) if one in away else name} for one, name in found.working.staff]


def _away(name: str, leave: StoodInFor) -> str:
    return _("%(name)s (away until %(day)s)", name=name, day=format_date(leave.last_day, "medium"))
