"""Errors become problem+json (RFC 9457) or, for people with a browser, a calm page: here and nowhere else."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from feedback.kernel import errors as domain

logger = logging.getLogger("closedloop.errors")
PROBLEM_TYPE = "application/problem+json"
# Paths that only programs read; everywhere else a browser gets a page.
MACHINE_PATHS = ("/api/", "/inbound/", "/m/", "/healthz", "/readyz", "/static/", "/app/_")
FILES = (".csv", ".xlsx")  # a program that asks for one, saying nothing about what it reads, reads no page
STATUS_OF: dict[type[domain.DomainError], int] = {
    domain.NotFound: 404,
    domain.Forbidden: 403,
    domain.Unauthenticated: 401,
    domain.Conflict: 409,
    domain.RuleViolation: 409,
    domain.InvalidInput: 422,
}


def register_problems(app: Flask) -> None:
    """Attach the handlers to the application."""
    app.register_error_handler(domain.DomainError, _domain_error)
    app.register_error_handler(ma.ValidationError, lambda error: answer(422, "The input is not valid.", errors=error.messages))
    app.register_error_handler(sa.exc.OperationalError, _database_unavailable)
    app.register_error_handler(HTTPException, _http_error)


def answer(
    status: int,
    detail: str,
    *,
    errors: object = None,
    missing: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One problem as an answer, in the form the caller reads."""
    if wants_page():
        body: str = render_template("error.html", status=status, detail=detail, request_id=g.get("request_id", ""))
        response = make_response(body, status)
    else:
        response = current_app.response_class(problem(status, detail, errors, missing), status, mimetype=PROBLEM_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    response.headers.update(headers or {})
    return response


def problem(status: int, detail: str, errors: object = None, missing: Sequence[str] = ()) -> str:
    """The problem document."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = flatten(errors)
    if missing:
        document["missing"] = list(missing)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        document["request_id"] = g.get("request_id", "")
    return json.dumps(document, ensure_ascii=False)


def flatten(messages: object, *, whole: str = "body") -> dict[str, list[str]]:
    """Nested validation messages as `{field: [message]}`; parts of a field are joined by dots."""
    found: dict[str, list[str]] = {}
    for path, text in _leaves(messages, ()):
        name = ".".join(part for part in path if part != "_schema") or whole
        found.setdefault(name, []).append(text)
    return found


def wants_page() -> bool:
    """Whether a person with a browser is asking."""
    if request.path.startswith(MACHINE_PATHS):
        return False
    if request.path.endswith(FILES):
        return request.accept_mimetypes.best_match([PROBLEM_TYPE, "application/json", "text/html"]) == "text/html"
    best = request.accept_mimetypes.best_match(["text/html", PROBLEM_TYPE, "application/json"])
    return best in {None, "text/html"}


def _leaves(messages: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(messages, list | tuple):
        for value in messages:
            yield from _leaves(value, path)
    else:
        yield path, str(messages)


def _domain_error(error: domain.DomainError) -> ResponseReturnValue:
    if isinstance(error, domain.Unauthenticated) and request.method == "GET" and wants_page():
        return redirect(url_for("access.login", next=request.full_path.rstrip("?")))
    status = next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), 400)
    errors = error.errors if isinstance(error, domain.InvalidInput) else None
    missing = error.missing if isinstance(error, domain.RuleViolation) else ()
    return answer(status, error.message, errors=errors, missing=missing)


def _database_unavailable(error: sa.exc.OperationalError) -> Response:
    log_failure(error)
    return answer(503, "The database cannot be reached or written just now. Please try again.", headers={"Retry-After": "5"})


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    skipped = {"content-type", "content-length"}
    headers = {name: value for name, value in error.get_headers(request.environ) if name.lower() not in skipped}
    return answer(status, _detail_of(error, status), errors=_errors_of(error), headers=headers)


def _detail_of(error: HTTPException, status: int) -> str:
    cause = getattr(error, "exc", None)
    if status == HTTPStatus.NOT_FOUND:
        return domain.NotFound().message  # the same words whether the route, the object or the right to see it is missing
    if isinstance(cause, JSONDecodeError):
        return f"The body is not valid JSON: {cause.msg} at line {cause.lineno}, column {cause.colno}."
    if isinstance(cause, UnicodeDecodeError):
        return f"The body is not valid UTF-8: byte {cause.start} cannot be read."
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return "The input is not valid."
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return "Something went wrong on our side. It has been logged under the request id."
    return error.description or HTTPStatus(status).phrase


def _errors_of(error: HTTPException) -> object:
    """What webargs found, without the name of the place (json, query) around it."""
    messages = (getattr(error, "data", None) or {}).get("messages")
    if not isinstance(messages, Mapping) or (isinstance(getattr(error, "exc", None), ValueError) and error.code == 400):
        return None
    places = {"json": "body"}
    found = [flatten(inner, whole=places.get(str(place), str(place))) for place, inner in messages.items()]
    return {name: texts for part in found for name, texts in part.items()}


def log_failure(error: BaseException) -> None:
    """Write the traceback under the request id. The rule is logged, not the path: a path may hold a personal token."""
    rule = request.url_rule.rule if request.url_rule else "unknown address"
    logger.error("request %s failed: %s %s", g.get("request_id", "-"), request.method, rule, exc_info=error)
