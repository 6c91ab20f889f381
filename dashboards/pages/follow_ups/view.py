"""One follow-up: the next customer with all one needs for the call or the letter, then who else waits."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import outer_words, words
from dashboards.components.attributes import attributes
from dashboards.components.badges import score_badge
from dashboards.components.buttons import button, link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import day_words, moment
from dashboards.components.numbers import money, number
from dashboards.components.panels import empty_state, notice, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.components.unread import unread_lines
from dashboards.page import Query
from dashboards.pages.follow_ups.day import day_section
from dashboards.pages.follow_ups.urgency import urgency_cell, urgency_words
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.outer_loop.letters import PLACES
from feedback.outer_loop.models import FollowUpBatch
from feedback.outer_loop.queries.batches import BatchLine, ItemLine, count_items, get_batch, list_items, writable_items
from feedback.outer_loop.queries.unread import title_instead, unread_letters
from feedback.outer_loop.rules.states import DONE_ITEMS, ItemState
from feedback.outer_loop.sending import find_whom, letter_for, stands_against
from feedback.web.languages import LANGUAGES

Component = Any
SIZE, PHONE_SIZE = 50, 8
WAITING = (ItemState.OPEN, ItemState.QUEUED)
DONE = "done"


def title(viewer: Viewer, query: Query) -> str:
    """What it is about."""
    return _("Whom do we tell? %(what)s", what=get_batch(query.ids["id"], viewer)[0].title)


def filters(viewer: Viewer) -> list[Filter]:
    """Who waits, or who was told; and the customer that is looked at."""
    shown = [("", _("To be told")), (DONE, _("Dealt with"))]
    return [Filter("show", _("Show"), shown[1:], closed=True), Filter("item", "", hidden=True)]


def may_work(viewer: Viewer) -> bool:
    """Whether the viewer tells customers."""
    return scope_of(viewer, "follow_up.work") is not Scope.NONE


def body(viewer: Viewer, query: Query) -> Component:
    """The one customer, the list, the letters."""
    line, batch = get_batch(query.ids["id"], viewer)
    focus = _focus(line.id, query, viewer)
    parts = [_standing(line, viewer), _customer(focus, line, viewer), _list(line.id, query, focus, viewer)]
    if may_work(viewer):
        unread = [*unread_lines(unread_letters(batch, viewer, permission="follow_up.work")), *_quoted_title(batch)]
        parts.append(_letters(batch, len(writable_items(line.id, viewer, permission="follow_up.work")), unread))
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _focus(batch_id: int, query: Query, viewer: Viewer) -> ItemLine | None:
    """The customer that was chosen, else the next one."""
    chosen = query.number("item", 0)
    found = list_items(batch_id, viewer, item_id=chosen) if chosen else []
    return next(iter(found or list_items(batch_id, viewer, states=[ItemState.OPEN], limit=1)), None)


def _standing(line: BatchLine, viewer: Viewer) -> Component:
    """How far it is, and where it comes from."""
    share = 100 * line.done // line.total if line.total else 100
    told = _("%(done)s of %(total)s told", done=number(line.done), total=number(line.total))
    where = f"/app/initiatives/{line.initiative_id}" if line.initiative_id else f"/app/disruptions/{line.disruption_id}"
    about = [dcc.Link(line.title, href=where), _("for %(team)s", team=line.team) if line.team else None]
    if line.since:
        about.append(_("who named it since %(day)s", day=day_words(line.since, viewer)) if line.initiative_id else None)
    facts = [part for one in about if one for part in (" · ", one)][1:]
    day = day_section(line, viewer, work=may_work(viewer))
    bar = dmc.Progress(value=share, size="lg", **attributes(aria_label=told))
    closed = (
        notice([_("This follow-up is closed: no letter leaves any more.")]) if line.closed_at and line.done < line.total else None
    )
    return html.Div(
        [html.Div([html.Strong(told), bar, html.Div(facts, className="cl-note"), *day], className="cl-panel"), closed]
    )


def _customer(item: ItemLine | None, line: BatchLine, viewer: Viewer) -> Component:
    """Everything for one customer, in the order of the thumb."""
    if item is None:
        return panel(_("Next"), empty_state(_("Everybody in this list has been dealt with.")))
    name = item.contact or _("nobody is known there")
    account = dcc.Link(item.account, href=f"/app/accounts/{item.account_id}") if item.visible else item.account
    reach: list[Component] = []
    if item.phone:
        reach.append(html.A(item.phone, href=f"tel:{item.phone}", className="cl-button"))
    if item.email:
        reach.append(html.Span(item.email, className="cl-note"))
    parts: list[Component] = [
        html.Div([html.Strong(name), " · ", account]),
        html.Div(reach, className="cl-chips") if reach else None,
        html.Div(_why(item), className="cl-under"),
        html.Blockquote(item.comment, className="cl-quote", lang=item.language) if item.comment else None,
    ]
    if item.stopped_because:
        said = words.word(outer_words.stop_reasons, item.stopped_because)
        parts.append(notice([_("The letter did not leave: %(why)s", why=said), _("Call instead, or skip with a reason.")]))
    if item.state in (ItemState.OPEN, ItemState.QUEUED):
        parts += _work(item, line) if may_work(viewer) else []
    else:
        parts.append(_done(item, viewer))
    name = _("Next") if item.state is ItemState.OPEN else _("This customer")
    return panel(name, html.Div(parts, className="cl-stack"), note=urgency_words(item), id="follow-up-item")


def _why(item: ItemLine) -> list[Component]:
    facts = item.facts
    found: list[Component] = [html.Span(_("value %(tier)s", tier=facts["tier"]), className="cl-badge")]
    if facts.get("score") is not None:
        found.append(score_badge(facts["score"]))
    issue = words.word(outer_words.openness, facts["issue"])
    found.append(dcc.Link(issue, href=f"/app/issues/{item.issue_id}") if item.issue_id and item.visible else html.Span(issue))
    if facts.get("revenue"):
        found.append(
            html.Span(_("%(revenue)s a year", revenue=money(facts["revenue"], current_exchange().currency)), className="cl-note")
        )
    return found


def field_id(name: str) -> dict[str, str]:
    """Of a field about the customer who is next."""
    return {"kind": "follow-up-field", "name": name}


def _work(item: ItemLine, line: BatchLine) -> list[Component]:
    call = [
        dmc.Textarea(id=field_id("note"), label=_("What was said"), autosize=True, minRows=2, size="sm"),
        button(_("Log the call"), {"kind": "follow-up-call", "item": item.id}, next_step=True),
    ]
    reasons = [{"value": reason, "label": shown} for reason, shown in outer_words.skip_reasons().items()]
    skip = [
        dmc.Select(id=field_id("reason"), label=_("Why nobody is told"), data=reasons, size="sm"),
        dmc.TextInput(id=field_id("why"), label=_("In a few words"), size="sm"),
        button(_("Skip"), {"kind": "follow-up-skip", "item": item.id}),
    ]
    return [
        _letter(item),
        html.Details([html.Summary(_("I called them")), html.Div(call, className="cl-stack")], className="cl-how", open=True),
        html.Details([html.Summary(_("Skip, with a reason")), html.Div(skip, className="cl-stack")], className="cl-how"),
    ]


def _letter(item: ItemLine) -> Component:
    """The letter as this customer gets it, and what stands against it."""
    whom = find_whom(item.id)
    if item.state is ItemState.QUEUED:
        return html.P(_("The letter is on its way; it leaves in the working hours of the customer."), role="status")
    why = stands_against(whom) if whom else None
    said = words.word(outer_words.stop_reasons, why.value) if why else None
    send = button(_("Send the letter"), {"kind": "follow-up-mail", "item": item.id}, why_not=said, primary=True)
    letter = letter_for(whom) if whom else {}
    shown = None
    if letter:
        lines = [html.Strong(letter["subject"]), html.P(letter["text"], className="cl-letter")]
        shown = html.Details([html.Summary(_("Read the letter")), html.Div(lines, lang=letter["language"])], className="cl-how")
    return html.Div([send, shown], className="cl-stack")


def _done(item: ItemLine, viewer: Viewer) -> Component:
    said = words.word(outer_words.item_states, item.state.value)
    why = words.word(outer_words.skip_reasons, item.skip_reason) if item.skip_reason else None
    facts = [said, why, item.note, item.worked_by]
    parts: list[Component] = [" · ".join(part for part in facts if part), " · ", moment(item.worked_at, viewer)]
    undo = None
    if item.state in (ItemState.CALLED, ItemState.SKIPPED) and may_work(viewer):
        undo = button(_("Take it back"), {"kind": "follow-up-undo", "item": item.id})
    return html.Div([html.P(parts), undo])


def _list(batch_id: int, query: Query, focus: ItemLine | None, viewer: Viewer) -> Component:
    """One page of those who wait, or of those who were dealt with."""
    done = query.get("show") == DONE
    name, states = (_("Dealt with"), DONE_ITEMS) if done else (_("Who waits"), WAITING)
    total = count_items(batch_id, viewer, states=list(states))
    if not total:
        return panel(name, empty_state(_("Nobody has been dealt with yet.") if done else _("Nobody waits any more.")))
    size = PHONE_SIZE if is_phone() else SIZE
    offset = (page_of(query, total=total, size=size) - 1) * size
    items = list_items(batch_id, viewer, states=list(states), offset=offset, limit=size)
    columns: list[Column[ItemLine]] = [
        Column(_("Customer"), lambda item: _named(item, query), main=True),
        Column(_("Urgency"), urgency_cell, right=True),
        Column(_("State"), lambda item: _state(item)),
    ]
    shown = table(
        columns,
        items,
        caption=name,
        selected=lambda item: focus is not None and item.id == focus.id,
    )
    note = ngettext("%(num)s customer, the most urgent first", "%(num)s customers, the most urgent first", total)
    return panel(name, [shown, pager(query, total=total, size=size)], note=note)


def _named(item: ItemLine, query: Query) -> Component:
    link = row_link(item.account, query.link(item=item.id))
    return html.Div([link, html.Div(item.contact or _("nobody is known there"), className="cl-note")])


def _state(item: ItemLine) -> Component:
    stopped = _("letter stopped") if item.stopped_because and item.state is ItemState.OPEN else None
    said = html.Div(words.word(outer_words.item_states, item.state.value))
    return html.Div([said, html.Div(stopped, className="cl-note") if stopped else None])


def letter_id(part: str, language: str) -> dict[str, str]:
    """Of a field of the letters."""
    return {"kind": "follow-up-letter", "part": part, "language": language}


def _letters(batch: FollowUpBatch, writable: int, unread: list[Component]) -> Component:
    """The template of each language, and one button for all who can be written to."""
    forms = []
    for code, name in LANGUAGES.items():
        letter = batch.letters.get(code, {})
        fields = [
            dmc.TextInput(
                id=letter_id("subject", code), label=_("Subject (%(language)s)", language=name), value=letter.get("subject", ""),
                size="sm",
            ),
            dmc.Textarea(
                id=letter_id("text", code), label=_("Letter (%(language)s)", language=name), value=letter.get("text", ""),
                autosize=True, minRows=5, size="sm",
            ),
        ]  # fmt: skip
        forms.append(html.Div(fields, className="cl-stack", lang=code))
    foot = [button(_("Save the letters"), "follow-up-letters-save", primary=True), dcc.Store(id="follow-up-batch", data=batch.id)]
    places = ", ".join(f"{{{place}}}" for place in PLACES)
    note = _(
        "%(places)s are filled for each customer. Without words in a customer's language, the English letter is sent.",
        places=places,
    )
    shown = html.Div(forms, className="cl-fields cl-fields-wide")
    inner = html.Details(
        [html.Summary(_("Show and edit")), shown, html.Div(foot, className="cl-chips cl-part-foot")], className="cl-how"
    )
    return panel(_("The letter"), [*unread, inner, _to_all(writable)], note=note)


def _quoted_title(batch: FollowUpBatch) -> list[Component]:
    title = title_instead(batch)
    if title is None:
        return []
    said = _("Nobody has written for customers what was done: the letter quotes the title, “%(title)s”.", title=title)
    write = link_button(_("Write it in the initiative"), f"/app/initiatives/{batch.initiative_id}/change")
    return [notice([said]), html.Div(write)]


def _to_all(writable: int) -> Component:
    """One button for all who can be written to, behind what it does."""
    if not writable:
        return html.P(_("Nobody who waits has a mail address."), className="cl-note")
    every = ngettext("Send it to %(num)s customer", "Send it to all %(num)s customers", writable)
    said = _(
        "Each letter leaves in the working hours of its reader; what has left cannot be taken back. Read one of them above first."
    )
    send = ngettext("Yes, send %(num)s letter", "Yes, send %(num)s letters", writable)
    return html.Details(
        [html.Summary(every), html.Div([html.P(said), html.Div(button(send, "follow-up-mail-all"))], className="cl-stack")],
        className="cl-how",
    )
