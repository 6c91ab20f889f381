"""Embedded forms: keys that an administrator makes, and what a signed context opens. Call what writes inside `transaction()`."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.inlets.models import EmbedKey
from feedback.inlets.rules.contexts import Context, is_current, is_origin, read_context, split_context
from feedback.kernel import clock
from feedback.kernel.concealing import Unreadable, conceal, reveal
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.listening import history
from feedback.listening.rehearsal import quarantine_days
from feedback.listening.rules.eligibility import FLOOR
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, Consent, Purpose, SuppressionReason
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.programs import latest_version_id
from feedback.surveys.rules import EMBEDDED, PLANNED_KINDS, InvitationState, SurveyKind
from feedback.surveys.tokens import token_digest

PURPOSE = "embed key"
SHOWN_FOR = timedelta(days=1)  # so long a form that was shown can be answered
_TOKEN = re.compile(r"f\.([A-Za-z0-9]{8,40})\.([0-9]{1,2})\.[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What an administrator sets up."""

    name: str
    survey: str
    origins: Sequence[str]


def list_keys() -> Sequence[sa.Row[EmbedKey, str]]:
    """(EmbedKey, code of its survey), the newest first."""
    query = sa.select(EmbedKey, SurveyProgram.code).join(SurveyProgram, SurveyProgram.id == EmbedKey.survey_id)
    return db.session.execute(query.order_by(EmbedKey.id.desc())).all()


def create_key(draft: KeyDraft, *, actor: str) -> tuple[EmbedKey, str]:
    """Add a key; answers it and its secret, which is shown this once.

    Raises:
        InvalidInput: there is no such survey, or an origin is none.
    """
    named = (SurveyProgram.code == draft.survey, SurveyProgram.kind.in_(PLANNED_KINDS))
    survey_id = db.session.scalar(sa.select(SurveyProgram.id).where(*named))
    origins = [origin.strip().lower().rstrip("/") for origin in draft.origins if origin.strip()]
    errors: dict[str, list[str]] = {}
    if survey_id is None:
        errors["survey"] = [_("There is no survey '%(code)s'.", code=draft.survey)]
    if not draft.name.strip():
        errors["name"] = [_("Give it a name.")]
    if not origins or not all(map(is_origin, origins)):
        errors["origins"] = [_("Name each site as https://host, without a path.")]
    if errors:
        raise InvalidInput(errors)
    secret = secrets.token_urlsafe(32)
    key = EmbedKey(
        public_id=secrets.token_hex(8),
        name=draft.name.strip(),
        survey_id=survey_id,
        origins=list(dict.fromkeys(origins)),
        secret=conceal(current_app.config["SECRET_KEY"], PURPOSE, secret),
        created_by=actor,
        created_at=clock.now(),
    )
    db.session.add(key)
    db.session.flush()
    audit.record(actor, "embed_key.created", "embed_key", key.id, origins=origins)
    return key, secret


def revoke_key(key_id: int, *, actor: str) -> EmbedKey:
    """From now on nothing that is signed with it is believed; forms that are shown stay answerable where they are.

    Raises:
        NotFound: there is none.
    """
    key = db.session.get(EmbedKey, key_id)
    if key is None:
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        db.session.flush()
        audit.record(actor, "embed_key.revoked", "embed_key", key.id)
    return key


@dataclass(frozen=True, slots=True)
class Form:
    """What a context opens. `new`: there is no invitation for it yet."""

    token: str
    nonce: str
    key: EmbedKey
    person: tuple[int, int] | None
    new: bool


def find_form(text: str) -> Form | None:
    """The form that a context opens, without writing anything; None where nothing is to be shown.

    Signed again for the same person while a form is open, it is the same form; the same context again, at any time, too.
    """
    key, said, payload = _believed(text)
    if key is None or said is None:
        return None
    nonce = _nonce(payload)
    token = _token(key, said, nonce)
    if db.session.scalar(sa.select(Invitation.id).where(Invitation.token_digest == token_digest(token))) is not None:
        return Form(token, nonce, key, None, new=False)
    person = _person(said) if is_current(said, clock.now()) else None
    if person is None:
        return None
    open_one = _open_one(key, said, person)
    if open_one is not None:
        return Form(open_one, nonce, key, person, new=False)
    return Form(token, nonce, key, person, new=True) if _may_ask(key, person[1]) else None


@dataclass(frozen=True, slots=True)
class Untimely:
    """A context that is signed rightly, but whose end is `left` seconds from now: over, or too far ahead."""

    public_id: str
    origin: str
    left: int


def find_untimely(text: str) -> Untimely | None:
    """Why a context of a believed signer opens nothing, if its time is the reason."""
    key, said, _payload = _believed(text)
    now = clock.now()
    if key is None or said is None or is_current(said, now):
        return None
    return Untimely(key.public_id, said.origin, int(said.expires - now.timestamp()))


def open_form(text: str) -> str | None:
    """The token of the form that a context opens, made if there is none; call it inside `transaction()`.

    It counts as asking once it was seen (`note_seen`) or answered: a page may load it where nobody looks.
    """
    found = find_form(text)
    if found is None or not found.new or found.person is None:
        return found.token if found else None
    # two tabs of one person come one after the other, and the second one finds what the first one made
    db.session.execute(sa.select(Contact.id).where(Contact.id == found.person[1]).with_for_update())
    found = find_form(text)
    if found is None or not found.new or found.person is None:
        return found.token if found else None
    return _invite(found.key, found.person, found.token, found.nonce)


def is_unseen(token: str) -> bool:
    """Whether nobody has seen this form yet."""
    return _TOKEN.fullmatch(token) is not None and db.session.scalar(sa.select(Invitation.id).where(*_unseen(token))) is not None


def note_seen(token: str) -> None:
    """The form was on somebody's screen: from now on they count as asked. Call it inside `transaction()`."""
    db.session.execute(sa.update(Invitation).where(*_unseen(token)).values(seen_at=clock.now()))


def _unseen(token: str) -> tuple[sa.ColumnElement[bool], ...]:
    mine = (Invitation.token_digest == token_digest(token), Invitation.created_by.startswith(EMBEDDED))
    return (*mine, Invitation.seen_at.is_(None))


def _believed(text: str) -> tuple[EmbedKey | None, Context | None, str]:
    parts = split_context(text)
    if parts is None:
        return None, None, ""
    key = db.session.scalar(sa.select(EmbedKey).where(EmbedKey.public_id == parts.public_id, EmbedKey.revoked_at.is_(None)))
    if key is None:
        return None, None, ""
    try:
        said = read_context(parts, reveal(current_app.config["SECRET_KEY"], PURPOSE, key.secret))
    except Unreadable:
        said = None
    return (key, said, parts.payload) if said is not None and said.origin in key.origins else (None, None, "")


def _nonce(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()[:32]


def _token(key: EmbedKey, said: Context, nonce: str) -> str:
    """The token says which site may show its page; nobody can make one without the installation's secret."""
    head = f"f.{key.public_id}.{key.origins.index(said.origin)}"
    code = hmac.digest(current_app.config["SECRET_KEY"].encode(), f"embedded:{head}:{nonce}".encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(code[:24]).decode()}"


def _person(said: Context) -> tuple[int, int] | None:
    query = (
        sa.select(Account.id, Contact.id)
        .join(AccountContact, AccountContact.account_id == Account.id)
        .join(Contact, Contact.id == AccountContact.contact_id)
        .where(Account.external_id == said.account, Contact.external_id == said.contact)
        .where(Account.status == AccountStatus.ACTIVE, AccountContact.left_at.is_(None))
    )
    row: Any = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def _actor(key: EmbedKey) -> str:
    return f"{EMBEDDED}{key.id}"


def _open_one(key: EmbedKey, said: Context, person: tuple[int, int]) -> str | None:
    """The token of the form of this key that this person has not answered yet."""
    mine = (
        Invitation.account_id == person[0],
        Invitation.contact_id == person[1],
        Invitation.created_by == _actor(key),
    )
    still = (Invitation.state == InvitationState.CREATED, Invitation.expires_at > clock.now())
    rows = db.session.execute(sa.select(Invitation.nonce, Invitation.token_digest).where(*mine, *still))
    tokens = ((_token(key, said, nonce or ""), digest) for nonce, digest in rows)
    return next((token for token, digest in tokens if token_digest(token) == digest), None)


def _may_ask(key: EmbedKey, contact_id: int) -> bool:
    """The quarantine of mailed surveys holds here too, and so does every no."""
    now, person = clock.now(), db.session.get_one(Contact, contact_id)
    if person.not_now_until is not None and person.not_now_until >= now.date():
        return False
    if suppressed_contacts([contact_id]).get(contact_id) not in (None, SuppressionReason.HARD_BOUNCE):
        return False
    for channel in (Channel.PORTAL, Channel.EMAIL):
        if consent_states([contact_id], Purpose.FEEDBACK, channel).get(contact_id, NOTHING_RECORDED).state is Consent.REFUSED:
            return False
    program = db.session.get_one(SurveyProgram, key.survey_id)
    if not program.active:
        return False
    asked, quarantine = history.last_asked([contact_id]), timedelta(days=quarantine_days(program))
    relationship, other = asked.relationship.get(contact_id), asked.transactional.get(contact_id)
    waits = FLOOR if program.kind is SurveyKind.RELATIONSHIP else quarantine
    return not any(at is not None and at + wait > now for at, wait in ((relationship, quarantine), (other, waits)))


def _invite(key: EmbedKey, person: tuple[int, int], token: str, nonce: str) -> str:
    now = clock.now()
    row = {
        "token_digest": token_digest(token),
        "nonce": nonce,
        "account_id": person[0],
        "contact_id": person[1],
        "survey_id": key.survey_id,
        "version_id": latest_version_id(key.survey_id),
        "state": InvitationState.CREATED,
        "created_by": _actor(key),
        "created_at": now,
        "expires_at": now + SHOWN_FOR,
    }
    invitation_id = db.session.execute(sa.insert(Invitation).values(**row).returning(Invitation.id)).scalar_one()
    audit.record(_actor(key), "invitation.created", "invitation", invitation_id, account_id=person[0], contact_id=person[1])
    return token


def origin_of(token: str) -> str | None:
    """The one site that may show the page of this token in a frame; None for tokens of links.

    Forms that were shown before their key was revoked can be answered to their end.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    shown = sa.or_(EmbedKey.revoked_at.is_(None), EmbedKey.revoked_at > clock.now() - SHOWN_FOR)
    query = sa.select(EmbedKey.origins).where(EmbedKey.public_id == found[1], shown)
    origins = db.session.scalar(query) or []
    place = int(found[2])
    return origins[place] if place < len(origins) else None
