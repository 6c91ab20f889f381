"""Whose work is done by somebody else today: a line beside the owner, a mark on a list."""

from datetime import date
from typing import Any

from dash import html
from flask_babel import format_date
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.reporting.issue_board import IssueDetail, QueueLine
from feedback.staffing.queries import StoodInFor

Component = Any


def away_line(viewer: Viewer, found: IssueDetail) -> Component:
    """Until when the owner is away, and who stands in; None while the owner is there."""
    return None if found.away is None else html.Div(away_words(viewer, found.away), className="cl-note")


def away_words(viewer: Viewer, away: StoodInFor) -> str:
    """Until when somebody is away, and who stands in."""
    day = _day(away.last_day)
    if away.deputy_id == viewer.user_id:
        return _("Away until %(day)s; you stand in.", day=day)
    if away.deputy is not None:
        return _("Away until %(day)s; %(name)s stands in.", day=day, name=away.deputy)
    return _("Away until %(day)s; nobody stands in.", day=day)


def _day(day: date) -> str:
    return str(format_date(day, "long"))


def standing_in_badge(viewer: Viewer, line: QueueLine) -> Component:
    """On an issue that one works on for somebody else."""
    if viewer.user_id is None or line.stands_in_id != viewer.user_id:
        return None
    return html.Span(_("Standing in for %(name)s", name=line.owner), className="cl-badge")


def owed_fix_badge(viewer: Viewer, line: QueueLine) -> Component:
    """On an issue of somebody else whose fix one owes."""
    if not _owes_fix(viewer, line):
        return None
    return html.Span(_("Fix for %(name)s", name=line.owner or _("nobody")), className="cl-badge")


def _owes_fix(viewer: Viewer, line: QueueLine) -> bool:
    return viewer.user_id is not None and line.fixer_id == viewer.user_id and line.owner != viewer.name


def owner_note(viewer: Viewer, line: QueueLine) -> Component:
    """Whose an issue is, on a list: nothing where it is the reader's, or where the mark says it."""
    if _owes_fix(viewer, line) or (line.owner and (line.owner == viewer.name or line.stands_in_id == viewer.user_id)):
        return None
    return html.Span(line.owner or _("nobody"), className="cl-note")
