"""The delivery log: to whom, on which way, whether it was handed over, and why not."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import day_and_time, moment
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, notice, panel
from dashboards.components.tables import Column, page_of, pager, table
from dashboards.page import Query
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.outbox.wording import wording
from feedback.reporting.caught_mails import has_catcher
from feedback.telling.log import Fate, LogFilter, LogLine, count_lines, lines, people_told
from feedback.telling.rules.topics import Channel
from feedback.telling.words import channel_words, fate_words, reason_words

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10
UNDELIVERED = "undelivered"  # in place of a state: all that reached nobody


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Were people told?")


def filters(viewer: Viewer) -> list[Filter]:
    """How far it came, on which way, to whom."""
    count = number(count_lines(LogFilter(undelivered=True)))
    fates = [(UNDELIVERED, _("not delivered (%(count)s)", count=count)), *fate_words().items()]
    ways = [(way.value, name) for way, name in channel_words().items()]
    people = [(str(one), name) for one, name in people_told()]
    return [
        Filter("fate", _("State"), fates),
        Filter("way", _("Way"), ways),
        Filter("person", _("Person"), people, searchable=True),
    ]


def body(viewer: Viewer, query: Query) -> Component:
    """What reached nobody first, then the log."""
    wanted = _wanted(query)
    total, size = count_lines(wanted), PHONE_SIZE if is_phone() else PAGE_SIZE
    page = page_of(query, total=total, size=size)
    found = lines(wanted, offset=(page - 1) * size, limit=size)
    above = [_no_mail_server(), _undelivered(query)]
    return html.Div([*above, _list(found, total, size, query, viewer)], className="cl-stack")


def _wanted(query: Query) -> LogFilter:
    fate, way = query.get("fate"), query.get("way")
    return LogFilter(
        Fate(fate) if fate in set(Fate) else None,
        Channel(way) if way in set(Channel) else None,
        query.number("person", 0) or None,
        undelivered=fate == UNDELIVERED,
    )


def _no_mail_server() -> Component:
    if not has_catcher():
        return None
    look = html.A(_("Look at the mails"), href="/app/mails")
    return notice([_("No mail server is set (CLOSEDLOOP_SMTP_URL): mails reach nobody, they are kept on this machine.")], look)


def _undelivered(query: Query) -> Component:
    count = count_lines(LogFilter(undelivered=True))
    if not count:
        return None
    text = ngettext("%(count)s delivery reached nobody", "%(count)s deliveries reached nobody", count, count=number(count))
    note = _("The reason stands beside each. Put right what is wrong, then try again what was given up.")
    steps = [dcc.Link(_("Show them"), href=query.link(fate=UNDELIVERED, page=None), className="cl-button")]
    given_up = count_lines(LogFilter(Fate.GAVE_UP))
    if given_up:
        show = ngettext("%(num)s was given up", "%(num)s were given up", given_up)
        steps.append(dcc.Link(show, href=query.link(fate=Fate.GAVE_UP, page=None), className="cl-button"))
        steps.append(button(_("Try all again"), "deliveries-retry-all", primary=True))
    return panel(text, html.Div(steps, className="cl-chips"), note=note)


def _list(found: list[LogLine], total: int, size: int, query: Query, viewer: Viewer) -> Component:
    name = _("Deliveries")
    actions = [link_button(_("Chats"), "/app/deliveries/chats")]
    note = ngettext("%(count)s delivery", "%(count)s deliveries", total, count=number(total)) + ". "
    note += _("Kept for 90 days.")
    if not found:
        hint = _("As soon as somebody is told something, here stands what became of it on each way.")
        everything = dcc.Link(_("Show all deliveries"), href=query.path, className="cl-button") if query.params else None
        return panel(name, empty_state(_("There is no delivery of this kind."), hint=hint, action=everything), actions=actions)
    columns: list[Column[LogLine]] = [
        Column(_("Notice"), _what, main=True),
        Column(_("Person"), lambda one: one.person),
        Column(_("Way"), lambda one: html.Span(channel_words()[one.channel], className="cl-way")),
        Column(_("State"), lambda one: html.Span(fate_words()[one.fate], className="cl-badge")),
        Column(_("When"), lambda one: moment(one.at or one.created_at, viewer)),
        Column(_("Why"), lambda one: _why(one, viewer)),
        Column("", _step, right=True),
    ]
    return panel(name, [table(columns, found, caption=name), pager(query, total=total, size=size)], note=note, actions=actions)


def _what(line: LogLine) -> Component:
    if line.params is None:
        return html.Span(_("A notice that was taken back"), className="cl-note")
    return dcc.Link(wording(line.kind, line.params).title, href=line.link or "", className="cl-row-link")


def _why(line: LogLine, viewer: Viewer) -> Component:
    parts = []
    if line.reason is not None:
        parts.append(reason_words()[line.reason])
    if line.fate is Fate.KEPT_HERE:
        parts.append(_("It was kept on this machine: no mail server is set (CLOSEDLOOP_SMTP_URL)."))
    if line.fate is Fate.WAITING and line.due_at is not None:
        parts.append(_("It leaves on %(day)s.", day=day_and_time(line.due_at, viewer)))
    if line.fate in {Fate.GAVE_UP, Fate.ON_ITS_WAY} and line.error:
        parts.append(_("Tried %(count)s times: %(error)s", count=line.attempts, error=line.error))
    if line.channel is Channel.APP and line.read_at is not None and line.fate is Fate.HANDED_OVER:
        parts.append(_("Read."))
    return html.Span(" ".join(parts), className="cl-reason") if parts else ""


def _step(line: LogLine) -> Component:
    return button(_("Try again"), {"kind": "delivery-retry", "line": line.id}) if line.fate is Fate.GAVE_UP else None
