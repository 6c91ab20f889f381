"""`Idempotency-Key` on POST: the same key and body gives the stored answer again.

The view runs inside one transaction together with the row that stores its answer. A crash before the commit leaves
neither effect nor row, a crash after it leaves both: there is no moment in which a repeat could take effect twice or lose
the answer. "Still running" is known to the process (and, on PostgreSQL, to an advisory lock of the transaction), so it
dies with the process and needs no clean-up.

What is kept: answers of views that ran (2xx, and refusals 404, 409, 410). A request that was not understood or not
allowed (400, 401, 403, 413, 415, 422, 429) and one that failed on our side (5xx) leave the key free.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.uow import transaction
from feedback.web.models import IdempotencyRecord

HEADER = "Idempotency-Key"
MAX_KEY = 255
KEPT_REFUSALS = {404, 409, 410}
_running: set[tuple[str, str]] = set()
_guard = threading.Lock()
View = Callable[..., Any]


class _Refused(Exception):
    """Carries the answer of a refused request out of its transaction, which must be rolled back."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def protect_posts(app: Flask, prefix: str) -> None:
    """Give every POST below `prefix` the header. Call it when all routes are registered."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(prefix)]
    for endpoint in {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}:
        app.view_functions[endpoint] = _once_per_key(app.view_functions[endpoint])


def _once_per_key(view: View) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or g.get("viewer") is None:
            return view(*args, **kwargs)
        return _run_once(_checked(key), lambda: view(*args, **kwargs))

    return guarded


def _checked(key: str) -> str:
    if not 1 <= len(key) <= MAX_KEY or not key.isprintable():
        raise InvalidInput({HEADER: [f"Use 1 to {MAX_KEY} printable characters."]})
    return key


def _run_once(key: str, view: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    principal, fingerprint = g.viewer.actor, _fingerprint()
    stored = _find(principal, key, fingerprint)
    if stored is not None:
        return stored
    try:
        with _only_one(principal, key), transaction():
            _lock_elsewhere(principal, key)
            stored = _find(principal, key, fingerprint)
            if stored is not None:
                return stored
            response = _call(view)
            if response.status_code >= 400:
                raise _Refused(response)
            _store(principal, key, fingerprint, response)
            return response
    except _Refused as refused:
        if refused.response.status_code in KEPT_REFUSALS:
            with transaction():
                _store(principal, key, fingerprint, refused.response)
        return refused.response


def _call(view: Callable[[], ResponseReturnValue]) -> Response:
    """The view's answer, with expected errors already turned into theirs; unexpected ones pass."""
    try:
        return make_response(view())
    except Exception as error:  # handle_user_exception raises it again unless a handler is registered for it
        return make_response(current_app.handle_user_exception(error))


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    digest.update(request.get_data(cache=True))
    return digest.hexdigest()


def _find(principal: str, key: str, fingerprint: str) -> Response | None:
    columns = (IdempotencyRecord.fingerprint, IdempotencyRecord.status, IdempotencyRecord.content_type, IdempotencyRecord.body)
    found = db.session.execute(sa.select(*columns).filter_by(principal=principal, key=key)).one_or_none()
    if found is None:
        return None
    if found.fingerprint != fingerprint:
        raise InvalidInput({HEADER: ["This key was used for another request; take a new one."]})
    response = current_app.response_class(found.body or b"", found.status or 200, content_type=found.content_type)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _store(principal: str, key: str, fingerprint: str, response: Response) -> None:
    row = {
        "principal": principal,
        "key": key,
        "fingerprint": fingerprint,
        "status": response.status_code,
        "content_type": response.content_type,
        "body": _without_secrets(response),
        "created_at": clock.now(),
    }
    db.session.execute(sa.insert(IdempotencyRecord), [row])


def keep_out_of_store(*fields: str) -> None:
    """Say in a view that these top-level fields of its JSON answer are secrets: a stored answer has null in their place."""
    g.secret_fields = fields


def _without_secrets(response: Response) -> bytes:
    fields = g.get("secret_fields")
    if not fields:
        return response.get_data()
    return json.dumps(response.get_json() | dict.fromkeys(fields)).encode()


@contextmanager
def _only_one(principal: str, key: str) -> Iterator[None]:
    claim = (principal, key)
    with _guard:
        if claim in _running:
            raise _still_running()
        _running.add(claim)
    try:
        yield
    finally:
        with _guard:
            _running.discard(claim)


def _lock_elsewhere(principal: str, key: str) -> None:
    """On PostgreSQL several server processes may hold the same key; SQLite has one writer anyway."""
    if db.engine.dialect.name != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(f"{principal} {key}".encode()).digest()[:8], signed=True)
    if not db.session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(number))):
        raise _still_running()


def _still_running() -> Conflict:
    return Conflict("A request with this Idempotency-Key is still running; try again in a moment.")
