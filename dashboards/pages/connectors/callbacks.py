"""Setting up connectors and keys, trying them out, taking them back."""

import time
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, html, no_update
from flask_babel import gettext as _

from dashboards.components.buttons import link_button
from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from dashboards.pages.connectors.listing import fields_of, shown_once
from dashboards.pages.connectors.view import tried
from feedback.access.rules import Viewer
from feedback.inlets import connectors, embedding
from feedback.inlets.connectors import ConnectorDraft
from feedback.inlets.rules.kinds import ConnectorKind, Scheme
from feedback.inlets.trial import try_out
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction

_LATE = {"prevent_initial_call": True}
_ID = State("connector-id", "data")


def register(app: Dash) -> None:
    """Attach the callbacks of all three pages."""
    app.callback(
        Output("connector-made", "children"),
        Input("connector-save", "n_clicks"),
        State({"kind": "connector-field", "name": ALL}, "value"),
        State({"kind": "connector-field", "name": ALL}, "id"),
        **_LATE,
    )(allowed("connector.write")(connect))
    app.callback(
        Output("connector-parts", "children"),
        Input({"kind": "connector-field", "name": "kind"}, "value"),
        **_LATE,
    )(allowed("connector.write")(fit_kind))
    app.callback(
        Output("connector-kept", "children"),
        Input("connector-keep", "n_clicks"),
        _ID,
        State("connector-mapping", "value"),
        State("connector-active", "value"),
        State("connector-accounts", "value"),
        State("connector-versions", "value"),
        State("connector-token", "value"),
        **_LATE,
    )(allowed("connector.write")(keep))
    app.callback(Output("connector-renewed", "children"), Input("connector-renew", "n_clicks"), _ID, **_LATE)(
        allowed("connector.write")(renew)
    )
    app.callback(
        Output("connector-tried", "children"),
        Input("connector-try", "n_clicks"),
        _ID,
        State("connector-sample", "value"),
        State("connector-mapping", "value"),
        **_LATE,
    )(allowed("connector.write")(try_sample))
    _register_keys(app)


def _register_keys(app: Dash) -> None:
    app.callback(
        Output("embed-made", "children"),
        Input("embed-save", "n_clicks"),
        State("embed-name", "value"),
        State("embed-survey", "value"),
        State("embed-origins", "value"),
        **_LATE,
    )(allowed("connector.write")(make_key))
    app.callback(
        Output("refresh", "data", allow_duplicate=True), Input({"kind": "embed-revoke", "key": ALL}, "n_clicks"), **_LATE
    )(allowed("connector.write")(revoke))


def connect(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """Store a new connector, and show its address and secret once."""
    if not clicks:
        return no_update
    said: dict[str, Any] = {of["name"]: (value or "").strip() or None for of, value in zip(ids, values, strict=True)}
    kind, chosen = ConnectorKind(said.pop("kind")), said.pop("scheme", None)
    scheme = Scheme(chosen) if chosen else None
    texts: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    draft = ConnectorDraft(**{"code": "", "name": "", **texts}, kind=kind, scheme=scheme)
    with transaction():
        connector, secret = connectors.create_connector(draft, actor=viewer.actor)
        address, page = connectors.address_of(connector, secret), f"/app/connectors/{connector.id}"
    clear_marks()
    text = _("Connected. Enter both in the other system now: the secret is not shown again. Then try it out on its page.")
    go_on = html.Div(link_button(_("To its page"), page))
    return shown_once(text, (_("Address"), address), (_("Secret"), secret), go_on=go_on)


def fit_kind(viewer: Viewer, kind: str) -> Any:
    """Only the fields that a system of this kind needs."""
    return fields_of(ConnectorKind(kind))


def keep(
    viewer: Viewer,
    clicks: int | None,
    connector_id: int,
    mapping: str | None,
    active: str,
    accounts: str,
    versions: str | None,
    token: str | None,
) -> Any:
    """Store how it is read."""
    if not clicks:
        return no_update
    values: dict[str, Any] = {
        "mapping": _mapping(mapping),
        "active": active == "on",
        "create_accounts": accounts == "yes",
        "versions": [part.strip() for part in (versions or "").split(",") if part.strip()],
    }
    if (token or "").strip():
        values["api_token"] = str(token).strip()
    with transaction():
        connectors.change_connector(connector_id, values, actor=viewer.actor)
    clear_marks()
    return _("Saved. What is in quarantine can be replayed now.")


def _mapping(text: str | None) -> dict[str, str]:
    lines = [line for line in (text or "").splitlines() if line.strip()]
    pairs = [line.partition("=") for line in lines]
    wrong = [line for line, (_name, sign, _reference) in zip(lines, pairs, strict=True) if not sign]
    if wrong:
        raise InvalidInput({"mapping": [_("“%(line)s” is not “field = where it stands”.", line=wrong[0][:80])]})
    return {name.strip(): reference.strip() for name, _sign, reference in pairs}


def renew(viewer: Viewer, clicks: int | None, connector_id: int) -> Any:
    """A new secret, shown once."""
    if not clicks:
        return no_update
    with transaction():
        secret = connectors.renew_secret(connector_id, actor=viewer.actor)
        address = connectors.address_of(connectors.get_connector(connector_id), secret)
    text = _("Enter it in the other system within a day: until then the old one is believed too. It is not shown again.")
    return shown_once(text, (_("Address"), address), (_("Secret"), secret))


def try_sample(viewer: Viewer, clicks: int | None, connector_id: int, sample: str | None, mapping: str | None) -> Any:
    """Read the pasted event with the lines as they stand on the page."""
    if not clicks:
        return no_update
    if not (sample or "").strip():
        raise InvalidInput({"sample": [_("Paste an event first.")]})
    clear_marks()
    return tried(try_out(connectors.get_connector(connector_id), str(sample), "application/json", _mapping(mapping)))


def make_key(viewer: Viewer, clicks: int | None, name: str | None, survey: str, origins: str | None) -> Any:
    """Store a new key, and show its secret once."""
    if not clicks:
        return no_update
    draft = embedding.KeyDraft(name or "", survey, (origins or "").split(","))
    with transaction():
        key, secret = embedding.create_key(draft, actor=viewer.actor)
        public_id = key.public_id
    clear_marks()
    text = _("Give both to the server of the other site, never to its pages. The secret is not shown again.")
    return shown_once(text, (_("Public id"), public_id), (_("Secret"), secret))


def revoke(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Nothing that is signed with it is believed any more."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    with transaction():
        embedding.revoke_key(int(pressed["key"]), actor=viewer.actor)
    return time.monotonic()
