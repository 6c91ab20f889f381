"""Giving an issue to somebody else: everybody on the frontline by team, with what they have and whether they are here."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.moments import day_words
from dashboards.components.numbers import number
from feedback.access.rules import Viewer
from feedback.reporting.issue_board import IssueDetail
from feedback.reporting.receivers import Receiver
from feedback.reporting.team_board import language_names
from feedback.staffing.rules import primary

Component = Any


def assign_form(viewer: Viewer, found: IssueDetail) -> Component:
    """To whom, and what they have to know."""
    form = [
        dmc.Select(
            id="assign-to",
            label=_("Colleague"),
            data=receiver_groups(viewer, found.receivers, found.language),
            searchable=True,
            size="sm",
            w="min(100%, 360px)",
        ),
        dmc.Textarea(id="assign-note", label=_("What they have to know"), autosize=True, minRows=2, maxRows=8, size="sm"),
        html.Div(button(_("Assign"), {"kind": "assign", "issue": found.issue.id})),
        html.Div(id="assign-refused", role="alert"),
    ]
    return html.Details([html.Summary(_("Give it to somebody else")), html.Div(form, className="cl-form")])


def receiver_groups(viewer: Viewer, people: Sequence[Receiver], language: str | None = None) -> list[dict[str, Any]]:
    """The choices of the list, under the names of their teams. `language`: of the customer, where it is known."""
    teams = groupby(people, key=lambda person: person.team)
    return [
        {"group": team or _("Without a team"), "items": [_choice(viewer, person, language) for person in group]}
        for team, group in teams
    ]


def _choice(viewer: Viewer, person: Receiver, language: str | None) -> dict[str, str]:
    names = {"open": number(person.open), "room": number(person.capacity or 0)}
    parts = [person.name]
    if person.away_until is not None:
        parts.append(_("away until %(day)s", day=day_words(person.away_until, viewer)))
    if person.is_full:
        parts.append(_("full, has %(open)s of %(room)s", **names))
    else:
        parts.append(_("has %(open)s of %(room)s", **names) if person.capacity is not None else _("has %(open)s", **names))
    spoken = tuple(primary(code) for code in person.languages)
    if language and spoken and primary(language) not in spoken:
        parts.append(_("does not speak %(language)s", language=language_names([language])[0]))
    elif spoken:
        parts.append(", ".join(language_names(person.languages)))
    return {"value": str(person.user_id), "label": " · ".join(parts)}
