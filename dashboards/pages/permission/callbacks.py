"""What the buttons of the privacy officer's page do."""

import time
from typing import Any

from dash import Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from feedback.access.rules import Viewer
from feedback.closed_loop.subject_requests import fulfil_request, refuse_request
from feedback.importing.columns import country as known_country
from feedback.kernel.errors import InvalidInput
from feedback.permission.countries import PolicyDraft, decide_policy, propose_policy
from feedback.permission.grounds import EVERYWHERE
from feedback.permission.rights import RequestState
from feedback.permission.rules import Channel, LawfulStance, Purpose
from feedback.uow import transaction

_FIELDS = ("country", "purpose", "channel", "stance", "days", "notice", "reason")


def register(app: Dash) -> None:
    """Attach the callbacks."""
    refresh = Output("refresh", "data", allow_duplicate=True)
    states = [State(f"request-{name}", "value") for name in ("id", "state", "result")]
    close = app.callback(refresh, Input("request-close", "n_clicks"), *states, prevent_initial_call=True)
    close(allowed("request.write")(close_request))
    for name, decide in (("agree", agree), ("decline", decline)):
        chosen = State("proposal-id", "value")
        press = app.callback(refresh, Input(f"proposal-{name}", "n_clicks"), chosen, prevent_initial_call=True)
        press(allowed("ground.write")(decide))
    fields = [State(f"policy-{name}", "value") for name in _FIELDS]
    put = app.callback(refresh, Input("policy-propose", "n_clicks"), *fields, prevent_initial_call=True)
    put(allowed("ground.write")(propose))


def close_request(viewer: Viewer, clicks: int | None, request_id: str | None, state: str | None, result: str | None) -> Any:
    """Fulfil or refuse a request."""
    if not clicks:
        return no_update
    said = (result or "").strip()
    missing = {"request": request_id, "state": state, "result": said}
    _check(missing, _("Choose the request, how it ended, and say what was done."))
    finish = fulfil_request if state == RequestState.DONE else refuse_request
    with transaction():
        finish(int(request_id or 0), said, actor=viewer.actor)
    return time.perf_counter_ns()


def agree(viewer: Viewer, clicks: int | None, chosen: str | None) -> Any:
    """Agree to somebody else's proposal."""
    return _decide(viewer, clicks, chosen, approve=True)


def decline(viewer: Viewer, clicks: int | None, chosen: str | None) -> Any:
    """Turn it down."""
    return _decide(viewer, clicks, chosen, approve=False)


def _decide(viewer: Viewer, clicks: int | None, chosen: str | None, *, approve: bool) -> Any:
    if not clicks:
        return no_update
    _check({"proposal": chosen}, _("Choose the proposal first."))
    with transaction():
        decide_policy(int(chosen or 0), approve=approve, actor=viewer.actor)
    return time.perf_counter_ns()


def propose(viewer: Viewer, clicks: int | None, *said: Any) -> Any:
    """Put a row of the countries' policies forward."""
    if not clicks:
        return no_update
    values = dict(zip(_FIELDS, said, strict=True))
    reason, country = (values["reason"] or "").strip(), (values["country"] or "").strip()
    _check(
        {"country": country, "stance": values["stance"], "reason": reason}, _("Say for which country, what it allows, and why.")
    )
    draft = PolicyDraft(
        country=_country(country),
        purpose=Purpose(values["purpose"]),
        stance=LawfulStance(values["stance"]),
        reason=reason,
        channel=Channel(values["channel"]) if values["channel"] else None,
        max_age_days=int(values["days"]) if values["days"] else None,
        notice_id=int(values["notice"]) if values["notice"] else None,
    )
    with transaction():
        propose_policy(draft, actor=viewer.actor)
    return time.perf_counter_ns()


def _country(text: str) -> str:
    if text == EVERYWHERE:
        return text
    try:
        return known_country(text)
    except ValueError as error:
        raise InvalidInput({"country": [_("Write the country as two letters, such as DE, ES or GB.")]}) from error


def _check(values: dict[str, Any], sentence: str) -> None:
    """Everything that is needed was said."""
    if not all(values.values()):
        raise InvalidInput({next(name for name, value in values.items() if not value): [sentence]})
