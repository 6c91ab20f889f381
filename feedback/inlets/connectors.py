"""Connectors: made, changed, given a new secret, tried out. Writing functions are called inside `transaction()`."""

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.audit import service as audit
from feedback.extensions import db
from feedback.inlets.models import Connector
from feedback.inlets.rules.kinds import SCHEMES, ConnectorKind, Scheme
from feedback.inlets.rules.shapes import FIELDS, MAX_REFERENCE, is_reference
from feedback.inlets.rules.signatures import DEFAULT_HEADER, STANDARD_PREFIX, Lock
from feedback.kernel import clock
from feedback.kernel.concealing import Unreadable, conceal, reveal
from feedback.kernel.errors import Conflict, InvalidInput, NotFound
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SCORED_KINDS
from feedback.surveys.service import DEFAULT_SURVEY

PURPOSE = "connector"
ROTATION = timedelta(hours=24)  # so long the secret before is believed too
MIN_SECRET = 16
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,80}")
API_ADDRESSES = {ConnectorKind.SURVEYMONKEY: "https://api.surveymonkey.com", ConnectorKind.QUALTRICS: None}
FETCHING = tuple(API_ADDRESSES)  # whose events may only carry ids


@dataclass(frozen=True, slots=True)
class ConnectorDraft:
    """What somebody sets up. `secret` is the vendor's where the vendor chooses it; None has one made."""

    code: str
    name: str
    kind: ConnectorKind
    scheme: Scheme | None = None
    header: str | None = None
    api_key: str | None = None
    secret: str | None = None
    api_token: str | None = None
    api_address: str | None = None
    mapping: Mapping[str, str] | None = None
    versions: Sequence[str] = ()
    survey: str = DEFAULT_SURVEY
    create_accounts: bool = False
    active: bool = True


def list_connectors() -> Sequence[Connector]:
    """All of them, by name."""
    return db.session.scalars(sa.select(Connector).order_by(Connector.name, Connector.id)).all()


def get_connector(connector_id: int) -> Connector:
    """The connector with this id.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(Connector, connector_id)
    if found is None:
        raise NotFound
    return found


def find_connector(code: str) -> Connector | None:
    """The connector of an address."""
    return db.session.scalar(sa.select(Connector).where(Connector.code == code))


def create_connector(draft: ConnectorDraft, *, actor: str) -> tuple[Connector, str]:
    """Add a connector; answers it and its secret, which is shown this once.

    Raises:
        Conflict: there is one with this code.
        InvalidInput: a field makes no sense.
    """
    scheme = draft.scheme or SCHEMES[draft.kind][0]
    _check({"kind": draft.kind, **{name: getattr(draft, name) for name in ConnectorDraft.__slots__}, "scheme": scheme})
    if find_connector(draft.code) is not None:
        raise Conflict(_("There is a connector '%(code)s' already.", code=draft.code))
    secret = draft.secret or make_secret(scheme)
    connector = Connector(
        code=draft.code,
        name=draft.name,
        kind=draft.kind,
        scheme=scheme,
        header=draft.header or (DEFAULT_HEADER if scheme is Scheme.HMAC_HEADER else None),
        api_key=draft.api_key,
        secret=_conceal(secret),
        api_token=_conceal(draft.api_token) if draft.api_token else None,
        api_address=draft.api_address or API_ADDRESSES.get(draft.kind),
        mapping=dict(draft.mapping or {}),
        versions=list(draft.versions),
        survey=draft.survey,
        create_accounts=draft.create_accounts,
        active=draft.active,
        refused=0,
        created_by=actor,
        created_at=clock.now(),
    )
    db.session.add(connector)
    db.session.flush()
    audit.record(actor, "connector.created", "connector", connector.id, code=connector.code, kind=connector.kind.value)
    return connector, secret


_CHANGEABLE = ("name", "header", "api_key", "api_address", "mapping", "versions", "survey", "create_accounts", "active")


def change_connector(connector_id: int, values: Mapping[str, Any], *, actor: str) -> Connector:
    """Set what is given. The kind and the way of signing stay; who changes them makes another connector.

    Raises:
        NotFound: there is none.
        InvalidInput: a field makes no sense.
    """
    connector = get_connector(connector_id)
    known = {name: getattr(connector, name) for name in ("code", "kind", "scheme", *_CHANGEABLE)}
    _check({**known, **values})
    for name in _CHANGEABLE:
        if name in values:
            setattr(connector, name, values[name])
    if values.get("api_token"):
        connector.api_token = _conceal(values["api_token"])
    db.session.flush()
    audit.record(actor, "connector.changed", "connector", connector.id, fields=sorted(values))
    return connector


def renew_secret(connector_id: int, secret: str | None = None, *, actor: str) -> str:
    """Give it a new secret; the one before is believed for a day, so that nothing is lost while it is exchanged.

    Raises:
        NotFound: there is none.
        InvalidInput: the secret is too short.
    """
    connector = get_connector(connector_id)
    if secret is not None and len(secret) < MIN_SECRET:
        raise InvalidInput({"secret": [_too_short()]})
    new = secret or make_secret(connector.scheme)
    connector.old_secret, connector.old_secret_until = connector.secret, clock.now() + ROTATION
    connector.secret = _conceal(new)
    db.session.flush()
    audit.record(actor, "connector.secret_renewed", "connector", connector.id)
    return new


def make_secret(scheme: Scheme) -> str:
    """256 random bits, as the scheme writes them."""
    if scheme is Scheme.STANDARD_WEBHOOKS:
        return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def lock_of(connector: Connector, now: datetime) -> Lock:
    """What its deliveries have to fit.

    Raises:
        Unreadable: its secret was concealed with another secret key of the installation.
    """
    concealed = [connector.secret]
    if connector.old_secret and connector.old_secret_until and connector.old_secret_until > now:
        concealed.append(connector.old_secret)
    own = [reveal(_key(), PURPOSE, text) for text in concealed]
    return Lock(connector.scheme, own, connector.header or DEFAULT_HEADER, connector.api_key or "")


def api_token_of(connector: Connector) -> str | None:
    """The token to fetch answers with; None where none is set, or where it has to be set again."""
    try:
        return reveal(_key(), PURPOSE, connector.api_token) if connector.api_token else None
    except Unreadable:
        return None


def address_of(connector: Connector, secret: str | None = None) -> str:
    """Where the other system has to send to. An address of Qualtrics holds the secret, because its workflows do not sign."""
    settings = current_app.extensions["closedloop_settings"]
    path = f"{settings.base_url.rstrip('/')}/inbound/{connector.code}"
    return f"{path}/{secret}" if connector.kind is ConnectorKind.QUALTRICS and secret else path


def _key() -> str:
    key: str = current_app.config["SECRET_KEY"]
    return key


def _conceal(text: str) -> str:
    return conceal(_key(), PURPOSE, text)


def _too_short() -> str:
    return _("At least %(limit)s characters; leave it empty to have one made.", limit=MIN_SECRET)


def _check(values: Mapping[str, Any]) -> None:
    """Raises InvalidInput with every field that makes no sense."""
    errors = {
        "code": None if _CODE.fullmatch(values["code"]) else _("Small letters, digits and hyphens, at most 60."),
        "name": None if str(values["name"]).strip() else _("Give it a name."),
        "scheme": None if values["scheme"] in SCHEMES[values["kind"]] else _("This kind of sender does not sign like that."),
        "header": None if _HEADER.fullmatch(values["header"] or "X") else _("The name of a header, such as X-Signature."),
        "secret": _too_short() if values.get("secret") and len(values["secret"]) < MIN_SECRET else None,
        "api_key": _missing_api_key(values),
        "api_address": _wrong_address(values),
        "mapping": _wrong_mapping(values["kind"], values["mapping"] or {}),
        "survey": _unknown_survey(values["survey"]),
    }
    found = {name: [text] for name, text in errors.items() if text}
    if found:
        raise InvalidInput(found)


def _missing_api_key(values: Mapping[str, Any]) -> str | None:
    wanted = values["kind"] is ConnectorKind.SURVEYMONKEY and not values["api_key"]
    return _("SurveyMonkey signs with the client id and the secret of your app: give both.") if wanted else None


def _wrong_address(values: Mapping[str, Any]) -> str | None:
    address = values["api_address"]
    if not address:
        return None
    parts = urlsplit(address)
    whole = parts.scheme == "https" and parts.hostname and not (parts.query or parts.fragment or "@" in parts.netloc)
    return None if whole else _("Write the address as https://host.")


def _wrong_mapping(kind: ConnectorKind, mapping: Mapping[str, str]) -> str | None:
    unknown = sorted(set(mapping) - set(FIELDS))
    if unknown:
        return _("Not a field of an answer: %(names)s.", names=", ".join(unknown))
    wrong = [name for name, text in mapping.items() if text and not is_reference(kind, text)]
    if not wrong:
        return None
    return _(
        "Write where %(names)s stands as /path/in/the/document%(more)s or =text, at most %(limit)s characters.",
        names=", ".join(sorted(wrong)),
        more="" if kind is ConnectorKind.GENERIC else ", hidden:name, field:reference",
        limit=MAX_REFERENCE,
    )


def _unknown_survey(code: str) -> str | None:
    named = (SurveyProgram.code == code, SurveyProgram.kind.in_(SCORED_KINDS))
    known = db.session.scalar(sa.select(SurveyProgram.id).where(*named))
    return None if known else _("There is no survey '%(code)s'.", code=code)
