"""Saving a contact with everything that follows from it, or saying all that is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update

from dashboards.guard import allowed
from dashboards.mistakes import clear_marks, mark_fields
from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.callbacks import WORK, pressed_button, reasons_of
from dashboards.pages.issues.contact_form import field_id
from dashboards.pages.issues.fix_words import fix_words_in
from dashboards.pages.issues.phrases import missing_words
from feedback.access.rules import Viewer
from feedback.issues.rules import IssueState
from feedback.issues.working.diagnosis import Cause, Fix
from feedback.issues.working.one_pass import Contact, Promise, log_contact, missing_on_the_way
from feedback.issues.working.rules import Outcome
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.uow import transaction
from feedback.web.typed_times import due_instant_of, instant_of


def register(app: Dash) -> None:
    """Attach the button."""
    app.callback(
        Output("contact-refused", "children"),
        Output("issue-changed", "data", allow_duplicate=True),
        Input({"kind": "contact-log", "issue": ALL, "seen": ALL}, "n_clicks"),
        State(field_id("x") | {"name": ALL}, "value"),
        State(field_id("x") | {"name": ALL}, "id"),
        State("contact-drawn", "data"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(WORK)(log))


def log(
    viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], drawn: Mapping[str, Any] | None, again: int | None
) -> Any:
    """Save all of it, or nothing. A fact that stands as the page drew it was not said in this contact."""
    pressed = pressed_button()
    if pressed is None or callback_context.triggered_id is None:
        return no_update, no_update
    said = told_now(values, ids, drawn or {})
    if not said.get("said"):
        mark_fields({"said": [missing_words("note")]})
        return refusal([missing_words("note")]), no_update
    contact = None
    try:
        contact = replace(contact_of(said, viewer), seen=IssueState(pressed["seen"]))
        with transaction():
            log_contact(pressed["issue"], contact, viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        return _refuse(error, pressed["issue"], contact, viewer), no_update
    clear_marks()
    return None, (again or 0) + 1


# the fields in which the facts are said that a state needs
_FIELDS = {"note": "said", "root_cause": "root_cause_id", "fix_owner": "fix_owner_id", "commitment": "promise"}


def _refuse(error: RuleViolation | InvalidInput, issue_id: int, contact: Contact | None, viewer: Viewer) -> Any:
    """Everything that is missing, in words and at its field: what is wrong with a time hides nothing of the rest."""
    facts = list(error.missing) if isinstance(error, RuleViolation) else []
    if isinstance(error, InvalidInput) and contact is not None:
        facts = missing_on_the_way(issue_id, contact, viewer=viewer)
    wrong = dict(error.errors) if isinstance(error, InvalidInput) else {}
    mark_fields({_FIELDS.get(fact, fact): [missing_words(fact)] for fact in facts} | wrong)
    said = reasons_of(error) + ([missing_words(fact) for fact in facts] if wrong else [])
    return refusal(list(dict.fromkeys(said)))


def told_now(values: Sequence[Any], ids: Sequence[Mapping[str, str]], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields say by name, without the facts that still stand as the page drew them."""
    said = {of["name"]: value.strip() if isinstance(value, str) else value for of, value in zip(ids, values, strict=True)}
    return {name: value for name, value in said.items() if name not in drawn or (value or None) != drawn[name]}


def contact_of(said: dict[str, Any], viewer: Viewer) -> Contact:
    """The contact that the form tells of, its times read on the clock of who typed them."""
    reached = said.get("outcome") == Outcome.REACHED.value
    return Contact(
        said=said["said"],
        channel=said.get("channel") or "phone",
        outcome=Outcome(said.get("outcome") or Outcome.REACHED.value),
        contact_id=_number(said.get("contact_id")),
        also_contact_ids=[int(one) for one in said.get("also_contact_ids") or ()],
        occurred_at=instant_of(said.get("occurred_at"), viewer.time_zone, field="occurred_at"),
        next_step=said.get("next_step") or None,
        promise=_promise(said, viewer),
        cause=_cause(said),
        fix=Fix(_number(said.get("fix_owner_id")), _due("fix_due_at", said, viewer)),
        fix_summaries=fix_words_in(said),
        to=IssueState(said["to"]) if said.get("to") and reached and said["to"] != IssueState.NEW.value else None,
    )


def _promise(said: dict[str, Any], viewer: Viewer) -> Promise | None:
    text, due_at = said.get("promise"), _due("promise_due_at", said, viewer)
    return Promise(text or "", due_at) if text or due_at else None


def _due(name: str, said: Mapping[str, Any], viewer: Viewer) -> datetime | None:
    return due_instant_of(said.get(name), viewer.time_zone, field=name)


def _cause(said: dict[str, Any]) -> Cause:
    whys = (said["whys"] or "").splitlines() if "whys" in said else None  # emptied: the chain is gone
    return Cause(_number(said.get("root_cause_id")), said.get("root_cause") or None, whys)


def _number(value: Any) -> int | None:
    return int(value) if value else None
