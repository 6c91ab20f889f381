"""What a draft would have said before: to the decisions of 90 days, and to the sales of a year under each play."""

from collections.abc import Mapping
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.numbers import money, number
from dashboards.components.panels import empty_state, panel
from dashboards.components.selling_words import contact_outcomes
from dashboards.components.tables import Column, table
from feedback.gate.governing.backtesting import JUDGED, NOT_ASKED

Component = Any
Figures = Mapping[str, Any]
FEWEST = 10  # sales from which the back-test of a play says more about the policy than about chance


def before(found: Figures) -> list[Component]:
    """The two looks back."""
    return [_decisions(found), _sales(found["sales"])]


def _decisions(found: Figures) -> Component:
    name, decided = _("The decisions of the last 90 days"), found["decisions"]
    if not decided["count"]:
        return panel(name, empty_state(_("Nobody asked the gate in the last 90 days.")))
    said = _(
        "Of %(count)s decisions, with their own facts, %(changed)s would have been answered otherwise.",
        count=number(decided["count"]),
        changed=number(decided["changed"]),
    )
    turned = _(
        "Opened: %(opened)s accounts (%(gained)s of revenue a year). Closed: %(closed)s accounts (%(lost)s).",
        opened=number(decided["opened"]["accounts"]),
        gained=money(decided["opened"]["revenue"], found["currency"]),
        closed=number(decided["closed"]["accounts"]),
        lost=money(decided["closed"]["revenue"], found["currency"]),
    )
    lines = sorted(decided["by_outcome"].items(), key=lambda item: -item[1])
    columns: list[Column[tuple[str, int]]] = [
        Column(_("What was answered"), lambda one: _outcome(one[0], 0), main=True),
        Column(_("By the draft"), lambda one: _outcome(one[0], 1)),
        Column(_("Decisions"), lambda one: number(one[1]), right=True, side=True),
    ]
    note = _("Only the tables are tried here: what a number of the draft would have done to old facts is not known.")
    listed = table(columns, lines, caption=name) if lines else None
    return panel(name, [html.P(said), html.P(turned) if lines else None, listed], note=note)


def _outcome(flip: str, side: int) -> str:
    return words.word(words.outcomes, flip.split(" → ")[side])


def _sales(sales: Figures) -> Component:
    name = _("Sales made and lost in the last year, under each play")
    total = sum(sales[outcome]["count"] for outcome in JUDGED)
    if not total:
        hint = _("Log sales contacts with how they ended: then a draft can be tried on them.")
        return panel(name, empty_state(_("No sale was made or lost in the last year."), hint=hint))
    lines = [(play, outcome, tallies[outcome]) for play, tallies in sorted(sales["by_play"].items()) for outcome in JUDGED]
    columns: list[Column[tuple[str, str, Figures]]] = [
        Column(_("Play"), lambda one: _play(one[0]), main=True),
        Column(_("How it ended"), lambda one: words.word(contact_outcomes, one[1])),
        Column(_("Contacts"), lambda one: number(one[2]["count"]), right=True, side=True),
        Column(_("Allowed by the policy of today"), lambda one: _allowed(one[2], "allowed_before"), right=True),
        Column(_("Allowed by the draft"), lambda one: _allowed(one[2], "allowed_after"), right=True),
    ]
    parts = [table(columns, [line for line in lines if line[2]["count"]], caption=name), *_too_few(sales)]
    note = ngettext(
        "%(count)s sales contact with a result.", "%(count)s sales contacts with a result.", total, count=number(total)
    )
    return panel(name, parts, note=note)


def _play(play: str) -> str:
    return _("Nobody had asked the gate") if play == NOT_ASKED else words.word(words.plays, play)


def _allowed(tally: Figures, name: str) -> str:
    asked = tally["count"] - tally["unknown"]
    if not asked:
        return _("not known")
    return _("%(allowed)s of %(asked)s", allowed=number(tally[name]), asked=number(asked))


def _too_few(sales: Figures) -> list[Component]:
    counts = {play: sum(tallies[outcome]["count"] for outcome in JUDGED) for play, tallies in sales["by_play"].items()}
    few = [_play(play) for play, count in sorted(counts.items()) if count < FEWEST]
    if not few:
        return []
    said = _(
        "Fewer than %(least)s results, too few to judge by: %(plays)s.",
        least=FEWEST,
        plays=", ".join(few),
    )
    return [html.P(said, className="cl-note cl-few")]
