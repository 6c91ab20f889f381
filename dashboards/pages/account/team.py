"""The buying team at a glance: people by role with their last score, a question mark for who stays silent, and what to do."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import score_badge
from dashboards.components.buttons import link_button
from dashboards.components.moments import moment
from dashboards.components.panels import panel
from dashboards.pages.interview.address import call_address, list_address, may_call
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.rules import ContactRole
from feedback.reporting.account_page import AccountPage
from feedback.reporting.buying_team import Hearing, TeamMember, list_team

Component = Any
_GONE = (Hearing.LEFT, Hearing.ERASED)
_CALLED = (Hearing.SILENT, Hearing.NOT_ASKED, Hearing.REFUSED)


def team_panel(page: AccountPage, viewer: Viewer) -> Component:
    """A column per role; on a phone they stand below each other."""
    team = list_team(page.account.id)
    if not team:
        return None
    there = [member for member in team if member.hearing not in _GONE]
    silent = sum(member.hearing is Hearing.SILENT for member in there)
    heard = sum(member.hearing is Hearing.HEARD for member in there)
    note = _("%(heard)s of %(all)s heard since they were last asked", heard=heard, all=len(there))
    if silent:
        note += " · " + ngettext("%(num)s stays silent", "%(num)s stay silent", silent)
    columns = [_role(role, [one for one in team if one.role == role], page, viewer) for role in ContactRole]
    call = link_button(_("Call the silent"), list_address(customer=page.account.id)) if silent and may_call(viewer) else None
    shown = html.Div(columns, className="cl-team")
    return panel(_("Whom we hear here"), shown, note=note, actions=[call] if call is not None else ())


def _role(role: str, members: Sequence[TeamMember], page: AccountPage, viewer: Viewer) -> Component:
    head = html.H3([words.word(words.roles, role), html.Span(f" {len(members)}", className="cl-note")])
    if not members:
        return html.Div([head, html.P(_("nobody known"), className="cl-note")])
    return html.Div([head, html.Ul([_member(one, page, viewer) for one in members], className="cl-team-people")])


def _member(member: TeamMember, page: AccountPage, viewer: Viewer) -> Component:
    mark = _question_mark() if member.hearing is Hearing.SILENT else score_badge(member.score)
    said = [html.Strong(member.name), html.Div(_said(member, viewer), className="cl-note")]
    step = _next(member, page, viewer)
    inner = [mark, html.Div([*said, html.Div(step) if step is not None else None])]
    return html.Li(inner, className=f"cl-team-person cl-team-{member.hearing}")


def _question_mark() -> Component:
    name = _("asked, no answer")
    mark = html.Span("?", className="cl-badge cl-badge-unknown cl-team-question", **attributes(aria_hidden="true"))
    return html.Span([mark, html.Span(name, className="cl-hidden")], title=name)


def _said(member: TeamMember, viewer: Viewer) -> list[Component]:
    parts: list[list[Component]] = []
    if member.answered_at is not None:
        before = member.hearing is Hearing.SILENT and member.score is not None
        text = _("said %(score)s before", score=member.score) if before else _("answered")
        parts.append([text, ", " if before else " ", moment(member.answered_at, viewer)])
    if member.asked_at is not None and member.hearing is not Hearing.HEARD:
        parts.append([_("asked"), " ", moment(member.asked_at, viewer)])
        if member.reminders:
            parts.append([ngettext("%(num)s reminder", "%(num)s reminders", member.reminders)])
    state = _states().get(member.hearing)
    if state:
        parts.append([state])
    if member.role_guessed:
        parts.append([_("role guessed")])
    joined: list[Component] = []
    for part in parts:
        joined += [" · ", *part] if joined else part
    return joined


def _states() -> dict[Hearing, str]:
    return {
        Hearing.EXCLUDED: _("answered; the answer does not count"),
        Hearing.NOT_ASKED: _("never asked"),
        Hearing.NO_ADDRESS: _("no address, so no mail can ask"),
        Hearing.BOUNCED: _("the mail came back"),
        Hearing.REFUSED: _("the mail was refused"),
        Hearing.OPTED_OUT: _("wants no survey mails"),
        Hearing.LEFT: _("has left"),
        Hearing.ERASED: _("was erased"),
    }


def _next(member: TeamMember, page: AccountPage, viewer: Viewer) -> Component:
    """What would let us hear this person, if the viewer may do it."""
    person = f"/app/accounts/{page.account.id}?contact={member.contact_id}"
    unreached = member.hearing in (Hearing.NO_ADDRESS, Hearing.BOUNCED)
    if unreached and scope_of(viewer, "account.write") is not Scope.NONE:
        return dcc.Link(_("Find out the address"), href=person)
    if (unreached or member.hearing in _CALLED) and may_call(viewer):
        return dcc.Link(_("Ask by phone"), href=call_address(page.account.id, member.contact_id))
    return None
