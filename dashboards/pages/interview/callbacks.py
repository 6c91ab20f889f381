"""Storing what was said, or that nothing is to be said."""

from typing import Any

from dash import Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.page import Query
from dashboards.pages.interview.address import call_address, wanted_by
from dashboards.pages.interview.view import done
from feedback.access.rules import Viewer
from feedback.closed_loop.interviews import InterviewDraft, note_interview
from feedback.issues.rules import CallWish
from feedback.kernel.errors import InvalidInput
from feedback.reporting.call_list import next_call
from feedback.uow import transaction


def register(app: Dash) -> None:
    """Attach the callbacks of the page."""
    late = {"prevent_initial_call": True}
    who, note = State("interview-who", "data"), State("interview-note", "value")
    app.callback(
        Output("interview-done", "children", allow_duplicate=True),
        Input("interview-save", "n_clicks"),
        who,
        note,
        State("interview-score", "value"),
        State("interview-comment", "value"),
        State("interview-reasons", "value"),
        {
            "wanted": State("interview-call", "checked"),
            "phone": State("interview-call-phone", "value"),
            "best_time": State("interview-call-time", "value"),
        },
        **late,
    )(allowed("interview.write")(save))
    app.callback(
        Output("interview-done", "children", allow_duplicate=True), Input("interview-no", "n_clicks"), who, note, **late
    )(allowed("interview.write")(refuse))
    app.callback(Output("interview-done", "children", allow_duplicate=True), Input("interview-missed", "n_clicks"), who, **late)(
        allowed("interview.write")(miss)
    )


def save(
    viewer: Viewer,
    clicks: int | None,
    who: dict[str, Any],
    note: str | None,
    score: str | None,
    comment: str | None,
    reasons: list[str] | None,
    call: dict[str, Any],
) -> Any:
    """Store the answer with the customer's yes."""
    if not clicks:
        return no_update
    if score is None:
        raise InvalidInput({"score": [_("Choose the number they said, from 0 to 10.")]})
    said = InterviewDraft(
        account_id=who["account"],
        contact_id=who["contact"],
        survey=who["survey"],
        agreed=True,
        score=int(score),
        comment=comment,
        reasons=tuple(reasons or ()),
        note=note,
        call_me=CallWish(call["phone"] or "", call["best_time"] or "") if call["wanted"] else None,
    )
    with transaction():
        noted = note_interview(viewer, said)
    text = _("The answer is stored.")
    if noted.accepted is not None and noted.accepted.issue_id is not None:
        text = _("The answer is stored, and there is an issue so that somebody takes care of it.")
    return _finish(viewer, text, who)


def refuse(viewer: Viewer, clicks: int | None, who: dict[str, Any], note: str | None) -> Any:
    """Record the no; nothing else is stored."""
    if not clicks:
        return no_update
    draft = InterviewDraft(who["account"], who["contact"], agreed=False, survey=who["survey"], note=note)
    with transaction():
        note_interview(viewer, draft)
    return _finish(viewer, _("Their no is recorded. Nothing else was stored."), who)


def miss(viewer: Viewer, clicks: int | None, who: dict[str, Any]) -> Any:
    """Note that nobody picked up, so that the list brings them again another day."""
    if not clicks:
        return no_update
    draft = InterviewDraft(who["account"], who["contact"], agreed=False, survey=who["survey"], reached=False)
    with transaction():
        note_interview(viewer, draft)
    return _finish(viewer, _("Noted. The list brings them again tomorrow."), who)


def _finish(viewer: Viewer, text: str, who: dict[str, Any]) -> Any:
    wanted = wanted_by(Query(call_address(who["account"], who["contact"]), who["search"]))
    return done(text, who, next_call(viewer, wanted, besides=(who["account"], who["contact"])))
