"""What the page of one account shows."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.badges import mark, score_badge, severity_badge, state_badge
from dashboards.components.buttons import button, link_button
from dashboards.components.changes import change_due
from dashboards.components.moments import day_words, due_time, moment, today
from dashboards.components.numbers import money
from dashboards.components.panels import empty_state, notice, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.account import answers
from dashboards.pages.account.contracts import contracts_panel
from dashboards.pages.account.disrupted import disruption_notice
from dashboards.pages.account.recovering import recovering_panel
from dashboards.pages.account.spend import spend_panel
from dashboards.pages.account.strip import standing_strip
from dashboards.pages.account.team import team_panel
from dashboards.pages.account.timeline import timeline_panel
from dashboards.pages.complaint.address import complaint_link
from dashboards.pages.issues.phrases import work_item_name
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.queries import access_account
from feedback.gate.rules import Initiation, Play
from feedback.gate.wording import Change
from feedback.permission.rules import Channel
from feedback.reporting.account_page import AccountPage, IssueLine, PersonLine, get_account_page
from feedback.reporting.person_answers import PersonAnswer

Component = Any
_CONSENT_GLYPH = {"allowed": "✓", "refused": "✕", "not_recorded": "?"}


def title(viewer: Viewer, query: Query) -> str:
    """The question, about this customer."""
    return _("How do we stand with %(account)s?", account=access_account(query.ids["id"], viewer=viewer).name)


def body(viewer: Viewer, query: Query) -> Component:
    """Strip, check, people, what must change, issues, timeline."""
    page = get_account_page(viewer, query.ids["id"], contact_id=query.number("contact", 0) or None)
    left = [_gate_panel(page, viewer), _must_change(page, viewer), recovering_panel(page, viewer), _issues(page, viewer)]
    left += [contracts_panel(viewer, page.account.id), spend_panel(page.account.id, viewer)]
    right = [team_panel(page, viewer), _people(page, viewer, query), timeline_panel(page, viewer)]
    columns = [html.Div(left, className="cl-stack"), html.Div(right, className="cl-stack")]
    return html.Div(
        [
            _somebody_else(page, query),
            _facts(page, viewer),
            disruption_notice(page, viewer),
            standing_strip(page, viewer, query),
            html.Div(columns, className="cl-columns"),
            _person_modal(),
            answers.modal(),
        ],
        className="cl-stack",
    )


def _somebody_else(page: AccountPage, query: Query) -> Component:
    """The address names a person who is not one of these."""
    if not query.get("contact") or page.person(query.number("contact", 0)):
        return None
    text = _("“%(value)s” is nobody here: what is shown is about whom the gate would take.", value=query.get("contact")[:40])
    return notice([text])


def _person_modal() -> Component:
    named = attributes(aria_label=_("Close"))
    return dmc.Modal(id="person-modal", opened=False, size="md", title="", children=[], closeButtonProps=named)


def may(viewer: Viewer, permission: str) -> bool:
    """Whether the viewer's role has the permission at all."""
    return scope_of(viewer, permission) is not Scope.NONE


def _facts(page: AccountPage, viewer: Viewer) -> Component:
    account = page.account
    renewal = _("renews %(day)s", day=day_words(account.renewal_on, viewer)) if account.renewal_on else None
    revenue = _("%(revenue)s a year", revenue=money(account.annual_revenue, page.currency)) if account.annual_revenue else None
    owner = _("Account manager: %(name)s", name=page.owner or _("nobody"))
    tier = _("value %(tier)s", tier=account.value_tier)
    parts = [account.segment, account.industry, account.region, tier, revenue, renewal, owner, account.external_id]
    return html.Div(" · ".join(part for part in parts if part), className="cl-about")


def _gate_panel(page: AccountPage, viewer: Viewer) -> Component:
    why_not = (
        None
        if may(viewer, "gate.evaluate")
        else _("Only account managers and issue owners ask the gate; you can read its answers.")
    )
    if not page.people:
        why_not = _("There is no contact at this account whom one could sell to.")
    chosen = page.preview.contact_id if page.preview else None
    people = [{"value": str(line.id), "label": line.name} for line in page.people]
    fields = [
        _choice("gate-contact", _("To whom"), people, str(chosen) if chosen else None),
        _choice("gate-channel", _("How"), _options(words.channels, [channel.value for channel in Channel]), "phone"),
        _choice("gate-initiation", _("Who began"), _options(words.initiations, [one.value for one in Initiation]), "outbound"),
    ]
    ask = button(_("May I sell?"), "gate-ask", why_not=why_not, primary=True, next_step=True)
    answer = html.Div(id="gate-answer", **attributes(aria_live="polite"))
    note = _("The answer is kept as a decision, with its reasons and its end.")
    return panel(_("May I sell to them?"), [html.Div([*fields, ask], className="cl-question"), answer], note=note)


def _options(named: Any, values: list[str]) -> list[dict[str, str]]:
    return [{"value": value, "label": words.word(named, value)} for value in values]


def _choice(identity: str, label: str, data: list[dict[str, str]], value: str | None) -> Component:
    return dmc.Select(id=identity, label=label, data=data, value=value, allowDeselect=False, size="sm", className="cl-field")


def _must_change(page: AccountPage, viewer: Viewer) -> Component:
    changes, preview = page.standing.must_change, page.preview
    name = _("What must change before we sell more")
    # the relationship's part first; the person, the consent or the moment may stand in the way as well
    personal = [change for change in preview.changes if change not in changes] if preview else []
    if changes:
        asks = page.standing.play is Play.SURVEY_FIRST
        note = page.standing.held_back if asks else None
        note = note or words.play_meaning(page.standing.play, page.standing.share_of_wallet)
        return panel(name, _checklist([*changes, *personal], viewer), note=note, actions=_plan(page, viewer))
    step = words.word(words.next_steps, page.standing.play)
    if preview is not None and preview.because and personal:
        return panel(name, [html.P(preview.because.text), _checklist(personal, viewer)], note=step)
    return panel(_("What must change"), empty_state(_("Nothing stands in the way."), hint=step), actions=_plan(page, viewer))


def _plan(page: AccountPage, viewer: Viewer) -> list[Component]:
    """The way to the plan, in which what must change can be taken over."""
    if not may(viewer, "plan.read"):
        return []
    return [link_button(_("Account plan"), f"/app/accounts/{page.account.id}/plan")]


def _checklist(changes: Sequence[Change], viewer: Viewer) -> Component:
    items = []
    for change in changes:
        said = dcc.Link(change.text, href=f"/app/issues/{change.issue_id}") if change.issue_id else html.Span(change.text)
        detail: list[Component] = [html.Span(change.owner), " · "] if change.owner else []
        detail += [change_due(change, viewer)] if change.due else []
        items.append(html.Li([said, html.Div(detail, className="cl-note")] if detail else said))
    return html.Ul(items, className="cl-checklist")


def _issues(page: AccountPage, viewer: Viewer) -> Component:
    note = ngettext("%(num)s open issue", "%(num)s open issues", len(page.issues))
    if not may(viewer, "issue.read"):
        return panel(_("Open issues"), empty_state(_("Issues are not part of your work here.")))
    enter = [complaint_link(page.account.id)] if may(viewer, "issue.open") else []
    if not page.issues:
        return panel(_("Open issues"), empty_state(_("No issue is open.")), note=note, actions=enter)
    columns: list[Column[IssueLine]] = [
        Column(_("Issue"), lambda line: _issue_name(line), main=True),
        Column(_("Owner"), lambda line: line.owner or _("nobody yet")),
        Column(_("Next"), lambda line: _promise(line, viewer)),
    ]
    return panel(_("Open issues"), table(columns, page.issues, caption=_("Open issues")), note=note, actions=enter)


def _issue_name(line: IssueLine) -> Component:
    text = _("#%(number)s %(about)s", number=line.number, about=line.title or work_item_name(line.source, line.why))
    name = row_link(text, f"/app/issues/{line.id}")
    return html.Div([name, html.Div([state_badge(line.state), severity_badge(line.severity)], className="cl-under")])


def _promise(line: IssueLine, viewer: Viewer) -> Component:
    clock = html.Div(due_time(line.due_at, viewer))
    if line.promise is None:
        return html.Div([clock, html.Div(_("nothing promised yet"), className="cl-note")])
    promised = [_("Promised: %(text)s", text=line.promise), " · ", due_time(line.promise_due_at, viewer)]
    return html.Div([clock, html.Div(promised, className="cl-note")])


def _people(page: AccountPage, viewer: Viewer, query: Query) -> Component:
    silent = sum(1 for line in page.people if not line.answers)
    note = ngettext("%(num)s person", "%(num)s people", len(page.people))
    if silent:
        note += " · " + ngettext("%(num)s has never answered", "%(num)s have never answered", silent)
    if not page.people:
        hint = _("Contacts come from a file, the API, or with their first answer.")
        return panel(_("People"), empty_state(_("Nobody is known here."), hint=hint))
    columns: list[Column[PersonLine]] = [
        Column(_("Person"), _person, main=True),
        Column(_("Last scores"), lambda line: _scores(line, viewer)),
        Column(_("Offers"), lambda line: _offers(line, viewer)),
        Column("", lambda line: _edit(line, viewer), right=True),
    ]
    chosen = query.number("contact", 0)
    shown = table(columns, page.people, caption=_("People"), selected=lambda line: line.id == chosen)
    return panel(_("People"), shown, note=note)


def _person(line: PersonLine) -> Component:
    reach = [html.Span(part, className="cl-whole") for part in (line.phone, line.email) if part]
    role = html.Span(words.word(words.roles, line.role), className="cl-badge")
    return html.Div(
        [html.Div([html.Strong(line.name), role], className="cl-under"), html.Div(reach, className="cl-note cl-reach")]
    )


def _scores(line: PersonLine, viewer: Viewer) -> Component:
    if not line.answers:
        return html.Div([score_badge(None), " ", moment(None, viewer)])
    return html.Div([_answer(answer, viewer) for answer in line.answers], className="cl-answers")


def _answer(answer: PersonAnswer, viewer: Viewer) -> Component:
    said = html.Div([score_badge(answer.score), " ", moment(answer.answered_at, viewer)])
    use = words.word(words.answer_uses, answer.use)
    return html.Div([said, html.Div(f"{answer.survey}: {use}", className="cl-note")])


def _offers(line: PersonLine, viewer: Viewer) -> Component:
    chips = [
        html.Span(
            [_CONSENT_GLYPH[fact.state.value], " ", words.word(words.channels, channel)],
            className=f"cl-consent cl-consent-{fact.state}",
        )
        for channel, fact in sorted(line.consents.items())
    ]
    wait = None
    if line.not_now_until and line.not_now_until >= today(viewer):
        wait = html.Div(
            [mark("passive"), _("not before %(day)s", day=day_words(line.not_now_until, viewer))], className="cl-note"
        )
    empty = _("not recorded") if may(viewer, "consent.read") else "–"
    return html.Div([html.Div(chips or html.Span(empty, className="cl-note"), className="cl-under"), wait])


def _edit(line: PersonLine, viewer: Viewer) -> Component:
    permissions = ("consent.write", "invitation.write", "account.write", "person.erase")
    if not any(may(viewer, permission) for permission in permissions):
        return None
    label = _("Change what %(name)s allows, or make a survey link", name=line.name)
    return dmc.Button(
        _("Change"), id={"kind": "person", "id": line.id}, variant="subtle", size="compact-sm", **attributes(aria_label=label)
    )
