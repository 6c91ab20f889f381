"""The privacy officer's page: what is due, what waits for a second person, what holds where, who stands on the stop list."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import button
from dashboards.components.moments import day_words, moment, today
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.permission import forms, naming
from feedback.access.rules import Viewer
from feedback.closed_loop.subject_requests import list_requests
from feedback.kernel import clock
from feedback.permission.countries import list_policies, standing_ids
from feedback.permission.models import CountryPolicy, Notice, SubjectRequest, Suppression
from feedback.permission.notices import list_notices
from feedback.permission.rights import RequestState, days_left
from feedback.reporting.actors import names_of
from feedback.reporting.permission_board import account_names, contact_names, is_sealed, standing_entries

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What may we do with whom, and what do people ask of us?")


def body(viewer: Viewer, query: Query) -> Component:
    """Everything on one page, what is due first."""
    policies = list_policies()
    return html.Div(
        [_requests(viewer), _proposals(viewer, policies), _countries(viewer, policies), _stop_list(viewer), _notices(viewer)],
        className="cl-stack",
    )


def _requests(viewer: Viewer) -> Component:
    requests = list_requests()
    if not requests:
        hint = _("What comes by mail, letter or phone is noted here; a month runs from the day it came.")
        nothing = empty_state(_("Nobody has asked for anything."), hint=hint)
        return panel(_("What people ask by right"), [nothing, forms.note_form()])
    names = contact_names([one.contact_id for one in requests])
    columns: list[Column[SubjectRequest]] = [
        Column(_("Person"), lambda one: _who(one, names), main=True),
        Column(_("Wants"), lambda one: words.word(naming.kinds, one.kind)),
        Column(_("Came"), lambda one: day_words(one.received_on, viewer)),
        Column(_("Last day"), lambda one: _last_day(one, viewer)),
        Column(_("State"), lambda one: words.word(naming.states, one.state)),
        Column(_("File"), _file),
    ]
    waiting = [one for one in requests if one.state is RequestState.OPEN]
    parts = [table(columns, requests, caption=_("What people ask by right"))]
    closing = [_closing(waiting, names)] if waiting else []
    more = forms.extend_form(requests, names)
    return panel(_("What people ask by right"), [*parts, *closing, forms.note_form(), *([more] if more else [])])


def _who(one: SubjectRequest, names: dict[int, str]) -> Component:
    name = names.get(one.contact_id)
    return row_link(name, f"/app/permission/{one.contact_id}") if name else _("erased")


def _last_day(one: SubjectRequest, viewer: Viewer) -> Component:
    if one.state is not RequestState.OPEN:
        return day_words(one.due_on, viewer)
    left = days_left(one.due_on, today(viewer))
    if left < 0:
        return html.Span(_("%(day)s, overdue", day=day_words(one.due_on, viewer)), className="cl-overdue")
    return html.Span([day_words(one.due_on, viewer), " · ", ngettext("%(num)s day left", "%(num)s days left", left)])


def _file(one: SubjectRequest) -> Component:
    if one.state is not RequestState.OPEN:
        return "–"
    return html.A(_("Everything that is held"), href=f"/api/v1/subject-requests/{one.id}/file?format=text", target="_blank")


def _closing(waiting: Sequence[SubjectRequest], names: dict[int, str]) -> Component:
    about = [
        {"value": str(one.id), "label": f"{names.get(one.contact_id, '#')} · {words.word(naming.kinds, one.kind)}"}
        for one in waiting
    ]
    ends = [{"value": name, "label": text} for name, text in naming.states().items() if name != "open"]
    fields = [
        dmc.Select(id="request-id", label=_("Request"), data=about, size="sm"),
        dmc.Select(id="request-state", label=_("How it ended"), data=ends, size="sm"),
        dmc.Textarea(id="request-result", label=_("What was done, or why not"), autosize=True, size="sm"),
        html.P(
            _("“Done” erases who asked to be erased, for good, and writes an objection into the ledger."), className="cl-note"
        ),
        html.Div(button(_("Close the request"), "request-close", primary=True), className="cl-part-foot"),
    ]
    return html.Div(fields, className="cl-stack cl-narrow")


def _proposals(viewer: Viewer, policies: Sequence[CountryPolicy]) -> Component:
    waiting = [one for one in policies if one.approved_at is None and one.declined_at is None]
    if not waiting:
        return panel(_("Waits for a second person"), empty_state(_("No proposal waits.")))
    others = [one for one in waiting if one.proposed_by != viewer.actor]
    choices = [{"value": str(one.id), "label": _line(one)} for one in others]
    press = [button(_("Agree"), "proposal-agree", primary=True), button(_("Turn down"), "proposal-decline")]
    fields = [
        dmc.Select(id="proposal-id", label=_("Proposal of somebody else"), data=choices, size="sm"),
        html.Div(press, className="cl-chips"),
    ]
    decide = html.Div(fields, className="cl-stack cl-narrow")
    note = _("What loosens anything needs somebody else's yes; what tightens holds at once.")
    return panel(_("Waits for a second person"), [_policy_table(viewer, waiting), *([decide] if others else [])], note=note)


def _line(one: CountryPolicy) -> str:
    channel = words.word(words.channels, one.channel) if one.channel else _("All channels")
    where = _("Everywhere") if one.country == "*" else one.country
    return " · ".join((where, words.word(naming.purposes, one.purpose), channel, words.word(naming.stances, one.stance)))


def _countries(viewer: Viewer, policies: Sequence[CountryPolicy]) -> Component:
    standing = standing_ids(clock.now())
    shown = [one for one in policies if one.id in standing or (one.approved_at and one.effective_at > clock.now())]
    content = (
        _policy_table(viewer, shown)
        if shown
        else empty_state(_("No country has a row: everywhere nothing is sent or sold without a yes."))
    )
    return panel(_("What each country allows"), [content, _proposing()])


def _policy_table(viewer: Viewer, rows: Sequence[CountryPolicy]) -> Component:
    people = names_of([one.proposed_by for one in rows] + [one.approved_by for one in rows if one.approved_by])
    columns: list[Column[CountryPolicy]] = [
        Column(_("Country"), lambda one: _("Everywhere") if one.country == "*" else one.country, main=True),
        Column(_("For"), lambda one: words.word(naming.purposes, one.purpose)),
        Column(_("Channel"), lambda one: words.word(words.channels, one.channel) if one.channel else _("All channels")),
        Column(_("Allows"), lambda one: words.word(naming.stances, one.stance)),
        Column(_("A yes holds"), _how_long),
        Column(_("From"), lambda one: moment(one.effective_at, viewer)),
        Column(_("Put forward by"), lambda one: people.get(one.proposed_by, one.proposed_by)),
        Column(_("Because"), lambda one: one.reason),
    ]
    return table(columns, rows, caption=_("What each country allows"))


def _how_long(one: CountryPolicy) -> str:
    return ngettext("%(num)s day", "%(num)s days", one.max_age_days) if one.max_age_days else _("Until a no")


def _proposing() -> Component:
    channels = [{"value": "", "label": _("All channels")}, *_choices(words.channels(), {"web", "import"})]
    notices = [{"value": str(one.id), "label": _notice_line(one)} for one in list_notices()]
    fields = [
        dmc.TextInput(id="policy-country", label=_("Country, as two letters; * for everywhere"), size="sm"),
        dmc.Select(id="policy-purpose", label=_("For"), data=_choices(naming.purposes()), value="offers", size="sm"),
        dmc.Select(id="policy-channel", label=_("Channel"), data=channels, value="", size="sm"),
        dmc.Select(id="policy-stance", label=_("Allows"), data=_choices(naming.stances()), size="sm"),
        dmc.NumberInput(id="policy-days", label=_("A yes holds so many days; empty: until a no"), min=1, size="sm"),
        dmc.Select(id="policy-notice", label=_("Notice, where no yes is needed"), data=notices, clearable=True, size="sm"),
        dmc.TextInput(id="policy-reason", label=_("Because"), size="sm"),
        html.Div(button(_("Put it forward"), "policy-propose"), className="cl-part-foot"),
    ]
    inside = html.Div(fields, className="cl-stack cl-narrow")
    return html.Details([html.Summary(_("Put a row forward")), inside], className="cl-more")


def _notice_line(one: Notice) -> str:
    return f"{words.word(naming.purposes, one.purpose)} · {one.locale} · {one.number}"


def _choices(known: words.Words, without: set[str] | None = None) -> list[dict[str, str]]:
    return [{"value": name, "label": text} for name, text in known.items() if name not in (without or ())]


def _stop_list(viewer: Viewer) -> Component:
    entries = standing_entries()
    if not entries:
        return panel(_("Stop list"), [empty_state(_("Nobody stands on it.")), forms.stop_form()])
    people, accounts = contact_names([one.contact_id for one in entries]), account_names([one.account_id for one in entries])

    def whom(one: Suppression) -> str:
        if one.contact_id:
            return people.get(one.contact_id, _("erased"))
        if one.account_id:
            return accounts.get(one.account_id, "–")
        return _("an address of somebody erased") if is_sealed(one.address or "") else one.address or "–"

    columns: list[Column[Suppression]] = [
        Column(_("Who"), whom, main=True),
        Column(_("Gets no"), lambda one: words.word(naming.coverages, one.covers)),
        Column(_("Channel"), lambda one: words.word(words.channels, one.channel) if one.channel else _("All channels")),
        Column(_("Why"), lambda one: words.word(naming.reasons, one.reason)),
        Column(_("Since"), lambda one: moment(one.created_at, viewer)),
        Column(_("Until"), lambda one: moment(one.until, viewer) if one.until else _("for good")),
    ]
    lifting = forms.lift_form([(one.id, f"{whom(one)} · {words.word(naming.coverages, one.covers)}") for one in entries])
    return panel(_("Stop list"), [table(columns, entries, caption=_("Stop list")), forms.stop_form(), lifting])


def _notices(viewer: Viewer) -> Component:
    notices = list_notices()
    if not notices:
        nothing = empty_state(_("No notice is published: people read our plain words."))
        return panel(_("Notices"), [nothing, forms.notice_form()])
    columns: list[Column[Notice]] = [
        Column(_("For"), lambda one: words.word(naming.purposes, one.purpose), main=True),
        Column(_("Language"), lambda one: one.locale),
        Column(_("Version"), lambda one: str(one.number)),
        Column(_("From"), lambda one: moment(one.effective_at, viewer)),
        Column(_("Words"), lambda one: one.text),
    ]
    return panel(_("Notices"), [table(columns, notices, caption=_("Notices")), forms.notice_form()])
