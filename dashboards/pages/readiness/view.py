"""What the readiness page shows."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.badges import mark, play_badge, play_marks
from dashboards.components.buttons import link_button
from dashboards.components.changes import change_due
from dashboards.components.chips import chip, chips
from dashboards.components.filters import Filter
from dashboards.components.folds import folded_text
from dashboards.components.moments import day_words
from dashboards.components.numbers import left_out_note, money, money_text, number
from dashboards.components.panels import empty_state, graph, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.figures.readiness import readiness_matrix
from dashboards.page import Query
from dashboards.pages.account.strip import OUTCOME_BAND
from dashboards.viewport import is_phone, panel_width
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.gate.rules import ShareOfWallet
from feedback.reporting.account_page import Preview, previews
from feedback.reporting.accounts import list_regions, list_segments
from feedback.reporting.readiness import GROUPS, Readiness, ReadinessFilters, ReadinessLine, Tally, list_owners, readiness

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Who may I sell to today?")


def filters(viewer: Viewer) -> list[Filter]:
    """Whose accounts (where there is more than one manager), region, segment, name; and what clicks narrow to."""
    owners = [(str(owner_id), name) for owner_id, name in list_owners(viewer)]
    clicks: dict[str, tuple[str, Mapping[str, str]]] = {
        "play": (_("Play"), words.plays()),
        "group": (_("Group"), dict.fromkeys(GROUPS, "")),
        "advocacy": (_("Advocacy"), words.bands()),
        "share": (_("Share of wallet"), dict.fromkeys(ShareOfWallet, "")),
    }
    return [
        Filter("owner", _("Account manager"), owners, searchable=True, hidden=len(owners) < 2),
        Filter("region", _("Region"), [(name, name) for name in list_regions(viewer)]),
        Filter("segment", _("Segment"), [(name, name) for name in list_segments(viewer)]),
        Filter("q", _("Account")),
        *(Filter(name, label, list(values.items()), hidden=True) for name, (label, values) in clicks.items()),
    ]


def body(viewer: Viewer, query: Query) -> Component:
    """Matrix and list, from one reading of the standings."""
    wanted = ReadinessFilters.named_by(query.params)
    report = readiness(viewer, wanted)
    if not report.everybody:
        return _nothing(wanted, query)
    columns = html.Div([_matrix(report, wanted, query, viewer), _list(report, wanted, query, viewer)], className="cl-columns")
    return html.Div([_summary(report, wanted, query, viewer), columns], className="cl-stack")


def _nothing(wanted: ReadinessFilters, query: Query) -> Component:
    if wanted.base() == ReadinessFilters():
        text = _("No account is yours yet.")
        hint = _("Accounts come from a file or the API; each one names its account manager.")
        return panel(_("Accounts"), empty_state(text, hint=hint))
    text = _("No account fits these filters.")
    return panel(_("Accounts"), empty_state(text, action=link_button(_("Show all"), query.path)))


def _summary(report: Readiness, wanted: ReadinessFilters, query: Query, viewer: Viewer) -> Component:
    groups = [
        (
            "ready",
            "promoter",
            ngettext("%(count)s ready", "%(count)s ready", _count(report, "ready"), count=_shown(report, "ready")),
        ),
        ("waiting", "passive", _("%(count)s ready, but not to be called today", count=_shown(report, "waiting"))),
        (
            "fix",
            "detractor",
            ngettext(
                "%(count)s needs a fix first", "%(count)s need a fix first", _count(report, "fix"), count=_shown(report, "fix")
            ),
        ),
        ("recover", "detractor", _("%(count)s recover now", count=_shown(report, "recover"))),
        ("rest", None, _("%(count)s only if they ask", count=_shown(report, "rest"))),
    ]
    shown = [_group(*group, report=report, wanted=wanted, query=query) for group in groups]
    return html.Div([*shown, _today(viewer)], className="cl-summary")


def _today(viewer: Viewer) -> Component:
    """The same question, about people and with reasons."""
    if scope_of(viewer, "plan.read") is Scope.NONE:
        return None
    return link_button(_("Whom to call today"), "/app/today")


def _count(report: Readiness, group: str) -> int:
    return report.groups.get(group, Tally(0, 0.0)).accounts


def _shown(report: Readiness, group: str) -> str:
    return number(_count(report, group))


def _group(name: str, band: str | None, text: str, *, report: Readiness, wanted: ReadinessFilters, query: Query) -> Component:
    tally = report.groups.get(name, Tally(0, 0.0))
    chosen = wanted.group == name
    href = query.link(group=None if chosen else name, play=None, advocacy=None, share=None, page=None)
    inner = [
        html.Span([mark(band) if band else None, text]),
        html.Span(money(tally.revenue, report.currency), className="cl-note"),
    ]
    return chip(inner, href, chosen=chosen, large=True)


def _matrix(report: Readiness, wanted: ReadinessFilters, query: Query, viewer: Viewer) -> Component:
    figure = readiness_matrix(report, selected=(wanted.advocacy, wanted.share), width=panel_width(5 / 12))
    note = ngettext(
        "%(accounts)s active account · %(revenue)s revenue a year · as of %(day)s",
        "%(accounts)s active accounts · %(revenue)s revenue a year · as of %(day)s",
        report.total.accounts,
        accounts=number(report.total.accounts),
        revenue=money(report.total.revenue, report.currency),
        day=day_words(report.computed_at, viewer),
    )
    label = _("Accounts by advocacy and share of wallet; the list beside it says the same in words.")
    drawn = graph(figure, label=label, height=400, id="readiness-matrix", click=True)
    legend = html.P(
        _("Size: revenue. Hollow: an issue, the consent or the moment comes first. Click a field to narrow the list.")
    )
    return panel(
        _("Advocacy and share of wallet"),
        [drawn, _unheard(report, wanted, query), html.Div(legend, className="cl-note"), left_out_note(report.left_out)],
        note=note,
    )


def _unheard(report: Readiness, wanted: ReadinessFilters, query: Query) -> Component:
    tally = report.unheard
    if not tally.accounts:
        return html.P(_("Every account was heard."), className="cl-note")
    text = ngettext(
        "Not heard or held back: %(count)s account, %(revenue)s",
        "Not heard or held back: %(count)s accounts, %(revenue)s",
        tally.accounts,
        count=number(tally.accounts),
        revenue=money(tally.revenue, report.currency),
    )
    chosen = wanted.advocacy == "unknown"
    href = query.link(advocacy=None if chosen else "unknown", share=None, group=None, play=None, page=None)
    return dcc.Link([mark("unknown"), text], href=href, className="cl-unheard cl-chosen" if chosen else "cl-unheard")


def _list(report: Readiness, wanted: ReadinessFilters, query: Query, viewer: Viewer) -> Component:
    size = PHONE_SIZE if is_phone() else PAGE_SIZE
    page = page_of(query, total=len(report.lines), size=size)
    shown = report.lines[(page - 1) * size : page * size]
    export = link_button(_("Export CSV"), "/app/readiness.csv" + query.search(page=None), download=True)
    note = _(
        "%(count)s of %(total)s accounts · most useful first, then by revenue",
        count=number(len(report.lines)),
        total=number(report.total.accounts),
    )
    clicked = wanted != wanted.base()
    clear = query.link(play=None, group=None, advocacy=None, share=None, page=None)
    actions = [link_button(_("Show all"), clear), export] if clicked else [export]
    narrowing = chips([_play_chip(play, tally, wanted, query) for play, tally in report.plays.items()])
    if not shown:
        return panel(_("By play"), [narrowing, empty_state(_("No account is here now."))], note=note, actions=actions)
    waiting = [line.standing for line in shown if line.group == "waiting" and line.standing]
    stopped = previews(waiting, asker=viewer.user_id)
    rows = table(_columns(viewer, report.currency, stopped), shown, caption=_("Accounts by play"))
    return panel(_("By play"), [narrowing, rows, pager(query, total=len(report.lines), size=size)], note=note, actions=actions)


def _play_chip(play: str, tally: Tally, wanted: ReadinessFilters, query: Query) -> Component:
    chosen = wanted.play == play
    href = query.link(play=None if chosen else play, group=None, page=None)
    inner = [*play_marks(play), words.word(words.plays, play), html.Strong(number(tally.accounts))]
    return chip(inner, href, chosen=chosen, title=words.play_meanings().get(play, ""))


def _columns(viewer: Viewer, currency: str, stopped: Mapping[int, Preview]) -> list[Column[ReadinessLine]]:
    return [
        Column(_("Account"), lambda line: _name(line, viewer), main=True),
        Column(_("Why"), _why),
        Column(_("Next"), lambda line: _next(line, viewer, stopped.get(line.id))),
        Column(_("Revenue"), lambda line: money_text(*(line.stated or (line.revenue, currency))), right=True, side=True),
    ]


def _name(line: ReadinessLine, viewer: Viewer) -> Component:
    owner = "" if line.owner == viewer.name else line.owner or _("nobody")
    play = play_badge(line.play, line.advocacy, line.share_of_wallet)
    badge = html.Div([play, html.Span(owner, className="cl-note")], className="cl-under")
    return html.Div([row_link(line.name, f"/app/accounts/{line.id}"), badge])


def _why(line: ReadinessLine) -> Component:
    reasons = line.standing.reasons if line.standing else []
    if not reasons:
        return "–"
    first, *others = [reason.text for reason in reasons]  # the first one decides
    return folded_text(first, others)


def _up_to(line: ReadinessLine, viewer: Viewer) -> str:
    """What is no issue's is the account manager's: somebody has to ask for the fresh score."""
    if line.owner is None:
        return _("Nobody looks after this account yet")
    return _("Up to you") if line.owner == viewer.name else _("Up to %(name)s", name=line.owner)


def _next(line: ReadinessLine, viewer: Viewer, stopped: Preview | None) -> Component:
    if stopped is not None and stopped.because:
        # the account is ready; the person, the consent or the moment is not
        answer = [mark(OUTCOME_BAND[stopped.outcome]), words.word(words.outcomes, stopped.outcome)]
        return html.Div([html.Div(answer), html.Div(stopped.because.text, className="cl-note")], className="cl-why")
    changes = line.standing.must_change if line.standing else []
    if not changes:
        return html.Span(words.word(words.next_steps, line.play))
    first = changes[0]
    whose = first.owner or (_up_to(line, viewer) if first.issue_id is None else None)
    detail = [html.Span(whose)] if whose else []
    if first.due:
        detail += [html.Span(" · "), change_due(first, viewer)] if detail else [change_due(first, viewer)]
    more = len(changes) - 1
    others = ngettext("and %(num)s more", "and %(num)s more", more) if more else ""
    return html.Div(
        [html.Div(first.text), html.Div(detail), html.Div(others, className="cl-note") if more else None], className="cl-why"
    )
