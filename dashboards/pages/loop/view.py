"""Time between states with open issues counted, and clocks kept in time."""

from datetime import timedelta
from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.chips import chip, chips
from dashboards.components.filters import Filter
from dashboards.components.moments import duration_words
from dashboards.components.numbers import LEVEL, number, percent
from dashboards.components.panels import empty_state, graph, panel
from dashboards.components.tables import Column, table
from dashboards.figures import wording
from dashboards.figures.trend import share_trend
from dashboards.page import Query
from dashboards.pages.issues.phrases import clock_words
from dashboards.pages.promises.view import kept_words
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.issues.rules import Clock, Severity
from feedback.issues.working.promises import PromiseFilter, count_kept
from feedback.kernel import clock
from feedback.reporting.defect_rows import MIN_SHOWN, SharePoint
from feedback.reporting.loop_months import kept_by_month
from feedback.reporting.loop_speed import PERMISSION, ClockLine, LoopSpeed, Milestone, SpeedFilter, Stage, loop_speed
from feedback.reporting.teams import team_names

Component = Any
PERIODS = {"30": 30, "90": 90, "365": 365}
USUAL = "90"
HALVES = [0, 0.5, 1]


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("How fast is the loop, and do we keep our times?")


def filters(viewer: Viewer) -> list[Filter]:
    """Period, severity, team, and any two states."""
    periods = [("30", _("30 days")), ("90", _("90 days")), ("365", _("12 months")), ("all", _("All time"))]
    named = words.severities()
    shown = [
        Filter("period", _("Opened in"), periods, empty=USUAL),
        Filter("severity", _("Severity"), [(one.value, named[one.value]) for one in Severity]),
    ]
    if scope_of(viewer, PERMISSION) is Scope.ALL:
        shown.append(Filter("team", _("Team"), [(str(team), name) for team, name in team_names().items()], searchable=True))
    states = list(milestone_words().items())
    return [*shown, Filter("start", _("From state"), states[:-1]), Filter("end", _("To state"), states[1:])]


def milestone_words() -> dict[str, str]:
    """What an issue reaches."""
    return {Milestone.OPENED.value: _("Opened")} | {
        one.value: words.word(words.states, one.value) for one in Milestone if one is not Milestone.OPENED
    }


def body(viewer: Viewer, query: Query) -> Component:
    """The clocks first: that is what was promised."""
    found = loop_speed(viewer, _wanted(query), _pair(query))
    if not found.issues:
        return panel(_("Loop speed"), empty_state(_("No issue was opened in this period."), hint=_("Choose a longer one.")))
    return html.Div([_clocks(found), _months(viewer, query), _promises(viewer, query), _stages(found)], className="cl-stack")


def _promises(viewer: Viewer, query: Query) -> Component:
    """How well promises to customers are kept in the same period."""
    wanted = _wanted(query)
    # one that is kept before its day would count for us, while those of the same days that are open count for nothing yet
    due = PromiseFilter(team_id=wanted.team_id, since=wanted.since, until=clock.now())
    kept = count_kept(viewer, due)
    link = link_button(_("See the promises"), "/app/promises")
    return panel(_("Promises kept"), html.P(kept_words(kept)), note=_("Promises that were due in the period"), actions=[link])


def _wanted(query: Query) -> SpeedFilter:
    period, severity = query.get("period") or USUAL, query.get("severity")
    days = PERIODS.get(period) if period != "all" else None
    return SpeedFilter(
        since=clock.now() - timedelta(days=days) if days else None,
        severity=Severity(severity) if severity in set(Severity) else None,
        team_id=query.number("team", 0) or None,
    )


def _pair(query: Query) -> tuple[Milestone, Milestone] | None:
    order = {one.value: place for place, one in enumerate(Milestone)}
    start, end = query.get("start"), query.get("end")
    if start in order and end in order and order[start] < order[end]:
        return Milestone(start), Milestone(end)
    return None


def _clocks(found: LoopSpeed) -> Component:
    columns: list[Column[ClockLine]] = [
        Column(_("Clock"), lambda line: clock_words(line.clock), main=True),
        Column(_("In time (95 %)"), _kept, right=True, side=True),
        Column(_("Missed"), lambda line: number(line.missed), right=True),
        Column(_("of them still open"), lambda line: number(line.overdue), right=True),
        Column(_("Late by, half the time"), lambda line: _hours(line.late_hours), right=True),
        Column(_("n"), lambda line: number(round(line.kept.n)), right=True),
    ]
    name = _("Clocks kept")
    note = _("Issues opened in the period: %(count)s", count=number(found.issues))
    return panel(name, table(columns, found.clocks, caption=name), note=note)


def _kept(line: ClockLine) -> str:
    share, interval = line.kept.share, line.kept.interval
    if share is None or interval is None:
        return "–"
    return _("%(share)s (%(low)s…%(high)s)", share=percent(share), low=percent(interval[0]), high=percent(interval[1]))


def _months(viewer: Viewer, query: Query) -> Component:
    """Whether it gets better: one clock at a time, month by month."""
    which = Clock(query.get("clock")) if query.get("clock") in set(Clock) else Clock.FIRST_CONTACT
    switch = chips([chip(clock_words(one), _turned(query, one), chosen=one is which) for one in Clock])
    points = kept_by_month(viewer, _wanted(query))[which]
    name, most = _("Kept in time, month by month"), max(point.n for point in points)
    note = wording.period(points[0].month, points[-1].month)
    if most < MIN_SHOWN:
        few = _("Fewer than %(least)s were due in each month so far.", least=MIN_SHOWN)
        return panel(name, [switch, empty_state(few, hint=_("A month is shown from %(least)s on.", least=MIN_SHOWN))], note=note)
    label = _("Share of each month's clocks that were kept in time.")
    first = next(place for place, point in enumerate(points) if point.n)  # nothing was measured before the first issue
    figure = share_trend(points[first:], said=_month_words)
    figure.update_layout(yaxis={"range": [0, 1.08], "tickvals": HALVES, "ticktext": [percent(half) for half in HALVES]})
    legend = _("By the month in which they were due, with %(level)s interval. Below: how many were due.", level=percent(LEVEL))
    return panel(name, [switch, graph(figure, label=label, height=190), html.P(legend, className="cl-note")], note=note)


def _turned(query: Query, which: Clock) -> str:
    return query.link(clock=None if which is Clock.FIRST_CONTACT else which.value)


def _month_words(point: SharePoint) -> str:
    return _(
        "%(month)s: %(kept)s of %(n)s in time (%(share)s)",
        month=wording.month(point.month),
        kept=wording.whole(point.cited),
        n=wording.whole(point.n),
        share=wording.share(point.share),
    )


def _stages(found: LoopSpeed) -> Component:
    shown = [found.chosen] if found.chosen else list(found.stages)
    columns: list[Column[Stage]] = [
        Column(_("Way"), _way, main=True),
        Column(_("Half take up to (95 %)"), _median, right=True, side=True),
        Column(_("Nine of ten up to"), lambda stage: _hours(stage.hours.p90), right=True),
        Column(_("Not there yet"), lambda stage: number(stage.hours.open), right=True),
        Column(_("n"), lambda stage: number(stage.hours.n), right=True),
    ]
    name = _("Time between two states")
    note = _("What has not got there yet counts as longer than until now. A dash: too few have got there to say.")
    return panel(name, table(columns, shown, caption=name), note=note)


def _way(stage: Stage) -> str:
    named = milestone_words()
    return _("%(start)s → %(end)s", start=named[stage.start.value], end=named[stage.end.value])


def _median(stage: Stage) -> str:
    hours = stage.hours
    if hours.median is None:
        return "–"
    return _(
        "%(median)s (%(low)s…%(high)s)", median=_hours(hours.median), low=_hours(hours.median_low), high=_hours(hours.median_high)
    )


def _hours(hours: float | None) -> str:
    return "–" if hours is None else duration_words(timedelta(hours=hours))
