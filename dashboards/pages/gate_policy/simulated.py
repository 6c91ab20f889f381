"""What a draft would change: a warning where it opens many accounts, figures, the accounts, what it would have said before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.moments import exactly
from dashboards.components.numbers import exact_money, money, money_text, number, percent
from dashboards.components.panels import empty_state, graph, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.figures.policy_changes import GroupChange, change_words, policy_changes
from dashboards.page import Query
from dashboards.pages.gate_policy.before import before
from dashboards.viewport import is_phone
from feedback.access.rules import Viewer
from feedback.gate.governing.rules import is_wide

Component = Any
Figures = Mapping[str, Any]
_GROUPS = 12  # lines of a chart; the others are summed up


def simulated(viewer: Viewer, draft: Mapping[str, Any], query: Query, actions: Sequence[Component]) -> list[Component]:
    """What is to be read before somebody approves: how much opens comes first."""
    found = draft["simulation"]
    at = exactly(datetime.fromisoformat(found["as_of"]), viewer)
    note = _("%(n)s active accounts, as of %(at)s.", n=number(found["accounts"]), at=at)
    head = panel(_("What it would change"), [_outdated(draft), _warning(found), _cards(found)], note=note, actions=actions)
    if not found["accounts"]:
        return [panel(_("What it would change"), empty_state(_("There is no active account to try it on.")), actions=actions)]
    charts = html.Div([_chart(found, name, label) for name, label in _groupings()], className="cl-thirds")
    return [head, charts if found["changes"]["accounts"] else None, _accounts(draft, query), *before(found)]


def _outdated(draft: Mapping[str, Any]) -> Component:
    if not draft["outdated"] or draft["state"] != "draft":
        return None
    return html.P(_("Another policy became active since. These figures do not hold any more: simulate it again."), role="status")


def _warning(found: Figures) -> Component:
    changes, currency = found["changes"], found["currency"]
    if not changes["opens"]:
        text = _("It opens no account.") if changes["accounts"] else _("No account would be treated otherwise.")
        return html.P(text, className="cl-count-line")
    said = ngettext(
        "This policy would open %(count)s account with %(revenue)s of revenue a year: from the next decision on it may be sold "
        "to, and today it may not.",
        "This policy would open %(count)s accounts with %(revenue)s of revenue a year: from the next decision on they may be "
        "sold to, and today they may not.",
        changes["opens"],
        count=number(changes["opens"]),
        revenue=exact_money(changes["revenue_opened"], currency),
    )
    if not is_wide(changes["opens"], found["accounts"]):
        return html.P(said, className="cl-count-line")
    share = percent(changes["opens"] / found["accounts"], 1)
    more = _("That is %(share)s of all accounts at once. Read the list below before you approve it.", share=share)
    return html.Div([html.P(html.Strong(said)), html.P(more)], className="cl-wide-warning", role="alert", id="policy-warning")


def _cards(found: Figures) -> Component:
    changes, currency = found["changes"], found["currency"]
    others = changes["accounts"] - changes["opens"] - changes["closes"]
    cards = [
        _card(_("Would open"), changes["opens"], money(changes["revenue_opened"], currency)),
        _card(_("Would close"), changes["closes"], money(changes["revenue_closed"], currency)),
        _card(_("Another play or answer only"), others, _("neither opened nor closed")),
        _card(_("As before"), found["accounts"] - changes["accounts"], _("nothing changes")),
    ]
    return html.Div(cards, className="cl-cards")


def _card(label: str, count: int, note: str) -> Component:
    parts = [
        html.Div(label, className="cl-card-label"),
        html.Div(number(count), className="cl-card-value"),
        html.Div(note, className="cl-note"),
    ]
    return html.Div(parts, className="cl-card")


def _groupings() -> list[tuple[str, str]]:
    return [("play", _("By play")), ("segment", _("By segment")), ("owner", _("By account manager"))]


def _chart(found: Figures, name: str, label: str) -> Component:
    turned = [(key, tally) for key, tally in found["by"].get(name, {}).items() if tally["opens"] or tally["closes"]]
    if not turned:
        return panel(label, empty_state(_("Nothing opens or closes here; only the play or the answer changes.")))
    ordered = sorted(turned, key=lambda item: (-item[1]["opens"] - item[1]["closes"], item[0]))
    lines = [_line(_group_name(name, key), tally, found["currency"]) for key, tally in ordered[:_GROUPS]]
    if len(ordered) > _GROUPS:
        rest = [tally for _key, tally in ordered[_GROUPS:]]
        summed = {key: sum(tally[key] for tally in rest) for key in ("opens", "closes", "revenue_opened", "revenue_closed")}
        lines.append(_line(_("All others"), summed, found["currency"]))
    read = "; ".join(change_words(line) for line in lines)
    note = _("Accounts that would open (to the right) and close (to the left), with their revenue a year.")
    listed = html.Details(
        [html.Summary(_("The same in words")), html.Ul([html.Li(change_words(line)) for line in lines])], className="cl-how"
    )
    return panel(label, [graph(policy_changes(lines), label=read, height=46 + 34 * len(lines)), listed], note=note)


def _line(label: str, tally: Figures, currency: str) -> GroupChange:
    worth = (money(tally["revenue_opened"], currency), money(tally["revenue_closed"], currency))
    return GroupChange(label, tally["opens"], tally["closes"], *worth)


def _group_name(name: str, key: str) -> str:
    if name == "play":
        return _change(words.plays, *key.split(" → "))
    return key or (_("No segment") if name == "segment" else _("Nobody looks after them"))


def _change(shown: Callable[[], words.Words], before: str, after: str) -> str:
    """What it is called before and after, or the one name that stays."""
    first, second = words.word(shown, before), words.word(shown, after)
    return first if first == second else _("%(before)s → %(after)s", before=first, after=second)


def _accounts(draft: Mapping[str, Any], query: Query) -> Component:
    found, name = draft["simulation"], _("The accounts that change")
    lines = found["listed"]
    if not lines:
        return panel(name, empty_state(_("No account would be treated otherwise.")))
    size = 10 if is_phone() else 25
    page = page_of(query, total=len(lines), size=size)
    columns: list[Column[Figures]] = [
        Column(_("Account"), _account, main=True),
        Column(_("Revenue a year"), lambda one: money_text(one["revenue"], found["currency"]), right=True, side=True),
        Column(_("What happens"), _turn),
        Column(_("The gate's answer"), lambda one: _change(words.outcomes, one["outcome_before"], one["outcome_after"])),
        Column(_("Play"), lambda one: _change(words.plays, one["play_before"], one["play_after"])),
        Column(_("Account manager"), lambda one: one["owner"] or "–"),
    ]
    shown = lines[(page - 1) * size : page * size]
    download = link_button(_("CSV"), f"/app/gate-policy/{draft['id']}.csv", download=True)
    parts = [table(columns, shown, caption=name), pager(query, total=len(lines), size=size)]
    return panel(name, parts, note=_listed_note(found), actions=[download])


def _account(line: Figures) -> Component:
    """Its name over its segment, for which a column of its own would be too narrow."""
    name = row_link(line["account"], f"/app/accounts/{line['account_id']}")
    return html.Div([name, html.Div(line["segment"] or _("No segment"), className="cl-note")])


def _listed_note(found: Figures) -> str:
    total, listed = found["changes"]["accounts"], len(found["listed"])
    if listed < total:
        return _(
            "%(listed)s of %(total)s: those that open or close first, then by revenue.",
            listed=number(listed),
            total=number(total),
        )
    return _("%(total)s: those that open or close first, then by revenue.", total=number(total))


def _turn(line: Figures) -> Component:
    before, after = line["offers_before"] > 0, line["offers_after"] > 0
    if before == after:
        return html.Span(_("Stays open") if after else _("Stays closed"), className="cl-note")
    text, band = (_("Opens"), "promoter") if after else (_("Closes"), "detractor")
    return html.Span(text, className=f"cl-badge cl-badge-{band}")
