"""Rates, coverage by role, what the silence leaves open, and who is silent."""

from datetime import timedelta
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.filters import Filter
from dashboards.components.moments import today
from dashboards.components.numbers import LEVEL, money, number, percent
from dashboards.components.panels import empty_state, graph, notice, panel, too_few_state
from dashboards.components.tables import Column, row_link, table
from dashboards.figures import wording
from dashboards.figures.response_rates import GroupRate, response_rates
from dashboards.page import Query
from dashboards.pages.coverage.silent import silent_panel
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.listening.rules.coverage import GOOD_RATE, LOW_RATE, MIN_NPS, REVENUE_TARGET, Rate, count_rate
from feedback.reporting.audience import known_regions, known_segments
from feedback.reporting.coverage import (
    GROUPED,
    Coverage,
    CoverageFilter,
    ProgramLine,
    Reach,
    RoleLine,
    coverage,
    list_owners,
    survey_names,
)
from feedback.reporting.defect_board import EVERY_SURVEY, default_survey, list_surveys
from feedback.reporting.wave_board import list_wave_names

Component = Any
DAYS = {"90": 90, "180": 180, "365": 365, "all": None}
DEFAULT = "365"
MIN_ASKED, MIN_GROUP = 5, 5


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Whom have we not heard?")


def filters(viewer: Viewer) -> list[Filter]:
    """Period, program, wave, segment, region, owner."""
    periods = [("90", _("90 days")), ("180", _("180 days")), ("365", _("12 months")), ("all", _("All time"))]
    waves = [Filter("wave", _("Wave"), list_wave_names())] if _may_see_waves(viewer) else []
    surveys = list_surveys()
    if len(surveys) > 1:
        surveys.append((EVERY_SURVEY, _("All surveys, one by one")))
    return [
        Filter("period", _("Period"), periods, empty=DEFAULT),
        Filter("survey", _("Survey"), surveys, empty=default_survey()),
        *waves,
        Filter("segment", _("Segment"), [(one, one) for one in known_segments()]),
        Filter("region", _("Region"), [(one, one) for one in known_regions()]),
        Filter("owner", _("Account manager"), list_owners(viewer)),
    ]


def _may_see_waves(viewer: Viewer) -> bool:
    return scope_of(viewer, "survey.read") is not Scope.NONE


def _survey(query: Query, wave_id: int | None) -> str | None:
    """The survey that the figures are about: the one named, that of the wave, or the first about the whole relationship."""
    named = query.get("survey")
    if named == EVERY_SURVEY:
        return None
    if named not in dict(list_surveys()):  # none chosen, or one that is not known: the bar says what is shown instead
        named = "" if wave_id else default_survey()
    return named or None


def wanted_by(viewer: Viewer, query: Query) -> CoverageFilter:
    """What the address asks for."""
    wave_id = query.number("wave", 0) or None if _may_see_waves(viewer) else None
    days = DAYS.get(query.get("period", DEFAULT), DAYS[DEFAULT])
    return CoverageFilter(
        start=today(viewer) - timedelta(days=days) if days else None,
        survey=_survey(query, wave_id),
        segment=query.get("segment") or None,
        region=query.get("region") or None,
        owner_id=query.number("owner", 0) or None,
        wave_id=wave_id,
    )


def body(viewer: Viewer, query: Query) -> Component:
    """What is shown for the filters."""
    found = coverage(viewer, wanted_by(viewer, query), silent=200)
    if not found.roles and not found.asked:
        hint = _("Contacts come from a file, the API, or with their first answer.")
        return panel(_("Coverage"), empty_state(_("No customer's person is known here."), hint=hint))
    parts = [_different(found), _rates(found), _each(found, query), _roles(found)]
    if found.only is not None:
        parts += [_voice(found.only), _groups(found)]
    parts.append(silent_panel(found, query, viewer))
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def share(rate: Rate) -> Component:
    """A share with its interval and what it is of."""
    if rate.share is None or rate.interval is None:
        return html.Span(_("nobody asked"), className="cl-note")
    low, high = rate.interval
    span = f" ({percent(low)}…{percent(high)})"
    return html.Span([percent(rate.share), html.Span(span, className="cl-note")])


def _counted(rate: Rate) -> Component:
    """A share of people who are all known: nothing was drawn from them, so it has no interval."""
    part = html.Span(f" ({number(rate.weight)})", className="cl-note")
    return html.Span([percent(rate.share or 0), part])


def _card(label: str, rate: Rate, note: str) -> Component:
    value = "–" if rate.share is None else percent(rate.share)
    low, high = rate.interval or (0.0, 1.0)
    span = _("%(low)s…%(high)s (%(level)s)", low=percent(low), high=percent(high), level=percent(LEVEL)) if rate.total else ""
    lines = [(label, "cl-card-label"), (value, "cl-card-value"), (span, "cl-card-interval"), (note, "cl-note")]
    return html.Div([html.Div(text, className=name) for text, name in lines], className="cl-card")


def _of(rate: Rate) -> str:
    return _("%(part)s of %(all)s", part=number(rate.weight), all=number(rate.total))


def _rates(found: Coverage) -> Component:
    name, cards = _("Who answered"), _reach(found.reach)
    if not found.asked:
        hint = _("A wave asks many people by mail. Answers that came otherwise count in the coverage below.")
        empty = empty_state(_("Nobody was asked by mail in this period."), hint=hint)
        return panel(name, [html.Div(cards, className="cl-cards"), _heard_means(found.reach), empty])
    if found.only is not None:
        rates = found.only.rates
        cards += [
            _card(_("People who answered"), rates.contacts, _of(rates.contacts)),
            _card(_("Accounts that answered"), rates.accounts, _of(rates.accounts)),
            _card(_("Answered, by revenue"), rates.revenue, _("of the accounts that were asked")),
        ]
    note = ngettext("%(num)s request sent", "%(num)s requests sent", found.asked)
    if found.bounced:
        came_back = ngettext(
            "%(num)s came back and counts as not asked", "%(num)s came back and count as not asked", found.bounced
        )
        note += f" · {came_back}"
    advice = _advice(found.only.rates.contacts) if found.only is not None else None
    return panel(name, [html.Div(cards, className="cl-cards"), _heard_means(found.reach), advice], note=note)


def _reach(reach: Reach) -> list[Component]:
    """Whose revenue was heard. All active accounts are known, so there is no interval; beside the shares stand the sums."""
    target = _("we aim at %(target)s", target=percent(REVENUE_TARGET))
    return [
        _money_card(_("Revenue heard, by any way"), reach.revenue, reach.accounts_heard, reach.accounts, target),
        _money_card(_("Revenue heard from decision makers"), reach.decided, reach.accounts_decided, reach.accounts),
    ]


def _money_card(label: str, rate: Rate, heard: int, accounts: int, *more: str) -> Component:
    value = "–" if rate.share is None else percent(rate.share)
    currency = current_exchange().currency
    sums = _("%(part)s of %(all)s", part=money(rate.weight, currency), all=money(rate.total, currency)) if rate.total else ""
    counted = ngettext(
        "%(heard)s of %(all)s active account",
        "%(heard)s of %(all)s active accounts",
        accounts,
        heard=number(heard),
        all=number(accounts),
    )
    lines = [
        (label, "cl-card-label"),
        (value, "cl-card-value"),
        (sums, "cl-card-interval"),
        ("; ".join([counted, *more]), "cl-note"),
    ]
    return html.Div([html.Div(text, className=name) for text, name in lines], className="cl-card")


def _heard_means(reach: Reach) -> Component:
    """One answer makes an account heard: said beside the share, because it can be 100 % while few people answer."""
    texts = [_("An account is heard with one answer of anybody: the share says whose revenue speaks, not how many people do.")]
    if reach.without_revenue:
        texts.append(
            ngettext(
                "%(num)s active account without a known revenue counts in no sum.",
                "%(num)s active accounts without a known revenue count in no sum.",
                reach.without_revenue,
            )
        )
    return html.P(" ".join(texts), className="cl-note")


def _each(found: Coverage, query: Query) -> Component:
    """Several programs: a line for each, because their answers make no one figure."""
    if len(found.programs) < 2:
        return None
    names, name = survey_names(), _("Each survey by itself")
    columns: list[Column[ProgramLine]] = [
        Column(
            _("Survey"), lambda line: row_link(names.get(line.survey, line.survey), query.link(survey=line.survey)), main=True
        ),
        Column(_("Requests"), lambda line: number(line.requests), right=True),
        Column(_("People who answered"), lambda line: share(line.rates.contacts), right=True),
        Column(_("NPS"), _nps_of, right=True),
        Column(_("Pessimistic"), lambda line: _nps(line.voice.pessimistic), right=True),
    ]
    text = _(
        "What people say after an event is not what they say of us: neither their NPS nor their response rates are added up."
    )
    return panel(name, table(columns, found.programs, caption=name), note=text)


def _nps_of(line: ProgramLine) -> Component:
    if line.voice.nps is None or line.voice.interval is None:
        return html.Span(_("too few answers"), className="cl-note")
    low, high = line.voice.interval
    span = html.Span(f" ({wording.interval(100 * low, 100 * high)})", className="cl-note")
    return html.Span([_nps(line.voice.nps), span])


def _advice(rate: Rate) -> Component:
    if rate.share is None or rate.total < MIN_ASKED or rate.share >= GOOD_RATE:
        return None
    if rate.share <= LOW_RATE:
        text = _(
            "At %(rate)s the picture is not reliable: those who are unhappy answer less, so a low rate flatters the NPS. "
            "Surveys of business customers should aim at %(aim)s; ask the silent decision makers by telephone.",
            rate=percent(rate.share),
            aim=percent(GOOD_RATE),
        )
    else:
        text = _("Surveys of business customers should aim at %(aim)s: a low rate flatters the NPS.", aim=percent(GOOD_RATE))
    return html.P(text, className="cl-note")


def _different(found: Coverage) -> Component:
    if found.is_comparable:
        return None
    names = survey_names()
    rates = [(line.survey, line.rates.contacts.share) for line in found.programs]
    told = [f"{names.get(code, code)} {percent(share)}" for code, share in rates if share is not None]
    text = _(
        "These surveys are answered too differently to be compared with each other: %(rates)s. Choose one of them above.",
        rates=", ".join(told),
    )
    return notice([text])


def role_word(role: str) -> str:
    """What a role is called, the one that nobody has said too."""
    return _("role not said") if role == "unknown" else words.word(words.roles, role)


def _roles(found: Coverage) -> Component:
    columns: list[Column[RoleLine]] = [
        Column(_("Role"), lambda line: role_word(line.role), main=True),
        Column(_("People"), lambda line: number(line.people), right=True),
        Column(_("Asked"), lambda line: _counted(line.asked), right=True),
        Column(_("Heard"), lambda line: share(line.heard), right=True),
    ]
    shown = table(columns, found.roles, caption=_("Coverage by role"))
    return panel(_("Coverage by role"), shown, note=_("Asked by mail, and heard by any way, of all people known in this period."))


def _voice(line: ProgramLine) -> Component:
    voice, name = line.voice, _("What the silence leaves open")
    if voice.nps is None or voice.interval is None or voice.pessimistic is None:
        return panel(name, too_few_state(int(voice.bands.n), MIN_NPS))
    low, high = voice.interval
    rows = [
        (_("NPS of those who answered"), _nps(voice.nps), wording.interval(100 * low, 100 * high)),
        (_pessimistic_name(voice.nps), _nps(voice.pessimistic), ""),
        (_("If all silent people were detractors"), _nps(voice.worst), ""),
        (_("If all silent people were promoters"), _nps(voice.best), ""),
    ]
    columns: list[Column[tuple[str, str, str]]] = [
        Column(_("Figure"), lambda row: row[0], main=True),
        Column(_("Points"), lambda row: html.Span([row[1], html.Span(f" {row[2]}", className="cl-note")]), right=True),
    ]
    text = " ".join([_("Silence is not a passive answer, so it is in no NPS."), _pessimistic_words(voice.nps)])
    text += " " + _(
        "The truth lies between the last two figures. Who was asked several times counts once, with the newest answer."
    )
    note = ngettext("%(num)s person is silent", "%(num)s people are silent", voice.silent)
    return panel(name, [table(columns, rows, caption=name), html.P(text, className="cl-note"), _late(line)], note=note)


def _pessimistic_name(nps: float) -> str:
    return _("Pessimistic line: NPS × response rate") if nps >= 0 else _("Pessimistic line: the NPS as it is")


def _pessimistic_words(nps: float) -> str:
    if nps >= 0:
        return _("The pessimistic line says what would be left if everybody silent stood at zero.")
    return _(
        "Below zero the NPS times the response rate would look better than the NPS, so the pessimistic line is the NPS itself."
    )


def _nps(value: float | None) -> str:
    return wording.whole(None if value is None else 100 * value)


def _difference(value: float) -> str:
    return wording.whole(100 * value, signed=True)


def _late(line: ProgramLine) -> Component:
    if line.gap is None:
        return html.P(_("Too few answered after a reminder to say how late answers differ."), className="cl-note")
    gap = line.gap
    said = {"gap": _difference(gap.value), "low": _difference(gap.low), "high": _difference(gap.high)}
    text = _("Those who answered only after a reminder differ by %(gap)s points (%(low)s…%(high)s) from those before it.", **said)
    if gap.high < 0:
        text += " " + _("They are the nearest to the silent ones, who may be unhappier still.")
    return html.P(text, className="cl-note")


def _groups(found: Coverage) -> Component:
    name = _("Do those who answer look like those who were asked?")
    groups = [line for line in found.groups if line.rate.total >= MIN_GROUP]
    if len(groups) < 2:
        return None
    marks = [_mark(line.dimension, line.group, line.rate) for line in groups]
    text = _(
        "Answered requests of each group with their interval; the dotted line is all of them. "
        "Groups below %(least)s are left out.",
        least=MIN_GROUP,
    )
    whole = _all_requests(found)
    if whole.total >= GROUPED:
        text += " " + _("Compared are the newest %(count)s requests.", count=number(GROUPED))
    told = "; ".join(mark.hover for mark in marks)
    height = 56 + 30 * len(marks)
    return panel(name, graph(response_rates(marks, whole.share), label=told, height=height), note=text)


def _all_requests(found: Coverage) -> Rate:
    """All requests that the groups are made of: each has or has not an issue."""
    rates = [line.rate for line in found.groups if line.dimension == "issue"]
    return count_rate(int(sum(rate.weight for rate in rates)), int(sum(rate.total for rate in rates)))


def _mark(dimension: str, group: str, rate: Rate) -> GroupRate:
    low, high = rate.interval or (0.0, 1.0)
    label = _group_word(dimension, group)
    hover = _("%(group)s: %(share)s of %(asked)s", group=label, share=percent(rate.share or 0.0), asked=number(rate.total))
    return GroupRate(label, rate.share or 0.0, low, high, hover)


def _group_word(dimension: str, group: str) -> str:
    named = {
        ("prior", "detractor"): _("was a detractor"),
        ("prior", "passive"): _("was passive"),
        ("prior", "promoter"): _("was a promoter"),
        ("prior", "none"): _("never answered before"),
        ("issue", "open"): _("an issue was open"),
        ("issue", "none"): _("no issue was open"),
        ("segment", ""): _("no segment"),
    }
    return named.get((dimension, group), group)
