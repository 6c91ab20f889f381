"""Answering people in an issue, telling issues apart and joining them, saying whom they harm."""

from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.callbacks import WORK, pressed_button, reasons_of
from dashboards.pages.issues.phrases import missing_words
from dashboards.pages.issues.rows import act_on_row
from dashboards.pages.issues.voices import act_id, field_id, refused_id
from feedback.access.rules import Viewer
from feedback.issues.answering import get_voice, waive_voice
from feedback.issues.harm import Harm, say_harm
from feedback.issues.merging import Split, merge_issues, split_voice
from feedback.issues.queries.single import lock_issue
from feedback.issues.service import Talk, place_issue, record_interaction
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.uow import transaction

OPEN = "issue.open"


def register(app: Dash) -> None:
    """Attach them."""
    refresh, again = Output("issue-changed", "data", allow_duplicate=True), State("refresh", "data")
    late: Any = {"prevent_initial_call": True}
    app.callback(
        Output(refused_id(ALL), "children"),
        refresh,
        Input(act_id(ALL, ALL, ALL), "n_clicks"),
        State(field_id(ALL, ALL), "value"),
        again,
        **late,
    )(allowed(WORK)(act))
    app.callback(
        Output("merge-refused", "children"),
        refresh,
        Input({"kind": "merge", "issue": ALL}, "n_clicks"),
        State("merge-with", "value"),
        again,
        **late,
    )(allowed(WORK)(merge))
    app.callback(
        Output({"kind": "one-problem-refused", "kept": MATCH, "other": MATCH}, "children"),
        Output("issue-changed", "data", allow_duplicate=True),
        Input({"kind": "one-problem", "kept": MATCH, "other": MATCH}, "n_clicks"),
        again,
        **late,
    )(allowed(WORK)(make_one))
    app.callback(
        Output("harm-refused", "children"),
        refresh,
        Input({"kind": "harm", "harms": ALL, "issue": ALL}, "n_clicks"),
        State("harm-count", "value"),
        State("harm-what", "value"),
        again,
        **late,
    )(allowed(OPEN)(harm))
    app.callback(refresh, Input({"kind": "contract", "issue": ALL}, "n_clicks"), State("issue-contract", "value"), again, **late)(
        allowed(OPEN)(place)
    )


def act(viewer: Viewer, _clicks: Any, _values: Any, again: int | None) -> Any:
    """Answer a person, say why nobody has to, or give them an issue of their own."""
    return act_on_row("voice", again, lambda pressed, said: _do(viewer, pressed, said))


def _do(viewer: Viewer, pressed: dict[str, Any], said: dict[str, str]) -> None:
    issue_id, voice_id = pressed["issue"], pressed["voice"]
    if pressed["act"] == "split":
        split_voice(issue_id, voice_id, Split(title=said.get("title") or None), viewer=viewer)
    elif pressed["act"] == "waive":
        waive_voice(issue_id, voice_id, said.get("said", ""), viewer=viewer)
    else:
        if not said.get("said"):
            raise InvalidInput({"note": [missing_words("note")]})
        voice = get_voice(lock_issue(issue_id, viewer=viewer, permission=WORK), voice_id)
        talk = Talk(said["said"], said.get("channel") or "phone", contact_id=voice.contact_id)
        record_interaction(issue_id, talk, viewer=viewer)


def merge(viewer: Viewer, _clicks: Any, other: str | None, again: int | None) -> Any:
    """Make two issues one."""
    pressed = pressed_button()
    if pressed is None:
        return no_update, no_update
    if not other:
        return refusal([_("Choose the other issue.")]), no_update
    return _merged(viewer, pressed["issue"], int(other), again)


def make_one(viewer: Viewer, _clicks: Any, again: int | None) -> Any:
    """Take up the proposal that two issues are one problem."""
    pressed = pressed_button()
    return (no_update, no_update) if pressed is None else _merged(viewer, pressed["kept"], pressed["other"], again)


def _merged(viewer: Viewer, kept: int, other: int, again: int | None) -> Any:
    try:
        with transaction():
            merge_issues(kept, other, viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        return refusal(reasons_of(error)), no_update
    return None, (again or 0) + 1


def harm(viewer: Viewer, _clicks: Any, count: Any, what: str | None, again: int | None) -> Any:
    """Say whether the customer's own customers suffer."""
    pressed = pressed_button()
    if pressed is None:
        return no_update, no_update
    known = count if isinstance(count, int) and count > 0 else None
    try:
        with transaction():
            say_harm(pressed["issue"], Harm(bool(pressed["harms"]), known, (what or "").strip() or None), viewer=viewer)
    except RuleViolation as error:
        return refusal(reasons_of(error)), no_update
    return None, (again or 0) + 1


def place(viewer: Viewer, _clicks: Any, contract: str | None, again: int | None) -> Any:
    """Say which contract an issue is about."""
    pressed = pressed_button()
    if pressed is None:
        return no_update
    with transaction():
        place_issue(pressed["issue"], int(contract) if contract else None, viewer=viewer)
    return (again or 0) + 1
