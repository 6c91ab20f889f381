"""The work list: whom to call, why, and what stands against it."""

from datetime import timedelta
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.chips import chip, chips
from dashboards.components.filters import Filter
from dashboards.components.numbers import LEVEL, money_text, number, percent
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Query
from dashboards.pages.interview.address import LIST, line_address, wanted_by
from dashboards.pages.interview.phrases import group_words, no_call_words, why_words
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.kernel import clock
from feedback.listening.rules.calls import CallGroup, NoCall
from feedback.listening.rules.coverage import count_rate
from feedback.reporting.call_list import (
    LOOK_BACK,
    MOST,
    PERMISSION,
    CallFilter,
    CallLine,
    CallList,
    call_list,
    calls_made,
    was_anybody_asked,
)
from feedback.reporting.coverage import list_owners, survey_names
from feedback.reporting.defect_rows import MIN_SHOWN
from feedback.reporting.wave_board import list_wave_names

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10
MONTH = timedelta(days=30)
EVERYBODY = "all"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Whom do we call?")


def filters(viewer: Viewer) -> list[Filter]:
    """Anybody by name; program, wave, account manager. Tabs and links set what is hidden."""
    surveys = list(survey_names().items())
    waves = [Filter("wave", _("Wave"), list_wave_names())] if _may(viewer, "survey.read") else []
    owners = [Filter("owner", _("Account manager"), list_owners(viewer))] if scope_of(viewer, PERMISSION) is Scope.ALL else []
    groups = [(group.value, label) for group, label in group_words().items()]
    return [
        Filter("q", _("Find anybody")),
        *([Filter("survey", _("Survey"), surveys)] if len(surveys) > 1 else []),
        *waves,
        *owners,
        Filter("group", _("What to do"), [*groups, (EVERYBODY, _("Everybody"))], hidden=True, closed=True),
        Filter("customer", _("Customer"), hidden=True),
    ]


def body(viewer: Viewer, query: Query) -> Component:
    """Tabs of what is to be done, and the people."""
    wanted, size = wanted_by(query), PHONE_SIZE if is_phone() else PAGE_SIZE
    page = query.number("page", 1) or 1
    found = call_list(viewer, wanted, offset=(page - 1) * size, limit=size)
    if not found.lines and found.total:
        last = page_of(query, total=found.total, size=size)
        found = call_list(viewer, wanted, offset=(last - 1) * size, limit=size)
    parts = [_tabs(found, wanted, query), _people(found, wanted, viewer, query, size), _made(viewer)]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _may(viewer: Viewer, permission: str) -> bool:
    return scope_of(viewer, permission) is not Scope.NONE


def _tabs(found: CallList, wanted: CallFilter, query: Query) -> Component:
    if not found.looked_at:
        return None
    named = [(group, label, found.groups.get(group, 0)) for group, label in group_words().items()]
    links = [
        _tab(label, count, query.link(group=group.value, page=None), chosen=wanted.group is group)
        for group, label, count in named
    ]
    everybody = _tab(_("Everybody"), found.looked_at, query.link(group=EVERYBODY, page=None), chosen=wanted.group is None)
    return chips([*links, everybody])


def _tab(label: str, count: int, href: str, *, chosen: bool) -> Component:
    return chip([f"{label} ", html.Strong(number(count))], href, chosen=chosen)


def _people(found: CallList, wanted: CallFilter, viewer: Viewer, query: Query, size: int) -> Component:
    name = _("People to call") if wanted.group is CallGroup.CALL else _("People")
    if not found.lines:
        return panel(name, _nobody(found, wanted, viewer, query))
    currency = current_exchange().currency
    columns: list[Column[CallLine]] = [
        Column(_("Person"), lambda line: _person(line, query), main=True),
        Column(_("Why"), lambda line: html.Div([html.Div(part, className="cl-note") for part in why_words(line, viewer)])),
        Column(_("Revenue"), lambda line: money_text(line.revenue, currency), right=True),
        Column(_("Account manager"), lambda line: line.owner or _("nobody"), wide=True),
        Column(_("Next"), lambda line: _next(line, viewer, query)),
    ]
    content = [table(columns, found.lines, caption=name), pager(query, total=found.total, size=size)]
    return panel(name, content, note=_note(found))


def _note(found: CallList) -> str:
    text = _("Decision makers first, those of the most valuable customers at the top.")
    if found.all_people > found.looked_at:
        more = _("The %(shown)s most important of %(all)s people.", shown=number(MOST), all=number(found.all_people))
        return f"{text} {more}"
    return text


def _person(line: CallLine, query: Query) -> Component:
    role = _("role not said") if line.role_guessed else words.word(words.roles, line.role)
    who = [row_link(line.contact, line_address(line, query)), html.Span(role, className="cl-badge")]
    where = [dcc.Link(line.account, href=f"/app/accounts/{line.account_id}"), " · ", _("Tier %(tier)s", tier=line.tier)]
    return html.Div([html.Div(who, className="cl-under"), html.Div(where, className="cl-note")])


def _next(line: CallLine, viewer: Viewer, query: Query) -> Component:
    if line.no_call is None:
        reach = html.A(line.phone, href=f"tel:{line.phone}")
        return html.Div([link_button(_("Call"), line_address(line, query)), reach], className="cl-under")
    said = html.Div(no_call_words(line.no_call, line, viewer), className="cl-note")
    if line.no_call is NoCall.NO_PHONE:
        where = dcc.Link(_("Look at the customer"), href=f"/app/accounts/{line.account_id}?contact={line.contact_id}")
        return html.Div([said, where])
    return said


def _nobody(found: CallList, wanted: CallFilter, viewer: Viewer, query: Query) -> Component:
    everything = link_button(_("Without filters"), LIST)
    if wanted.text:
        text = _("Nobody is called “%(text)s” among the customers whom you may call.", text=wanted.text)
        return empty_state(text, action=everything)
    if found.looked_at:
        hint = _("Others are on the list, for later or with something against it: the tabs above show them.")
        everybody = link_button(_("Everybody"), query.link(group=EVERYBODY, page=None))
        return empty_state(_("Nobody here."), hint=hint, action=everybody)
    if wanted.survey or wanted.wave_id or wanted.owner_id or wanted.account_id:
        return empty_state(_("Nobody of these stayed silent, and mail reaches everybody."), action=everything)
    return _nobody_at_all(viewer)


def _nobody_at_all(viewer: Viewer) -> Component:
    hint = _("Whoever you talk to can be found by name above, to note what they say.")
    if was_anybody_asked():
        text = _("Nobody has to be called: whoever was asked in the last %(days)s days has answered.", days=LOOK_BACK.days)
        return empty_state(text, hint=hint)
    plan = link_button(_("Plan a wave"), "/app/waves/new", primary=True) if _may(viewer, "survey.write") else None
    return empty_state(_("Nobody was asked by mail yet, so nobody is silent."), hint=hint, action=plan)


def _made(viewer: Viewer) -> Component:
    """What came of the calls of a month; no rate of few."""
    made = calls_made(viewer, clock.now() - MONTH)
    tried = made.reached + made.missed
    if not tried:
        return None
    cards = [
        (_("Calls"), tried),
        (_("Answered"), made.answered),
        (_("Said no"), made.refused),
        (_("Nobody picked up"), made.missed),
    ]
    shown = [_card(label, count) for label, count in cards]
    return panel(_("Calls of the last 30 days"), html.Div(shown, className="cl-cards"), note=_rate(made.answered, made.reached))


def _card(label: str, count: int) -> Component:
    inner = [html.Div(label, className="cl-card-label"), html.Div(number(count), className="cl-card-value")]
    return html.Div(inner, className="cl-card")


def _rate(answered: int, reached: int) -> str:
    if reached < MIN_SHOWN:
        return _("Fewer than %(least)s picked up: too few for a rate.", least=MIN_SHOWN)
    rate = count_rate(answered, reached)
    low, high = rate.interval or (0.0, 1.0)
    return _(
        "%(share)s of those who picked up answered (%(low)s…%(high)s, %(level)s; n %(count)s).",
        share=percent(rate.share or 0.0),
        low=percent(low),
        high=percent(high),
        level=percent(LEVEL),
        count=number(reached),
    )
