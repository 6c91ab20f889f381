"""Shares with their intervals, scores beyond what was expected, and what became of the fixes."""

from datetime import timedelta
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.filters import Filter
from dashboards.components.moments import today
from dashboards.components.numbers import LEVEL, number, percent
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.issues.rules.recovery import FEWEST, FEWEST_ACCOUNTS, FEWEST_PAIRS, Difference, Excess, Share
from feedback.reporting.audience import known_regions, known_segments
from feedback.reporting.recovery import Fixes, Outcome, Recovery, RecoveryFilter, recovery

Component = Any
DAYS = {"180": 180, "365": 365, "730": 730, "all": None}
DEFAULT = "365"


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Does it help to call unhappy customers?")


def filters(viewer: Viewer) -> list[Filter]:
    """Period, segment, region."""
    periods = [("180", _("180 days")), ("365", _("12 months")), ("730", _("24 months")), ("all", _("All time"))]
    return [
        Filter("period", _("Period"), periods, empty=DEFAULT),
        Filter("segment", _("Segment"), [(one, one) for one in known_segments()]),
        Filter("region", _("Region"), [(one, one) for one in known_regions()]),
    ]


def body(viewer: Viewer, query: Query) -> Component:
    """What is shown for the filters."""
    days = DAYS.get(query.get("period", DEFAULT), DAYS[DEFAULT])
    start = today(viewer) - timedelta(days=days) if days else None
    wanted = RecoveryFilter(start, None, query.get("segment") or None, query.get("region") or None)
    found = recovery(wanted)
    parts = [_recovery(found), _relapse(found), _fixes(found.fixes), _how(found)]
    return html.Div(parts, className="cl-stack")


def _recovery(found: Recovery) -> Component:
    name = _("Came back: detractors who answered 7 or better the next time")
    if not found.recovery.called.n:
        hint = _("They appear here when somebody who was called about a low score answers again.")
        return panel(name, empty_state(_("Nobody who was called has answered again in this period."), hint=hint))
    words = (_("Came back after a call"), _("Came back without one"))
    return panel(name, _cards(found.recovery, *words, found.pairs), note=_sentence(found.recovery))


def _relapse(found: Recovery) -> Component:
    name = _("Fell back: those who had come back and answered 6 or lower after that")
    if not found.relapse.called.n:
        return panel(name, empty_state(_("Nobody who had come back has answered once more in this period.")))
    words = (_("Fell back after a call"), _("Fell to 6 or lower without one"))
    return panel(name, _cards(found.relapse, *words, found.pairs))


def _cards(outcome: Outcome, called: str, others: str, pairs: int) -> list[Component]:
    cards = [_share(called, outcome.called), _share(others, outcome.others), _difference(outcome.difference)]
    return [html.Div([*cards, _excess(outcome, pairs)], className="cl-cards")]


def _sentence(outcome: Outcome) -> str:
    """One sentence that a board can repeat."""
    found = outcome.excess
    if found is None:
        return _("Too few answers yet to say whether calling helps.")
    if found.low > 0:
        return _("Those who were called score higher than others after the same first score. Nobody drew lots for the calls.")
    if found.high < 0:
        return _("Those who were called score lower than others after the same first score. Nobody drew lots for the calls.")
    return _("No difference is established between those who were called and others after the same first score.")


def _card(label: str, value: str, span: str, note: str) -> Component:
    lines = [(label, "cl-card-label"), (value, "cl-card-value"), (span, "cl-card-interval"), (note, "cl-note")]
    return html.Div([html.Div(text, className=name) for text, name in lines if text], className="cl-card")


def _share(label: str, found: Share) -> Component:
    if found.share is None or found.interval is None:
        return _card(label, "–", "", _("nobody in this period"))
    low, high = found.interval
    span = _("%(low)s…%(high)s (%(level)s)", low=percent(low), high=percent(high), level=percent(LEVEL))
    return _card(label, percent(found.share), span, _("%(part)s of %(all)s", part=number(found.hits), all=number(found.n)))


def _difference(found: Difference | None) -> Component:
    label = _("Difference")
    if found is None:
        return _card(label, "–", "", _("Shown from %(least)s people in both groups on.", least=FEWEST))
    low, high, value = (_points(100 * one) for one in (found.low, found.high, found.difference))
    return _card(label, value, f"{low}…{high} ({percent(LEVEL)})", _("percentage points"))


def _excess(outcome: Outcome, pairs: int) -> Component:
    label, found = _("Score beyond what was expected"), outcome.excess
    if found is None:
        need = _(
            "Shown from %(least)s people of %(accounts)s customers on, and %(pairs)s pairs of answers without a call "
            "(there are %(known)s).",
            least=FEWEST,
            accounts=FEWEST_ACCOUNTS,
            pairs=FEWEST_PAIRS,
            known=number(pairs),
        )
        return _card(label, "–", "", need)
    span = f"{_points(found.low)}…{_points(found.high)} ({percent(LEVEL)})"
    return _card(label, _points(found.excess), span, _means(found))


def _means(found: Excess) -> str:
    one = {name: number(getattr(found, name), 1) for name in ("mean_first", "mean_second", "expected")}
    return _("from %(mean_first)s to %(mean_second)s on average; %(expected)s was to be expected without a call", **one)


def _points(value: float) -> str:
    return f"{'+' if round(value, 1) > 0 else ''}{number(value, 1)}"


def _fixes(found: Fixes) -> Component:
    cards = [
        (_("Fixes the customer confirmed"), found.verified),
        (_("Issues a customer refused to call solved"), found.refused),
        (_("Closed without an answer"), found.unverified),
        (_("Fixed, waiting for an answer"), found.waiting),
    ]
    shown = [_card(label, number(value), "", "") for label, value in cards]
    asked = ngettext("%(num)s recovery pulse was sent", "%(num)s recovery pulses were sent", found.pulses_asked)
    answered = ngettext("%(num)s was answered", "%(num)s were answered", found.pulses_answered)
    parts = [html.Div(shown, className="cl-cards"), *_pulses(found)]
    return panel(_("What customers say of our fixes"), parts, note=f"{asked}, {answered}.")


def _pulses(found: Fixes) -> list[Component]:
    if not found.pulses_answered:
        return []
    text = _(
        "%(good)s of %(all)s answered pulses gave 7 or more. Pulses are asked only of those whose issue was fixed and is "
        "settled, with their yes or without a word, so this share stands beside no other.",
        good=number(found.pulses_good),
        all=number(found.pulses_answered),
    )
    return [html.P(text, className="cl-note")]


def _how(found: Recovery) -> Component:
    texts = [
        _(
            "Whoever scores very low scores higher the next time, called or not. So each second score is compared with the one "
            "that people whom nobody called give after the same first score, and the share of those who came back with the "
            "share among detractors whom nobody called."
        ),
        _(
            "Both are comparisons of groups that we did not draw by lot: whoever is called may differ from who is not. Both "
            "groups answer the same surveys: scores of recovery pulses, which only those get who confirmed their fix, count here "
            "for nobody."
        ),
    ]
    if found.line is not None:
        line = {name: number(getattr(found.line, name), 2) for name in ("mean_first", "mean_second", "slope", "rho")}
        texts.append(
            _(
                "Without a call a second score is %(mean_second)s + %(slope)s × (first score − %(mean_first)s) on average, from "
                "%(pairs)s pairs of answers; their correlation is %(rho)s.",
                pairs=number(found.line.n),
                **line,
            )
        )
    return html.Details([html.Summary(_("How this is computed")), *[html.P(text) for text in texts]], className="cl-how")
