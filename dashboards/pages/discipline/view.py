"""The share that was allowed, then those that were not, who made them, and where the effort of selling goes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import selling_words, words
from dashboards.components.buttons import link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import day_words, moment
from dashboards.components.numbers import LEVEL, number, percent
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Query
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.contacts.rules import Match
from feedback.issues.rules.recovery import Share
from feedback.reporting.channel_closures import Closures, channel_closures
from feedback.reporting.discipline.board import Discipline, NotAllowed, Sellers, selling_discipline
from feedback.reporting.discipline.files import USUAL, period_named
from feedback.reporting.discipline.rules import FEWEST, Consequence
from feedback.selling.rules import PlayState

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Do we ask before we sell?")


def filters(viewer: Viewer) -> list[Filter]:
    """The period."""
    periods = [("30", _("30 days")), ("90", _("90 days")), ("365", _("12 months")), ("all", _("All time"))]
    return [Filter("period", _("Period"), periods, empty=USUAL)]


def body(viewer: Viewer, query: Query) -> Component:
    """Each section stands without the others: where nobody sold, suggestions may have come all the same."""
    period = period_named(query.get("period"))
    found, closed = selling_discipline(viewer, period), channel_closures(viewer, period.since, period.until)
    parts = [*_contacts(found, viewer, query), _closures(closed, found.valid.n), _suggestions(found, viewer)]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _contacts(found: Discipline, viewer: Viewer, query: Query) -> list[Component]:
    if not found.valid.n:
        hint = _("Calls and mails that sell are logged on the customer's page, on a sales play, or by your CRM.")
        nobody = empty_state(_("No sales contact was logged in this period."), hint=hint)
        return [panel(_("Sales contacts"), nobody)]
    parts = [_cards(found), _not_allowed(found, viewer, query), _people(found), _teams(found)]
    return [*parts, _effort(found), _exceptions(viewer)]


def _cards(found: Discipline) -> Component:
    cards = [
        _share_card(_("Sales contacts the gate had allowed"), found.valid, _("target: all of them")),
        _card(_("Without asking the gate"), number(found.counts[Match.WITHOUT]), "", _("nobody asked, or the answer had lapsed")),
        _card(_("Against the gate's answer"), number(found.counts[Match.AGAINST]), "", _("the answer was no")),
        _share_card(_("In the upsell group"), found.upsell, _("customers who recommend us and buy little from us")),
    ]
    return html.Div(cards, className="cl-cards")


def _card(label: str, value: str, span: str, note: str) -> Component:
    lines = [(label, "cl-card-label"), (value, "cl-card-value"), (span, "cl-card-interval"), (note, "cl-note")]
    return html.Div([html.Div(text, className=name) for text, name in lines if text], className="cl-card")


def _share_card(label: str, found: Share, note: str) -> Component:
    """Few are a count: a share of three says more about chance than about us."""
    counts = _("%(part)s of %(all)s", part=number(found.hits), all=number(found.n))
    if found.share is None or found.interval is None or found.n < FEWEST:
        return _card(label, counts, "", _("A share is shown from %(least)s sales contacts on.", least=FEWEST))
    low, high = found.interval
    span = _("%(low)s…%(high)s (%(level)s)", low=percent(low), high=percent(high), level=percent(LEVEL))
    return _card(label, percent(found.share), span, f"{counts} · {note}")


def _not_allowed(found: Discipline, viewer: Viewer, query: Query) -> Component:
    name = _("Without or against an answer of the gate")
    if not found.not_allowed:
        return panel(name, empty_state(_("There is none: every sales contact of this period had been allowed.")))
    size = PHONE_SIZE if is_phone() else PAGE_SIZE
    total = len(found.not_allowed)
    page = page_of(query, total=total, size=size)
    shown = found.not_allowed[(page - 1) * size : page * size]
    columns: list[Column[NotAllowed]] = [
        Column(_("Customer"), _whom, main=True),
        Column(_("What the gate had said"), _match, side=True),
        Column(_("By"), lambda one: _by(one, viewer)),
        Column(_("What came of it"), lambda one: words.word(selling_words.contact_outcomes, one.outcome)),
        Column(_("What followed in 30 days"), lambda one: _followed(one, viewer)),
    ]
    export = link_button(_("Export"), f"/app/selling-discipline.csv{query.search(page=None)}", download=True)
    parts = [html.P(_after(found.followed, total)), table(columns, shown, caption=name), pager(query, total=total, size=size)]
    return panel(name, parts, note=_how(), actions=[export])


def _after(counts: Mapping[Consequence, int], total: int) -> str:
    after = ngettext("After %(num)s such contact", "After %(num)s such contacts", total)
    said = [f"{words.word(selling_words.consequences, kind)}: {number(counts[kind])}" for kind in Consequence]
    return f"{after}: {' · '.join(said)}"


def _how() -> str:
    return _(
        "What followed need not come of the call. Counted are complaints and bad answers of anybody at the customer, an end of "
        "offers by whoever was approached, and the day on which the customer left."
    )


def _whom(one: NotAllowed) -> Component:
    account = row_link(one.account, f"/app/accounts/{one.account_id}")
    return html.Div([account, html.Div(one.contact, className="cl-note") if one.contact else None])


def _match(one: NotAllowed) -> Component:
    play = html.Div(words.word(words.plays, one.play), className="cl-note") if one.play else None
    return html.Div([html.Div(words.word(selling_words.matches, one.matched)), play])


def _by(one: NotAllowed, viewer: Viewer) -> Component:
    channel = words.word(words.channels, one.channel)
    under = html.Div([channel, " · ", moment(one.occurred_at, viewer)], className="cl-note")
    return html.Div([html.Div(one.user or _("told by %(source)s", source=one.source)), under])


def _followed(one: NotAllowed, viewer: Viewer) -> Component:
    kinds = {sign.kind: sign for sign in one.followed.signs}
    lines = [
        html.Div([html.Strong(words.word(selling_words.consequences, kind)), " · ", day_words(sign.at, viewer)])
        for kind, sign in kinds.items()
    ]
    if one.followed.open:
        lines.append(html.Div(_("the 30 days are not over"), className="cl-note"))
    return html.Div(lines or _("nothing"))


def _sellers(name: str, head: str, lines: Sequence[Sellers], nobody: str, *, teams: bool) -> Component:
    columns: list[Column[Sellers]] = [
        Column(head, lambda line: _seller(line, nobody, teams=teams), main=True),
        Column(_("Allowed"), _allowed, side=True, right=True),
        Column(_("Without asking"), lambda line: number(line.without), right=True),
        Column(_("Against"), lambda line: number(line.against), right=True),
        *(_consequence(kind) for kind in Consequence),
    ]
    return panel(name, table(columns, lines, caption=name))


def _consequence(kind: Consequence) -> Column[Sellers]:
    return Column(words.word(selling_words.consequences, kind), lambda line: number(line.followed[kind]), right=True)


def _seller(line: Sellers, nobody: str, *, teams: bool) -> Component:
    team = None if teams or not line.team else html.Div(line.team, className="cl-note")
    return html.Div([html.Strong(line.name or nobody), team])


def _allowed(line: Sellers) -> Component:
    counts = _("%(part)s of %(all)s", part=number(line.share.hits), all=number(line.share.n))
    if line.share.share is None or line.share.interval is None or line.share.n < FEWEST:
        return counts
    low, high = line.share.interval
    span = html.Div(f"{counts} · {percent(low)}…{percent(high)}", className="cl-note")
    return html.Div([html.Div(percent(line.share.share)), span])


def _people(found: Discipline) -> Component:
    nobody = _("Another system, without a name")
    return _sellers(_("By person"), _("Person"), found.people, nobody, teams=False)


def _teams(found: Discipline) -> Component:
    """Where nobody is in a team, the table would say nothing."""
    if not any(line.name for line in found.teams):
        return None
    return _sellers(_("By team"), _("Team"), found.teams, _("In no team"), teams=True)


def _effort(found: Discipline) -> Component:
    name, total = _("Where the effort of selling goes"), found.valid.n
    note = _("Each sales contact under what the gate had answered about the customer, where somebody had asked.")
    groups = [(words.word(selling_words.groups, group), count) for group, count in found.groups.items()]
    plays = [(words.word(words.plays, play) if play else _("Nobody had asked"), count) for play, count in found.plays.items()]
    parts = [_counts(_("By group of customers"), _("Group"), groups, total), _counts(_("By play"), _("Play"), plays, total)]
    return panel(name, parts, note=note)


def _counts(caption: str, head: str, lines: Sequence[tuple[str, int]], total: int) -> Component:
    columns: list[Column[tuple[str, int]]] = [
        Column(head, lambda line: line[0], main=True),
        Column(_("Count"), lambda line: number(line[1]), right=True),
        Column(_("Share"), lambda line: percent(line[1] / total) if total >= FEWEST else "–", side=True, right=True),
    ]
    return html.Div([html.H3(caption), table(columns, lines, caption=caption)])


def _closures(lines: Sequence[Closures], contacts: int) -> Component:
    name = _("Channels that customers closed to offers")
    if not lines:
        return panel(name, empty_state(_("Nobody closed a channel to offers in this period.")))
    heads: list[tuple[str, Match | None]] = [
        (_("After an allowed contact"), Match.VALID),
        (_("After one without asking"), Match.WITHOUT),
        (_("After one against the answer"), Match.AGAINST),
        (_("No contact in 14 days"), None),
    ]
    columns: list[Column[Closures]] = [
        Column(_("Channel"), lambda line: words.word(words.channels, line.channel), main=True),
        Column(_("People"), lambda line: number(line.people), right=True, side=True),
        *(Column(head, _after_match(match), right=True) for head, match in heads),
    ]
    after = sum(line.people - line.after.get(None, 0) for line in lines)
    note = _("The last sales contact with the person before. It need not be why they closed it.") + " " + _rate(after, contacts)
    return panel(name, table(columns, lines, caption=name), note=note)


def _rate(closed: int, contacts: int) -> str:
    return _("Within 14 days of %(contacts)s contacts: %(closed)s.", contacts=number(contacts), closed=number(closed))


def _after_match(match: Match | None) -> Callable[[Closures], str]:
    return lambda line: number(line.after.get(match, 0))


def _exceptions(viewer: Viewer) -> Component:
    """Exceptions have a page of their own, by week of the quarter."""
    if scope_of(viewer, "override.read") is Scope.NONE:
        return None
    link = dcc.Link(_("See them by week of the quarter"), href="/app/exceptions")
    return panel(_("Exceptions from a hold"), html.P(link), note=_("What was granted and by whom, and what followed."))


def _suggestions(found: Discipline, viewer: Viewer) -> Component:
    if scope_of(viewer, "play.read") is Scope.NONE:
        return None
    name, total = _("Suggestions to sell"), sum(found.suggestions.values())
    if not total:
        return panel(name, empty_state(_("No suggestion came in this period.")))
    states = [
        (words.word(words.play_states, state), found.suggestions[state]) for state in PlayState if state in found.suggestions
    ]
    parts = [_counts(_("What became of them"), _("State"), states, total)]
    if found.screened_out:
        reasons = [(words.word(selling_words.screenings, reason), count) for reason, count in found.screened_out.items()]
        out = found.suggestions[PlayState.SCREENED_OUT]
        parts.append(_counts(_("Screened out, by reason"), _("Reason"), reasons, out))
    link = link_button(_("See the suggestions"), "/app/sales-plays")
    return panel(name, parts, note=ngettext("%(num)s came in this period", "%(num)s came in this period", total), actions=[link])
