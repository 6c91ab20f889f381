"""Where a started wave stands: progress, answers against what was expected, and what to do next."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.moments import day_and_time
from dashboards.components.numbers import LEVEL, number, percent
from dashboards.components.panels import notice, panel
from dashboards.pages.interview.address import list_address, may_call
from dashboards.pages.waves.saving import in_store
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.kernel import clock
from feedback.listening.rules.states import WaveState
from feedback.reporting.defect_rows import MIN_SHOWN, SharePoint
from feedback.reporting.wave_board import ASKED, WaveBoard
from feedback.surveys.rules import InvitationState
from feedback.web.languages import LANGUAGES

Component = Any
WATCH = 2000  # milliseconds
OVER = (WaveState.FINISHED, WaveState.CANCELLED)


def being_planned(board: WaveBoard) -> Component:
    """How far the plan is; the page looks again by itself and can be left."""
    done, whole = board.everybody, board.planned or 0
    text = _("%(done)s of about %(whole)s people are planned.", done=number(done), whole=number(whole))
    hint = _("You can leave this page; the wave begins as soon as its plan is written.")
    bar = _bar(_("Planned"), done, whole)
    return panel(
        _("The wave is being planned"),
        [html.P(text, role="status"), bar, dcc.Interval(id="wave-watch", interval=WATCH)],
        note=hint,
    )


def standstill(board: WaveBoard, viewer: Viewer) -> Component | None:
    """That mails are due and do not leave, and why: whoever runs the wave sees it where the wave is."""
    found = board.standstill
    if found is None:
        return None
    text = ngettext(
        "%(count)s mail is due and does not leave.",
        "%(count)s mails are due and do not leave.",
        found.waiting,
        count=number(found.waiting),
    )
    since = day_and_time(found.since, viewer) if found.since else ""
    if not found.reason:
        idle = (
            _("The job that sends them has not run since %(at)s.", at=since) if since else _("The job that sends them never ran.")
        )
        return notice([text, f"{idle} " + _("Whoever administers closedloop has to start 'closedloop jobs run'.")])
    takes_none = _("The mail server takes no mail since %(at)s.", at=since) if since else _("The mail server takes no mail.")
    says = _("Nothing is lost: they leave as soon as it does. It says: %(reason)s", reason=found.reason)
    return notice([f"{text} {takes_none}", says])


def elsewise(board: WaveBoard) -> Component | None:
    """How many are asked in another language than their own."""
    if not board.elsewise:
        return None
    lines = [
        ngettext(
            "%(count)s person with the language %(own)s is asked in %(other)s: the survey does not ask its question in %(own)s.",
            "%(count)s people with the language %(own)s are asked in %(other)s: the survey does not ask its question in %(own)s.",
            count,
            count=number(count),
            own=LANGUAGES.get(own, own),
            other=LANGUAGES.get(other, other),
        )
        for (own, other), count in sorted(board.elsewise.items(), key=lambda line: -line[1])
    ]
    return notice(lines, dcc.Link(_("Write its texts"), href=f"/app/programs/{board.program.id}"))


def start_button(board: WaveBoard, viewer: Viewer) -> Component:
    """Mails cannot be called back: a second press starts them, after it was said how many people get one, and when."""
    label, identity = _("Start the wave"), {"kind": "wave-move", "to": WaveState.RUNNING.value}
    if board.obstacle:
        return button(label, identity, why_not=board.obstacle, primary=True)
    if board.first_at is None or board.last_at is None:
        return button(label, identity, why_not=_("It would ask nobody."), primary=True)
    meaning = ngettext(
        "%(count)s person gets a mail: %(first)s.",
        "%(count)s people get a mail: the first at %(first)s, the last at %(last)s.",
        board.line.waiting,
        count=number(board.line.waiting),
        first=day_and_time(board.first_at, viewer),
        last=day_and_time(board.last_at, viewer),
    )
    zone = _("Times where you are (%(zone)s).", zone=viewer.time_zone)
    ask = html.Summary(_("Start the wave …"), className="cl-button cl-primary")
    return html.Details(
        [
            ask,
            html.Div(
                [html.P(f"{meaning} {zone}", className="cl-note"), button(label, identity, primary=True), *_rehearsed(board)],
                className="cl-sure",
            ),
        ]
    )


def _rehearsed(board: WaveBoard) -> list[Component]:
    """What is started is what was rehearsed on this page, or nothing."""
    return [dcc.Store(id={"kind": "wave-rehearsed", "wave": board.line.id}, data=in_store(board.draft))] if board.draft else []


def hindered(board: WaveBoard, viewer: Viewer) -> Component | None:
    """Why a draft cannot be started as it stands, above everything that its rehearsal says."""
    if not board.obstacle:
        return None
    change = dcc.Link(_("Change the plan"), href=f"/app/waves/new?wave={board.line.id}")
    return notice([board.obstacle], change if scope_of(viewer, "survey.write") is not Scope.NONE else None)


def progress(board: WaveBoard, viewer: Viewer) -> Component:
    """Sent of those to be asked, answered of those who were."""
    line = board.line
    to_ask = line.asked + line.waiting
    bars = [_bar(_("Asked"), line.asked, to_ask), _bar(_("Answered"), line.answered, line.asked)]
    return html.Div([*bars, html.P(response(board), className="cl-note"), *_next(board, viewer)], className="cl-stack")


def _bar(label: str, done: int, whole: int) -> Component:
    share = min(1.0, done / whole) if whole else 0.0
    words = _("%(done)s of %(whole)s", done=number(done), whole=number(whole))
    fill = html.Div(className="cl-meter-fill", style={"width": f"{100 * share:.1f}%"})
    aria = attributes(aria_label=f"{label}: {words}")
    return html.Div(
        [
            html.Span(label, className="cl-meter-label"),
            html.Div(fill, className="cl-meter", role="img", **aria),
            html.Span(words),
        ],
        className="cl-meter-line",
    )


def response(board: WaveBoard) -> str:
    """The response so far with its interval, against what the plan expected."""
    line, expected = board.line, board.expected_answers
    hoped = "" if expected is None else _("The plan expected about %(count)s answers.", count=number(round(expected)))
    if line.asked < MIN_SHOWN:
        few = _("Fewer than %(least)s were asked: too few for a rate.", least=MIN_SHOWN)
        return " ".join(part for part in (few, hoped) if part)
    interval = SharePoint(clock.now().date(), line.asked, line.answered).interval or (0.0, 0.0)
    figures = {
        "share": percent(line.answered / line.asked),
        "low": percent(interval[0]),
        "high": percent(interval[1]),
        "level": percent(LEVEL),
        "asked": number(line.asked),
    }
    if line.state in OVER:
        said = _("Response %(share)s (%(low)s…%(high)s, %(level)s) of %(asked)s asked.", **figures)
    else:
        said = _("Response so far %(share)s (%(low)s…%(high)s, %(level)s) of %(asked)s asked.", **figures)
    return " ".join(part for part in (said, hoped) if part)


def _next(board: WaveBoard, viewer: Viewer) -> list[Component]:
    """What somebody could do now, each a sentence with its link."""
    states, path = board.line.states, f"/app/waves/{board.line.id}"
    silent = sum(states.get(state, 0) for state in ASKED if state is not InvitationState.ANSWERED)
    lines: list[tuple[str, str]] = []
    if silent and may_call(viewer):
        lines.append((_("Call the silent, decision makers first"), list_address(wave=board.line.id)))
    if bounced := states.get(InvitationState.BOUNCED, 0):
        text = ngettext(
            "%(count)s mail did not arrive: ask for the address",
            "%(count)s mails did not arrive: ask for the addresses",
            bounced,
            count=number(bounced),
        )
        lines.append((text, f"{path}?state=bounced"))
    if refused := states.get(InvitationState.FAILED, 0):
        text = ngettext(
            "%(count)s mail was refused, though the address may be good: ask by phone",
            "%(count)s mails were refused, though the addresses may be good: ask by phone",
            refused,
            count=number(refused),
        )
        lines.append((text, f"{path}?state=failed"))
    if board.line.state in OVER and silent:
        text = ngettext("%(count)s person stayed silent", "%(count)s people stayed silent", silent, count=number(silent))
        lines.append((text, f"{path}?state=expired"))
    if board.line.answered:
        lines.append((_("What they criticise, in the ranking of this survey"), f"/app/defects?survey={board.program.code}"))
    if board.line.state in OVER and scope_of(viewer, "survey.write") is not Scope.NONE:
        lines.append((_("Plan a wave like this one"), f"/app/waves/new?wave={board.line.id}"))
    if not lines:
        return []
    items = [html.Li(dcc.Link(text, href=href)) for text, href in lines]
    return [html.Div([html.H3(_("What to do next")), html.Ul(items, className="cl-lines")])]
