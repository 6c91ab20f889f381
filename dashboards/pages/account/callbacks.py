"""What can be done on the page of an account: ask the gate, record consent and "not now", make a survey link."""

import time
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, Patch, State, callback_context, html, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.account import answers, calling, excepting, people
from dashboards.pages.account.calling import call_card
from dashboards.pages.account.excepting import exception_part
from dashboards.pages.account.timeline import timeline_part
from dashboards.pages.account.verdict import verdict
from feedback.access.rules import Viewer
from feedback.accounts.queries import access_account, access_contact
from feedback.accounts.service import change_contact
from feedback.gate.evaluation import Question
from feedback.gate.peer_wallets import estimate_from_peers
from feedback.gate.rules import Initiation
from feedback.gate.service import evaluate
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.reporting.account_page import get_account_page, require_person
from feedback.surveys.service import invite_contact
from feedback.uow import transaction

Component = Any
_PATH = State("url", "pathname")


def register(app: Dash) -> None:
    """Attach the callbacks of the page."""
    late = {"prevent_initial_call": True}
    app.callback(
        Output("gate-answer", "children"),
        Input("gate-ask", "n_clicks"),
        State("gate-contact", "value"),
        State("gate-channel", "value"),
        State("gate-initiation", "value"),
        _PATH,
        **late,
    )(allowed("gate.evaluate")(ask_gate))
    app.callback(
        Output("timeline", "children"),
        Output("timeline-more", "children"),
        Input({"kind": "timeline-more", "cursor": ALL}, "n_clicks"),
        _PATH,
        **late,
    )(allowed("account.read")(show_earlier))
    app.callback(
        Output("person-modal", "opened"),
        Output("person-modal", "title"),
        Output("person-modal", "children"),
        Input({"kind": "person", "id": ALL}, "n_clicks"),
        _PATH,
        **late,
    )(allowed("account.read")(open_person))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("consent-save", "n_clicks"),
        State("person-id", "data"),
        State("consent-channel", "value"),
        State("consent-action", "value"),
        State("consent-evidence", "value"),
        **late,
    )(allowed("consent.write")(save_consent))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input("not-now-save", "n_clicks"),
        State("person-id", "data"),
        State("not-now-until", "value"),
        State("not-now-reason", "value"),
        **late,
    )(allowed("account.write")(save_not_now))
    calling.register(app)
    excepting.register(app)
    _register_more(app)


def _register_more(app: Dash) -> None:
    late = {"prevent_initial_call": True}
    app.callback(
        Output("survey-link", "children"), Input("survey-link-make", "n_clicks"), State("person-id", "data"), _PATH, **late
    )(allowed("invitation.write")(make_survey_link))

    answers.register(app)
    app.callback(
        Output("refresh", "data", allow_duplicate=True), Input("wallet-guess", "n_clicks"), _PATH, prevent_initial_call=True
    )(allowed("account.write")(guess_wallet))


def account_id_of(path: str | None) -> int:
    """The account of an address.

    Raises:
        NotFound: it names none.
    """
    last = (path or "").rstrip("/").rpartition("/")[2]
    if not last.isascii() or not last.isdigit() or len(last) > 10:
        raise NotFound
    return int(last)


def ask_gate(
    viewer: Viewer, clicks: int | None, contact: str | None, channel: str, initiation: str, path: str | None
) -> Component:
    """Ask, keep the decision, and show the answer with its reasons."""
    if not clicks:
        return no_update
    page = get_account_page(viewer, account_id_of(path))
    person = require_person(page, int(contact or 0))
    question = Question(
        Purpose.OFFERS,
        Channel(channel),
        Initiation(initiation),
        account_id=page.account.id,
        contact_external_id=person.external_id,
    )
    decision = evaluate(question, viewer)
    return html.Div([verdict(decision, page, viewer), exception_part(decision, viewer), call_card(decision, person, viewer)])


def show_earlier(viewer: Viewer, clicks: list[int | None], path: str | None) -> tuple[Any, Any]:
    """Append what happened before."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update, no_update
    page = get_account_page(viewer, account_id_of(path))
    lines, more = timeline_part(page.account.id, viewer, page.wallet_currency, pressed["cursor"])
    longer = Patch()
    longer.extend(lines)
    return longer, more


def open_person(viewer: Viewer, clicks: list[int | None], path: str | None) -> tuple[Any, Any, Any]:
    """Show what can be changed about a person."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update, no_update, no_update
    line = require_person(get_account_page(viewer, account_id_of(path)), pressed["id"])
    return True, line.name, people.editor(line, viewer, account_id_of(path))


def save_consent(
    viewer: Viewer, clicks: int | None, contact_id: int, channel: str | None, action: str | None, evidence: str | None
) -> Any:
    """Record what the contact said about offers; the gate hears of it at once."""
    if not clicks:
        return no_update
    written = (evidence or "").strip()
    if not channel or not action or not written:
        hints = {
            "action": None if action else _("Choose what the person said."),
            "evidence": None if written else _("Say where it is written down."),
        }
        raise InvalidInput({field: [hint] for field, hint in hints.items() if hint})
    draft = ConsentDraft(
        contact_id,
        Purpose.OFFERS,
        Channel(channel),
        ConsentAction(action),
        clock.now(),
        "consent",
        written[:500],
    )
    with transaction():
        access_contact(contact_id, viewer=viewer, permission="consent.write")
        record_consents([draft], recorded_by=viewer.actor)
    return time.perf_counter_ns()


def save_not_now(viewer: Viewer, clicks: int | None, contact_id: int, until: str | None, reason: str | None) -> Any:
    """Hold offers back until a day the contact named; an empty day lifts it."""
    if not clicks:
        return no_update
    day = date.fromisoformat(until) if until else None
    values = {"not_now_until": day, "not_now_reason": (reason or "").strip()[:200] or None if day else None}
    with transaction():
        contact = access_contact(contact_id, viewer=viewer, permission="account.write")
        change_contact(contact, values, actor=viewer.actor)
    return time.perf_counter_ns()


def make_survey_link(viewer: Viewer, clicks: int | None, contact_id: int, path: str | None) -> Component:
    """Make a personal link; it is shown once and stored nowhere."""
    if not clicks:
        return no_update
    with transaction():
        account = access_account(account_id_of(path), viewer=viewer, permission="invitation.write")
        link = invite_contact(account.id, contact_id, actor=viewer.actor)
    return people.link_field(link.url)


def guess_wallet(viewer: Viewer, clicks: int | None, path: str | None) -> Any:
    """Reckon what the account spends in all from customers like it, marked as such."""
    if not clicks:
        return no_update
    with transaction():
        estimate_from_peers(account_id_of(path), viewer)
    return time.perf_counter_ns()
