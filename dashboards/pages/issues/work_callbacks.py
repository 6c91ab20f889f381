"""Doing the work on an issue: cause, fix, mails, concessions, watching, reminding, escalating."""

from collections.abc import Callable, Mapping
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.callbacks import WORK, pressed_button, reasons_of
from dashboards.pages.issues.work_forms import draft_fields, work_field
from feedback.access.rules import Viewer
from feedback.issues.working import advocacy, concessions, diagnosis, mistakes, notes, progress
from feedback.issues.working.mistake_lines import open_claim
from feedback.kernel.errors import DomainError, InvalidInput, RuleViolation
from feedback.uow import transaction
from feedback.web.typed_times import due_instant_of

READ = "issue.read"  # each service asks for its own permission
Said = Mapping[str, Any]


def register(app: Dash) -> None:
    """Attach the buttons."""
    refresh, again = Output("issue-changed", "data", allow_duplicate=True), State("refresh", "data")
    fields: Any = work_field("x") | {"name": ALL}
    late: Any = {"prevent_initial_call": True}
    app.callback(
        Output({"kind": "work-refused", "act": ALL}, "children"),
        refresh,
        Input({"kind": "work", "act": ALL, "issue": ALL}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        again,
        **late,
    )(allowed(READ)(act))
    app.callback(
        Output("mail-draft", "children"),
        Input({"kind": "draft-mail", "issue": ALL}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        **late,
    )(allowed(WORK)(draft))
    app.callback(
        Output("mail-refused", "children"),
        refresh,
        Input({"kind": "send-mail", "issue": ALL, "language": ALL}, "n_clicks"),
        State("mail-subject", "value"),
        State("mail-text", "value"),
        State(fields, "value"),
        State(fields, "id"),
        again,
        **late,
    )(allowed(WORK)(send))


def act(viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], again: int | None) -> Any:
    """Do what the button says; what is missing is said beside it, and the form stays as it was typed."""
    pressed, places = pressed_button(), callback_context.outputs_list[0]
    if pressed is None:
        return [no_update] * len(places), no_update
    said = _said(values, ids)
    try:
        with transaction():
            _ACTS[pressed["act"]](viewer, pressed["issue"], said)
    except (RuleViolation, InvalidInput) as error:
        shown = refusal(reasons_of(error))
        return [shown if place["id"]["act"] == pressed["act"] else None for place in places], no_update
    return [None] * len(places), (again or 0) + 1


def _said(values: list[Any], ids: list[dict[str, str]]) -> Said:
    return {of["name"]: value.strip() if isinstance(value, str) else value for of, value in zip(ids, values, strict=True)}


def draft(viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """Write a letter from the template, to be edited."""
    pressed = pressed_button()
    if pressed is None:
        return no_update
    said = _said(values, ids)
    template, to = _number(said.get("mail_template")), _number(said.get("mail_to"))
    made = progress.draft_mail(pressed["issue"], viewer=viewer, contact_id=to, template_id=template)
    return draft_fields(pressed["issue"], made.subject, made.text, made.language)


def send(
    viewer: Viewer,
    _clicks: Any,
    subject: str | None,
    text: str | None,
    values: list[Any],
    ids: list[dict[str, str]],
    again: int | None,
) -> Any:
    """Hand the mail over as it was edited."""
    pressed = pressed_button()
    if pressed is None:
        return no_update, no_update
    said = _said(values, ids)
    to, template = _number(said.get("mail_to")), _number(said.get("mail_template"))
    if to is None:
        return refusal([_("Choose who gets the mail.")]), no_update
    letter = progress.Letter((subject or "").strip(), (text or "").strip(), pressed["language"], to, template)
    try:
        with transaction():
            progress.send_progress(pressed["issue"], letter, viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        return refusal(_reasons(error)), no_update
    return None, (again or 0) + 1


def _reasons(error: DomainError) -> list[str]:
    return [text for texts in error.errors.values() for text in texts] if isinstance(error, InvalidInput) else [error.message]


def _diagnose(viewer: Viewer, issue_id: int, said: Said) -> None:
    lines = (said.get("cause_whys") or "").splitlines()
    cause = diagnosis.Cause(_number(said.get("cause")), said.get("cause_text") or None, lines or None)
    diagnosis.diagnose(issue_id, cause, viewer=viewer)


def _fix(viewer: Viewer, issue_id: int, said: Said) -> None:
    due_at = due_instant_of(said.get("fix_day"), viewer.time_zone, field="due_at")
    fix = diagnosis.Fix(_number(said.get("fixer")), due_at)
    diagnosis.plan_fix(issue_id, fix, viewer=viewer)


def _concede(viewer: Viewer, issue_id: int, said: Said) -> None:
    amount = said.get("amount")
    known = float(amount) if isinstance(amount, int | float) else 0.0
    concessions.request_concession(issue_id, amount=known, reason=said.get("why") or "", viewer=viewer)


def _decide_mistake(viewer: Viewer, issue_id: int, said: Said, *, confirm: bool) -> None:
    mistakes.decide_mistake(_claim_of(issue_id), confirm=confirm, words=said.get("mistake_note") or "", viewer=viewer)


def _claim_of(issue_id: int) -> int:
    claim = open_claim(issue_id)
    if claim is None:
        raise RuleViolation(_("This was decided already, by somebody else or in another window."))
    return claim


def _number(value: Any) -> int | None:
    return int(value) if value and value != "0" else None


_ACTS: Mapping[str, Callable[[Viewer, int, Said], Any]] = {
    "diagnose": _diagnose,
    "fix": _fix,
    "concede": _concede,
    "note": lambda viewer, issue_id, said: notes.write_note(issue_id, text=said.get("note") or "", viewer=viewer),
    "mistaken": lambda viewer, issue_id, said: mistakes.claim_mistake(issue_id, reason=said.get("mistake") or "", viewer=viewer),
    "mistake_yes": lambda viewer, issue_id, said: _decide_mistake(viewer, issue_id, said, confirm=True),
    "mistake_no": lambda viewer, issue_id, said: _decide_mistake(viewer, issue_id, said, confirm=False),
    "mistake_back": lambda viewer, issue_id, _: mistakes.take_back_claim(_claim_of(issue_id), viewer=viewer),
    "watch": lambda viewer, issue_id, _: advocacy.watch(issue_id, viewer=viewer),
    "unwatch": lambda viewer, issue_id, _: advocacy.stop_watching(issue_id, viewer=viewer),
    "nudge": lambda viewer, issue_id, said: advocacy.nudge(issue_id, said=said.get("nudge") or "", viewer=viewer),
    "escalate": lambda viewer, issue_id, said: advocacy.escalate(issue_id, reason=said.get("escalate") or "", viewer=viewer),
}
