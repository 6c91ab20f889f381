"""Giving an issue to somebody else: everybody on the frontline by team, with what they have and whether they are here."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.moments import day_words
from feedback.access.rules import Viewer
from feedback.reporting.issue_board import IssueDetail
from feedback.reporting.receivers import Receiver

Component = Any


def assign_form(viewer: Viewer, found: IssueDetail) -> Component:
    """To whom, and what they have to know."""
    form = [
        dmc.Select(
            id="assign-to",
            label=_("Colleague"),
            data=receiver_groups(viewer, found.receivers),
            searchable=True,
            size="sm",
            w="min(100%, 360px)",
        ),
        dmc.Textarea(id="assign-note", label=_("What they have to know"), autosize=True, minRows=2, maxRows=8, size="sm"),
        html.Div(button(_("Assign"), {"kind": "assign", "issue": found.issue.id})),
        html.Div(id="assign-refused", role="alert"),
    ]
    return html.Details([html.Summary(_("Give it to somebody else")), html.Div(form, className="cl-form")])


def receiver_groups(viewer: Viewer, people: Sequence[Receiver]) -> list[dict[str, Any]]:
    """The choices of the list, under the names of their teams."""
    teams = groupby(people, key=lambda person: person.team)
    return [
        {"group": team or _("Without a team"), "items": [_choice(viewer, person) for person in group]} for team, group in teams
    ]


def _choice(viewer: Viewer, person: Receiver) -> dict[str, str]:
    names = {"name": person.name, "open": person.open, "room": person.capacity}
    if person.away_until is not None:
        label = _("%(name)s · away until %(day)s", name=person.name, day=day_words(person.away_until, viewer))
    elif person.capacity is not None:
        label = _("%(name)s · has %(open)s of %(room)s", **names)
    else:
        label = _("%(name)s · has %(open)s", **names)
    return {"value": str(person.user_id), "label": label}
