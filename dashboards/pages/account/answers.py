"""Answers in the timeline: what was changed about them, and the dialog that changes one, with a reason."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, callback_context, dcc, html, no_update
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.moments import day_words
from dashboards.guard import allowed
from dashboards.mistakes import reason_given
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.closed_loop.changes import PERMISSION, correct, exclude, restore
from feedback.closed_loop.intake.by_hand import NewContent
from feedback.closed_loop.intake.corrections import Change
from feedback.closed_loop.intake.exclusions import Reason
from feedback.reporting.timeline import TimelineEvent
from feedback.surveys.rules import GIVEN_BY_STAFF, CorrectionReason, ExclusionCause
from feedback.surveys.withdrawn import EarlierVersion, access_response, list_versions
from feedback.uow import transaction

Component = Any


def add_changes(events: Sequence[TimelineEvent]) -> None:
    """Put the earlier versions of answers beside those that have some."""
    changed = [event.id for event in events if event.kind == "response" and event.summary.get("version", 1) > 1]
    versions = list_versions(changed) if changed else {}
    for event in events:
        if event.kind == "response":
            event.summary["versions"] = versions.get(event.id, [])


def notes(event: TimelineEvent, viewer: Viewer) -> list[Component]:
    """What was changed about an answer, and the button that changes it."""
    if event.kind == "response":
        told = _told(event.summary["versions"], int(event.summary["score"]), viewer)
        return [*told, _button(_("Correct or exclude"), {"kind": "answer-change", "id": event.id}, viewer)]
    if event.kind == "response_excluded":
        return [_button(_("Count it again"), {"kind": "answer-restore", "id": event.id}, viewer)]
    return []


def _button(label: str, identity: dict[str, Any], viewer: Viewer) -> Component:
    if scope_of(viewer, PERMISSION) is Scope.NONE:
        return None
    return html.Div(dmc.Button(label, id=identity, variant="subtle", size="compact-xs"), className="cl-correct")


def _told(versions: Sequence[EarlierVersion], score: int, viewer: Viewer) -> list[Component]:
    """The newest change first; each says what was before it."""
    lines, now = [], score
    for version in versions:
        lines.append(html.Div(_change(version, now, viewer), className="cl-note"))
        now = version.score
    return lines


def _change(version: EarlierVersion, now: int, viewer: Viewer) -> str:
    day = day_words(version.replaced_at, viewer)
    if version.reason is None:
        return _("was %(was)s; its source sent %(now)s on %(day)s", was=version.score, now=now, day=day)
    why = words.word(words.correction_reasons, version.reason)
    why = f"{why}: {version.note}" if version.note else why
    if version.reason == CorrectionReason.CHANGED_BY_CUSTOMER:
        return _("was %(was)s; the customer changed it to %(now)s on %(day)s", was=version.score, now=now, day=day)
    if version.reason == CorrectionReason.MACHINE_UNDONE:
        return _(
            "a program had sent %(was)s; on %(day)s the customer's own %(now)s was restored", was=version.score, now=now, day=day
        )
    who = version.changed_by_name or _("another system")
    if version.reason == CorrectionReason.CHANGED_BY_PHONE:
        return _(
            "was %(was)s; the customer changed it to %(now)s by phone on %(day)s, noted by %(who)s",
            was=version.score,
            now=now,
            day=day,
            who=who,
        )
    return _(
        "was %(was)s; corrected to %(now)s on %(day)s by %(who)s. %(why)s", was=version.score, now=now, day=day, who=who, why=why
    )


def modal() -> Component:
    """Where an answer is changed; filled when it opens."""
    named = attributes(aria_label=_("Close"))
    return dmc.Modal(id="answer-modal", opened=False, size="md", title="", children=[], closeButtonProps=named)


def register(app: Dash) -> None:
    """Attach the callbacks of the dialog."""
    late = {"prevent_initial_call": True}
    app.callback(
        Output("answer-modal", "opened"),
        Output("answer-modal", "title"),
        Output("answer-modal", "children"),
        Input({"kind": "answer-change", "id": ALL}, "n_clicks"),
        **late,
    )(allowed(PERMISSION)(open_answer))
    refreshed = Output("refresh", "data", allow_duplicate=True)
    app.callback(
        refreshed,
        Input("answer-correct", "n_clicks"),
        State("answer-id", "data"),
        State("answer-score", "value"),
        State("answer-reason", "value"),
        State("answer-note", "value"),
        **late,
    )(allowed(PERMISSION)(save_correction))
    app.callback(
        refreshed,
        Input("answer-exclude", "n_clicks"),
        State("answer-id", "data"),
        State("answer-cause", "value"),
        State("answer-exclusion-note", "value"),
        **late,
    )(allowed(PERMISSION)(save_exclusion))
    app.callback(refreshed, Input({"kind": "answer-restore", "id": ALL}, "n_clicks"), **late)(allowed(PERMISSION)(count_again))


def open_answer(viewer: Viewer, clicks: list[int | None]) -> tuple[Any, Any, Any]:
    """Show what can be done about an answer."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update, no_update, no_update
    answer = access_response(pressed["id"], viewer=viewer, permission=PERMISSION)
    return True, _("Answer of %(score)s", score=answer.score), _dialog(answer.id, answer.score, answer.responded_at, viewer)


def _dialog(response_id: int, score: int, at: datetime, viewer: Viewer) -> Component:
    scores = [{"value": str(number), "label": str(number)} for number in range(11)]
    reasons = [{"value": one.value, "label": words.word(words.correction_reasons, one)} for one in GIVEN_BY_STAFF]
    causes = [{"value": one.value, "label": words.word(words.exclusion_causes, one)} for one in ExclusionCause]
    correction = [
        html.H3(_("Correct it")),
        html.P(
            _("Given on %(day)s. What it says now is kept as an earlier version.", day=day_words(at, viewer)), className="cl-note"
        ),
        dmc.Select(id="answer-score", label=_("Right score"), data=scores, value=str(score), allowDeselect=False, size="sm"),
        dmc.Select(id="answer-reason", label=_("Reason"), data=reasons, size="sm"),
        dmc.Textarea(id="answer-note", label=_("In a few words"), autosize=True, minRows=2, size="sm"),
        html.Div(button(_("Correct the answer"), "answer-correct", primary=True), className="cl-part-foot"),
    ]
    exclusion = [
        html.H3(_("Exclude it")),
        html.P(
            _("It counts nowhere then, stays visible here, is reported with your name, and can come back."), className="cl-note"
        ),
        dmc.Select(id="answer-cause", label=_("Reason"), data=causes, size="sm"),
        dmc.Textarea(id="answer-exclusion-note", label=_("In a few words"), autosize=True, minRows=2, size="sm"),
        html.Div(button(_("Exclude the answer"), "answer-exclude"), className="cl-part-foot"),
    ]
    parts = [html.Section(part, className="cl-part") for part in (correction, exclusion)]
    return html.Div([dcc.Store(id="answer-id", data=response_id), *parts], className="cl-stack")


def save_correction(
    viewer: Viewer, clicks: int | None, response_id: int, score: str | None, reason: str | None, note: str | None
) -> Any:
    """Keep the old score as a version; everything that counted it follows."""
    if not clicks:
        return no_update
    why, words_given = reason_given(reason, note)
    change = Change(viewer.actor, CorrectionReason(why), words_given)
    with transaction():
        correct(response_id, NewContent(score=int(score or 0)), change, viewer)
    return time.perf_counter_ns()


def save_exclusion(viewer: Viewer, clicks: int | None, response_id: int, cause: str | None, note: str | None) -> Any:
    """Take it out of all figures."""
    if not clicks:
        return no_update
    why, words_given = reason_given(cause, note, field="cause")
    with transaction():
        exclude(response_id, Reason(ExclusionCause(why), words_given), viewer)
    return time.perf_counter_ns()


def count_again(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Put an excluded answer back."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    with transaction():
        restore(pressed["id"], viewer)
    return time.perf_counter_ns()
